"""A batch that is stopped, resumed and scored again: nothing lost, nothing executed twice."""

import json
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
from conftest import ROOT, assignment, chosen_layers, fork_server, grades_of, notebook_of, table

from autograder.cli import grading, regrading
from autograder.course.assignment import Assignment
from autograder.course.questions import Question, load_question
from autograder.errors import CourseError, LedgerError, SandboxError, SubmissionError, UsageError
from autograder.grading.by_hand import ByHand
from autograder.grading.facts import ClassFacts, keep_facts
from autograder.grading.ledger import Ledger
from autograder.grading.pipeline import Grader
from autograder.grading.pool import in_threads
from autograder.grading.rescore import rescore
from autograder.judging import fingerprint, scoring
from autograder.judging.cases import judge_question
from autograder.judging.scoring import Run, Scorer
from autograder.model import (
    Entry,
    Execution,
    Flag,
    FlagKind,
    Grade,
    Graded,
    Judgement,
    Limits,
    NetworkData,
    Numbers,
    Outcome,
    Person,
    Settings,
)
from autograder.results.folder import unmatched_points, write_reports
from autograder.running.fork_client import ForkServer

SETTINGS = Settings(layers=chosen_layers())
RIGHT = "# %%\nconvolved_features = [[8, 20], [14, 25]]\n"
WRONG = "# %%\nconvolved_features = [[25, 14], [20, 8]]\n"
NETWORK = """# %%
import torch
net_conv = torch.nn.Sequential(
    torch.nn.Conv2d(1, 2, 5), torch.nn.Flatten(), torch.nn.Linear(2 * 24 * 24, 10))
net_ffn = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(784, 10))
"""


@pytest.fixture
def server() -> ForkServer:
    """The fork server of all tests."""
    return fork_server()


@cache
def saved(script: str) -> bytes:
    """The notebook of a script; the same bytes each time, though its cells get random ids."""
    return notebook_of(script)


def entry(student: str, script: str, **parts: object) -> Entry:
    """What a student handed in."""
    content = saved(script)
    whole = Entry(f"{student}.ipynb", student, read=lambda: content)
    return replace(whole, **parts)  # type: ignore[arg-type]


def graded(
    entries: Sequence[Entry],
    ledger: Ledger,
    server: ForkServer,
    whole: Assignment | None = None,
    settings: Settings = SETTINGS,
) -> list[Grade]:
    """The entries as a batch of that ledger."""
    whole = whole or assignment("assignment1")
    ledger.begin(entries)
    grader = Grader(whole, settings, Scorer(whole, ledger), ledger)
    with ThreadPoolExecutor(2) as executor:
        return grades_of(entries, grader, in_threads(executor, server), 2)


def retested(whole: Assignment, name: str, before: str, after: str) -> Assignment:
    """The assignment with something else in the tests of one question."""
    questions = []
    for question in whole.questions:
        changed = question.source.replace(before, after) if question.name == name else ""
        assert not changed or changed != question.source
        questions.append(load_question(changed, name) if changed else question)
    return replace(whole, questions=tuple(questions))


# --- nothing twice ------------------------------------------------------------------------------


def test_a_finished_batch_executes_nothing_again(tmp_path: Path, server: ForkServer) -> None:
    people = (Person(name="Ana", id="7", email="ana@example.org"),)
    entries = [
        entry("ana", RIGHT, people=people, late=True, remarks=("an earlier one was left out",)),
        entry("bo", WRONG),
        entry("caro", "# %%\nimport os\nos._exit(1)\n"),
    ]
    with Ledger(tmp_path) as ledger:
        first = graded(entries, ledger, server)
    assert (first[0].people, first[0].late, first[0].remarks) == (
        people,
        True,
        ("an earlier one was left out",),
    )
    with Ledger(tmp_path) as ledger, ForkServer({}) as another:
        assert graded(entries, ledger, another) == first
        assert another.pid is None, "something was executed"
        assert [line.grade for line in ledger.lines()] == first


def test_the_same_notebook_from_another_student_is_not_executed(
    tmp_path: Path, server: ForkServer
) -> None:
    with Ledger(tmp_path) as ledger, ForkServer({}) as another:
        graded([entry("ana", RIGHT)], ledger, server)
        (grade,) = graded([entry("bo", RIGHT)], ledger, another)
        assert (grade.student, grade.score, another.pid) == ("bo", 1.0, None)


