"""Tests that look at expressions: from a course's folder to marks, in all places of checks."""

import json
import subprocess
import sys
from functools import partial
from pathlib import Path

import nbformat
import pytest
from conftest import chosen_layers, fork_server, notebook_of

from autograder.course.assignment import Assignment, Course
from autograder.course.carried import CARRIES_NOTHING
from autograder.grading.ledger import Ledger
from autograder.grading.pipeline import Grader, entry_of, grade_one
from autograder.grading.rescore import rescore
from autograder.judging.scoring import Scorer
from autograder.model import CaseResult, Graded, Settings, Submission
from autograder.student.check import self_check

SETTINGS = Settings(layers=chosen_layers())
OTTER = Path(sys.executable).with_name("otter")
HEAD = """from otter.test_files import test_case

OK_FORMAT = False

name = "{name}"
points = None
"""
MAE = (
    HEAD.format(name="q1")
    + '''
@test_case(points=1, hidden=False)
def test_example(error: "mae([0, 0], [1, -3])"):
    """Is the mean absolute error of the example right?"""
    from autograder import expect
    expect.equal(error, 2)

@test_case(points=2, hidden=True)
def test_hidden(error: "mae([41, 42], [43, 47])", names: "mae"):
    """Is it right for other numbers?"""
    from autograder import expect
    expect.equal(error, 3.5)
    expect.parameters(names, ("a", "b"))

@test_case(points=1, hidden=False)
def test_lengths(raised: "mae([1], [1, 2])"):
    """Are lists of different lengths refused?"""
    from autograder import expect
    expect.raises(raised, ValueError)
'''
)
RIGHT = """
# %%
def mae(a, b):
    print("called with", a, b)
    if len(a) != len(b):
        raise ValueError("lengths differ")
    return sum(abs(x - y) for x, y in zip(a, b)) / len(a)
"""
WRONG = """
# %%
def mae(a, b):
    return sum(x - y for x, y in zip(a, b)) / len(a)
"""
ENDLESS = """
# %%
def mae(a, b):
    while len(a) != len(b):
        pass
    return sum(abs(x - y) for x, y in zip(a, b)) / len(a)
"""


def course_of(folder: Path, **tests: str) -> Assignment:
    """A course of one assignment with these test files."""
    files = folder / "solutions" / "tests" / "lab"
    files.mkdir(parents=True)
    (folder / "assignments").mkdir()
    toml = 'title = "A lab"\n[limits]\ncall_seconds = 2\nbusy_factor = 1.5\n'
    (folder / "solutions" / "lab.toml").write_text(toml)
    for name, source in tests.items():
        (files / f"{name}.py").write_text(source)
    return Course.at(folder).assignment("lab")


def graded(one: Assignment, script: str) -> Graded:
    """The marks of a script in cells."""
    handed_in = Submission(path="ana.ipynb", student="ana", content=notebook_of(script))
    grade = grade_one(handed_in, one, SETTINGS, fork_server())
    assert isinstance(grade, Graded), grade.reason
    return grade


def cases(grade: Graded) -> dict[str, CaseResult]:
    """The results by the names of the cases."""
    return {case.name: case for question in grade.questions for case in question.cases}


def test_a_function_earns_its_points(tmp_path: Path) -> None:
    grade = graded(course_of(tmp_path, q1=MAE), RIGHT)
    assert {name: case.status for name, case in cases(grade).items()} == {
        "test_example": "passed",
        "test_hidden": "passed",
        "test_lengths": "passed",
    }
    assert grade.score == 4


def test_public_calls_are_quoted_and_hidden_ones_are_not(tmp_path: Path) -> None:
    found = cases(graded(course_of(tmp_path, q1=MAE), WRONG))
    example, hidden = found["test_example"].message, found["test_hidden"].message
    assert example is not None
    assert "`mae([0, 0], [1, -3])`" in example
    assert "the float 1.0" in example
    assert hidden is not None
    assert "`mae(…)`" in hidden
    for secret in ("41", "43", "3.5"):
        assert secret not in hidden
    for_staff = found["test_hidden"].feedback
    assert for_staff is not None
    assert "-3.5" in for_staff.mistake
    lengths = found["test_lengths"].message
    assert lengths is not None
    assert "no error" in lengths


SPIES = (
    """
# %%
def mae(a, b):
    raise type(f"GivenA{a[0]}B{b[0]}", (Exception,), {})
""",
    """
# %%
import numpy as np
def mae(a, b):
    return np.zeros((a[0], b[0]))
""",
)


@pytest.mark.parametrize("script", SPIES)
def test_what_a_function_makes_of_hidden_inputs_is_not_told(tmp_path: Path, script: str) -> None:
    hidden = cases(graded(course_of(tmp_path, q1=MAE), script))["test_hidden"].message or ""
    assert "`mae(…)`" in hidden
    for secret in ("41", "43"):
        assert secret not in hidden


def test_work_that_is_absent_is_told_of_a_hidden_call_too(tmp_path: Path) -> None:
    course = course_of(tmp_path, q1=MAE)
    hidden = cases(graded(course, "# %%\nmae = ...\n"))["test_hidden"].message or ""
    assert "no answer yet in `mae`" in hidden
    assert "replace the `...`" in hidden
    hidden = cases(graded(course, "# %%\ndef maee(a, b): return 2\n"))["test_hidden"].message or ""
    assert "`maee`" in hidden


