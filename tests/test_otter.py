"""Otter's test files are read without Otter, and as Otter reads them."""

import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT
from otter.test_files.exception_test import ExceptionTestFile

from autograder.course.otter_tests import OtterTests
from autograder.course.questions import load_question
from autograder.errors import CourseError

FILES = sorted((ROOT / "solutions" / "tests").rglob("*.py"))
# What a question's points are, and those of its cases.
POINTS = (
    ("None", ("None", "None")),
    ("None", ("0", "None", "None")),
    ("None", ("0", "0")),
    ("None", ("2", "None")),
    ("3", ("None", "None")),
    ("3", ("1", "None", "None")),
    ("3", ("1", "1")),
    ("2.5", ("0.5", "2")),
    ("[1, 2]", ("None", "None")),
    ("[0, 2]", ("None", "5")),
    ("[1, None]", ("None", "None")),
    ("[None, None]", ("1", "2")),
    ("0", ("None", "None")),
)
REFUSED = (
    ("[1]", ("None", "None"), "1 points for 2 test cases"),
    ("1", ("2", "None"), "2 points, and the question has 1"),
    ('"two"', ("None",), "not str"),
    ("None", ('"two"',), "not str"),
)


def file_with(whole: str, given: tuple[str, ...]) -> str:
    """A test file whose question has those points, and a case for each other."""
    cases = "".join(
        f"@test_case(points={points}, hidden={bool(number % 2)})\n"
        f"def test_{number}(answer, env):\n"
        '    """Is it right?"""\n'
        f"    assert answer == env['answer'] == {number}, 'it is not'\n"
        for number, points in enumerate(given)
    )
    head = "from otter.test_files import test_case\n\nOK_FORMAT = False\n"
    return f'{head}name = "q"\npoints = {whole}\n\n{cases}'


def as_read(tests: OtterTests | ExceptionTestFile) -> list[tuple[str, float, bool]]:
    return [(c.body.test_func.__name__, c.points, c.hidden) for c in tests.test_cases]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_files_of_the_course_are_read_as_otter_reads_them(file: Path) -> None:
    source = file.read_text("utf-8")
    theirs, ours = ExceptionTestFile.from_string(source), OtterTests.from_string(source)
    assert ours.name == theirs.name
    assert as_read(ours) == as_read(theirs)
    assert ours.test_cases


@pytest.mark.parametrize(("whole", "given"), POINTS)
def test_points_are_shared_as_otter_shares_them(whole: str, given: tuple[str, ...]) -> None:
    source = file_with(whole, given)
    ours = OtterTests.from_string(source)
    assert as_read(ours) == as_read(ExceptionTestFile.from_string(source))


@pytest.mark.parametrize(("whole", "given", "said"), REFUSED)
def test_points_that_contradict_each_other_are_refused(
    whole: str, given: tuple[str, ...], said: str
) -> None:
    with pytest.raises(Exception):  # noqa: B017, PT011  # Otter raises what it likes
        ExceptionTestFile.from_string(file_with(whole, given))
    with pytest.raises(CourseError, match=rf"^q\.py: the test file does not load: .*{said}"):
        load_question(file_with(whole, given), "q.py")


def test_a_case_is_called_with_what_its_parameters_name() -> None:
    first, second = OtterTests.from_string(file_with("None", ("1", "1"))).test_cases
    first.body.call_func({"answer": 0})
    with pytest.raises(AssertionError, match="it is not"):
        second.body.call_func({"answer": 0})


SCRIPT = """
import sys
sys.modules["otter"] = None  # as where Otter is not installed
from autograder.course.otter_tests import OtterTests
tests = OtterTests.from_string({source!r})
try:
    tests.test_cases[0].body.call_func({{"answer": 1}})
except AssertionError:
    print("held")
"""


def test_assertions_hold_without_otter_and_where_python_leaves_them_out() -> None:
    script = SCRIPT.format(source=file_with("None", ("1",)))
    command = [sys.executable, "-O", "-W", "ignore", "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("held\n", "")
