"""Where control groups can be made: the hierarchies of version 1 and 2, and our place in each."""

import contextlib
import os
from pathlib import Path

NAME = "autograder-"
_ROOM = f"{NAME}processes"


def tasks_folder(folder: Path, version: int) -> Path | None:
    """Where the tasks of the groups in `folder` are limited; made, where that is elsewhere."""
    if version == 2:
        return folder
    mounts = _mounts()
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if "pids" in controllers.split(",") and "pids" in mounts:
            parent = _below(mounts["pids"], path)
            with contextlib.suppress(OSError):
                remove_left_behind(parent)
                own = parent / folder.name
                own.mkdir(exist_ok=True)
                return own
    return None


def places() -> list[tuple[int, Path]]:
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
    """The root and the place of hierarchies: `memory` and `pids` of version 1, "" of version 2."""
    found: dict[str, tuple[str, Path]] = {}
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        before, _, after = line.partition(" - ")
        kind, _, options = after.split(" ", 2)
        root, place = before.split(" ")[3:5]
        if kind == "cgroup2":
            found.setdefault("", (root, Path(place)))
        elif kind == "cgroup":
            for controller in {"memory", "pids"} & set(options.split(",")):
                found.setdefault(controller, (root, Path(place)))
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
            write(room / "cgroup.procs", pid)
    write(own / "cgroup.subtree_control", "+memory")
    with contextlib.suppress(OSError):
        write(own / "cgroup.subtree_control", "+pids")


def _holds_groups(place: Path) -> bool:
    """Whether groups of version 2 in this one are told their memory."""
    try:
        return "memory" in (place / "cgroup.subtree_control").read_text().split()
    except OSError:
        return False


def write(file: Path, text: str) -> None:
    """Write to a file that the system keeps there. Raises OSError where there is none."""
    handle = os.open(file, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(handle, text.encode())
    finally:
        os.close(handle)


def remove_left_behind(parent: Path) -> None:
    """Remove the groups of servers that were killed together with whoever looks after them."""
    for folder in parent.glob(f"{NAME}[0-9]*"):
        if not Path("/proc", folder.name.removeprefix(NAME)).exists():
            remove_all(folder)


def remove_all(folder: Path) -> None:
    """Remove a group and the groups in it, as far as they are empty."""
    for group in (*filter(Path.is_dir, folder.iterdir()), folder) if folder.is_dir() else ():
        with contextlib.suppress(OSError):
            group.rmdir()
