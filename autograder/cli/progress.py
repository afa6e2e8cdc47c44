"""How a batch goes on, for the eye: a live display in a terminal, lines elsewhere."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from autograder.grading.pool import Watcher
from autograder.model import Entry, Grade
from autograder.results.table import one_line

_SECONDS_BETWEEN_LINES = 15
_SECONDS_OF_RATE = 300
_MOST_NAMES, _LONGEST_NAME = 4, 30


Where = Callable[[], Mapping[str, int]]
"""How many run on which machine."""


@contextmanager
def shown(console: Console, *, quiet: bool, where: Where | None = None) -> Iterator[Watcher]:
    """A watcher that shows a batch on the console while it runs; `where`, on several machines."""
    if quiet:
        yield Watcher()
    elif console.is_terminal:
        columns = (
            TextColumn("grading"), BarColumn(), MofNCompleteColumn(), _Rate(),
            TimeRemainingColumn(), TextColumn("{task.description}", markup=False),
        )  # fmt: skip
        # Notebooks that train networks end minutes apart; a rate needs several of them.
        with Progress(
            *columns, console=console, transient=True, speed_estimate_period=_SECONDS_OF_RATE
        ) as bar:
            yield Live(bar, where)
    else:
        yield Lines(console, where)


class Live(Watcher):
    """A bar with rate, time left and who is being graded; faults scroll by above it."""

    def __init__(self, bar: Progress, where: Where | None = None) -> None:
        self._bar, self._where = bar, where
        self._task = bar.add_task("", total=None)
        self._running: dict[int, str] = {}

    def begins(self, count: int) -> None:
        """So many there are."""
        self._bar.update(self._task, total=count)

    def started(self, entry: Entry) -> None:
        """Name the submission among those that run."""
        self._running[id(entry)] = one_line(entry.student, _LONGEST_NAME)
        self._show()

    def done(self, entry: Entry, grade: Grade) -> None:
        """Advance the bar, and say what is wrong with this one."""
        self._running.pop(id(entry), None)
        self._show()
        self._bar.advance(self._task)
        if (fault := fault_of(grade)) is not None:
            self._bar.console.print(fault, soft_wrap=True)

    def _show(self) -> None:
        names = ", ".join(list(self._running.values())[:_MOST_NAMES])
        self._bar.update(self._task, description=spread(self._where) or names)


class Lines(Watcher):
    """A line now and then, for log files."""

    def __init__(self, console: Console, where: Where | None = None) -> None:
        self._console, self._where = console, where
        self._start = self._said = time.monotonic()
        self._count = self._total = 0

    def begins(self, count: int) -> None:
        """So many there are."""
        self._total = count

    def done(self, entry: Entry, grade: Grade) -> None:
        """Say how far the batch is, if it has not been said just now, and what is wrong."""
        self._count += 1
        if (fault := fault_of(grade)) is not None:
            self._console.print(fault, soft_wrap=True)
        now = time.monotonic()
        if now - self._said >= _SECONDS_BETWEEN_LINES:
            self._said = now
            rate = self._count / (now - self._start)
            left = (self._total - self._count) / rate
            self._console.print(
                f"{self._count} of {self._total} graded, {rate:.1f} a second, "
                f"{left // 60:.0f} min {left % 60:.0f} s left"
                + (f"; {at}" if (at := spread(self._where)) else ""),
                highlight=False,
            )


def spread(where: Where | None) -> str:
    """How many run on which machines, the busiest first; empty where there is one machine."""
    counts = sorted(where().items(), key=lambda one: -one[1]) if where is not None else []
    named = [f"{one_line(host, _LONGEST_NAME)} {count}" for host, count in counts if count]
    more = f", {len(named) - _MOST_NAMES} machines more" if len(named) > _MOST_NAMES else ""
    return f"running: {', '.join(named[:_MOST_NAMES])}{more}" if named else ""


class _Rate(ProgressColumn):
    """Submissions a second."""

    def render(self, task: Task) -> Text:
        """The rate, once there is one."""
        return Text(f"{task.speed:.1f}/s" if task.speed else "")


def fault_of(grade: Grade) -> Text | None:
    """What a human should know at once about a submission; None if nothing."""
    if grade.reason is not None:
        return Text.assemble((one_line(grade.submission), "red"), f": {one_line(grade.reason)}")
    if grade.outcome is not None and grade.outcome.ended_early:
        return Text.assemble(
            (one_line(grade.submission), "yellow"), f": {one_line(str(grade.flags[0]))}"
        )
    return None
