"""The student's clock: limits on time count what the student's code used, not what others did.

A busy machine lets a runnable process wait. Linux counts that time for each thread
(`/proc/PID/task/TID/schedstat`, second field, in nanoseconds: time spent waiting on a run queue).
Three seconds of computing beside 0, 2, 6 and 16 busy processes on two cores took 3.1, 4.3, 10.9 and
26.8 s by the clock on the wall, and 3.1 to 3.2 s by this one.
"""

import asyncio
import time
from collections.abc import Callable

from autograder.kernel.groups import system_file
from autograder.kernel.processes import family
from autograder.model import Limits

_LOOK_SECONDS = 0.2
# Below this share of waiting the machine was not to blame.
_BUSY_SHARE = 0.1


class Clock:
    """Counts a run's own seconds and says when they are used up.

    `waited` gives the seconds that the kernel's threads have waited for a processor so far. A
    machine that is busier than `limits.busy_factor` ends a run all the same.
    """

    def __init__(
        self,
        limits: Limits,
        waited: Callable[[], float],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limits, self._waited, self._now = limits, waited, now
        self.wall = self.own = 0.0
        self._cell_wall = self._cell_own = 0.0
        self._last = self._cell_start = now()
        self._waited_before = 0.0

    def start_cell(self) -> None:
        """A cell begins. Most are over before anybody looks, so that this only notes the time."""
        self._cell_start = self._now()

    def is_over(self) -> bool:
        """Whether the cell or the whole run has used up its time."""
        self._look()
        limits, factor = self._limits, self._limits.busy_factor
        return (
            self.own > limits.total_seconds
            or self._cell_own > limits.cell_seconds
            or self.wall > limits.total_seconds * factor
            or self._cell_wall > limits.cell_seconds * factor
        )

    async def run_out(self) -> None:
        """Return when that is so."""
        while not self.is_over():
            await asyncio.sleep(_LOOK_SECONDS)

    @property
    def limit_in_words(self) -> str:
        """The limit that was met: `the notebook ran longer than 10 minutes`."""
        limits = self._limits
        in_all = self.own > limits.total_seconds or (
            self.wall > limits.total_seconds * limits.busy_factor
        )
        if in_all:
            return f"the notebook ran longer than {_in_words(limits.total_seconds)}"
        return f"it ran longer than {_in_words(limits.cell_seconds)}"

    @property
    def was_busy(self) -> bool:
        """Whether others kept the kernel waiting for a notable part of its time."""
        return self.wall - self.own > _BUSY_SHARE * self.wall

    def _look(self) -> None:
        now, waited = self._now(), self._waited()
        passed = now - self._last
        # Threads that wait at the same time, for each other even, make no more than that time.
        own = max(0.0, passed - (waited - self._waited_before))
        self.wall += passed
        self.own += own
        if self._cell_start >= self._last:
            self._cell_wall = self._cell_own = 0.0
            passed = now - self._cell_start
        self._cell_wall += passed
        self._cell_own += min(own, passed)
        self._last, self._waited_before = now, waited


class RunQueue:
    """How long the threads of a process and of its descendants have waited for a processor."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._seconds = 0.0
        self._of_thread: dict[str, int] = {}

    def waited(self) -> float:
        """Seconds so far, of threads that have ended since, too; 0 where the system doesn't say."""
        found = {
            thread: _nanoseconds(pid, thread)
            for pid, threads in family(self._pid)
            for thread in threads
        }
        before = self._of_thread
        self._seconds += sum(max(0, ns - before.get(t, 0)) for t, ns in found.items()) / 1e9
        self._of_thread = found
        return self._seconds


def _in_words(seconds: float) -> str:
    if seconds >= 120 and seconds % 60 == 0:
        return f"{seconds / 60:g} minutes"
    return f"{seconds:g} second" + ("s" if seconds != 1 else "")


def _nanoseconds(pid: int, thread: str) -> int:
    try:
        return int(system_file(f"/proc/{pid}/task/{thread}/schedstat").split()[1])
    except (OSError, ValueError, IndexError):
        return 0
