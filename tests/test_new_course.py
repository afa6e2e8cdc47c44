"""A course to begin with builds, grades and packs at once."""

import io
import zipfile
from pathlib import Path

import pytest
from conftest import chosen_layers, fork_server, notebook_of
from typer.testing import CliRunner

from autograder.cli import app
from autograder.course.assignment import Course
from autograder.course.build import build, write
from autograder.course.new import new_course
from autograder.errors import UsageError
from autograder.gradescope.bundle import build_zip
from autograder.gradescope.preflight import unpacked
from autograder.grading.pipeline import grade_one
from autograder.grading.proof import CourseTrial
from autograder.model import Graded, Settings, Submission

SETTINGS = Settings(layers=chosen_layers())
HALF = """# %%
import torch
from torch import nn
def is_inside(x, y):
    return x + y < 1
net = nn.Linear(2, 2)
"""


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A new course, built and proved."""
    root = tmp_path_factory.mktemp("courses") / "course"
    done = CliRunner().invoke(app, ["new", str(root)])
    assert done.exit_code == 0
    course = Course.at(root)
    built = build(course, "assignment1")
    trial = CourseTrial(root, course.assignment("assignment1", built.questions), built)
    trial.inspect()
    trial.prove(SETTINGS, fork_server())
    write(course, built)
    return course


def test_it_grades(course: Course) -> None:
    submission = Submission(path="ana.ipynb", student="ana", content=notebook_of(HALF))
    assignment = course.assignment("assignment1")
    grade = grade_one(submission, assignment, SETTINGS, fork_server())
    assert isinstance(grade, Graded), grade.reason
    cases = {case.name: case.status for q in grade.questions for case in q.cases}
    assert cases["test_middle"] == cases["test_size"] == "passed"
    assert cases["test_others"] == cases["test_accuracy"] == "failed"
    assert (grade.score, grade.max_score) == (2.0, 9.0)


def test_it_packs(course: Course) -> None:
    with zipfile.ZipFile(io.BytesIO(build_zip(course, "assignment1"))) as archive:
        names = set(archive.namelist())
    assert "course/solutions/hidden_points.npz" in names
    assert "course/solutions/tests/assignment1/written.json" in names


def test_its_trial_asks_for_the_course(course: Course, tmp_path: Path) -> None:
    archive = tmp_path / "new.zip"
    done = CliRunner().invoke(
        app, ["gradescope", "assignment1", "--out", str(archive), "--course", str(course.root)]
    )
    assert f"preflight {archive} --course {course.root}" in done.output
    for root, asked in ((tmp_path, True), (course.root, False)):
        with unpacked(archive, [], root) as trial:
            assert any("name the course with --course" in said for said in trial.findings) == asked


def test_hidden_points_are_drawn_for_each_course(course: Course, tmp_path: Path) -> None:
    new_course(tmp_path / "other")
    hidden = Path("solutions", "hidden_points.npz")
    assert (tmp_path / "other" / hidden).read_bytes() != (course.root / hidden).read_bytes()
    public = Path("assignments", "points.npz")
    assert (tmp_path / "other" / public).read_bytes() == (course.root / public).read_bytes()


def test_nothing_is_written_into_a_folder_in_use(course: Course) -> None:
    with pytest.raises(UsageError, match="is there already and not empty"):
        new_course(course.root)
