"""What a test case says: it fails with a lesson, or passes and may leave notes and flags."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from autograder.model import Measurement


class Failure(AssertionError):
    """A case that the student did not pass.

    `expected` says in words what was asked (never the answer), `found` what there was,
    `advice` what to try. The message shows each on a line of its own, and `detail` below.
    """

    def __init__(self, *, expected: str, found: str, advice: str, detail: str = "") -> None:
        self.expected, self.found, self.advice, self.detail = expected, found, advice, detail
        lines = (f"Expected: {expected}", f"Found: {found}", f"Try: {advice}", detail)
        super().__init__("\n".join(line for line in lines if line))


@dataclass
class Verdict:
    """What a case left while it ran: notes for the student, flags for the TA, accuracies."""

    notes: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    measured: list[Measurement] = field(default_factory=list)


_current: ContextVar[Verdict | None] = ContextVar("verdict", default=None)


@contextmanager
def listening() -> Iterator[Verdict]:
    """Collect what the case that runs inside leaves."""
    verdict = Verdict()
    token = _current.set(verdict)
    try:
        yield verdict
    finally:
        _current.reset(token)


def note(text: str) -> None:
    """Tell the student something that costs no points."""
    if (verdict := _current.get()) is not None and text not in verdict.notes:
        verdict.notes.append(text)


def flag(text: str) -> None:
    """Ask a human to look at this result."""
    if (verdict := _current.get()) is not None and text not in verdict.flags:
        verdict.flags.append(text)


def record(measurement: Measurement) -> None:
    """Keep an accuracy for the reports, whether or not the case passes."""
    if (verdict := _current.get()) is not None:
        verdict.measured.append(measurement)
