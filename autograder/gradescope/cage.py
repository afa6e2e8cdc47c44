"""Gradescope's limits on processor and memory, by control groups where this machine allows it."""

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

_GROUPS = Path("/sys/fs/cgroup")
_PERIOD = 100_000  # microseconds
_LEAVE_SECONDS = 5.0


@dataclass(frozen=True)
class Cage:
    """Limits that a process puts on itself by calling `enter`; `limited` says whether they hold."""

    limited: bool
    enter: Callable[[], None]


@contextmanager
def cage(memory_bytes: int, cpus: float) -> Iterator[Cage]:
    """A control group of version 2, else of version 1, else no limits; it is gone afterwards."""
    for make in (_version_2, _version_1):
        try:
            folders = make(memory_bytes, cpus)
        except OSError:
            continue
        try:
            yield Cage(True, partial(_join, folders))
        finally:
            for folder in folders:
                _remove(folder)
        return
    yield Cage(False, lambda: None)


def _version_2(memory_bytes: int, cpus: float) -> list[Path]:
    if not (_GROUPS / "cgroup.controllers").exists():
        raise FileNotFoundError("no control groups of version 2")
    return [
        _made(
            _GROUPS,
            {
                "memory.max": str(memory_bytes),
                "memory.swap.max": "0",
                "cpu.max": f"{int(cpus * _PERIOD)} {_PERIOD}",
            },
        )
    ]


def _version_1(memory_bytes: int, cpus: float) -> list[Path]:
    memory = _made(_GROUPS / "memory", {"memory.limit_in_bytes": str(memory_bytes)})
    try:
        quota = {
            "cpu.cfs_period_us": str(_PERIOD),
            "cpu.cfs_quota_us": str(int(cpus * _PERIOD)),
        }
        return [memory, _made(_GROUPS / "cpu", quota)]
    except OSError:
        _remove(memory)
        raise


def _made(hierarchy: Path, limits: dict[str, str]) -> Path:
    """A new group with these limits. Raises OSError where that is not allowed."""
    folder = hierarchy / f"autograder-preflight-{os.getpid()}"
    folder.mkdir()
    try:
        for name, value in limits.items():
            if (folder / name).exists() or not name.startswith("memory.swap"):
                (folder / name).write_text(value)
    except OSError:
        _remove(folder)
        raise
    return folder


def _join(folders: list[Path]) -> None:
    for folder in folders:
        (folder / "cgroup.procs").write_text(str(os.getpid()))


def _remove(folder: Path) -> None:
    """Remove a group: its last processes take a moment to go."""
    deadline = time.monotonic() + _LEAVE_SECONDS
    while folder.exists() and time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            folder.rmdir()
            return
        time.sleep(0.05)
