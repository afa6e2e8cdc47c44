"""Packages that notebooks import and the grader lacks: named, counted, and run again once there."""

import importlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import ROOT, assignment, chosen_layers, fork_server, grades_of, notebook_of

from autograder.grading.facts import ClassFacts
from autograder.grading.ledger import Ledger
from autograder.grading.pipeline import Grader
from autograder.grading.pool import in_threads
from autograder.judging.scoring import Scorer
from autograder.model import Entry, Grade, Settings
from autograder.results.folder import write_reports
from autograder.results.packages import missing_packages

PLOTS = "# %%\nimport pretty_plots_of_mine as plots\npooled_features = 25\n"
BOTH = "# %%\nimport a_bar_of_mine, pretty_plots_of_mine\npooled_features = 25\n"
NEITHER = "# %%\nimport math\npooled_features = 25\n"


def entries(scripts: dict[str, str]) -> list[Entry]:
    """What students handed in."""
    contents = {student: notebook_of(script) for student, script in scripts.items()}
    return [Entry(f"{s}.ipynb", s, read=lambda c=c: c) for s, c in contents.items()]  # type: ignore[misc]


def graded(batch: list[Entry], ledger: Ledger) -> list[Grade]:
    """The batch, graded with that ledger."""
    whole = assignment("assignment1")
    ledger.begin(batch)
    settings = Settings(layers=chosen_layers())
    grader = Grader(whole, settings, Scorer(whole, ledger), ledger)
    with ThreadPoolExecutor(2) as executor:
        return grades_of(batch, grader, in_threads(executor, fork_server()), 2)


def test_the_class_page_counts_who_needs_what(tmp_path: Path) -> None:
    batch = entries({"ana": PLOTS, "bo": BOTH, "cy": NEITHER})
    with Ledger(tmp_path) as ledger:
        grades = graded(batch, ledger)
        assert [grade.score for grade in grades] == [1.0, 1.0, 1.0]
        needed = [(name, [g.student for g in by]) for name, by in missing_packages(grades)]
        assert needed == [("pretty_plots_of_mine", ["ana", "bo"]), ("a_bar_of_mine", ["bo"])]
        about = ClassFacts(assignment="assignment1", course=str(ROOT), device="cpu")
        write_reports(tmp_path, ledger, about, assignment("assignment1"), grades)
    page = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    trusted = "if you know and trust it, install it and run again"  # a student chose its name
    assert f"2 notebooks import it, and it is not installed here: {trusted}" in page
    assert page.index("Packages that were missing") < page.index("Mended or left out")


def test_who_lacked_a_package_runs_again_once_it_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = entries({"ana": PLOTS, "cy": NEITHER})
    with Ledger(tmp_path) as ledger:
        ledger_before = graded(batch, ledger)
        assert graded(batch, ledger) == ledger_before
        # Kernels see other folders than this one: there it is installed and does not load.
        packages = tmp_path / "packages"
        packages.mkdir()
        (packages / "pretty_plots_of_mine.py").write_text("")
        monkeypatch.syspath_prepend(packages)
        importlib.invalidate_caches()
        ana, cy = graded(batch, ledger)
    assert ana.lacks == ()
    assert "does not load" in ana.remarks[0]
    assert cy == ledger_before[1]
