"""Memory that forks have in common, which each of them shows as its own.

A fork shares the pages of its parent until one of the two writes to them. Looking through all
pages takes milliseconds for each hundred megabytes (`smaps_rollup` of proc(5)), so it is only done
for few processes, now and then, where their sum is too much.
"""

import os
import re
import time
from collections.abc import Callable, Mapping

_COUNTERS = re.compile(rb"^(Anonymous|Pss_Anon):\s+(\d+) kB$", re.MULTILINE)
_MOST_PROCESSES = 8
_SECONDS = 0.5
_BYTES = 4_096


class SharedPages:
    """What is counted twice in a tree of processes that begins with `pid`."""

    def __init__(self, pid: int, now: Callable[[], float] = time.monotonic) -> None:
        self._pid, self._now = pid, now
        self._looked = float("-inf")
        self._found = 0

    def counted_twice(self, own: Mapping[int, int]) -> int:
        """How many bytes of what these processes show as their own they have in common.

        Of processes of another user nobody may know: then one fork may share all with the first
        process, which bounds what both take to twice what they show.
        """
        if not 1 < len(own) <= _MOST_PROCESSES:
            return 0
        if self._now() - self._looked >= _SECONDS:
            try:
                self._found = sum(map(_shared, own))
            except PermissionError:
                others = [used for pid, used in own.items() if pid != self._pid]
                self._found = min(own.get(self._pid, 0), max(others))
            self._looked = self._now()
        return self._found


def _shared(pid: int) -> int:
    """The bytes of a process that others pay for. Raises PermissionError."""
    try:
        handle = os.open(f"/proc/{pid}/smaps_rollup", os.O_RDONLY)
    except (FileNotFoundError, ProcessLookupError):  # it has ended
        return 0
    try:
        counted = dict(_COUNTERS.findall(os.read(handle, _BYTES)))
    except ProcessLookupError:
        return 0
    finally:
        os.close(handle)
    return max(0, int(counted.get(b"Anonymous", 0)) - int(counted.get(b"Pss_Anon", 0))) * 1024
