"""Grades a class: many submissions at a time, the results in order."""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, as_completed

from autograder.model import Entry, Grade


class Watcher:
    """Is told how a batch goes on; this one keeps it to itself."""

    def started(self, entry: Entry) -> None:
        """Called in a thread of the executor when an entry's turn comes."""

    def done(self, entry: Entry, grade: Grade) -> None:
        """Called in the caller's thread when an entry has its grade."""


def grade_all(
    entries: Sequence[Entry],
    grade: Callable[[int, Entry], Grade],
    executor: Executor,
    watcher: Watcher | None = None,
) -> list[Grade]:
    """The grades of all entries, in their order.

    What `grade` raises ends the batch: those that wait are dropped, and those that run go on until
    `grade` lets them go.
    """
    watcher = watcher or Watcher()

    def begin(position: int, entry: Entry) -> Grade:
        watcher.started(entry)
        return grade(position, entry)

    waiting: dict[Future[Grade], int] = {
        executor.submit(begin, position, entry): position for position, entry in enumerate(entries)
    }
    grades: dict[int, Grade] = {}
    try:
        for future in as_completed(list(waiting)):
            position = waiting.pop(future)
            grades[position] = future.result()
            watcher.done(entries[position], grades[position])
    except BaseException:
        executor.shutdown(wait=False, cancel_futures=True)
        raise
    return [grades[position] for position in range(len(entries))]
