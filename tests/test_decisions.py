"""What humans decide: kept for good, tied to the work, and part of every mark."""

import csv
import json
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import typer
from conftest import ROOT, assignment, chosen_layers, fork_server, notebook_of

from autograder.cli import regrading
from autograder.course.questions import load_question
from autograder.errors import LedgerError, OvertakenError
from autograder.grading.by_hand import ByHand, take_up
from autograder.grading.decisions import (
    Act,
    Answer,
    Applied,
    Comment,
    Decision,
    Dismissed,
    Extra,
    Points,
    Request,
    RubricItem,
    Undo,
    Work,
)
from autograder.grading.facts import ROSTER, ClassFacts, keep_facts
from autograder.grading.ledger import Ledger
from autograder.grading.pipeline import Grader
from autograder.grading.rescore import disagreements, rescore
from autograder.grading.standing import Book, work_of
from autograder.judging.scoring import Scorer
from autograder.model import (
    CaseResult,
    Entry,
    Grade,
    Graded,
    Outcome,
    Person,
    QuestionResult,
    Settings,
    Ungraded,
)
from autograder.results.feedback_files import feedback
from autograder.results.folder import write_grades, write_reports
from autograder.results.tabular import as_json

NOW = "2026-03-01T10:00:00+00:00"
PASSED, ASKED, ESSAY = "q1_1_1", "q1_1_2", "q1_essay"


def entry(name: str, *ids: str, path: str = "") -> Entry:
    people = tuple(Person(name=name, id=number) for number in ids)
    return Entry(path or f"{name}.ipynb", name, read=lambda: b"", people=people)


def graded(name: str, path: str = "") -> Graded:
    """One question of 2 points passed in half, one failed, and an essay of 2 that is not read."""
    cases = (
        CaseResult(name="test_shape", status="passed", points=1, hidden=False),
        CaseResult(name="test_value", status="failed", points=1, hidden=True),
    )
    essay = CaseResult(name="written", status="not_run", points=2, hidden=False)
    return Graded(
        submission=path or f"{name}.ipynb",
        student=name,
        outcome=Outcome.FINISHED,
        score=1,
        max_score=6,
        seconds=1,
        questions=(
            QuestionResult(name=PASSED, score=1, max_score=2, cases=cases),
            QuestionResult(
                name=ASKED,
                score=0,
                max_score=2,
                cases=(CaseResult(name="test_value", status="failed", points=2, hidden=True),),
            ),
            QuestionResult(name=ESSAY, score=0, max_score=2, cases=(essay,)),
        ),
    )


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """Ana and Bo, graded."""
    with Ledger(tmp_path) as made:
        made.begin([entry("ana"), entry("bo")])
        made.record(0, graded("ana"), "content-of-ana.conditions")
        made.record(1, graded("bo"), "content-of-bo.conditions")
        yield made


def decide(ledger: Ledger, act: Act, question: str = "", at: int = 0, who: str = "Ute") -> int:
    """A decision about the submission at that position."""
    line = list(ledger.lines())[at]
    work = None if isinstance(act, RubricItem) else work_of(line)
    (number,) = ledger.decide([Decision(at=NOW, who=who, work=work, question=question, act=act)])
    return number


def ana(ledger: Ledger) -> Grade:
    return ledger.grades()[0]


def scores(grade: Grade) -> dict[str, float]:
    return {question.name: question.score for question in grade.questions}


def test_a_mark_is_tests_plus_decisions(ledger: Ledger) -> None:
    assert (ana(ledger).score, ana(ledger).max_score) == (1, 6)
    decide(ledger, Points(case="test_value", points=0.5, reason="Right but rounded."), PASSED)
    assert scores(ana(ledger)) == {PASSED: 1.5, ASKED: 0, ESSAY: 0}
    decide(ledger, Points(points=2, before=0, tested=0, most=2), ASKED)
    decide(ledger, Extra(points=0.5, reason="A bug of ours found."))
    decide(ledger, Extra(kind="late", points=-1))
    assert ana(ledger).score == 1.5 + 2 + 0.5 - 1
    assert ledger.grades()[1].score == 1, "Bo's is his own"
    told = json.loads(as_json("assignment1", "cpu", ledger.grades()))["grades"][0]
    (corrected,) = told["questions"][0]["decisions"]
    assert (corrected["who"], corrected["at"]) == ("Ute", NOW)
    assert (corrected["points"], corrected["tested"]) == (0.5, 0)
    assert corrected["text"] == "Right but rounded."
    assert [d["kind"] for d in told["decisions"]] == ["extra", "late"]


