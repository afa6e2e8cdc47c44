"""The process tree of a kernel: what it uses, and its end down to the last daemon."""

import contextlib
import ctypes
import errno
import os
import re
import signal
import stat
import time
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import TypedDict

_PR_SET_CHILD_SUBREAPER = 36
_OWN_PAGES = re.compile(r"^Rss(?:Anon|Shmem):\s+(\d+) kB$", re.MULTILINE)
_DISK_SECONDS = 0.5
_THREADS_A_PROCESS = 16
_SWEEP_SECONDS = 5.0
# Where a folder cannot be looked into: no rights, or a path too long to name.
_HIDDEN = (errno.EACCES, errno.EPERM, errno.ENAMETOOLONG, errno.ELOOP)


class TreeLimits(TypedDict):
    """What a kernel and its descendants may use together."""

    memory_bytes: int
    disk_bytes: int
    files: int
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
        """The limit that the tree exceeds: memory, disk, files or processes; None if none."""
        tasks = dict(family(self.pid))
        members = list(tasks)
        most = self._limits["processes"]
        if len(members) > most or sum(map(len, tasks.values())) > most * _THREADS_A_PROCESS:
            return "processes"
        if sum(map(_memory_bytes, members)) > self._limits["memory_bytes"]:
            return "memory"
        if time.monotonic() >= self._next_disk_check:
            self._next_disk_check = time.monotonic() + _DISK_SECONDS
            return self._over_disk_limit(members)
        return None

    def _over_disk_limit(self, members: Iterable[int]) -> str | None:
        most = self._limits["disk_bytes"]
        total = 0
        try:
            for count, size in enumerate(_entry_bytes(self._folder), 1):
                total += size
                if count > self._limits["files"]:
                    return "files"
                if total > most:
                    return "disk"
        except OSError:
            return "files"  # folders that hide what is in them
        total += sum(_removed_bytes(pid, self._folder) for pid in members)
        return "disk" if total > most else None

    def is_dead(self) -> bool:
        """Whether the first process has ended; its exit is left to `reap`."""
        if not self._dead:
            flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
            self._dead = os.waitid(os.P_PID, self.pid, flags) is not None
        return self._dead

    def kill(self) -> None:
        """Stop every member first, so that none forks while the others are killed."""
        known: set[int] = set()
        while fresh := {pid for pid, _ in family(self.pid)} - known:
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
        """Kill and reap children of this process other than `known`, until there are none.

        A process that forks and ends all the time may win the race for a while: then the rest is
        left to the next sweep, so that other kernels need not wait.
        """
        deadline = time.monotonic() + _SWEEP_SECONDS
        while strays := set(_children(os.getpid())) - set(known):
            if time.monotonic() > deadline:
                return
            for pid in strays:
                _signal(pid, signal.SIGKILL)
            for pid in strays:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, 0)


def family(pid: int) -> Iterator[tuple[int, list[str]]]:
    """A process and its descendants, each with its threads."""
    waiting = [pid]
    while waiting:
        member = waiting.pop()
        threads = _threads(member)
        yield member, threads
        waiting.extend(_children(member, threads))


def _threads(pid: int) -> list[str]:
    try:
        return os.listdir(f"/proc/{pid}/task")
    except OSError:
        return []


def _children(pid: int, threads: Iterable[str] | None = None) -> list[int]:
    found: list[int] = []
    for thread in _threads(pid) if threads is None else threads:
        with contextlib.suppress(OSError):
            text = Path(f"/proc/{pid}/task/{thread}/children").read_text()
            found.extend(map(int, text.split()))
    return found


def _memory_bytes(pid: int) -> int:
    """What is resident of a process, but for files in memory.

    How much of the libraries is resident depends on the system's mood, by hundreds of megabytes,
    and it takes that back when memory is scarce. A student's own files count for the disk.
    """
    try:
        status = Path(f"/proc/{pid}/status").read_text(errors="replace")
    except OSError:
        return 0
    return sum(int(kilobytes) for kilobytes in _OWN_PAGES.findall(status)) * 1024


def _entry_bytes(folder: Path) -> Iterator[int]:
    """The bytes that each entry below the folder takes; links are not followed.

    Raises OSError for a folder that cannot be looked into: honest notebooks make none.
    """
    waiting = [str(folder)]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    yield _bytes(entry)
        except OSError as error:  # a folder that has just gone away counts for nothing
            if error.errno in _HIDDEN:
                raise


def _bytes(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat(follow_symlinks=False).st_blocks * 512
    except FileNotFoundError:
        return 0


def _removed_bytes(pid: int, folder: Path) -> int:
    """The bytes of files that a process has removed but still holds open or mapped."""
    total = 0
    with contextlib.suppress(OSError):
        for handle in os.listdir(f"/proc/{pid}/fd"):
            with contextlib.suppress(OSError):
                facts = os.stat(f"/proc/{pid}/fd/{handle}")
                if stat.S_ISREG(facts.st_mode) and facts.st_nlink == 0:
                    total += facts.st_blocks * 512
    with contextlib.suppress(OSError):
        maps = Path(f"/proc/{pid}/maps").read_text(errors="replace")
        removed = rf"^(\w+)-(\w+) .* {re.escape(str(folder))}/.* \(deleted\)$"
        for start, end in re.findall(removed, maps, re.MULTILINE):
            total += int(end, 16) - int(start, 16)
    return total


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)
