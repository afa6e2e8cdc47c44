"""Otter Assign's own features: honoured as its documentation has them, or refused by name."""

from pathlib import Path

import pytest
from conftest import ROOT, chosen_layers, fork_server, notebook_of

from autograder.course.assignment import Assignment, Course
from autograder.course.build import build, write
from autograder.course.otter_options import ASSIGNMENT, REFUSED
from autograder.course.otter_options import QUESTION as QUESTION_OPTIONS
from autograder.errors import CourseError
from autograder.gradescope.bundle import build_zip
from autograder.grading.pipeline import grade_one
from autograder.grading.proof import CourseTrial
from autograder.model import Graded, QuestionResult, Settings, Submission
from autograder.student.check import self_check

SETTINGS = Settings(layers=chosen_layers())
MASTER = (ROOT / "tests" / "masters" / "features.py").read_text("utf-8")


def course_of(root: Path, script: str) -> Course:
    """A course whose one assignment, quiz, has the master in that script."""
    masters = root / "solutions" / "masters"
    masters.mkdir(parents=True, exist_ok=True)
    (root / "solutions" / "quiz.toml").write_text('title = "A quiz"\n', "utf-8")
    (masters / "quiz.ipynb").write_bytes(notebook_of(script))
    return Course.at(root)


@pytest.fixture(scope="module")
def quiz(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """The course with the master that uses the features, built and proved."""
    course = course_of(tmp_path_factory.mktemp("course"), MASTER)
    built = build(course, "quiz")
    trial = CourseTrial(course.root, course.assignment("quiz", built.questions), built)
    trial.inspect()
    trial.prove(SETTINGS, fork_server())
    write(course, built)
    return course


def graded(assignment: Assignment, answers: str) -> dict[str, QuestionResult]:
    content = notebook_of(f"# %%\n{answers}\n")
    submission = Submission(path="ana.ipynb", student="ana", content=content)
    grade = grade_one(submission, assignment, SETTINGS, fork_server())
    assert isinstance(grade, Graded), grade.reason
    return {question.name: question for question in grade.questions}


def test_all_or_nothing(quiz: Course) -> None:
    assignment = quiz.assignment("quiz")
    right = graded(assignment, "days, months = 7, 12")["q1"]
    half = graded(assignment, "days, months = 7, 4")["q1"]
    assert (right.score, right.max_score) == (3.0, 3.0)
    assert half.score == 0
    assert {c.name: c.status for c in half.cases} == {
        "test_days": "passed", "test_months": "failed", "all_or_nothing": "failed",
    }  # fmt: skip
    assert sum(case.points for case in half.cases) == half.max_score
    assert half.cases[-1].hidden


def test_all_or_nothing_waits_for_what_is_not_judged(tmp_path: Path) -> None:
    course = course_of(tmp_path, MASTER.replace("assert months.value > 11", "1 / 0"))
    write(course, build(course, "quiz"))
    question = graded(course.assignment("quiz"), "days, months = 7, 12")["q1"]
    assert [case.status for case in question.cases] == ["passed", "unjudged", "unjudged"]
    assert [case.name for case in question.unjudged] == ["all_or_nothing"]


def test_messages_of_both_ends(quiz: Course) -> None:
    assignment = quiz.assignment("quiz")
    right = graded(assignment, "days, months = 7, 12")["q1"]
    assert right.cases[0].message == "The days are right."
    assert right.cases[1].message is None
    wrong = graded(assignment, "days, months = 5, 4")["q1"]
    assert wrong.cases[0].message is not None
    assert wrong.cases[0].message.splitlines()[0] == "Look at a calendar."
    assert "A year has more months." in (wrong.cases[1].message or "")


def test_points_of_a_written_answer(quiz: Course) -> None:
    assignment = quiz.assignment("quiz")
    assert assignment.settings.written == {"q2": 4.0}
    assert assignment.max_score == 7
    assert graded(assignment, "days = 7")["q2"].max_score == 4
    quiz_toml = quiz.root / "solutions" / "quiz.toml"
    before = quiz_toml.read_text("utf-8")
    quiz_toml.write_text(before + "[written]\nq2 = 5\n", "utf-8")
    assert quiz.assignment("quiz").settings.written == {"q2": 5.0}
    quiz_toml.write_text(before, "utf-8")
    assert b"written.json" in build_zip(quiz, "quiz")


def test_the_notebook_that_students_get(quiz: Course) -> None:
    text = (quiz.root / "assignments" / "quiz.ipynb").read_text("utf-8")
    assert 'grader = Notebook(\\"quiz.ipynb\\")' in text
    assert "rng_seed = 42" in text
    assert "rng_seed = 7" not in text
    assert "grader.check_all()" in text
    assert "grader.export" not in text
    assert "otter.Notebook" not in text


def test_a_student_sees_no_promise_of_points(quiz: Course) -> None:
    text = self_check(quiz.root / "assignments" / "quiz.ipynb").text
    assert "Do all checks" not in text
    assert "Points: 0 won, 3 open." in text


QUESTION = "name: q1\npoints: 3\n"
CONFIG = "check_all_cell: true\n"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (CONFIG, "generate: {points_possible: 3}\n", "the option generate cannot be honoured"),
        (CONFIG, "requirements: [pandas]\n", "requirements cannot be honoured: notebooks run on"),
        (CONFIG, "export_cell: {pdf: false}\n", "the option export_cell cannot be honoured"),
        (CONFIG, "plugins: [x.y]\n", "the option plugins cannot be honoured"),
        (CONFIG, "runs_on: colab\n", "the option runs_on cannot be honoured"),
        (CONFIG, "check_al_cell: true\n", "check_al_cell is no option of an assignment"),
        (CONFIG, "name: other\n", "the option name is 'other'"),
        ("ok_format: false", "files: true", "the option tests: files cannot be honoured"),
        ("student_value: 42", "student_value: 42\n  autograder_value: 3",
         "autograder_value cannot be honoured"),
        ("student_value: 42", "value: 42", "the option seed takes"),
        (QUESTION, f"{QUESTION}export: true\n", "question q1: the option export cannot"),
        (QUESTION, f"{QUESTION}weight: 3\n", "weight is no option of a question"),
        (QUESTION, f"{QUESTION}manual: true\n", "manual cannot be honoured beside test cases"),
        (CONFIG, "files: [data/towns.csv]\n", "[data] files = ['towns.csv']"),
        ("manual: true\n", "", "it has points and no test case"),
        ("hidden: true\n", "hidden: true\ntimeout: 3\n", "timeout is no option of a test"),
        ("random.seed(rng_seed)", "random.seed(3)  # SEED", "a line that ends in # SEED cannot"),
        ("def test_days(days):", "assert days == 7\ndef test_days(days):",
         "this test is a snippet to be run among the student's variables"),
    ],
)  # fmt: skip
def test_what_cannot_be_honoured_is_refused_by_name(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    assert MASTER.count(old) == 1, old
    course = course_of(tmp_path, MASTER.replace(old, new))
    with pytest.raises(CourseError, match=r"quiz\.ipynb: ") as refused:
        build(course, "quiz")
    assert says in str(refused.value)


def test_every_option_of_otter_is_known() -> None:
    from otter.assign.assignment import Assignment as Options
    from otter.assign.question_config import QuestionConfig

    assert _keys(Options) == set(REFUSED) | ASSIGNMENT
    assert _keys(QuestionConfig) == QUESTION_OPTIONS | {"export"}


def _keys(config: type) -> set[str]:
    """The options of one of Otter's configurations, which fica reads from such attributes."""
    return {name for name, value in vars(config).items() if type(value).__name__ == "Key"}
