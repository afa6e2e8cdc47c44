"""The public cases that a student notebook carries in its metadata."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from autograder.course.carried import CARRIES_NOTHING, Carried, carried_by
from autograder.course.data import read_set
from autograder.course.networks import taken, tasks
from autograder.course.questions import Question, load_question
from autograder.course.vocabulary import equip
from autograder.errors import CourseError, SubmissionError
from autograder.networks.evaluation_set import EvaluationSet
from autograder.networks.task import Task
from autograder.notebooks.cells import assignment_name, is_notebook, metadata_of
from autograder.notebooks.read import json_of
from autograder.observables import Taken


@dataclass(frozen=True)
class PublicTests:
    """The questions of a student notebook, with public cases only, and what it carries for them."""

    assignment: str | None
    questions: tuple[Question, ...]
    carried: Carried

    @property
    def points(self) -> Mapping[str, float]:
        """Those of each question, hidden cases included."""
        return self.carried.points

    @cached_property
    def tasks(self) -> dict[str, Task]:
        """What is asked of the networks, by variable. Raises CourseError."""
        return tasks(self.questions, self.carried.network)

    @property
    def takes(self) -> Taken:
        """What an observer has to know of the networks."""
        return taken(self.tasks, self.carried.network)

    def question(self, name: str) -> Question:
        """The question of that name; raises CourseError where there is none."""
        for question in self.questions:
            if question.name == name:
                return question
        known = ", ".join(question.name for question in self.questions)
        raise CourseError(f"there is no question {name!r} here; known: {known}")

    def sets(self, folder: Path) -> dict[str, EvaluationSet]:
        """The sets in the data beside the notebook that questions measure on.

        Raises CourseError when a file is needed and missing.
        """
        wanted = {name for question in self.questions for name in question.sets}
        sets, thresholds = {}, self.carried.accuracy
        for name, one in self.carried.data.sets.items():
            if name in wanted:
                inputs, answers = read_set(name, one, lambda path: _beside(folder, path))
                sets[name] = EvaluationSet(one.called or name, inputs, answers, thresholds)
        return sets

    def files(self, folder: Path) -> tuple[Path, ...]:
        """The data beside the notebook, those files that are there."""
        return tuple(f for f in (folder / name for name in self.carried.data.files) if f.is_file())


def _beside(folder: Path, path: str) -> Path:
    file = folder / Path(path).name
    if not file.is_file():
        raise CourseError(
            f"{file.name} is not in {folder}. Put the file that was handed out with the notebook "
            "beside it; on Colab, upload it through the Files pane."
        )
    return file


def public_tests(content: bytes) -> PublicTests:
    """The public tests in a notebook file; none where it carries none.

    Raises CourseError for a file that is no notebook and for tests that do not load.
    """
    try:
        parsed = json_of(content)
    except SubmissionError as error:
        raise CourseError(str(error)) from error
    if not is_notebook(parsed):
        raise CourseError("the file is JSON but not a notebook: it has no cells")
    metadata = metadata_of(parsed)
    otter = metadata.get("otter")
    sources = otter.get("tests") or {} if isinstance(otter, dict) else {}
    carried = carried_by(metadata.get("autograder", {})) if sources else CARRIES_NOTHING
    sets = carried.data.parameters()
    questions = tuple(
        _as_students_have_it(load_question(source, name, sets, may_be_empty=True), carried.points)
        for name, source in sources.items()
    )
    equip(questions, carried.vocabulary, "the notebook's vocabulary")
    return PublicTests(assignment_name(parsed), questions, carried)


def _as_students_have_it(question: Question, points: Mapping[str, float]) -> Question:
    """The question without the case that needs hidden ones to be decided."""
    if question.max_score == points.get(question.name, question.max_score):
        return question
    kept = tuple(case for case in question.cases if not case.is_whole)
    return replace(question, cases=kept)