def test_points_below_zero_are_none(ledger: Ledger) -> None:
    decide(ledger, Extra(kind="late", points=-9))
    assert ana(ledger).score == 0


def test_changing_an_item_changes_every_mark_that_has_it(ledger: Ledger) -> None:
    item = decide(ledger, RubricItem(points=1, text="Names the shared weights."), ESSAY)
    for at in (0, 1):
        decide(ledger, Applied(item=item, on=True), ESSAY, at)
    assert [scores(grade)[ESSAY] for grade in ledger.grades()] == [1, 1]
    decide(ledger, RubricItem(item=item, points=1.5, text="Names the shared weights."), ESSAY)
    assert [scores(grade)[ESSAY] for grade in ledger.grades()] == [1.5, 1.5]
    decide(ledger, Applied(item=item, on=False), ESSAY, 1)
    more = decide(ledger, RubricItem(points=5, text="All of it."), ESSAY)
    decide(ledger, Applied(item=more, on=True), ESSAY, 0)
    assert [scores(grade)[ESSAY] for grade in ledger.grades()] == [2, 0], "no more than there are"
    decide(ledger, RubricItem(item=more, points=5, text="All of it.", removed=True), ESSAY)
    assert scores(ana(ledger))[ESSAY] == 1.5
    assert ana(ledger).questions[-1].cases[0].status == "failed"


def test_undo_is_a_further_row_and_can_be_undone(ledger: Ledger) -> None:
    first = decide(ledger, Points(points=2), ASKED)
    second = decide(ledger, Points(points=1), ASKED)
    undo = decide(ledger, Undo(of=second), ASKED)
    assert scores(ana(ledger))[ASKED] == 2
    decide(ledger, Undo(of=first), ASKED)
    assert scores(ana(ledger))[ASKED] == 0
    decide(ledger, Undo(of=undo), ASKED)
    assert scores(ana(ledger))[ASKED] == 1
    decide(ledger, Points(points=None), ASKED)
    assert scores(ana(ledger))[ASKED] == 0
    assert len(ledger.decisions()) == 6


@pytest.mark.parametrize("statement", ["DELETE FROM decisions", "UPDATE decisions SET who = 'Me'"])
def test_rows_are_only_added(ledger: Ledger, tmp_path: Path, statement: str) -> None:
    decide(ledger, Points(points=2), ASKED)
    base = sqlite3.connect(tmp_path / "ledger.sqlite")
    with pytest.raises(sqlite3.IntegrityError, match="only added"):
        base.execute(statement)


def test_decisions_follow_the_work_and_not_the_path(ledger: Ledger) -> None:
    decide(ledger, Points(points=2), ASKED)
    decide(ledger, Dismissed(cause="borderline"))
    ledger.begin([entry("bo"), entry("ana", path="late/Ana (2).ipynb")])
    ledger.record(0, graded("bo"), "content-of-bo.conditions")
    ledger.record(1, graded("ana", "late/Ana (2).ipynb"), "content-of-ana.other conditions")
    assert [grade.score for grade in ledger.grades()] == [1, 3]
    ledger.forget()
    ledger.record(1, graded("ana"), "another content.conditions")
    assert ledger.grades()[0].score == 1, "another attempt is another work"
    ledger.record(1, graded("ana"), "content-of-ana.conditions")
    assert ledger.grades()[0].score == 3


