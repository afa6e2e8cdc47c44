"""A course on disk: its assignments with their tests, settings, data and images."""

import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationError

from autograder.course.gradescope import GradescopeSettings
from autograder.course.questions import Question, load_questions, variables
from autograder.course.text import text_of
from autograder.errors import CourseError, UsageError
from autograder.model import Frozen, Limits
from autograder.networks.network import ImageSet


class Accuracy(Frozen):
    """The smallest accuracy of a network: on the hidden images, and on the student's own.

    `unlikely` is an accuracy on the hidden images that networks of the assignment do not reach:
    what is above it is flagged.
    """

    hidden: float = Field(gt=0, lt=1)
    public: float = Field(gt=0, lt=1)
    unlikely: float = Field(default=1.0, gt=0, le=1)


class AssignmentSettings(Frozen):
    """What `solutions/<assignment>.toml` holds.

    `gradebook` is what the learning platform calls the assignment, where that is not its title.
    `written` are the points of questions that a human reads, by name; others of those count none.
    """

    title: str
    gradebook: str = ""
    accuracy: dict[str, Accuracy] = Field(default_factory=dict)
    limits: Limits = Limits()
    written: dict[str, float] = Field(default_factory=dict)
    gradescope: GradescopeSettings = GradescopeSettings()


@dataclass(frozen=True)
class Assignment:
    """One assignment, ready to grade with."""

    name: str
    settings: AssignmentSettings
    questions: tuple[Question, ...]
    handed_out: Path
    master: Path
    data: Path
    hidden: Path

    @property
    def variables(self) -> tuple[str, ...]:
        """What to observe in a student's notebook."""
        return variables(self.questions)

    @property
    def max_score(self) -> float:
        """The points of all questions, of those that a human reads, too."""
        by_hand = sum(self.settings.written.values())
        return sum(question.max_score for question in self.questions) + by_hand

    def images(self, device: str) -> dict[str, ImageSet]:
        """The images that test cases measure on, by the name of their parameter."""
        if not self.settings.accuracy:
            return {}
        hidden, public = self._pictures
        accuracy = self.settings.accuracy
        return {
            "hidden_images": ImageSet(
                "hidden images",
                *hidden,
                {n: a.hidden for n, a in accuracy.items()},
                device,
                unseen=True,
                unlikely={n: a.unlikely for n, a in accuracy.items()},
            ),
            "public_images": ImageSet(
                "test images of mnist.npz",
                *public,
                {n: a.public for n, a in accuracy.items()},
                device,
            ),
        }

    @cached_property
    def _pictures(
        self,
    ) -> tuple[tuple[NDArray[np.float32], NDArray[np.int64]], ...]:
        return (
            read_images(self.hidden, "images", "labels"),
            read_images(self.data, "X_test", "y_test"),
        )


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

    def assignment(self, name: str, questions: tuple[Question, ...] | None = None) -> Assignment:
        """The assignment of that name; raises UsageError if unknown, CourseError if broken.

        `questions` are those of a build whose test files are not written yet.
        """
        if name not in self.names:
            known = ", ".join(self.names) or "none"
            raise UsageError(f"there is no assignment {name!r} in {self.root}; known: {known}")
        solutions = self.root / "solutions"
        return Assignment(
            name=name,
            settings=read_settings(solutions / f"{name}.toml"),
            questions=questions or load_questions(solutions / "tests" / name),
            handed_out=self.root / "assignments" / f"{name}.ipynb",
            master=solutions / "masters" / f"{name}.ipynb",
            data=self.root / "assignments" / "mnist.npz",
            hidden=solutions / "hidden_images.npz",
        )


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


def read_images(
    file: Path, images: str, labels: str
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Images (N, 1, 28, 28) float32 in [0, 1) and their labels (N,) from an .npz file.

    Whole-number images count from 0 to 255 and are divided by 256, as MNIST's students have them.
    Raises CourseError for a file that is missing or lacks one of the two.
    """
    try:
        with np.load(file, allow_pickle=False) as archive:
            x, y = archive[images], archive[labels]
    except (OSError, KeyError, ValueError, BadZipFile) as error:
        raise CourseError(f"{file}: cannot read {images} and {labels}: {error}") from error
    scale = 256 if np.issubdtype(x.dtype, np.integer) else 1
    return (x.reshape(-1, 1, 28, 28).astype(np.float32) / np.float32(scale), y.astype(np.int64))
