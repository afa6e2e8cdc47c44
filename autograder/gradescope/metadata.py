"""What Gradescope tells about a submission: who, when, and what was handed in before."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from autograder.errors import SubmissionError
from autograder.model import Person

_A_DAY = timedelta(hours=24)
# Gradescope gives a submission's time to later ones perhaps in another precision.
_SAME_MOMENT = timedelta(seconds=1)
NOT_COUNTED = "not_counted"
"""A key of `extra_data` in our results: this submission was turned away and does not count."""
NOT_COUNTED_AT = "not_counted_at"
"""A key of `extra_data` in our results: the times of all within 24 hours that were not graded.

They are handed on from one to the next: of the earlier submissions, Gradescope gives the results of
the latest alone.
"""


class _Known(BaseModel):
    """Takes what it knows and leaves out the rest, which Gradescope may add to."""

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)


class Dates(_Known):
    """The assignment as Gradescope has it, for all or for one who was given an extension."""

    due_date: datetime | None = None
    late_due_date: datetime | None = None


class User(_Known):
    """Somebody who handed in, and the dates that hold for them where Gradescope tells these."""

    name: str = ""
    email: str = ""
    id: str = ""
    assignment: Dates | None = None


class Previous(_Known):
    """An earlier submission and what it was given."""

    submission_time: datetime
    score: float | None = None
    autograder_error: bool = False
    results: Any = None

    @property
    def was_graded(self) -> bool:
        """Whether it was graded, neither turned away nor hit by an error of the autograder."""
        return not self.autograder_error and not self._extra.get(NOT_COUNTED)

    @property
    def told(self) -> tuple[datetime, ...]:
        """The times of submissions that were not graded, as far as its results tell them."""
        times = self._extra.get(NOT_COUNTED_AT)
        found = tuple(filter(None, map(_moment, times if isinstance(times, list) else [])))
        return (*found, self.submission_time) if self._extra.get(NOT_COUNTED) else found

    @property
    def _extra(self) -> dict[str, Any]:
        results = self.results if isinstance(self.results, dict) else {}
        extra = results.get("extra_data")
        return extra if isinstance(extra, dict) else {}


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
        """How long after the due date it was handed in; None when in time.

        Extensions count; of a group's members, the one who may take longest.
        """
        own = [user.assignment and user.assignment.due_date for user in self.users]
        dates = [date or self.assignment.due_date for date in own or (None,)]
        due = max(filter(None, dates), key=_seconds, default=None)
        handed_in = self.created_at
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
        left_out = [_seconds(moment) for moment in self._not_counted]
        recent = [
            p.submission_time
            for p in self.previous_submissions
            if p.was_graded
            and (moment := _seconds(p.submission_time)) > since
            and not any(abs(moment - other) < _SAME_MOMENT.total_seconds() for other in left_out)
        ]
        if len(recent) < a_day:
            return None
        times = sorted(recent, key=_seconds)
        return times[len(times) - a_day] + _A_DAY

    def handed_on(self, *, counts: bool) -> dict[str, Any]:
        """What later submissions have to know, for `extra_data`; `counts` says of this one."""
        times = list(self._not_counted)
        if self.created_at is not None:
            since = _seconds(self.created_at - _A_DAY)
            times = [moment for moment in times if _seconds(moment) > since]
            times += [] if counts else [self.created_at]
        told = dict.fromkeys(moment.isoformat() for moment in sorted(times, key=_seconds))
        return {NOT_COUNTED_AT: list(told)} if told else {}

    @property
    def _not_counted(self) -> Iterator[datetime]:
        return (moment for p in self.previous_submissions for moment in p.told)


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


def _moment(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
