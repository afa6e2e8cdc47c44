"""The public cases that a student notebook carries in its metadata."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from autograder.course.data import DataSettings, read_set
from autograder.course.networks import NetworkSettings, taken, tasks
from autograder.course.questions import Question, load_question
from autograder.course.vocabulary import equip
from autograder.errors import CourseError, SubmissionError
from autograder.model import Frozen
from autograder.networks.evaluation_set import EvaluationSet
from autograder.networks.task import Task
from autograder.notebooks.cells import assignment_name, is_notebook, metadata_of
from autograder.notebooks.read import json_of
from autograder.observables import Taken

_Settings = TypeVar("_Settings", bound=Frozen)


@dataclass(frozen=True)
class PublicTests:
    """The questions of a student notebook, with public cases only, and their thresholds.

    `data` are the files and sets that lie beside the notebook, `network` what
    networks take, `points` those of each
    question, hidden cases included; empty in an older notebook.
    """

    assignment: str | None
    questions: tuple[Question, ...]
    thresholds: dict[str, float]
    points: Mapping[str, float]
    data: DataSettings
    network: NetworkSettings | None = None

    @cached_property
    def tasks(self) -> dict[str, Task]:
        """What is asked of the networks, by variable. Raises CourseError."""
        return tasks(self.questions, self.network)

    @property
    def takes(self) -> Taken:
        """What an observer has to know of the networks."""
        return taken(self.tasks, self.network)

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
        sets = {}
        for name, one in self.data.sets.items():
            if name in wanted:
                inputs, answers = read_set(name, one, lambda path: _beside(folder, path))
                sets[name] = EvaluationSet(one.called or name, inputs, answers, self.thresholds)
        return sets

    def files(self, folder: Path) -> tuple[Path, ...]:
        """The data beside the notebook, those files that are there."""
        return tuple(f for f in (folder / name for name in self.data.files) if f.is_file())


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
    sources, own = metadata.get("otter", {}).get("tests", {}), metadata.get("autograder", {})
    data = _checked(DataSettings, own.get("data", {})).public
    network = _checked(NetworkSettings, own["network"]) if "network" in own else None
    sets = data.parameters()
    questions = tuple(
        _as_students_have_it(load_question(source, name, sets, may_be_empty=True), own)
        for name, source in sources.items()
    )
    equip(questions, str(own.get("vocabulary", "")), "the notebook's vocabulary")
    return PublicTests(
        assignment=assignment_name(parsed),
        questions=questions,
        thresholds=dict(own.get("accuracy", {})),
        points=dict(own.get("points", {})),
        data=data,
        network=network,
    )


def _checked(kind: type[_Settings], given: Any) -> _Settings:
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        damage = error.errors()[0]["msg"]
        raise CourseError(f"the notebook's settings are damaged: {damage}") from None


def _as_students_have_it(question: Question, own: Mapping[str, Any]) -> Question:
    """The question without the case that needs hidden ones to be decided."""
    in_all = own.get("points", {}).get(question.name, question.max_score)
    if question.max_score == in_all:
        return question
    kept = tuple(case for case in question.cases if not case.is_whole)
    return replace(question, cases=kept)
