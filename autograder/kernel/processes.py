"""The process tree of a kernel: what it uses, and its end down to the last daemon."""

import contextlib
import ctypes
import os
import signal
import time
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TypedDict

_PR_SET_CHILD_SUBREAPER = 36
_PAGE = os.sysconf("SC_PAGE_SIZE")
_DISK_SECONDS = 0.5


class TreeLimits(TypedDict):
    """What a kernel and its descendants may use together."""

    memory_bytes: int
    disk_bytes: int
    processes: int


def become_subreaper() -> None:
    """Make orphaned descendants children of this process (prctl(2), PR_SET_CHILD_SUBREAPER)."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


class Tree:
    """A child process and all its descendants."""

    def __init__(self, pid: int, limits: TreeLimits, folder: str) -> None:
        self.pid = pid
        self._limits = limits
        self._folder = Path(folder)
        self._next_disk_check = 0.0
        self._dead = False

    def over_limit(self) -> str | None:
        """The limit that the tree exceeds: memory, disk or processes; None if it keeps to all."""
        members = list(self._members())
        if len(members) > self._limits["processes"]:
            return "processes"
        if sum(map(_resident_bytes, members)) > self._limits["memory_bytes"]:
            return "memory"
        if time.monotonic() >= self._next_disk_check:
            self._next_disk_check = time.monotonic() + _DISK_SECONDS
            if _folder_bytes(self._folder, self._limits["disk_bytes"]):
                return "disk"
        return None

    def is_dead(self) -> bool:
        """Whether the first process has ended; its exit is left to `reap`."""
        if not self._dead:
            flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
            self._dead = os.waitid(os.P_PID, self.pid, flags) is not None
        return self._dead

    def kill(self) -> None:
        """Stop every member first, so that none forks while the others are killed."""
        known: set[int] = set()
        while fresh := set(self._members()) - known:
            for pid in fresh:
                _signal(pid, signal.SIGSTOP)
            known |= fresh
        for pid in known:
            _signal(pid, signal.SIGKILL)

    def reap(self) -> None:
        """Wait for the first process, which must have been killed."""
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)

    @staticmethod
    def kill_strays(known: Collection[int]) -> None:
        """Kill and reap children of this process other than `known`, until there are none."""
        while strays := set(_children(os.getpid())) - set(known):
            for pid in strays:
                _signal(pid, signal.SIGKILL)
            for pid in strays:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, 0)

    def _members(self) -> Iterator[int]:
        waiting = [self.pid]
        while waiting:
            pid = waiting.pop()
            yield pid
            waiting.extend(_children(pid))


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            with contextlib.suppress(OSError):
                text = Path(f"/proc/{pid}/task/{task}/children").read_text()
                found.extend(map(int, text.split()))
    return found


def _resident_bytes(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    except (OSError, IndexError):
        return 0


def _folder_bytes(folder: Path, most: int) -> bool:
    """Whether the files below the folder hold more than `most` bytes; links are not followed."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(parent, name)).st_blocks * 512
        if total > most:
            return True
    return False


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)
