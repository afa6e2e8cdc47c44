"""Control groups (cgroups(7)): what a kernel and all its descendants take of the memory, in truth.

A group counts what no process shows: tables of pages, full pipes, threads whose process seems to
have ended. It also ends what would take much more between two looks. There is one where root may
make groups, or where systemd has handed over its own (`Delegate=yes`), in version 1 or 2.
"""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self

# What may be taken between two looks before the system itself steps in.
_SLACK_BYTES = 256_000_000
_NAME = "autograder-"
_ROOM = f"{_NAME}processes"
# Pages of files are left out: the system takes them back when memory is scarce.
_COUNTED = {
    1: ("total_rss", "total_shmem", "total_swap"),
    2: ("anon", "shmem", "kernel_stack", "pagetables", "sec_pagetables", "percpu", "sock",
        "vmalloc", "slab_unreclaimable"),
}  # fmt: skip
_LIMIT = {1: "memory.limit_in_bytes", 2: "memory.max"}
_EVENTS = {1: "memory.oom_control", 2: "memory.events"}
_KERNEL = {1: "memory.kmem.usage_in_bytes", 2: "memory.swap.current"}


@dataclass(frozen=True)
class ControlGroup:
    """A control group of version 1 or 2, at `folder`."""

    folder: Path
    version: int

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

    def ran_out(self) -> bool:
        """Whether the system has killed a process in it for want of memory."""
        try:
            return _counters(self.folder / _EVENTS[self.version]).get("oom_kill", 0) > 0
        except OSError:
            return False

    def remove(self) -> None:
        """Remove it. One whose last process is still ending stays until its parent goes."""
        with contextlib.suppress(OSError):
            self.folder.rmdir()


class ControlGroups:
    """A group of ours, in which each kernel gets one."""

    def __init__(self, folder: Path, version: int) -> None:
        self._folder, self._version = folder, version
        self._made = 0

    @classmethod
    def opened(cls) -> Self | None:
        """Where kernels can have groups; None where they cannot."""
        for version, parent in _places():
            folder = parent / f"{_NAME}{os.getpid()}"
            with contextlib.suppress(OSError):
                _remove_left_behind(parent)
                folder.mkdir()
                groups = cls(folder, version)
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
            _write(self._folder / "cgroup.subtree_control", "+memory")
        trial = self._new(_SLACK_BYTES)
        used = trial.used_bytes()
        trial.remove()
        if used is None:
            raise FileNotFoundError(trial.folder / "memory.stat")

    def put(self, pid: int, memory_bytes: int) -> ControlGroup | None:
        """A new group with that process in it; None where the system does not let us."""
        try:
            group = self._new(memory_bytes + _SLACK_BYTES)
        except OSError:
            return None
        try:
            _write(group.folder / "cgroup.procs", str(pid))
        except OSError:
            group.remove()
            return None
        return group

    def close(self) -> None:
        """Remove what is left, when all processes have ended."""
        _remove_all(self._folder)

    def _new(self, most_bytes: int) -> ControlGroup:
        self._made += 1
        group = ControlGroup(self._folder / str(self._made), self._version)
        group.folder.mkdir()
        try:
            _write(group.folder / _LIMIT[self._version], str(most_bytes))
        except OSError:
            group.remove()
            raise
        return group


def _places() -> list[tuple[int, Path]]:
    """The groups of this process, of either version, in which we might make others."""
    mounts = _mounts()
    found: list[tuple[int, Path]] = []
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        number, controllers, path = line.split(":", 2)
        if "memory" in controllers.split(",") and "memory" in mounts:
            found.append((1, _below(mounts["memory"], path)))
        elif number == "0" and "" in mounts:
            own = _below(mounts[""], path)
            with contextlib.suppress(OSError):
                _make_room(own)
            found += [(2, place) for place in (own, own.parent) if _holds_groups(place)]
    return found


def _mounts() -> dict[str, tuple[str, Path]]:
    """The root and the place of the hierarchies: `memory` of version 1, and "" of version 2."""
    found: dict[str, tuple[str, Path]] = {}
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        before, _, after = line.partition(" - ")
        kind, _, options = after.split(" ", 2)
        root, place = before.split(" ")[3:5]
        if kind == "cgroup2":
            found.setdefault("", (root, Path(place)))
        elif kind == "cgroup" and "memory" in options.split(","):
            found.setdefault("memory", (root, Path(place)))
    return found


def _below(mount: tuple[str, Path], path: str) -> Path:
    """Where a group is; a container may see only a part of the hierarchy."""
    root, place = mount
    return place / os.path.relpath(path, root) if path.startswith(root) else place


def _make_room(own: Path) -> None:
    """Let the group that systemd has handed over hold groups: its processes move into one.

    A group of version 2 holds either processes or groups. Raises OSError where it is not ours.
    """
    if own.stat().st_uid == 0 and os.getxattr(own, "user.delegate") != b"1":
        return
    if _holds_groups(own) or own.name == _ROOM:  # another server of ours has been here
        return
    room = own / _ROOM
    room.mkdir(exist_ok=True)
    for pid in (own / "cgroup.procs").read_text().split():
        with contextlib.suppress(ProcessLookupError):
            _write(room / "cgroup.procs", pid)
    _write(own / "cgroup.subtree_control", "+memory")


def _holds_groups(place: Path) -> bool:
    """Whether groups of version 2 in this one are told their memory."""
    try:
        return "memory" in (place / "cgroup.subtree_control").read_text().split()
    except OSError:
        return False


def _write(file: Path, text: str) -> None:
    """Write to a file that the system keeps there. Raises OSError where there is none."""
    handle = os.open(file, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(handle, text.encode())
    finally:
        os.close(handle)


def _remove_left_behind(parent: Path) -> None:
    """Remove the groups of servers that were killed together with whoever looks after them."""
    for folder in parent.glob(f"{_NAME}[0-9]*"):
        if not Path("/proc", folder.name.removeprefix(_NAME)).exists():
            _remove_all(folder)


def _remove_all(folder: Path) -> None:
    for group in (*filter(Path.is_dir, folder.iterdir()), folder) if folder.is_dir() else ():
        with contextlib.suppress(OSError):
            group.rmdir()


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
