"""Grades a class: many submissions at a time."""

import time
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from typing import Any, Protocol

from autograder.grading.blame import is_everybodys
from autograder.grading.pipeline import Grader, Prepared
from autograder.model import Entry, Execution, Grade
from autograder.running.job import Job

Start = Callable[[Job], "Future[Execution]"]
"""Begins a run somewhere: in a thread, a process or on another machine."""

_Journey = Generator[Job | Future[Any], Any, Grade]

# Submissions that are read ahead or judged beside those that run: few, since each is in memory.
_BESIDE = 2
# Meanwhile there may be more slots.
_LOOK_SECONDS = 1.0


class Machines(Protocol):
    """Other machines, where runs are begun instead of here."""

    def start(self, job: Job) -> "Future[Execution]":
        """Begin a run somewhere."""

    def slots(self) -> int:
        """How many runs can be under way now, never less than one."""

    def close(self) -> None:
        """End all runs, for good."""


class Watcher:
    """Is told how a batch goes on, in the caller's thread; this one keeps it to itself."""

    def begins(self, count: int) -> None:
        """Called first, with how many there are."""

    def started(self, entry: Entry) -> None:
        """Called when an entry's run begins."""

    def done(self, entry: Entry, grade: Grade) -> None:
        """Called when an entry has its grade."""


def in_threads(executor: Executor, server: Any = None) -> Start:
    """Runs in the executor's threads, in forks of `server`."""
    return lambda job: executor.submit(job.run, server)


def grade_all(
    entries: Sequence[Entry],
    grader: Grader,
    start: Start,
    slots: int | Callable[[], int],
    watcher: Watcher | None = None,
) -> None:
    """Grade all entries; at most `slots` of them run at a time.

    Grades go to the grader's store and to the watcher; none is kept here. Where machines come and
    go, `slots` says how many that are now; it is never less than one.

    Reading and judging go on beside the runs, in threads of their own. A LedgerError ends the
    batch; all else that is raised on the way is that submission's.
    """
    with ThreadPoolExecutor(_BESIDE, "beside") as beside:
        most = slots if callable(slots) else lambda: slots
        batch = _Batch(entries, grader, start, most, watcher or Watcher(), beside)
        try:
            batch.to_the_end()
        except BaseException:
            beside.shutdown(wait=False, cancel_futures=True)
            raise


class _Batch:
    """All journeys of a batch: each goes on when the future that it waits for is done."""

    def __init__(
        self,
        entries: Sequence[Entry],
        grader: Grader,
        start: Start,
        slots: Callable[[], int],
        watcher: Watcher,
        beside: Executor,
    ) -> None:
        self._entries, self._grader, self._start = entries, grader, start
        self._slots, self._watcher, self._beside = slots, watcher, beside
        self._done = 0
        self._ready: deque[tuple[int, _Journey, Job]] = deque()
        self._running: dict[Future[Any], tuple[int, _Journey]] = {}
        self._others: dict[Future[Any], tuple[int, _Journey]] = {}

    def to_the_end(self) -> None:
        """Take every submission along its way."""
        self._watcher.begins(len(self._entries))
        waiting = deque(range(len(self._entries)))
        while self._done < len(self._entries):
            while self._ready and len(self._running) < self._slots():
                position, journey, job = self._ready.popleft()
                self._watcher.started(self._entries[position])
                self._running[self._start(job)] = position, journey
            while waiting and len(self._others) + len(self._ready) < _BESIDE:
                position = waiting.popleft()
                self._go_on(position, self._journey(position), None)
            if self._done == len(self._entries):
                break
            done, _ = wait(
                [*self._running, *self._others],
                timeout=_LOOK_SECONDS,
                return_when=FIRST_COMPLETED,
            )
            for future in done:
                by = self._running if future in self._running else self._others
                position, journey = by.pop(future)
                self._go_on(position, journey, future)

    def _journey(self, position: int) -> _Journey:
        """One submission: read, run unless it has, judged; whatever goes wrong is its own."""
        entry, start = self._entries[position], time.monotonic()
        prepared: Prepared | None = None
        try:
            prepared = yield self._beside.submit(self._grader.prepare, entry)
            execution = (yield prepared.job) if prepared.run is None else None
            grade: Grade = yield self._beside.submit(
                self._grader.judge, position, entry, prepared, execution
            )
            return grade
        except Exception as error:
            if is_everybodys(error):
                raise
            return self._grader.blame(position, entry, prepared, error, start)

    def _go_on(self, position: int, journey: _Journey, future: Future[Any] | None) -> None:
        try:
            if future is None:
                step = next(journey)
            elif (error := future.exception()) is not None:
                step = journey.throw(error)
            else:
                step = journey.send(future.result())
        except StopIteration as end:
            self._done += 1
            self._watcher.done(self._entries[position], end.value)
        else:
            if isinstance(step, Job):
                self._ready.append((position, journey, step))
            else:
                self._others[step] = position, journey