def test_an_endless_call_costs_its_case(tmp_path: Path) -> None:
    grade = graded(course_of(tmp_path, q1=MAE), ENDLESS)
    found = cases(grade)
    assert found["test_lengths"].status == "not_run"
    assert "did not end within 2 seconds" in (found["test_lengths"].message or "")
    assert found["test_example"].status == found["test_hidden"].status == "passed"
    assert grade.score == 3


def test_a_function_that_is_missing_is_named(tmp_path: Path) -> None:
    found = cases(graded(course_of(tmp_path, q1=MAE), "# %%\ndef mae_(a, b): return 2\n"))
    said = found["test_example"].message or ""
    assert "a variable `mae` for `mae([0, 0], [1, -3])`" in said
    assert "no `mae`, but a variable `mae_`" in said


def test_rescore_judges_what_was_seen(tmp_path: Path) -> None:
    one = course_of(tmp_path, q1=MAE)
    handed_in = Submission(path="ana.ipynb", student="ana", content=notebook_of(RIGHT))
    entry = entry_of(handed_in)
    with Ledger(tmp_path) as ledger:
        grader = Grader(one, SETTINGS, Scorer(one, ledger), ledger)
        ledger.begin([entry])
        prepared = grader.prepare(entry)
        before = grader.judge(0, entry, prepared, prepared.job.run(fork_server()))
        file = tmp_path / "solutions" / "tests" / "lab" / "q1.py"
        file.write_text(MAE.replace("(error, 3.5)", "(error, 4)"))
        grades, (change,) = rescore(ledger, Course.at(tmp_path).assignment("lab"), {})
    assert before.score == 4
    assert grades[0].score == 2
    assert change.why == ("q1 test_hidden: passed before, now failed (Found: another value)",)


def handed_out(folder: Path, script: str, **tests: str) -> Path:
    """A notebook with these public tests."""
    notebook = nbformat.reads(notebook_of(script), as_version=4)
    notebook.metadata["otter"] = {"tests": tests, "OK_FORMAT": False, "assignment_name": "lab"}
    notebook.metadata["autograder"] = CARRIES_NOTHING.as_metadata()
    file = folder / "lab.ipynb"
    nbformat.write(notebook, file)
    return file


PUBLIC = MAE.split("@test_case(points=2")[0]
CHECKED = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_cell("from autograder import Notebook; grader = Notebook('lab.ipynb')")
shell.run_cell({code!r})
shell.run_cell("kept = []; print(grader.check('q1')); print('kept:', kept)")
"""


@pytest.mark.parametrize(("script", "said"), [(RIGHT, "passed"), (WRONG, "the float 1.0")])
def test_students_check_the_same_in_their_notebook(tmp_path: Path, script: str, said: str) -> None:
    handed_out(tmp_path, script, q1=PUBLIC)
    code = script.split("# %%")[1].replace("return sum", "kept.append(1); return sum")
    done = subprocess.run(
        [sys.executable, "-P", "-W", "error::UserWarning", "-c", CHECKED.format(code=code)],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert said in done.stdout, done.stdout
    assert "called with" not in done.stdout
    assert "kept: []" in done.stdout


@pytest.mark.parametrize(("script", "said"), [(RIGHT, "1 of 1"), (WRONG, "the float 1.0")])
def test_autograder_check_judges_the_same(tmp_path: Path, script: str, said: str) -> None:
    assert said in self_check(handed_out(tmp_path, script, q1=PUBLIC)).text


LIAR = """
# %%
import otter
grader = otter.Notebook()
# %%
class Liar(float):
    def __eq__(self, other): return True
    __hash__ = float.__hash__
def mae(a, b):
    return Liar(0)
answer = Liar(0)
"""
OTTERS = (
    HEAD.format(name="q1")
    + '''
@test_case(points=1, hidden=False)
def test_value(answer, mae):
    """Right?"""
    assert answer == 2
    assert mae([0, 0], [1, -3]) == 2
'''
)
OURS = (
    HEAD.format(name="q1")
    + '''
@test_case(points=1, hidden=False)
def test_value(answer, error: "mae([0, 0], [1, -3])"):
    """Right?"""
    from autograder import expect
    expect.equal(answer, 2)

@test_case(points=1, hidden=False)
def test_call(error: "mae([0, 0], [1, -3])"):
    """Right?"""
    from autograder import expect
    expect.equal(error, 2)
'''
)


def test_a_number_that_is_equal_to_all_convinces_otter_and_not_us(tmp_path: Path) -> None:
    tests, out = tmp_path / "tests", tmp_path / "out"
    tests.mkdir()
    out.mkdir()
    (tests / "q1.py").write_text(OTTERS)
    (tmp_path / "liar.ipynb").write_bytes(notebook_of(LIAR))
    run = partial(subprocess.run, check=True, capture_output=True, cwd=out)
    grader = tmp_path / "autograder.zip"
    run([str(OTTER), "generate", "-t", str(tests), "-o", str(grader)])
    run([str(OTTER), "run", str(tmp_path / "liar.ipynb"), "-a", str(grader), "-o", str(out)])
    results = json.loads((out / "results.json").read_text())["tests"]
    assert sum(test.get("score", 0) for test in results) == 1

    grade = graded(course_of(tmp_path / "course", q1=OURS), LIAR)
    assert grade.score == 0
    assert "the Liar 0.0" in (cases(grade)["test_call"].message or "")
