"""Whether the machine ran out of memory while a notebook ran: no fault of the student's."""

import re
import time
from pathlib import Path

_KILLED = re.compile(r"^oom_kill (\d+)$", re.MULTILINE)
_STALLED = re.compile(r"^some .*total=(\d+)$", re.MULTILINE)
_STALLED_SHARE = 0.1


class Memory:
    """The machine's memory from now on."""

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._killed, self._stalled = _killed(), _stalled()

    def was_short(self) -> bool:
        """Whether the system has killed for memory, or tasks stood still for want of it."""
        stalled = (_stalled() - self._stalled) / 1e6
        return (
            _killed() > self._killed
            or stalled > _STALLED_SHARE * (time.monotonic() - self._start)
        )  # fmt: skip


def _killed() -> int:
    """How many processes the system has killed for want of memory (proc(5), vmstat)."""
    return _number(Path("/proc/vmstat"), _KILLED)


def _stalled() -> int:
    """For how many microseconds some task has stood still for want of memory (Linux's PSI)."""
    return _number(Path("/proc/pressure/memory"), _STALLED)


def _number(file: Path, pattern: re.Pattern[str]) -> int:
    try:
        found = pattern.search(file.read_text())
    except OSError:  # a system without it, or a container
        return 0
    return int(found[1]) if found else 0