def test_alike_works_of_namesakes_are_told_apart(tmp_path: Path) -> None:
    by_id = [entry("Kim Lee", "7", path="a"), entry("Kim Lee", "8", path="b")]
    by_path = [entry("Kim Lee", path="a"), entry("Kim Lee", path="b")]
    for number, entries in enumerate((by_id, by_path)):
        (tmp_path / str(number)).mkdir()
        with Ledger(tmp_path / str(number)) as ledger:
            ledger.begin(entries)
            for at, path in enumerate("ab"):
                ledger.record(at, graded("Kim Lee", path), "untouched.conditions")
            decide(ledger, Points(points=2), ASKED, at=1)
            assert [grade.score for grade in ledger.grades()] == [1, 3]


def test_what_could_not_be_read_can_be_seen(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger:
        ledger.begin([entry("ana"), entry("bo")])
        for at, name in enumerate(("ana", "bo")):
            broken = Ungraded(submission=f"{name}.ipynb", student=name, reason="empty", max_score=6)
            ledger.record(at, broken, None)
        decide(ledger, Dismissed(cause="empty", note="asked for another file"))
        seen = [set(standing.seen) for _, standing, _ in ledger.standings()]
    assert seen == [{"empty"}, set()]


# --- several people -------------------------------------------------------------------------------


def test_a_human_gives_points_where_no_program_could(tmp_path: Path) -> None:
    """They count wherever a mark is told, and stay through what writes marks anew."""
    whole = assignment("assignment1")
    with Ledger(tmp_path) as ledger:
        about = ClassFacts(assignment="assignment1", course=str(ROOT), device="cpu", kind="moodle")
        keep_facts(ledger, about)
        ledger.begin([entry("ana", "7")])
        reason = "the notebook has no cells"
        broken = Ungraded(submission="ana.ipynb", student="ana", reason=reason, max_score=7)
        ledger.record(0, broken, None)
        decide(ledger, Comment(text="I have read your pages."), PASSED)
        assert ana(ledger) == broken, "a comment alone is no mark"
        decide(ledger, Points(points=1, most=1, reason="On paper."), PASSED)
        decide(ledger, Points(points=0, most=1, reason="On paper."), ASKED)
        decide(ledger, Extra(kind="late", points=-0.5))
        grade = ana(ledger)
        assert (grade.status, grade.score, grade.max_score) == ("graded", 0.5, 7)
        assert scores(grade) == {PASSED: 1, ASKED: 0}
        grades, _ = rescore(ledger, whole, {})
        assert [one.score for one in grades] == [0.5]
        told = feedback(grade, whole.questions)
        assert "It was not run: the notebook has no cells. Your teachers gave the points." in told
        assert "On paper." in told
        assert "I have read your pages." in told
        (tmp_path / ROSTER).write_text(
            "Identifier,Full name,Grade,Maximum grade,Last modified (grade)\n"
            "Participant 7,ana,,7.00,-\n", "utf-8"
        )  # fmt: skip
        write_grades(tmp_path, about, whole, grades)
        write_reports(tmp_path, ledger, about, whole, grades)
    (row,) = csv.DictReader((tmp_path / "grades.csv").read_text("utf-8-sig").splitlines())
    assert (row["status"], row["score"], row[PASSED], row[ASKED]) == ("graded", "0.5", "1.0", "0.0")
    (row,) = csv.DictReader((tmp_path / "moodle.csv").read_text("utf-8-sig").splitlines())
    assert row["Grade"] == "0.5"


def test_what_was_decided_about_an_earlier_attempt_is_known(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger:
        ledger.begin([entry("ana", "7"), entry("bo", "8")])
        ledger.record(0, graded("ana"), "first-of-ana.conditions")
        ledger.record(1, graded("bo"), "content-of-bo.conditions")
        decide(ledger, Points(points=2, most=2), ASKED)
        decide(ledger, Comment(text="Well seen."), ASKED, at=1)
        ledger.record(0, graded("ana"), "second-of-ana.conditions")
        lines = list(ledger.lines())
        book = Book(ledger.decisions(), lines)
        assert [scores(grade)[ASKED] for grade in ledger.grades()] == [0, 0]
        (earlier,) = book.earlier(work_of(lines[0]))
        assert (earlier.question, earlier.act) == (ASKED, Points(points=2, most=2))
        assert book.earlier(work_of(lines[1])) == []
        namesake = work_of(lines[0]).model_copy(update={"ids": ("9",)})
        assert book.earlier(namesake) == []


def test_nothing_is_overwritten_unseen(ledger: Ledger, tmp_path: Path) -> None:
    line = next(ledger.lines())

    def made(who: str, act: Act, question: str = ESSAY, work: Work | None = None) -> list[Decision]:
        return [Decision(at=NOW, who=who, work=work or work_of(line), question=question, act=act)]

    with Ledger(tmp_path, beside=True) as other:
        (last,) = ledger.decide(made("Ute", Points(points=2)), seen=0)
        with pytest.raises(OvertakenError, match=r"^Ute has decided"):
            other.decide(made("Vic", Points(points=1)), seen=0)
        other.decide(made("Vic", Points(points=1), PASSED), seen=0)
        other.decide(made("Vic", Dismissed(cause="x")), seen=0)
        other.decide(made("Ute", Comment(text="Good.")), seen=0)
        other.decide(made("Vic", Points(points=1)), seen=last + 3)
        assert scores(ana(ledger))[ESSAY] == 1


def test_two_items_at_once_are_two(ledger: Ledger) -> None:
    def item(who: str, act: RubricItem) -> list[Decision]:
        return [Decision(at=NOW, who=who, question=ESSAY, act=act)]

    (first,) = ledger.decide(item("Ute", RubricItem(points=1, text="One")), seen=0)
    (second,) = ledger.decide(item("Vic", RubricItem(points=2, text="Two")), seen=0)
    ledger.decide(item("Ute", RubricItem(item=first, points=0.5, text="One")), seen=second)
    ledger.decide(item("Vic", RubricItem(item=second, points=1, text="Two")), seen=second)
    with pytest.raises(OvertakenError, match="Ute"):
        ledger.decide(item("Vic", RubricItem(item=first, points=2, text="One")), seen=second)
    assert [i.points for i in Book(ledger.decisions()).rubric(ESSAY)] == [0.5, 1]


def test_decisions_are_made_while_a_batch_is_graded(ledger: Ledger, tmp_path: Path) -> None:
    """One process holds the folder and writes all the time; another decides beside it."""
    with pytest.raises(LedgerError, match="another autograder is at work"):
        Ledger(tmp_path)
    done = threading.Event()

    def grades() -> None:
        number = 0
        while not done.is_set():
            number += 1
            ledger.put(f"judgement {number}", "{}")
            ledger.record(1, graded("bo"), "content-of-bo.conditions")

    thread = threading.Thread(target=grades)
    thread.start()
    try:
        with Ledger(tmp_path, beside=True) as beside:
            for number in range(50):
                decide(beside, Comment(text=str(number)), ESSAY)
                assert ana(beside).questions[-1].decisions[0].text == str(number)
    finally:
        done.set()
        thread.join()
    assert len(ledger.decisions()) == 50


# --- regrades, and what students read -----------------------------------------------------------


def test_students_read_what_was_decided(ledger: Ledger) -> None:
    item = decide(ledger, RubricItem(points=1, text="Names the shared weights."), ESSAY)
    decide(ledger, Applied(item=item, on=True), ESSAY)
    decide(ledger, Comment(text="Well said.\n<b>Go on.</b>"), ESSAY)
    decide(ledger, Points(case="test_value", points=1, reason="Rounded, that's all."), PASSED)
    asked = decide(ledger, Request(text="Is 24.99 not 25?"), ASKED)
    decide(ledger, Answer(request=asked, text="It is 25 exactly."), ASKED)
    decide(ledger, Extra(kind="late", points=-0.5, reason="A day."))
    text = feedback(ana(ledger), assignment("assignment1").questions)
    assert "Score: 2.5 of 6" in text
    for line in (
        "    +1: Names the shared weights.",
        "    Well said.\n    <b>Go on.</b>",
        "    You asked: Is 24.99 not 25?",
        "    Answer: It is 25 exactly.",
        "    Handed in late: -0.5. A day.",
    ):
        assert f"\n{line}\n" in text
    assert "Changed by your teachers to 1 point for" in text
    assert "Rounded, that's all." in text
    assert text.count("Well said.") == 1
    assert "Ute" not in text


# --- the table of written answers -----------------------------------------------------------------


def test_a_table_is_taken_up_once(ledger: Ledger) -> None:
    most = {ESSAY: 2.0}
    typed = {("ana.ipynb", ESSAY): ByHand(1.5, "Good."), ("bo.ipynb", "q9"): ByHand(1, "")}
    take_up(ledger, typed, most)
    assert scores(ana(ledger))[ESSAY] == 1.5
    assert ana(ledger).questions[-1].cases[0].message == "Good."
    assert [d.who for d in ledger.decisions()] == ["written.csv"] * 2
    decide(ledger, Points(points=2), ESSAY)
    take_up(ledger, typed, most)
    assert scores(ana(ledger))[ESSAY] == 2, "the table is older than the decision"
    take_up(ledger, {("ana.ipynb", ESSAY): ByHand(1, "Good.")}, most)
    assert scores(ana(ledger))[ESSAY] == 1
    take_up(ledger, {("ana.ipynb", ESSAY): ByHand(None, "")}, most)
    assert ana(ledger).questions[-1].cases[0].status == "not_run"


def test_points_of_a_table_hold_those_of_items(ledger: Ledger) -> None:
    item = decide(ledger, RubricItem(points=1, text="A start."), ESSAY)
    decide(ledger, Applied(item=item, on=True), ESSAY)
    take_up(ledger, {("ana.ipynb", ESSAY): ByHand(1.5, "")}, {ESSAY: 2.0})
    assert scores(ana(ledger))[ESSAY] == 1.5


# --- the real journey ---------------------------------------------------------------------------

WORK = """
# %%
convolved_features = [[8, 20], [14, 25]]
# %%
pooled_features = 24
# %%
output_dim_1 = (16, 24, 24)
"""


def test_rescore_and_report_keep_every_decision(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A class graded for real, decided about, marked anew by another test, and written."""
    whole = assignment("assignment1")
    content = notebook_of(WORK)
    with Ledger(tmp_path) as ledger:
        keep_facts(ledger, ClassFacts(assignment="assignment1", course=str(ROOT), device="cpu"))
        entries = [Entry(f"{name}.ipynb", name, read=lambda: content) for name in ("ana", "bo")]
        ledger.begin(entries)
        grader = Grader(whole, Settings(layers=chosen_layers()), Scorer(whole, ledger), ledger)
        for at, one in enumerate(entries):
            prepared = grader.prepare(one)
            execution = prepared.job.run(fork_server()) if prepared.run is None else None
            grader.judge(at, one, prepared, execution)
        assert [grade.score for grade in ledger.grades()] == [2, 2]
        value = whole.questions[1].cases[-1]
        act = Points(case=value.name, points=1, before=0, tested=0, most=1, reason="Typing slip.")
        decide(ledger, act, "q1_1_2")
        value = whole.questions[0].cases[-1]
        wrong = Points(case=value.name, points=0, before=1, tested=1, most=1, reason="Copied.")
        decide(ledger, wrong, "q1_1_1")
        assert [grade.score for grade in ledger.grades()] == [2, 2]
        assert list(disagreements(ledger)) == []
        renamed = whole.questions[1].source.replace("points=1", "points=2", 1)
        retested = load_question(renamed, "q1_1_2")
        changed = replace(whole, questions=(whole.questions[0], retested, *whole.questions[2:]))
        grades, _ = rescore(ledger, changed, {})
        assert [grade.score for grade in grades] == [2, 2]
    with pytest.raises(typer.Exit) as ended:
        regrading.rescore(tmp_path)
    assert ended.value.exit_code == 0
    said = capsys.readouterr().out
    assert "2 graded anew" in said
    told = json.loads((tmp_path / "grades.json").read_text("utf-8"))["grades"]
    decided = [d["text"] for q in told[0]["questions"] for d in q["decisions"]]
    assert decided == ["Copied.", "Typing slip."]
    assert "Typing slip." in (tmp_path / "feedback" / "ana.md").read_text("utf-8")
    assert "Typing slip." in (tmp_path / "report" / "students" / "ana.html").read_text("utf-8")


def test_the_command_keeps_decisions_when_a_test_file_is_edited(tmp_path: Path) -> None:
    """As somebody does it: grade, decide, edit a test in the course, `autograder rescore`."""
    course, out = tmp_path / "course", tmp_path / "results"
    for part in ("assignments", "solutions"):
        shutil.copytree(ROOT / part, course / part)
    handed_in = tmp_path / "class"
    for name in ("ana", "bo"):
        (handed_in / name).mkdir(parents=True)
        (handed_in / name / "assignment1.ipynb").write_bytes(notebook_of(WORK))
    given = ("--assignment", "assignment1", "--out", str(out), "--course", str(course))
    assert _command("grade", str(handed_in), *given)[0] == 0
    test = course / "solutions" / "tests" / "assignment1" / "q1_1_2.py"
    with Ledger(out) as ledger:
        case = assignment("assignment1").questions[1].cases[-1].name
        assert [grade.score for grade in ledger.grades()] == [2, 2]
        decide(ledger, Points(case=case, points=0.5, tested=0, most=1, reason="Half."), "q1_1_2")
    rescored = _command("rescore", str(out))
    assert rescored[0] == 0
    assert "a human gave" not in rescored[1], rescored[1]
    # The answer of both, 24, is what the edited test asks for.
    source = test.read_text("utf-8")
    asked = next(line for line in source.splitlines() if "expect.pooled_convolution(" in line)
    test.write_text(source.replace(asked, "    assert pooled_features.value == 24"), "utf-8")
    code, said = _command("rescore", str(out))
    assert code == 0, said
    assert (
        f"ana: q1_1_2 {case}: a human gave 0.5 where the tests gave 0; now they give 1." in said
    ), said
    told = json.loads((out / "grades.json").read_text("utf-8"))["grades"]
    assert [grade["score"] for grade in told] == [2.5, 3], said
    (kept,) = [d for q in told[0]["questions"] for d in q["decisions"]]
    assert (kept["text"], kept["points"], kept["tested"]) == ("Half.", 0.5, 1)


def _command(*arguments: str) -> tuple[int, str]:
    """How a command ended, and what it said."""
    ended = subprocess.run(
        [sys.executable, "-m", "autograder", *arguments],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return ended.returncode, ended.stdout + ended.stderr


def test_rescore_says_where_a_test_changed_its_mind(tmp_path: Path, ledger: Ledger) -> None:
    decide(ledger, Points(case="test_value", points=0.5, tested=0, most=1), PASSED)
    decide(ledger, Points(points=2, tested=0, most=2), ASKED)
    assert list(disagreements(ledger)) == []
    grade = graded("ana")
    now = (grade.questions[0].cases[0], grade.questions[0].cases[1].model_copy(
        update={"status": "passed"}))  # fmt: skip
    first = grade.questions[0].model_copy(update={"cases": now, "score": 2})
    ledger.record(
        0,
        grade.model_copy(update={"questions": (first, *grade.questions[1:]), "score": 2}),
        "content-of-ana.conditions",
    )
    (found,) = disagreements(ledger)
    assert (found.question, found.case) == (PASSED, "test_value")
    assert (found.points, found.tested, found.now) == (0.5, 0, 1)
    assert ana(ledger).score == 1 + 0.5 + 2
    write_grades(
        tmp_path,
        ClassFacts(assignment="assignment1", course=str(ROOT), device="cpu"),
        assignment("assignment1"),
        ledger.grades(),
    )
    assert "3.5" in (tmp_path / "grades.csv").read_text("utf-8")