@pytest.mark.parametrize(
    "other",
    [
        {"settings": Settings(layers=SETTINGS.layers, seed=1)},
        {"limits": Limits(cell_seconds=7)},
        {"notebook": RIGHT + "# %%\nx = 1\n"},
    ],
)
def test_another_run_is_executed(
    tmp_path: Path, server: ForkServer, other: dict[str, object]
) -> None:
    whole = assignment("assignment1")
    with Ledger(tmp_path) as ledger:
        graded([entry("ana", RIGHT)], ledger, server)
        if "limits" in other:
            settings = whole.settings.model_copy(update={"limits": other["limits"]})
            whole = replace(whole, settings=settings)
        again = entry("ana", str(other.get("notebook", RIGHT)))
        graded([again], ledger, server, whole, other.get("settings", SETTINGS))  # type: ignore[arg-type]
    with sqlite3.connect(tmp_path / "ledger.sqlite") as base:
        assert base.execute("SELECT count(*) FROM executions").fetchone() == (2,)
    base.close()


def test_what_could_not_be_graded_is_tried_again(tmp_path: Path, server: ForkServer) -> None:
    def fails() -> bytes:
        raise SubmissionError("the disk was away")

    with Ledger(tmp_path) as ledger:
        (before,) = graded([entry("ana", RIGHT, read=fails)], ledger, server)
        assert (before.status, before.reason) == ("ungraded", "the disk was away")
        (after,) = graded([entry("ana", RIGHT)], ledger, server)
        assert (after.status, after.score) == ("graded", 1.0)


def test_fresh_forgets_executions(tmp_path: Path, server: ForkServer) -> None:
    with Ledger(tmp_path) as ledger:
        graded([entry("ana", RIGHT)], ledger, server)
        ledger.forget()
        assert [line.grade for line in ledger.lines()] == [None]
    with sqlite3.connect(tmp_path / "ledger.sqlite") as base:
        assert base.execute("SELECT count(*) FROM executions").fetchone() == (0,)
    base.close()


@pytest.mark.parametrize(("kind", "kept"), [(FlagKind.MACHINE, 0), (FlagKind.NETWORK, 1)])
def test_only_a_judgement_that_the_machine_may_have_spoilt_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: FlagKind, kept: int
) -> None:
    whole = assignment("assignment1")
    seen = Numbers(name="convolved_features", type_name="list", value=[[8, 20], [14, 25]])
    execution = Execution(
        outcome=Outcome.FINISHED, observations={seen.name: seen}, notebook="", seconds=1,
        device="cpu",
    )  # fmt: skip
    run = Run.of(execution)

    def hurried(question: Question, *rest: Any) -> Judgement:
        judgement = judge_question(question, {}, *rest[1:])
        return judgement.model_copy(update={"flags": (Flag(kind=kind, text="net: did not run"),)})

    with Ledger(tmp_path) as ledger:
        monkeypatch.setattr(scoring, "judge_question", hurried)
        scorer = Scorer(whole, ledger)
        assert scorer.score(entry("ana", RIGHT), run).score == 0
        monkeypatch.undo()
        assert scorer.score(entry("bo", RIGHT), run).score == 1 - kept
        assert Scorer(whole, ledger).score(entry("ana", RIGHT), run).score == 1 - kept


