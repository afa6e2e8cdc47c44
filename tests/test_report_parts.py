"""A part of the report that cannot be made costs that part and is named; the others are there."""

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import assignment

from autograder.errors import LedgerError, UsageError
from autograder.grading.facts import ClassFacts, keep_facts
from autograder.grading.ledger import Ledger
from autograder.judging.scoring import Run
from autograder.model import CaseResult, Entry, Execution, Feedback, Graded, Outcome, QuestionResult
from autograder.results import answers, folder, own_files, uploads
from autograder.results.feedback_files import feedback
from autograder.results.folder import Reports, write_grades, write_reports
from autograder.results.parts import Parts

NAMES = ("ana", "bo")


def graded(name: str, **more: Any) -> Graded:
    return Graded(
        submission=f"{name}_1{len(name)}_2{len(name)}_assignment2.ipynb", student=name,
        outcome=Outcome.FINISHED, score=1.0,
        max_score=7, seconds=1, questions=(), **more,
    )  # fmt: skip


def made(out: Path, kind: str = "moodle") -> Reports:
    """The reports on two students who handed in the reference solution."""
    whole = assignment("assignment2")
    notebook = (whole.master.parents[1] / "reference/assignment2.ipynb").read_text("utf-8")
    batch = ClassFacts(assignment="assignment2", course="course", device="cpu", kind=kind)
    with Ledger(out) as ledger:
        keep_facts(ledger, batch)
        entries = [
            Entry(path=graded(name).submission, student=name, read=lambda: b"") for name in NAMES
        ]
        for position, entry in zip(ledger.begin(entries), entries, strict=True):
            execution = Execution(
                outcome=Outcome.FINISHED, seconds=1, notebook=notebook, observations={},
                device="cpu",
            )  # fmt: skip
            run = Run.of(execution)
            ledger.keep(entry.student, execution, run)
            ledger.record(position, graded(entry.student), entry.student)
        grades = ledger.grades()
        write_grades(out, batch, whole, grades)
        return write_reports(out, ledger, batch, whole, grades)


def fails(*_: Any, **__: Any) -> Any:
    raise MemoryError("too\nmuch")


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("similar", "pairs with unusual code in common"),
        ("statistics", "statistics"),
        ("clusters", "wrong answers in common"),
        ("written_questions", "written answers"),
        ("written_csv", "written.csv"),
        ("left_out_csv", "left_out.csv"),
    ],
)
def test_a_part_that_fails_is_named_and_costs_no_other(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, what: str
) -> None:
    monkeypatch.setattr(folder, name, fails)
    assert made(tmp_path).problems == (f"{what}: not made: MemoryError: too much",)
    for student in NAMES:
        assert (tmp_path / "report" / "students" / f"{student}.html").is_file()
        assert (tmp_path / "feedback" / f"{student}.md").is_file()
    assert (tmp_path / "moodle_feedback.zip").is_file()


@pytest.mark.parametrize("name", ["written_answers", "feedback", "annotated"])
def test_a_submission_that_fails_costs_no_other(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    rooms = {"written_answers": answers, "feedback": own_files, "annotated": uploads}
    room = rooms[name]
    real: Callable[..., Any] = getattr(room, name)
    calls: list[object] = []

    def fails_once(*given: Any) -> Any:
        calls.append(given)
        return fails() if len(calls) == 1 else real(*given)

    monkeypatch.setattr(room, name, fails_once)
    (problem,) = made(tmp_path, kind="canvas" if name == "annotated" else "moodle").problems
    assert "ana" in problem
    if name == "annotated":
        with zipfile.ZipFile(next(tmp_path.glob("canvas*.zip"))) as packed:
            notebooks = [packed.read(name) for name in packed.namelist()]
        assert len(notebooks) == 2
        assert all(b"Feedback for" in notebook for notebook in notebooks)
    elif name == "written_answers":
        page = (tmp_path / "report" / "written.html").read_text("utf-8")
        assert "students/bo.html" in page
        assert "students/ana.html" not in page
    else:
        assert "could not be written" in (tmp_path / "feedback" / "ana.md").read_text("utf-8")
        assert "Score: 1 of 7" in (tmp_path / "feedback" / "bo.md").read_text("utf-8")


def test_a_table_that_a_platform_cannot_have_costs_that_table(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text("colour,size\nred,3\n", "utf-8")
    (tmp_path / "moodle.csv").write_text("of an earlier batch", "utf-8")
    (problem,) = made(tmp_path).problems
    assert problem.startswith("files for the learning platform: not made: ")
    assert "no column holds names" in problem
    assert not (tmp_path / "moodle.csv").exists()
    assert (tmp_path / "report" / "index.html").is_file()


def test_without_a_ledger_there_is_no_report() -> None:
    def unreadable() -> None:
        raise LedgerError("the ledger is gone")

    with pytest.raises(LedgerError):
        Parts().made("anything", unreadable, None)


def test_a_long_reason_is_cut() -> None:
    def refuses() -> int:
        raise UsageError("x" * 10_000)

    parts = Parts()
    assert parts.made("a part", refuses, 3) == 3
    assert len(parts.problems[0]) < 400


def test_feedback_has_an_end() -> None:
    said = Feedback(found="x", detail="```\n# x\n" * 500_000)
    case = CaseResult(name="a", status="failed", points=1, hidden=False, feedback=said)
    question = QuestionResult(name="q1", score=0, max_score=1, cases=(case,))
    long = graded("ana", remarks=("r" * 10_000,) * 50).model_copy(update={"questions": (question,)})
    text = feedback(long, assignment("assignment2").questions)
    assert len(text) < 101_000
    assert text.endswith("\n\nThe rest is left out: this file has no room for more.\n")
