"""What a machine may be short of while a notebook runs: no fault of the student's."""

import errno
import re
import resource
import shutil
import tempfile
import time
from pathlib import Path

from autograder.errors import SandboxError, UsageError

_KILLED = re.compile(r"^oom_kill (\d+)$", re.MULTILINE)
_STALLED = re.compile(r"^some .*total=(\d+)$", re.MULTILINE)
_STALLED_SHARE = 0.1
_LEAST_BYTES = 1_000_000
# Sockets, descriptors of processes and event loops: 20 a kernel were seen.
_OWN_FILES = 40
_FILES_A_JOB = 25
_PLENTY = 65_536


def machine_fault(error: BaseException | None) -> str | None:
    """The sentence for an error, or one that led to it, by which the machine is to blame."""
    while error is not None:
        match getattr(error, "errno", None):
            case errno.ENOSPC | errno.EDQUOT:
                return (
                    f"the temporary folder of this machine, {tempfile.gettempdir()}, is full: make "
                    "room there or name another in TMPDIR, and run the same command again"
                )
            case errno.EMFILE | errno.ENFILE:
                most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
                return (
                    f"this machine allows too few open files ({most}): raise `ulimit -n`, or "
                    "lower --jobs, and run the same command again"
                )
            case errno.ENOMEM:
                return "this machine has no memory left: lower --jobs, and run the command again"
        error = error.__cause__ or error.__context__
    return None


def allow_open_files(jobs: int) -> None:
    """Let this process open files for so many notebooks at a time.

    Raises UsageError where the machine allows too few.
    """
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most == resource.RLIM_INFINITY or most >= (needed := _OWN_FILES + jobs * _FILES_A_JOB):
        resource.setrlimit(resource.RLIMIT_NOFILE, (_raised(now, most), most))
        return
    fewer = (most - _OWN_FILES) // _FILES_A_JOB
    lower = f" or use --jobs {fewer}" if fewer > 0 else ""
    raise UsageError(
        f"this machine allows {most} open files, and --jobs {jobs} needs {needed}: raise "
        f"`ulimit -n`{lower}"
    )


def _raised(now: int, most: int) -> int:
    if now == resource.RLIM_INFINITY:
        return now
    return max(now, _PLENTY if most == resource.RLIM_INFINITY else min(most, _PLENTY))


def check_room(folder: Path) -> None:
    """Raise SandboxError where the folder's disk is full: what was seen may not be all there is."""
    if shutil.disk_usage(folder).free < _LEAST_BYTES:
        full = OSError(errno.ENOSPC, "full")
        raise SandboxError(machine_fault(full)) from full


class MemoryShortage:
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
