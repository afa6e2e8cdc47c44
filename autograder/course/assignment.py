"""A course on disk: its assignments with their tests, settings and data."""

import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from pydantic import Field, TypeAdapter, ValidationError

from autograder.course.data import (
    DataSettings,
    as_inputs,
    inputs_of,
    read_set,
    student_files,
)
from autograder.course.gradescope import GradescopeSettings
from autograder.course.networks import NetworkSettings, taken, tasks
from autograder.course.questions import Question, load_questions, variables
from autograder.course.text import text_of
from autograder.course.vocabulary import FILE, equip
from autograder.errors import CourseError, UsageError
from autograder.model import Frozen, Limits
from autograder.networks.evaluation_set import EvaluationSet, Inputs
from autograder.networks.task import Task
from autograder.observables import Taken, students_names

WRITTEN = "written.json"
"""What `build` writes beside the tests: the points of written answers that the master gives."""


class Accuracy(Frozen):
    """The smallest accuracy of a network: on hidden sets, and on those that students have.

    `unlikely` is an accuracy on hidden sets that networks of the assignment do not reach: what is
    above it is flagged.
    """

    hidden: float = Field(gt=0, lt=1)
    public: float = Field(gt=0, lt=1)
    unlikely: float = Field(default=1.0, gt=0, le=1)


class AssignmentSettings(Frozen):
    """What `solutions/<assignment>.toml` holds.

    `gradebook` is what the learning platform calls the assignment, where that is not its title.
    `public_answers` are questions whose public cases may hold the answer. `written` are the points
    of questions that a human reads, by name; they count before those that the master gives.
    """

    title: str
    gradebook: str = ""
    public_answers: tuple[str, ...] = ()
    accuracy: dict[str, Accuracy] = Field(default_factory=dict)
    data: DataSettings = DataSettings()
    network: NetworkSettings | None = None
    limits: Limits = Limits()
    written: dict[str, float] = Field(default_factory=dict)
    gradescope: GradescopeSettings = GradescopeSettings()


