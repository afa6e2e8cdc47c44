"""What a test case says: it fails with a lesson, or passes and may leave notes and flags."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import NamedTuple

from autograder.model import NO_MISHAPS, Feedback, Flag, FlagKind, Measurement, Mishaps
from autograder.networks.task import NO_TASKS, Task


class Failure(AssertionError):
    """A case that the student did not pass.

    `expected` says in words what was asked (never the answer), `found` what there was,
    `advice` what to try, and `detail` is shown below. `mistake` names what went wrong where
    `found` differs from student to student, so that staff see who made the same mistake.
    `unquoted` is what was found in words without any value: all that is said of a hidden call,
    unless the work `is_absent`, which can be said of such a call as of any other.
    """

    def __init__(
        self,
        *,
        expected: str,
        found: str,
        advice: str,
        detail: str = "",
        mistake: str = "",
        unquoted: str = "",
        is_absent: bool = False,
    ) -> None:
        self.unquoted, self.is_absent = unquoted, is_absent
        self.feedback = Feedback(
            expected=expected,
            found=found,
            advice=advice,
            detail=detail,
            mistake=mistake or found,
        )
        super().__init__(self.feedback.text)


class Unjudged(Exception):
    """A case that no test can decide: it has no points yet, and a human is asked to look.

    Raised where the reason is ours, such as a step that cannot be followed. `what` is a clause for
    the student, `detail` what staff read besides, and `kind` tells a busy machine from all else.
    """

    def __init__(self, what: str, detail: str = "", kind: FlagKind = FlagKind.UNJUDGED) -> None:
        self.why, self.kind = f"{what}: {detail}" if detail else what, kind
        said = (f"Not judged yet: {what}.", "It may well be right. Your teachers will decide.")
        self.feedback = Feedback(notes=said, mistake=f"not judged: {self.why}")
        super().__init__(self.why)


class CheckedElsewhere(Unjudged):
    """A case that can be decided, but not on this machine; nothing is said of the work."""

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.feedback = Feedback(notes=(said,), mistake=f"not judged: {said}")


class Lesson(NamedTuple):
    """A known misconception: what was done, and how it is done instead.

    `mistake` is a clause; `instead` is another that begins with a small letter, or sentences.
    """

    mistake: str
    instead: str

    @property
    def advice(self) -> str:
        """Both together."""
        return f"{self.mistake}{': ' if self.instead[0].islower() else '. '}{self.instead}"


@dataclass
class Verdict:
    """What a case left while it ran: notes for the student, flags for the TA, accuracies.

    `mishaps` are what it may know of the run: the cells that raised. `tasks` say what is asked of
    the networks in variables.
    """

    notes: list[str] = field(default_factory=list)
    flags: list[Flag] = field(default_factory=list)
    measured: list[Measurement] = field(default_factory=list)
    mishaps: Mishaps = NO_MISHAPS
    tasks: Mapping[str, Task] = field(default_factory=dict)


_current: ContextVar[Verdict | None] = ContextVar("verdict", default=None)


@contextmanager
def listening(
    mishaps: Mishaps = NO_MISHAPS, tasks: Mapping[str, Task] = NO_TASKS
) -> Iterator[Verdict]:
    """Collect what the case that runs inside leaves."""
    verdict = Verdict(mishaps=mishaps, tasks=tasks)
    token = _current.set(verdict)
    try:
        yield verdict
    finally:
        _current.reset(token)


def note(text: str) -> None:
    """Tell the student something that costs no points."""
    if (verdict := _current.get()) is not None and text not in verdict.notes:
        verdict.notes.append(text)


def flag(text: str, kind: FlagKind = FlagKind.NETWORK) -> None:
    """Ask a human to look at this result."""
    raised = Flag(kind=kind, text=text)
    if (verdict := _current.get()) is not None and raised not in verdict.flags:
        verdict.flags.append(raised)


def record(measurement: Measurement) -> None:
    """Keep an accuracy for the reports, whether or not the case passes."""
    if (verdict := _current.get()) is not None:
        verdict.measured.append(measurement)


def mishaps() -> Mishaps:
    """The cells that raised, and names like those that are missing."""
    verdict = _current.get()
    return verdict.mishaps if verdict is not None else NO_MISHAPS


def task_of(name: str) -> Task:
    """What is asked of a network in the variable of that name."""
    verdict = _current.get()
    return verdict.tasks.get(name, Task()) if verdict is not None else Task()
