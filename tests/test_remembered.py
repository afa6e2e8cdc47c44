"""Reports grow with what changed: a file that would come out the same stays as it is."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import assignment

from autograder.grading.facts import ClassFacts, keep_facts
from autograder.grading.ledger import Ledger
from autograder.grading.private_files import stamp, write
from autograder.judging.scoring import Run
from autograder.model import Entry, Execution, Graded, Outcome, Person
from autograder.results import made_from
from autograder.results.folder import write_grades, write_reports
from autograder.results.pages.budget import PageBudget
from autograder.results.pages.notebook_page import cells_of
from autograder.results.pages.shown import ShownNotebooks

NAMES = ("ana", "bo", "cy")
ANAS = {"feedback/ana.md", "feedback/ana.html", "report/students/ana.html"}
FACTS = ClassFacts(assignment="assignment1", course="course", device="cpu", kind="moodle")


def graded(name: str, score: float) -> Graded:
    return Graded(
        submission=f"{name}_1{len(name)}_2{len(name)}_assignment1.ipynb", student=name,
        outcome=Outcome.FINISHED, score=score, max_score=7, seconds=1, questions=(),
        people=(Person(name=name, id=str(ord(name[0]))),),
    )  # fmt: skip


def notebook(name: str, *more: str) -> str:
    """A notebook with a cell of its own."""
    cells = [
        {"cell_type": "code", "source": source, "outputs": [], "execution_count": 1}
        for source in (f"who = {name!r}", *more)
    ]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells})


def execute(ledger: Ledger, name: str, text: str) -> None:
    execution = Execution(
        outcome=Outcome.FINISHED, seconds=1, notebook=text, observations={}, device="cpu"
    )
    ledger.keep(name, execution, Run.of(execution))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A results folder of three, written once."""
    with Ledger(tmp_path) as ledger:
        keep_facts(ledger, FACTS)
        entries = [Entry(graded(n, 1).submission, n, read=lambda: b"") for n in NAMES]
        for position, entry in zip(ledger.begin(entries), entries, strict=True):
            execute(ledger, entry.student, notebook(entry.student))
            ledger.record(position, graded(entry.student, 1), entry.student)
    report(tmp_path)
    return tmp_path


def report(out: Path) -> None:
    whole = assignment("assignment1")
    with Ledger(out) as ledger:
        grades = ledger.grades()
        write_grades(out, FACTS, whole, grades)
        assert write_reports(out, ledger, FACTS, whole, grades).problems == ()


def files(out: Path) -> Iterator[tuple[str, list[int] | None]]:
    """All files made of grades, with what tells each from another or a later one."""
    for file in out.rglob("*"):
        name = str(file.relative_to(out))
        if file.is_file() and not name.startswith(("ledger.", ".lock")):
            yield name, stamp(out, name)


def changed(out: Path, act: Callable[[], object]) -> set[str]:
    """The files that another report writes, removes or makes after `act`."""
    act()
    before = dict(files(out))
    report(out)
    after = dict(files(out))
    assert None not in after.values(), "every file is private"
    return {name for name in before | after if before.get(name) != after.get(name)}


def test_nothing_changed_and_no_file_is_touched(out: Path) -> None:
    assert len(dict(files(out))) > 10
    assert changed(out, lambda: None) == set()


def test_one_mark_changed_and_the_files_that_show_it_are_made(out: Path) -> None:
    def another_mark() -> None:
        with Ledger(out) as ledger:
            ledger.record(0, graded("ana", 2), "ana")

    of_class = {"grades.csv", "grades.json", "report/index.html", "moodle_feedback.zip"}
    assert changed(out, another_mark) == ANAS | of_class
    assert "Score: 2 of 7" in (out / "feedback" / "ana.md").read_text("utf-8")
    assert changed(out, lambda: None) == set()


def test_another_run_of_one_notebook_changes_what_shows_it(out: Path) -> None:
    def run_again() -> None:
        with Ledger(out) as ledger:
            execute(ledger, "ana", notebook("ana", "once_more = 1"))

    assert changed(out, run_again) == (ANAS - {"feedback/ana.md"}) | {"moodle_feedback.zip"}
    assert "once_more" in (out / "report" / "students" / "ana.html").read_text("utf-8")


@pytest.mark.parametrize("name", ["report/students/ana.html", "feedback/ana.md"])
@pytest.mark.parametrize("way", ["deleted", "edited", "replaced", "linked", "opened"])
def test_a_file_that_is_not_as_it_was_written_is_made_anew(
    out: Path, name: str, way: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file, elsewhere = out / name, tmp_path_factory.mktemp("elsewhere") / "file"
    right = file.read_bytes()
    times = file.stat().st_atime_ns, file.stat().st_mtime_ns
    if way == "deleted":
        file.unlink()
    elif way == "edited":  # nor does the old time of modification help
        file.write_bytes(right.replace(b"ana", b"eve"))
        os.utime(file, ns=times)
    elif way == "replaced":
        elsewhere.write_bytes(right.replace(b"ana", b"eve"))
        elsewhere.rename(file)
    elif way == "linked":
        elsewhere.write_bytes(right)
        file.unlink()
        file.symlink_to(elsewhere)
    else:
        file.chmod(0o644)
    report(out)
    made = file.read_bytes()
    assert made == right or (b"ana" in made and b"eve" not in made)
    assert not file.is_symlink()
    assert file.stat().st_mode & 0o777 == 0o600


def test_other_code_makes_every_page(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(made_from, "of_results", lambda: "another version")
    before = (out / "feedback" / "bo.html").read_bytes()
    (out / "feedback" / "bo.html").write_bytes(b"what another version has made")
    report(out)
    assert (out / "feedback" / "bo.html").read_bytes() == before


def test_a_student_who_left_takes_the_files_along(out: Path) -> None:
    def leave() -> None:
        with Ledger(out) as ledger:
            ledger.begin([], [line for line in ledger.lines() if line.student != "cy"])

    gone = changed(out, leave)
    assert {"feedback/cy.md", "feedback/cy.html", "report/students/cy.html"} <= gone
    assert "report/students/bo.html" in gone, "it led to the next student"
    assert "report/students/ana.html" not in gone


def test_a_file_of_many_names_is_not_left_as_it_is(tmp_path: Path) -> None:
    write(tmp_path, "marks.csv", b"1")
    first = stamp(tmp_path, "marks.csv")
    write(tmp_path, "marks.csv", b"1")
    assert stamp(tmp_path, "marks.csv") == first is not None
    (tmp_path / "again").hardlink_to(tmp_path / "marks.csv")
    assert stamp(tmp_path, "marks.csv") is None
    write(tmp_path, "marks.csv", b"1")
    assert not (tmp_path / "marks.csv").samefile(tmp_path / "again")


def test_two_pages_share_cells_unless_one_has_less_room() -> None:
    asked: list[str] = []

    def notebook_of(path: str) -> str:
        asked.append(path)
        return notebook(path, *(["x = 1  # " + "long " * 1_000] * (200 if path == "large" else 1)))

    shown = ShownNotebooks(notebook_of)
    for path in ("small", "large"):
        little = shown.cells(path, PageBudget(text=600_000))
        much = shown.cells(path, PageBudget())
        assert much == cells_of(notebook_of(path), PageBudget())
        assert (little == much) == (path == "small")
    assert asked == ["small", "small", "large", "large", "large"]