@pytest.mark.parametrize(
    ("file", "changes"),
    [
        ("kernel/export.py", (True, False)),
        ("notebooks/colab.py", (True, False)),
        ("expect/numbers.py", (False, True)),
        ("results/table.py", (False, False)),
    ],
)
def test_code_that_decides_is_part_of_the_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, changes: tuple[bool, bool]
) -> None:
    copied = tmp_path / "autograder"
    shutil.copytree(ROOT / "autograder", copied, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(fingerprint, "_HERE", copied)
    keys = [f.__wrapped__ for f in (fingerprint.of_environment, fingerprint.of_judging)]
    before = [key() for key in keys]
    (copied / file).write_text("# other code\n", "utf-8")
    assert tuple(old != key() for old, key in zip(before, keys, strict=True)) == changes


# --- stored whole -------------------------------------------------------------------------------


def test_networks_are_stored_whole(tmp_path: Path, server: ForkServer) -> None:
    whole = assignment("assignment2")
    with Ledger(tmp_path) as ledger:
        (grade,) = graded([entry("ana", NETWORK)], ledger, server, whole)
        (line,) = ledger.lines()
        assert line.execution is not None
        run = ledger.run(line.execution)
        assert run is not None
        seen = run.observations()["net_conv"]
        assert isinstance(seen, NetworkData)
        assert seen.evaluation is not None
        assert seen.training is not None
        notebook = json.loads(ledger.notebook(line.execution) or "")
        assert "net_conv" in notebook["cells"][0]["source"]
        assert Scorer(whole).score(line, run) == grade, "judged anew from what was stored"
    summary = {network.name: network for network in grade.networks}["net_conv"]
    assert summary.parameters == 2 * 25 + 2 + 2 * 24 * 24 * 10 + 10
    assert "convolution 5x5, 2 filters" in summary.trace
    assert summary.hidden_accuracy is not None
    assert (summary.hidden_accuracy < 0.5, summary.threshold) == (True, 0.80)


# --- a ledger in trouble --------------------------------------------------------------------------


def test_a_full_disk_stops_the_batch_and_it_goes_on(tmp_path: Path, server: ForkServer) -> None:
    # Each notebook is far too large for what is left.
    lines = "\n".join(f"# {i} {hash(str(i))}" for i in range(20_000))
    entries = [entry(f"s{n}", f"{RIGHT}# %%\nstudent = {n}\n{lines}\n") for n in range(4)]
    with Ledger(tmp_path) as ledger:
        (pages,) = ledger._base.execute("PRAGMA page_count").fetchone()
        ledger._base.execute(f"PRAGMA max_page_count = {pages + 100}")
        with pytest.raises(LedgerError, match=r"the disk is full; make room .* goes on there"):
            graded(entries, ledger, server)
    with Ledger(tmp_path) as ledger:
        assert [grade.score for grade in graded(entries, ledger, server)] == [1.0] * 4


def test_two_at_work_in_one_folder(tmp_path: Path) -> None:
    with Ledger(tmp_path), pytest.raises(LedgerError, match="another autograder is at work"):
        Ledger(tmp_path)
    Ledger(tmp_path).close()


def test_another_file_under_the_ledgers_name(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").write_text("shopping list\n" * 100)
    with pytest.raises(LedgerError, match="no ledger of autograder"):
        Ledger(tmp_path)


@pytest.mark.parametrize("name", [".lock", "ledger.sqlite"])
def test_a_folder_where_the_ledger_should_be(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(LedgerError, match=re.escape(f"{tmp_path / name}: ")):
        Ledger(tmp_path)


def test_a_ledger_of_a_newer_version(tmp_path: Path) -> None:
    Ledger(tmp_path).close()
    base = sqlite3.connect(tmp_path / "ledger.sqlite")
    base.execute("PRAGMA user_version = 99")
    base.close()
    with pytest.raises(LedgerError, match="newer version"):
        Ledger(tmp_path)


# --- rescore ------------------------------------------------------------------------------------


def test_rescore_says_whose_mark_changed_and_why(tmp_path: Path, server: ForkServer) -> None:
    whole = assignment("assignment1")
    with Ledger(tmp_path) as ledger:
        graded([entry("ana", RIGHT), entry("bo", WRONG)], ledger, server)
        same, none = rescore(ledger, whole, {})
        assert none == []
        assert [grade.score for grade in same] == [1.0, 0.0]
        changed = retested(whole, "q1_1_1", "points=1, hidden=True", "points=3, hidden=True")
        grades, (change,) = rescore(ledger, changed, {})
        assert [grade.score for grade in grades] == [3.0, 0.0]
        assert [grade.max_score for grade in grades] == [9.0, 9.0]
        assert (change.student, change.before, change.after) == ("ana", 1.0, 3.0)
        assert change.why == ("q1_1_1 test_value now counts 3 instead of 1",)
        assert [line.grade for line in ledger.lines()] == grades


def test_rescore_names_variables_that_were_not_recorded(tmp_path: Path, server: ForkServer) -> None:
    whole = assignment("assignment1")
    with Ledger(tmp_path) as ledger:
        graded([entry("ana", RIGHT)], ledger, server)
        wider = retested(whole, "q1_1_2", "pooled_features", "largest_feature")
        with pytest.raises(UsageError, match="`largest_feature`, which was not recorded"):
            rescore(ledger, wider, {})


def test_a_broken_test_is_not_the_students_fault(tmp_path: Path, server: ForkServer) -> None:
    whole = retested(
        assignment("assignment1"), "q1_1_1", "expect.numbers(", "expect.no_such_thing("
    )
    with Ledger(tmp_path) as ledger:
        (grade,) = graded([entry("ana", RIGHT)], ledger, server, whole)
    assert isinstance(grade, Graded)
    cases = {case.name: case.status for case in grade.questions[0].cases}
    assert cases == {"test_shape": "unjudged", "test_value": "passed"}
    assert grade.score == 1.0
    (flag,) = [flag for flag in grade.flags if flag.kind is FlagKind.UNJUDGED]
    assert "q1_1_1 test_shape: the test itself failed with AttributeError" in flag.text


def test_a_machine_without_room_is_no_fault_of_a_test(tmp_path: Path, server: ForkServer) -> None:
    full = "import errno; raise OSError(errno.ENOSPC, 'full'); expect.numbers("
    whole = retested(assignment("assignment1"), "q1_1_1", "expect.numbers(", full)
    with Ledger(tmp_path) as ledger:
        (grade,) = graded([entry("ana", RIGHT)], ledger, server, whole)
    assert grade.status == "ungraded"
    assert "is full: make room" in str(grade.reason)


def test_a_test_that_was_broken_when_notebooks_ran_can_be_mended(
    tmp_path: Path, server: ForkServer
) -> None:
    whole = assignment("assignment1")
    broken = retested(whole, "q1_1_1", "expect.convolution(", "expect.no_such_thing(")
    with Ledger(tmp_path) as ledger:
        (unjudged,) = graded([entry("ana", RIGHT)], ledger, server, broken)
        assert unjudged.score == 0.0
        (grade,), (change,) = rescore(ledger, whole, {})
    assert (grade.status, grade.score) == ("graded", 1.0)
    assert (change.before, change.after) == (0.0, 1.0)


def test_points_by_hand_count_where_the_assignment_says_so(
    tmp_path: Path, server: ForkServer
) -> None:
    whole = assignment("assignment1")
    settings = whole.settings.model_copy(update={"written": {"q1_essay": 2.0}})
    whole = replace(whole, settings=settings)
    with Ledger(tmp_path) as ledger:
        (unread,) = graded([entry("ana", RIGHT)], ledger, server, whole)
        assert (unread.score, unread.max_score) == (1.0, 9.0)
        assert unread.questions[-1].cases[0].status == "not_run"
        given = {("ana.ipynb", "q1_essay"): ByHand(1.5, "Good, but short.")}
        (read,), (change,) = rescore(ledger, whole, given)
        assert read.score == 2.5
        assert read.questions[-1].cases[0].message == "Good, but short."
        assert (change.before, change.after) == (1.0, 2.5)
        assert change.why == ("q1_essay: 0 points before, now 1.5",)
        nowhere = [("bo.ipynb", "q1_essay"), ("ana.ipynb", "q9")]
        others = {key: ByHand(1, "") for key in nowhere} | {("ana.ipynb", "q8"): ByHand(None, "?")}
        assert unmatched_points({**given, **others}, whole, ["ana.ipynb"]) == nowhere


# --- what an earlier batch has left ---------------------------------------------------------------


def test_files_of_students_who_are_gone_go_too(tmp_path: Path, server: ForkServer) -> None:
    whole = assignment("assignment1")
    batch = ClassFacts(assignment="assignment1", course=str(ROOT), device="cpu")
    (tmp_path / "feedback").mkdir()
    for name in ("canvas.csv", "notes.txt", "feedback/own.txt"):
        (tmp_path / name).touch()
    with Ledger(tmp_path) as ledger:
        for names in (["ana", "bo"], ["bo"]):
            grades = graded([entry(name, RIGHT) for name in names], ledger, server)
            write_reports(tmp_path, ledger, batch, whole, grades)
    left = {str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*.*")}
    assert {file for file in left if file.endswith((".md", ".html", ".csv", ".txt"))} == {
        "feedback/bo.md", "feedback/bo.html", "feedback/own.txt", "left_out.csv", "notes.txt",
        "report/index.html", "report/students/bo.html",
    }  # fmt: skip


def test_a_course_that_is_not_there_is_not_noted(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger:
        keep_facts(ledger, ClassFacts(assignment="assignment1", course=str(ROOT), device="cpu"))
    for wrong in ("nowhere", "docs"):
        with pytest.raises(UsageError, match="is not a course"):
            regrading._stored(tmp_path, ROOT / wrong).__enter__()
    with regrading._stored(tmp_path, None) as (_, batch, whole):
        assert (batch.course, whole.name) == (str(ROOT), "assignment1")


def test_rescore_names_who_has_no_grade(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], server: ForkServer
) -> None:
    def fails() -> bytes:
        raise SubmissionError("the disk was away")

    with Ledger(tmp_path) as ledger:
        keep_facts(ledger, ClassFacts(assignment="assignment1", course=str(ROOT), device="cpu"))
        graded([entry("ana", RIGHT, read=fails), entry("bo", RIGHT)], ledger, server)
    with pytest.raises(typer.Exit) as ended:
        regrading.rescore(tmp_path)
    said = capsys.readouterr().out
    assert ended.value.exit_code == 1
    assert "ana.ipynb: not graded: the disk was away" in said
    assert "1 graded anew" in said
    assert "1 not graded" in said


@pytest.mark.parametrize(
    "error", [CourseError("the test itself failed"), ValueError("odd"), SandboxError("no worker")]
)
def test_one_submission_that_cannot_be_judged_ends_no_rescore(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    server: ForkServer,
    error: Exception,
) -> None:
    with Ledger(tmp_path) as ledger:
        keep_facts(ledger, ClassFacts(assignment="assignment1", course=str(ROOT), device="cpu"))
        graded([entry("ana", RIGHT), entry("bo", WRONG)], ledger, server)
    whole = scoring.Scorer.score

    def fails_for_ana(scorer: Any, handed: Any, run: Run) -> Any:
        if handed.student == "ana":
            raise error
        return whole(scorer, handed, run)

    monkeypatch.setattr(scoring.Scorer, "score", fails_for_ana)
    with pytest.raises(typer.Exit) as ended:
        regrading.rescore(tmp_path)
    said = capsys.readouterr().out
    assert ended.value.exit_code == 1
    assert "ana" in said
    assert str(error) in said
    monkeypatch.undo()
    with pytest.raises(typer.Exit) as ended:
        regrading.rescore(tmp_path)
    assert ended.value.exit_code == 0
    with Ledger(tmp_path) as ledger:
        assert [line.grade.score for line in ledger.lines() if line.grade] == [1.0, 0.0]


# --- the commands -------------------------------------------------------------------------------


def command(*arguments: object) -> subprocess.CompletedProcess[str]:
    """An autograder command that has ended."""
    return subprocess.run(
        [sys.executable, "-m", "autograder", *map(str, arguments)],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def make_class(folder: Path, count: int, seconds: float = 0.0) -> Path:
    """Notebooks of `count` students; every second one is right."""
    for number in range(count):
        script = (WRONG if number % 2 else RIGHT) + (
            f"# %%\nimport time\nstudent = {number}\ntime.sleep({seconds})\npooled_features = 25\n"
        )
        (folder / f"s{number:02}").mkdir(parents=True)
        (folder / f"s{number:02}" / "assignment1.ipynb").write_bytes(notebook_of(script))
    return folder


def test_killed_and_resumed_gives_the_same_table(tmp_path: Path) -> None:
    class_ = make_class(tmp_path / "class", 10, seconds=0.3)
    started = [sys.executable, "-m", "autograder", "grade", str(class_), "--assignment",
               "assignment1", "--out", str(tmp_path / "out"), "--jobs", "2", "--quiet"]  # fmt: skip
    killed = subprocess.Popen(started, cwd=ROOT, stdout=subprocess.DEVNULL)
    wait_for(tmp_path / "out", 3)
    killed.kill()
    killed.wait()
    done = rows_done(tmp_path / "out")
    assert 3 <= done < 10
    report = command("report", tmp_path / "out")
    assert report.returncode == 0, report.stderr
    assert f"{10 - done} submissions wait" in report.stdout
    process = subprocess.Popen(started, cwd=ROOT, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True)  # fmt: skip
    wait_for(tmp_path / "out", min(done + 2, 9))
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130, said
    assert "Run the same command again to go on from here" in said
    assert "Traceback" not in said
    finished = subprocess.run(started, cwd=ROOT, check=False, capture_output=True, text=True)
    assert finished.returncode == 0, finished.stderr
    rows = table(tmp_path / "out")
    assert [row["score"] for row in rows] == ["2.0", "1.0"] * 5
    assert [row["student"] for row in rows] == [f"s{n:02}" for n in range(10)]


def test_only_the_first_ctrl_c_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    in_order = []

    def interrupted() -> None:
        with grading._stopped_in_order(tmp_path):
            try:
                signal.raise_signal(signal.SIGINT)
            finally:
                for number in (signal.SIGINT, signal.SIGTERM):
                    signal.raise_signal(number)
                    in_order.append(number)

    with Ledger(tmp_path) as ledger:
        ledger.begin([entry("ana", RIGHT)])
    with pytest.raises(typer.Exit) as ended:
        interrupted()
    assert ended.value.exit_code == 130
    assert len(in_order) == 2
    assert "Stopped: 0 of 1 submissions are graded" in capsys.readouterr().err
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def wait_for(out: Path, count: int) -> None:
    """Wait until that many submissions have their grade."""
    deadline = time.monotonic() + 60
    while rows_done(out) < count:
        assert time.monotonic() < deadline, "the batch does not go on"
        time.sleep(0.02)


def rows_done(out: Path) -> int:
    """How many submissions of the ledger have a grade."""
    if not (out / "ledger.sqlite").is_file():
        return 0
    base = sqlite3.connect(out / "ledger.sqlite", timeout=10)
    try:
        query = "SELECT count(*) FROM submissions WHERE grade IS NOT NULL"
        return int(base.execute(query).fetchone()[0])
    except sqlite3.OperationalError:  # the table is not there yet
        return 0
    finally:
        base.close()


def test_rescore_and_report_commands(tmp_path: Path) -> None:
    class_ = make_class(tmp_path / "class", 2)
    out = tmp_path / "out"
    course = tmp_path / "course"
    shutil.copytree(ROOT / "solutions", course / "solutions")
    (course / "assignments").symlink_to(ROOT / "assignments")
    first = command(
        "grade", class_, "--assignment", "assignment1", "--out", out, "--course", course
    )
    assert first.returncode == 0, first.stderr
    test = course / "solutions" / "tests" / "assignment1" / "q1_1_1.py"
    source = test.read_text("utf-8")
    test.write_text(source.replace("points=1, hidden=True", "points=2, hidden=True"), "utf-8")
    again = command("rescore", out)
    assert again.returncode == 0, again.stderr
    assert "s00: 2 -> 3" in again.stdout
    assert "2 graded anew" in again.stdout
    assert "1 with another mark" in again.stdout
    grades = json.loads((out / "grades.json").read_text("utf-8"))["grades"]
    assert [grade["score"] for grade in grades] == [3.0, 1.0]
    page = (out / "report" / "students" / "s00.html").read_text("utf-8")
    assert "3" in page
    shutil.rmtree(out / "report")
    assert command("report", out).returncode == 0
    assert (out / "report" / "index.html").is_file()


@pytest.mark.parametrize("name", ["rescore", "report"])
def test_commands_on_a_folder_without_results(tmp_path: Path, name: str) -> None:
    result = command(name, tmp_path)
    assert (result.returncode, result.stdout) == (2, "")
    assert f"{tmp_path}: no results of `autograder grade`" in result.stderr.replace("\n", " ")


def test_results_of_another_assignment_are_not_mixed(tmp_path: Path) -> None:
    class_ = make_class(tmp_path / "class", 1)
    out = tmp_path / "out"
    assert command("grade", class_, "--assignment", "assignment1", "--out", out).returncode == 0
    other = command("grade", ROOT / "examples" / "class", "--assignment", "assignment2",
                    "--out", out)  # fmt: skip
    assert other.returncode == 2
    assert "holds results of assignment1" in other.stderr


def test_marking_anew_loads_nothing_that_runs_notebooks() -> None:
    """It would take longer to load than a class to mark."""
    script = (
        "import sys, autograder.grading.rescore, autograder.results.folder, autograder.desk.app;"
        "print([name for name in ('nbclient', 'nbformat', 'torch') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
