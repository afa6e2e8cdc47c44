"""The process tree of a kernel: what it uses, and its end down to the last daemon."""

import contextlib
import ctypes
import math
import os
import re
import signal
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TypedDict

from autograder.kernel.disk import Disk
from autograder.kernel.groups import ControlGroup, end, system_file
from autograder.kernel.shared_pages import SharedPages

_PR_SET_CHILD_SUBREAPER = 36
_OWN_PAGES = re.compile(
    rb"^(?:Rss(?:Anon|Shmem)|VmPTE|VmSwap|HugetlbPages):\s+(\d+) kB$", re.MULTILINE
)
_STATUS_BYTES = 8_192
_THREADS_A_PROCESS = 16
_SWEEP_SECONDS = 5.0
# What the system itself keeps for each thread and each mapping, on common machines.
_STACK_BYTES, _MAPPING_BYTES = 16_384, 256


class TreeLimits(TypedDict):
    """What a kernel and its descendants may use together."""

    memory_bytes: int
    disk_bytes: int
    files: int
    processes: int


def most_tasks(limits: TreeLimits) -> int:
    """How many processes and threads there may be together."""
    return limits["processes"] * _THREADS_A_PROCESS


def become_subreaper() -> None:
    """Make orphaned descendants children of this process (prctl(2), PR_SET_CHILD_SUBREAPER)."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


class ProcessTree:
    """A child process and all its descendants, whose files are in the folder open as `folder`.

    `group` is the control group that they are in, where there is one.
    """

    def __init__(
        self, pid: int, limits: TreeLimits, folder: int, group: ControlGroup | None = None
    ) -> None:
        self.pid = pid
        self._limits, self._folder, self._group = limits, folder, group
        self._ooms = 0
        self._shared = SharedPages(pid)
        self._disk = Disk(folder, limits["disk_bytes"], limits["files"])

    def over_limit(self) -> str | None:
        """The limit that the tree exceeds: memory, disk, files, mappings or processes; else None.

        No look takes longer than its tick, whatever the processes have done.
        """
        members: dict[int, list[str]] = {}
        threads, most = 0, self._limits["processes"]
        for pid, tasks in family(self.pid):
            members[pid] = tasks
            threads += len(tasks)
            if len(members) > most or threads >= most_tasks(self._limits):
                return "processes"
        if self._memory_bytes(members) > self._limits["memory_bytes"] or self.ran_out_of_memory():
            return "memory"
        return self._disk.over_limit(members)

    def _memory_bytes(self, members: Mapping[int, list[str]]) -> int:
        if self._group is not None and (used := self._group.used_bytes()) is not None:
            return used
        own = {pid: _memory_bytes(pid, threads) for pid, threads in members.items()}
        threads = sum(map(len, members.values()))
        system = threads * _STACK_BYTES + self._disk.mappings * _MAPPING_BYTES
        total = sum(own.values()) + system
        if total > self._limits["memory_bytes"]:
            total -= self._shared.counted_twice(own)
        return total

    def ran_out_of_memory(self) -> bool:
        """Whether the system has killed one of its processes for want of memory."""
        return self._group is not None and self._group.times_out_of_memory() > self._ooms

    def kill_descendants(self) -> None:
        """Kill all but the first process, and forget what they have taken."""
        for pid in _stopped(_children(self.pid)):
            _signal(pid, signal.SIGKILL)
        if self._group is not None:
            self._group.kill(spared=self.pid)
            self._ooms = self._group.times_out_of_memory()
        self._disk.look_anew()

    def kill(self) -> None:
        """Stop every member first, so that none forks while the others are killed."""
        for pid in _stopped([self.pid]):
            _signal(pid, signal.SIGKILL)
        if self._group is not None:
            self._group.kill()

    def reap(self) -> None:
        """Wait for the first process, which must have been killed."""
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)

    def close(self) -> None:
        """Let go of the folder and of the control group, when all processes have ended."""
        self._disk.close()
        os.close(self._folder)
        if self._group is not None:
            end(self._group, _SWEEP_SECONDS)
            self._group.remove()

    @staticmethod
    def kill_strays(known: Collection[int]) -> None:
        """Kill and reap children of this process other than `known`, until there are none.

        All that descends from them is stopped first, so that none forks while the others are
        killed. A process that forks and ends all the time may win the race for a while: then the
        rest is left to the next sweep, so that other kernels need not wait.
        """
        deadline = time.monotonic() + _SWEEP_SECONDS
        while strays := set(_children(os.getpid())) - set(known):
            for pid in _stopped(strays, deadline):
                _signal(pid, signal.SIGKILL)
            for pid in strays:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, 0)
            if time.monotonic() > deadline:
                return


def _stopped(pids: Iterable[int], deadline: float = math.inf) -> set[int]:
    """These processes and their descendants, stopped: all of them unless time runs out."""
    known: set[int] = set()
    while fresh := {member for pid in pids for member, _ in family(pid)} - known:
        for pid in fresh:
            _signal(pid, signal.SIGSTOP)
        known |= fresh
        if time.monotonic() > deadline:
            break
    return known


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
            text = system_file(f"/proc/{pid}/task/{thread}/children")
            found.extend(map(int, text.split()))
    return found


def _memory_bytes(pid: int, threads: Iterable[str]) -> int:
    """What a process has for itself: its pages but those of files, and the tables of pages.

    How much of the libraries is resident depends on the system's mood, by hundreds of megabytes,
    and it takes that back when memory is scarce. A student's own files count for the disk. The
    first thread may have ended: then any other tells. `status` is made of counters, so that it
    takes no longer where a process has mapped more.
    """
    for place in (str(pid), *(f"{pid}/task/{thread}" for thread in threads)):
        with contextlib.suppress(OSError):
            handle = os.open(f"/proc/{place}/status", os.O_RDONLY)
            try:
                counted = _OWN_PAGES.findall(os.read(handle, _STATUS_BYTES))
            finally:
                os.close(handle)
            if counted:
                return sum(map(int, counted)) * 1024
    return 0


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)
