"""What networks take and give in an assignment, by its settings and its tests' annotations."""

import re
from collections.abc import Iterable, Iterator
from functools import cached_property

from pydantic import Field, field_validator

from autograder.course.observables import inputs_in
from autograder.course.questions import Question
from autograder.errors import CourseError
from autograder.model import Frozen, Pixels
from autograder.networks.task import Task
from autograder.observables import InputSignature, Name, NetworkSignature, Taken


class NetworkSettings(Frozen):
    """The table `[network]`: networks in parameters of tests that have no annotation.

    `takes` is written as in an annotation, such as `images=f32[3, 32, 32]`. `gives` is how many
    scores each example gets, `example` and `label` what students read for an input and for one of
    the classes. `pixels` says how images are handed out, where notebooks may scale them otherwise,
    and `pictures` is a pattern of the calls that show what a network has learned.
    """

    takes: str
    gives: int | None = Field(default=None, ge=1)
    example: str = ""
    label: str = "class"
    pixels: Pixels | None = None
    pictures: str = ""

    @field_validator("takes")
    @classmethod
    def _is_a_signature(cls, takes: str) -> str:
        try:
            inputs_in(takes, "it")
        except CourseError as error:
            raise ValueError(str(error)) from None
        return takes

    @field_validator("pictures")
    @classmethod
    def _is_a_pattern(cls, pictures: str) -> str:
        try:
            re.compile(pictures)
        except re.error as error:
            raise ValueError(f"{pictures!r} is no regular expression: {error}") from None
        return pictures

    @cached_property
    def task(self) -> Task:
        """What is asked of such a network."""
        inputs = inputs_in(self.takes, "it")
        return Task(inputs, self.gives, self.example, self.label, self.pixels)


def tasks(questions: Iterable[Question], settings: NetworkSettings | None) -> dict[str, Task]:
    """What is asked of the network in each variable that tests look at.

    Raises CourseError where two tests say different things of one variable.
    """
    found: dict[str, Task] = {}
    annotated = dict[str, tuple[InputSignature, ...]]()
    for question, key, inputs in _annotated(questions):
        if annotated.setdefault(key, inputs) != inputs:
            raise CourseError(
                f"{question}: its annotation of `{key}` is another than that of a test before it"
            )
        found[key] = Task(inputs)
    if settings is not None:
        for name in _plain(questions):
            found.setdefault(name, settings.task)
    return found


def taken(tasks_of: dict[str, Task], settings: NetworkSettings | None) -> Taken:
    """What the kernel has to know of these networks."""
    inputs = {name: task.takes for name, task in tasks_of.items()}
    if settings is None:
        return Taken(inputs)
    return Taken(inputs, settings.pixels, settings.pictures)


def _annotated(
    questions: Iterable[Question],
) -> Iterator[tuple[str, str, tuple[InputSignature, ...]]]:
    for question in questions:
        for case in question.cases:
            for one in case.observables:
                if isinstance(one, NetworkSignature):
                    yield f"{question.name} {case.name}", one.key, one.inputs


def _plain(questions: Iterable[Question]) -> Iterator[str]:
    for question in questions:
        for case in question.cases:
            yield from (one.key for one in case.observables if isinstance(one, Name))
