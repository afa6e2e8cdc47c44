"""A course's files read the same whatever editor has saved them, and a bad one is named."""

import shutil
from pathlib import Path

import pytest
from conftest import ROOT

from autograder.course.assignment import Course
from autograder.course.build import build
from autograder.course.text import text_of
from autograder.errors import CourseError
from autograder.results.written import written_questions

MARK = b"\xef\xbb\xbf"
NAME = "assignment1"


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """This course, with a byte-order mark before settings, tests, notebook and master."""
    for folder in ("assignments", "solutions"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    solutions = tmp_path / "solutions"
    for file in (
        solutions / f"{NAME}.toml",
        solutions / "masters" / f"{NAME}.ipynb",
        tmp_path / "assignments" / f"{NAME}.ipynb",
        *(solutions / "tests" / NAME).glob("*.py"),
    ):
        file.write_bytes(MARK + file.read_bytes())
    return Course.at(tmp_path)


def test_a_byte_order_mark_changes_nothing(course: Course) -> None:
    marked, plain = course.assignment(NAME), Course.at(ROOT).assignment(NAME)
    assert marked.settings == plain.settings
    assert [question.source for question in marked.questions] == [
        question.source for question in plain.questions
    ]
    assert written_questions(marked.master) == written_questions(plain.master)
    assert build(course, NAME).files == build(Course.at(ROOT), NAME).files


@pytest.mark.parametrize(
    ("content", "says"), [(None, "cannot be read: No such file"), (b"ab\xff", "byte 3 is no UTF-8")]
)
def test_what_is_no_text_is_named(tmp_path: Path, content: bytes | None, says: str) -> None:
    file = tmp_path / "assignment1.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(CourseError, match=rf"^{file}: {says}"):
        text_of(file)
