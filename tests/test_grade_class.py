"""The library's one call, as `docs/architecture.md` shows it."""

import re
import shutil
from pathlib import Path

import pytest
from conftest import ROOT, chosen_layers, notebook_of

from autograder.course.assignment import Course
from autograder.errors import UsageError
from autograder.grading.grade_class import Options, grade_class
from autograder.grading.pool import Watcher
from autograder.model import Entry, Grade, Settings

SETTINGS = Settings(layers=chosen_layers())


def test_the_example_in_the_docs_grades_a_class(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    (example,) = re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    for folder in ("assignments", "solutions"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    class_ = tmp_path / "examples" / "class"
    for student in ("ana", "giulia"):
        shutil.copytree(ROOT / "examples" / "class" / student, class_ / student)
    monkeypatch.chdir(tmp_path)
    exec(compile(example, "docs/architecture.md", "exec"), {})
    assert capsys.readouterr().out.splitlines()[0] == "ana 7.0"


class Counting(Watcher):
    """Counts runs."""

    def __init__(self) -> None:
        self.total = self.runs = 0

    def begins(self, count: int) -> None:
        self.total = count

    def started(self, entry: Entry) -> None:
        self.runs += 1


def graded(folder: Path, answers: dict[str, str], **options: object) -> tuple[list[Grade], int]:
    """A class of these answers, and how many of them ran."""
    entries = [
        Entry(f"{who}.ipynb", who, read=lambda what=what: notebook_of(f"# %%\n{what}\n"))  # type: ignore[misc]
        for who, what in answers.items()
    ]
    counting = Counting()
    batch = grade_class(
        Course.at(ROOT),
        entries,
        Options(assignment="assignment1", results=folder, settings=SETTINGS, jobs=2, **options),  # type: ignore[arg-type]
        counting,
    )
    assert counting.total == len(batch.grades)
    return list(batch.grades), counting.runs


def test_a_class_goes_on_where_it_stopped_and_takes_one_more(tmp_path: Path) -> None:
    answers = {"ana": "pooled_features = 25", "bo": "pooled_features = 24"}
    notebooks = {who: notebook_of(f"# %%\n{what}\n") for who, what in answers.items()}
    entries = [
        Entry(f"{who}.ipynb", who, read=lambda one=one: one)  # type: ignore[misc]
        for who, one in notebooks.items()
    ]
    options = Options(assignment="assignment1", results=tmp_path, settings=SETTINGS, jobs=2)
    first, again = Counting(), Counting()
    grades = grade_class(Course.at(ROOT), entries, options, first).grades
    assert [grade.score for grade in grades] == [1.0, 0.0]
    assert grade_class(Course.at(ROOT), entries, options, again).grades == grades
    assert (first.runs, again.runs) == (2, 0)
    added, runs = graded(tmp_path, {"cy": "pooled_features = 25"}, add=True)
    assert [(grade.student, grade.score) for grade in added] == [("cy", 1.0)]
    assert runs == 1


def test_a_wrong_name_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="assignment9"):
        grade_class(Course.at(ROOT), [], Options(assignment="assignment9", results=tmp_path))
