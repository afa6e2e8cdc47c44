"""What Gradescope tells about a submission: who, when, and what was handed in before."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from autograder.errors import SubmissionError
from autograder.model import Person

_A_DAY = timedelta(hours=24)
NOT_COUNTED = "not_counted"
"""A key of `extra_data` in our results: this submission was turned away and does not count."""


class _Known(BaseModel):
    """Takes what it knows and leaves out the rest, which Gradescope may add to."""

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)


class User(_Known):
    """Somebody who handed in."""

    name: str = ""
    email: str = ""
    id: str = ""


class Dates(_Known):
    """The assignment as Gradescope has it."""

    due_date: datetime | None = None
    late_due_date: datetime | None = None


class Previous(_Known):
    """An earlier submission and what it was given."""

    submission_time: datetime
    score: float | None = None
    autograder_error: bool = False
    results: Any = None

    @property
    def was_graded(self) -> bool:
        """Whether it was graded, neither turned away nor hit by an error of the autograder."""
        results = self.results if isinstance(self.results, dict) else {}
        extra = results.get("extra_data")
        return not self.autograder_error and not (
            isinstance(extra, dict) and extra.get(NOT_COUNTED)
        )


class Metadata(_Known):
    """`submission_metadata.json`."""

    id: str = ""
    created_at: datetime | None = None
    assignment: Dates = Dates()
    users: tuple[User, ...] = ()
    previous_submissions: tuple[Previous, ...] = Field(default=())

    @field_validator("users", "previous_submissions", mode="before")
    @classmethod
    def _none_is_empty(cls, value: Any) -> Any:
        return value or ()

    @property
    def people(self) -> tuple[Person, ...]:
        """Who gets the mark."""
        return tuple(Person(name=u.name, id=u.id, email=u.email) for u in self.users)

    @property
    def student(self) -> str:
        """The names of those who handed in."""
        return ", ".join(user.name for user in self.users) or "unknown"

    @property
    def late_by(self) -> timedelta | None:
        """How long after the due date it was handed in; None when in time."""
        due, handed_in = self.assignment.due_date, self.created_at
        if due is None or handed_in is None or _seconds(handed_in) <= _seconds(due):
            return None
        return timedelta(seconds=_seconds(handed_in) - _seconds(due))

    @property
    def graded_before(self) -> tuple[Previous, ...]:
        """Earlier submissions that were graded, the oldest first."""
        graded = (p for p in self.previous_submissions if p.was_graded and p.score is not None)
        return tuple(sorted(graded, key=lambda p: _seconds(p.submission_time)))

    def next_allowed(self, a_day: int | None) -> datetime | None:
        """When one more may be graded, if `a_day` have been within 24 hours; None for now."""
        if a_day is None or self.created_at is None:
            return None
        since = _seconds(self.created_at - _A_DAY)
        recent = [p for p in self.previous_submissions if p.was_graded]
        recent = [p for p in recent if _seconds(p.submission_time) > since]
        if len(recent) < a_day:
            return None
        times = sorted((p.submission_time for p in recent), key=_seconds)
        return times[len(times) - a_day] + _A_DAY


def read_metadata(file: Path) -> Metadata:
    """What the file says. Raises SubmissionError where it is not there or not of the known form."""
    try:
        return Metadata.model_validate_json(file.read_bytes())
    except OSError as error:
        raise SubmissionError(f"{file.name}: cannot be read: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise SubmissionError(f"{file.name}: {where}: {first['msg']}") from error


def _seconds(moment: datetime) -> float:
    """A time to compare by: Gradescope's have a zone, and one without is taken for local."""
    return moment.timestamp()
