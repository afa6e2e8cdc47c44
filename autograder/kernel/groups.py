"""Control groups (cgroups(7)): what a kernel and all its descendants take of the memory, in truth.

A group counts what no process shows: tables of pages, full pipes, threads whose process seems to
have ended. It also ends what would take much more between two looks, lets no more than so many
tasks exist, and knows all its processes, however they were started. There is one where root may
make groups, or where systemd has handed over its own (`Delegate=yes`), in version 1 or 2.
"""

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from autograder.kernel.group_places import (
    NAME,
    places,
    remove_all,
    remove_left_behind,
    tasks_folder,
    write,
)

# What may be taken between two looks before the system itself steps in.
_SLACK_BYTES = 256_000_000
_END_SECONDS, _PAUSE_SECONDS = 30.0, 0.02
# Pages of files are left out: the system takes them back when memory is scarce.
_COUNTED = {
    1: ("total_rss", "total_shmem", "total_swap"),
    2: ("anon", "shmem", "kernel_stack", "pagetables", "sec_pagetables", "percpu", "sock",
        "vmalloc", "slab_unreclaimable"),
}  # fmt: skip
_LIMIT = {1: "memory.limit_in_bytes", 2: "memory.max"}
_EVENTS = {1: "memory.oom_control", 2: "memory.events"}
_KERNEL = {1: "memory.kmem.usage_in_bytes", 2: "memory.swap.current"}


_TASKS = "pids.max"


@dataclass(frozen=True)
class ControlGroup:
    """A control group of version 1 or 2, at `folder`; its tasks are limited in that at `tasks`.

    In version 1 these are two hierarchies; there may be none that limits tasks.
    """

    folder: Path
    version: int
    tasks: Path | None = None

    def used_bytes(self) -> int | None:
        """The memory of all processes in it, files left out; None where it cannot be read."""
        try:
            counters = _counters(self.folder / "memory.stat")
        except OSError:
            return None
        more = 0
        with contextlib.suppress(OSError, ValueError):
            more = int(system_file(self.folder / _KERNEL[self.version]))
        return more + sum(counters.get(name, 0) for name in _COUNTED[self.version])

    def times_out_of_memory(self) -> int:
        """How many of its processes the system has killed for want of memory."""
        try:
            return _counters(self.folder / _EVENTS[self.version]).get("oom_kill", 0)
        except OSError:
            return 0

    def kill(self, spared: int | None = None) -> None:
        """Kill all processes in it but the one with that id; none starts another meanwhile."""
        with contextlib.suppress(OSError), self._no_new_tasks(lasting=spared is None):
            for pid in map(int, (self.folder / "cgroup.procs").read_text().split()):
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    if pid != spared:
                        os.kill(pid, signal.SIGKILL)

    @contextlib.contextmanager
    def _no_new_tasks(self, lasting: bool) -> Iterator[None]:
        file = self.tasks and self.tasks / _TASKS
        if file is None or not file.exists():
            yield
            return
        most = file.read_text()
        write(file, "0")
        try:
            yield
        finally:
            if not lasting:
                write(file, most)

    def is_empty(self) -> bool:
        """Whether no process of it runs any more."""
        try:
            return not (self.folder / "cgroup.procs").read_text()
        except OSError:
            return True

    def remove(self) -> None:
        """Remove it. One whose last process is still ending stays until its parent goes."""
        for folder in {self.folder, self.tasks or self.folder}:
            with contextlib.suppress(OSError):
                folder.rmdir()


class ControlGroups:
    """A group of ours, in which each kernel gets one."""

    def __init__(self, folder: Path, version: int, tasks: Path | None) -> None:
        self._folder, self._version, self._tasks = folder, version, tasks
        self._made = 0

    @classmethod
    def opened(cls) -> Self | None:
        """Where kernels can have groups; None where they cannot."""
        for version, parent in places():
            folder = parent / f"{NAME}{os.getpid()}"
            with contextlib.suppress(OSError):
                remove_left_behind(parent)
                folder.mkdir()
                groups = cls(folder, version, tasks_folder(folder, version))
                try:
                    groups._prepare()
                except OSError:
                    groups.close()
                    continue
                return groups
        return None

    def _prepare(self) -> None:
        """Try all that will be done. Raises OSError."""
        if self._version == 2:
            write(self._folder / "cgroup.subtree_control", "+memory")
            with contextlib.suppress(OSError):
                write(self._folder / "cgroup.subtree_control", "+pids")
        trial = self._new(_SLACK_BYTES, 1)
        used = trial.used_bytes()
        trial.remove()
        if used is None:
            raise FileNotFoundError(trial.folder / "memory.stat")

    def put(self, pid: int, memory_bytes: int, tasks: int) -> ControlGroup | None:
        """A new group with that process in it; None where the system does not let us.

        `tasks` are the processes and threads that may exist in it at a time.
        """
        try:
            group = self._new(memory_bytes + _SLACK_BYTES, tasks)
        except OSError:
            return None
        try:
            for folder in {group.folder, group.tasks or group.folder}:
                write(folder / "cgroup.procs", str(pid))
        except OSError:
            group.remove()
            return None
        return group

    def close(self) -> None:
        """End what is left in them, and remove them."""
        with contextlib.suppress(OSError):
            for folder in filter(Path.is_dir, self._folder.iterdir()):
                tasks = self._tasks and self._tasks / folder.name
                end(ControlGroup(folder, self._version, tasks), _END_SECONDS)
        for folder in {self._folder, self._tasks or self._folder}:
            remove_all(folder)

    def _new(self, most_bytes: int, most_tasks: int) -> ControlGroup:
        self._made += 1
        name = str(self._made)
        group = ControlGroup(self._folder / name, self._version, self._tasks and self._tasks / name)
        group.folder.mkdir()
        try:
            write(group.folder / _LIMIT[self._version], str(most_bytes))
            if group.tasks is not None:
                group.tasks.mkdir(exist_ok=True)
                with contextlib.suppress(FileNotFoundError):
                    write(group.tasks / _TASKS, str(most_tasks))
        except OSError:
            group.remove()
            raise
        return group


def end(group: ControlGroup, seconds: float) -> None:
    """Kill all processes of a group, until there are none or so many seconds have passed."""
    deadline = time.monotonic() + seconds
    while not group.is_empty() and time.monotonic() < deadline:
        group.kill()
        time.sleep(_PAUSE_SECONDS)


def _counters(file: Path) -> dict[str, int]:
    """Lines such as `anon 4096`. Raises OSError."""
    lines = (line.split() for line in system_file(file).splitlines())
    return {words[0].decode(): int(words[1]) for words in lines if len(words) == 2}


def system_file(file: str | Path) -> bytes:
    """What the system says in a file of its own; raises OSError.

    Each kernel is looked at twenty times a second: this is twice as fast as reading text.
    """
    with open(file, "rb", buffering=0) as opened:
        return opened.readall()
