"""Judges what has been seen while the notebook still runs, so that a kill loses little."""

import threading
import time
from collections.abc import Callable, Mapping

from autograder.gradescope.memory import used_bytes
from autograder.model import Observation

# A notebook has most of the processor for itself: judging on the way takes a tenth of it.
_PAUSE = 9
# Judging networks takes memory that the kernel may need; large ones wait for its end.
_MOST_BYTES = 20_000_000
_BYTES_TO_JUDGE = 170_000_000


class ProvisionalJudge:
    """A thread that judges all that was seen so far whenever something has changed.

    Where judging networks might take the last of `memory_bytes`, nothing is judged. `judge` may
    raise nothing. Leaving the context waits for a judgement that is under way.
    """

    def __init__(
        self, judge: Callable[[Mapping[str, Observation]], None], memory_bytes: int
    ) -> None:
        self._judge, self._memory_bytes = judge, memory_bytes
        self._seen: dict[str, Observation] = {}
        self._changed = threading.Event()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def __enter__(self) -> Callable[[Mapping[str, Observation]], None]:
        self._thread.start()
        return self._saw

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._changed.set()
        self._thread.join()

    def _saw(self, changed: Mapping[str, Observation]) -> None:
        self._seen = {**self._seen, **changed}
        self._changed.set()

    def _work(self) -> None:
        while True:
            self._changed.wait()
            if self._ended.is_set():
                return
            self._changed.clear()
            seen = self._seen
            if not self._has_room(seen):
                continue
            start = time.monotonic()
            self._judge(seen)
            self._ended.wait(_PAUSE * (time.monotonic() - start))

    def _has_room(self, seen: Mapping[str, Observation]) -> bool:
        networks = sum(map(_size, seen.values()))
        if not networks:
            return True
        left = self._memory_bytes - used_bytes()
        return networks < _MOST_BYTES and left > _BYTES_TO_JUDGE


def _size(observation: Observation) -> int:
    return sum(map(len, observation.attachments().values()))
