"""What no test can decide: no zero for the student, and a human is asked and has the last word."""

import json
from pathlib import Path

import pytest
from conftest import assignment
from desk_class import results

from autograder.course.gradescope import GradescopeSettings
from autograder.desk.classroom import Classroom
from autograder.desk.queue import Matter, open_matters
from autograder.gradescope.metadata import Metadata
from autograder.gradescope.page import page
from autograder.gradescope.report import Reporter
from autograder.gradescope.results import ResultsFile, problems
from autograder.grading.decisions import Decision, Points, Work
from autograder.grading.ledger import Ledger
from autograder.grading.marks import decided
from autograder.grading.standing import Book
from autograder.judging.cases import judge
from autograder.judging.scoring import Run, Scorer
from autograder.model import (
    CANNOT_BE_FOLLOWED,
    Entry,
    Execution,
    FlagKind,
    Grade,
    Graded,
    NetworkData,
    Outcome,
    Settings,
)
from autograder.networks.in_process import InProcess
from autograder.results.feedback_files import feedback
from autograder.results.pages.attention import KINDS, concerns
from autograder.results.statistics import clusters, statistics
from autograder.results.table import remarks
from autograder.results.tabular import as_csv, as_json
from autograder.student.feedback import as_text

LAB = assignment("assignment2")
QUESTION = "q2_3"
NET = NetworkData(
    name="net_stacked", type_name="Net", problem=f"{CANNOT_BE_FOLLOWED}: no word for aten::spiral"
)


@pytest.fixture(scope="module")
def grade() -> Graded:
    """A submission with a network that works and that nobody can follow, and nothing else."""
    execution = Execution(
        outcome=Outcome.FINISHED,
        observations={NET.name: NET},
        notebook="{}",
        seconds=1,
        device="cpu",
    )
    entry = Entry("ana.ipynb", "ana", read=lambda: b"")
    return Scorer(LAB).score(entry, Run.of(execution))


def of(grade: Grade) -> dict[str, str]:
    (question,) = (q for q in grade.questions if q.name == QUESTION)
    return {case.name: case.status for case in question.cases}


def test_a_network_that_cannot_be_followed_is_not_judged(grade: Graded) -> None:
    assert set(of(grade).values()) == {"unjudged"}
    assert grade.score == 0
    (flag,) = {f for f in grade.flags if f.kind is FlagKind.UNJUDGED}
    assert "aten::spiral" in flag.text
    told = json.loads(as_json("assignment2", "cpu", [grade]))["grades"][0]
    cases = [c for q in told["questions"] if q["name"] == QUESTION for c in q["cases"]]
    assert {case["status"] for case in cases} == {"unjudged"}
    worth = sum(case["points"] > 0 for case in cases)
    assert as_csv([QUESTION], [grade]).count(f"{QUESTION} test_") == worth


def test_a_student_reads_no_zero(grade: Graded) -> None:
    text = feedback(grade, LAB.questions)
    part = text.split(f"## {QUESTION}")[1].split("## q")[0]
    assert part.startswith(": not judged yet, of 2")
    assert "0 of" not in part
    assert "✗" not in part
    assert "Your teachers will decide" in part
    assert "2 points are not judged yet" in text
    judged = judge(
        [q for q in LAB.questions if q.name == QUESTION], {NET.name: NET}, LAB.sets("cpu"),
        Outcome.FINISHED, InProcess(), tasks=LAB.tasks,
    )  # fmt: skip
    shown = as_text(LAB.questions[2:3], [j.result for j in judged])
    assert "not judged" in shown.splitlines()[0]


def test_a_human_is_asked_first(grade: Graded) -> None:
    kinds = [concern.kind for concern in concerns(grade)]
    assert kinds[0] == "unjudged"
    assert "flagged" not in kinds
    plain = grade.model_copy(update={"submission": "zoe.ipynb", "questions": (), "flags": ()})
    lines = [str(line) for line in remarks([plain, grade])]
    assert lines[0].startswith(
        "ana.ipynb: not judged: our tools cannot follow a step of `net_stacked`: "
    )
    assert list(KINDS)[:2] == ["ungraded", "unjudged"]


def test_it_counts_in_no_statistics(grade: Graded) -> None:
    (case, *_) = [s for s in statistics(LAB.questions, [grade]) if s.question == QUESTION]
    assert (case.unjudged, case.failed, case.not_run) == (1, 0, 0)
    assert not [c for c in clusters([grade], at_least=1) if c.question == QUESTION]


def test_gradescope_shows_neither_zero_nor_cross(grade: Graded, tmp_path: Path) -> None:
    reporter = Reporter(LAB, GradescopeSettings(), Settings(), Metadata())
    final = reporter.final(grade, 2)
    ResultsFile(tmp_path / "results.json").write(final)
    written = (tmp_path / "results.json").read_text()
    assert problems(written) == []
    lines = [t for t in json.loads(written)["tests"] if t["name"].startswith(QUESTION)]
    assert lines
    assert not any({"score", "status"} & line.keys() for line in lines)
    assert "not judged yet" in json.loads(written)["output"]
    assert "not judged" in page([("ana", json.loads(written))])


@pytest.mark.parametrize(
    ("points", "status", "score"),
    [(1.0, "passed", 1.0), (0.0, "failed", 0.0), (0.5, "failed", 0.5)],
)
def test_a_human_decides(grade: Graded, points: float, status: str, score: float) -> None:
    (question,) = (q for q in grade.questions if q.name == QUESTION)
    first, second = question.unjudged
    case = first.name
    work = Work(content="c", student="ana", path="ana.ipynb")
    act = Points(case=case, points=points, reason="seen")
    book = Book([Decision(id=1, at="2026-03-01T10:00:00+00:00", who="Ute", work=work,
                          question=QUESTION, act=act)])  # fmt: skip
    after = decided(grade, book.standing(work), book)
    assert of(after)[case] == status
    assert after.score == score
    (left,) = (q.unjudged for q in after.questions if q.name == QUESTION)
    assert left == (second,)


def test_the_desk_asks_until_points_are_given(grade: Graded, tmp_path: Path) -> None:
    folder = results(tmp_path, ["ana", "bo"])
    with Ledger(folder) as ledger:
        line = next(iter(ledger.lines()))
        ledger.record(0, grade.model_copy(update={"submission": line.path}), line.execution)
    room = Classroom(folder)

    def asked() -> list[Matter]:
        return [m for m in open_matters(room) if m.kind in ("unjudged", "flagged")]

    (matter,) = asked()
    assert matter.question == QUESTION
    assert matter.text.startswith("test_structure, test_accuracy: not judged: our tools")
    for case in ("test_structure", "test_accuracy"):
        assert asked() == [matter]
        room.decide("Ute", [(matter.member, QUESTION, Points(case=case, points=1.0))], None)
    assert asked() == []
    decided_grade = room.grade(matter.member)
    assert decided_grade is not None
    assert decided_grade.score == 2
    room.ledger.close()