@dataclass(frozen=True)
class Assignment:
    """One assignment, ready to grade with; `vocabulary` is the text of the course's own."""

    name: str
    settings: AssignmentSettings
    questions: tuple[Question, ...]
    handed_out: Path
    master: Path
    root: Path
    vocabulary: str = ""

    @cached_property
    def variables(self) -> tuple[str, ...]:
        """What to observe in a student's notebook."""
        return variables(self.questions)

    @property
    def max_score(self) -> float:
        """The points of all questions, of those that a human reads, too."""
        by_hand = sum(self.settings.written.values())
        return sum(question.max_score for question in self.questions) + by_hand

    @property
    def files(self) -> tuple[Path, ...]:
        """What lies beside a notebook when it runs. Raises CourseError if it is missing or large.

        It may take half of the disk that a run has: the rest is the notebook's own.
        """
        limits = self.settings.limits
        return student_files(self.root, self.settings.data.files, limits.disk_bytes // 2)

    @property
    def set_files(self) -> tuple[Path, ...]:
        """The files in which the evaluation sets lie, each once."""
        sources = [s for one in self.settings.data.sets.values() for s in one.sources]
        return tuple(dict.fromkeys(self.root / source.file for source in sources))

    def sets(self, device: str) -> dict[str, EvaluationSet]:
        """What test cases measure on, by name. Raises CourseError for a set that is broken."""
        accuracy = self.settings.accuracy
        sets = {}
        for name, one in self.settings.data.sets.items():
            inputs, answers = self._read[name]
            unlikely = {n: a.unlikely for n, a in accuracy.items()} if one.is_hidden else {}
            sets[name] = EvaluationSet(
                one.called or name,
                inputs,
                answers,
                {n: a.hidden if one.is_hidden else a.public for n, a in accuracy.items()},
                device,
                unseen=one.is_hidden,
                unlikely=unlikely,
            )
        return sets

    @cached_property
    def tasks(self) -> dict[str, Task]:
        """What is asked of the networks, by variable. Raises CourseError."""
        return tasks(self.questions, self.settings.network)

    @property
    def takes(self) -> Taken:
        """What the kernel has to know of the networks. Raises CourseError."""
        return taken(self.tasks, self.settings.network)

    @cached_property
    def call_inputs(self) -> dict[str, NDArray[Any]]:
        """The inputs of sets that expressions of tests name, by the names that they have there."""
        named = {n for q in self.questions for name in q.variables for n in students_names([name])}
        sets = {name: one for name, one in self._read.items() if inputs_of(name) in named}
        return as_inputs({name: inputs for name, (inputs, _) in sets.items()})

    def check_data(self) -> None:
        """Raises CourseError where files, sets or signatures are missing or broken.

        That is looked for before any run.
        """
        _ = self.files, self.tasks
        self.sets("cpu")

    @cached_property
    def _read(self) -> dict[str, tuple[Inputs, NDArray[Any]]]:
        sets = self.settings.data.sets
        return {name: read_set(name, one, self.root.joinpath) for name, one in sets.items()}


@dataclass(frozen=True)
class Course:
    """A folder with `assignments/` (public) and `solutions/` (staff only)."""

    root: Path

    @classmethod
    def at(cls, root: Path) -> "Course":
        """The course in that folder; raises UsageError where there is none."""
        if not (root / "solutions").is_dir():
            raise UsageError(
                f"{root} is not a course: it has no folder solutions/. "
                "Go to the course's folder or name it with --course."
            )
        return cls(root)

    @property
    def names(self) -> tuple[str, ...]:
        """The assignments that have a settings file."""
        return tuple(sorted(file.stem for file in (self.root / "solutions").glob("*.toml")))

    @property
    def vocabulary(self) -> str:
        """The text of the course's own words for its tests; empty where it has none."""
        file = self.root / "solutions" / FILE
        return text_of(file) if file.is_file() else ""

    def assignment(self, name: str, questions: tuple[Question, ...] | None = None) -> Assignment:
        """The assignment of that name; raises UsageError if unknown, CourseError if broken.

        `questions` are those of a build whose test files are not written yet.
        """
        if name not in self.names:
            known = ", ".join(self.names) or "none"
            raise UsageError(f"there is no assignment {name!r} in {self.root}; known: {known}")
        solutions = self.root / "solutions"
        settings = read_settings(solutions / f"{name}.toml")
        written = {**read_written(solutions / "tests" / name / WRITTEN), **settings.written}
        questions = questions or load_questions(
            solutions / "tests" / name, settings.data.parameters()
        )
        vocabulary = self.vocabulary
        equip(questions, vocabulary, f"{solutions / FILE}")
        return Assignment(
            name=name,
            settings=settings.model_copy(update={"written": written}),
            questions=questions,
            handed_out=self.root / "assignments" / f"{name}.ipynb",
            master=solutions / "masters" / f"{name}.ipynb",
            root=self.root,
            vocabulary=vocabulary,
        )


def read_written(file: Path) -> dict[str, float]:
    """The points of written answers that a master gives, as `build` notes them.

    None without the file. Raises CourseError for one that holds anything else.
    """
    if not file.is_file():
        return {}
    try:
        return TypeAdapter(dict[str, float]).validate_json(text_of(file))
    except ValidationError as error:
        raise CourseError(f"{file}: {error.errors()[0]['msg']}; build the course anew") from error


def read_settings(file: Path) -> AssignmentSettings:
    """The settings in a file; raises CourseError that names the wrong line or entry."""
    try:
        return AssignmentSettings.model_validate(tomllib.loads(text_of(file)))
    except tomllib.TOMLDecodeError as error:
        raise CourseError(f"{file}: not valid TOML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise CourseError(f"{file}: {where}: {first['msg']}") from error
