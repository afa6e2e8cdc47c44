"""Landlock (landlock(7)): which files the process may read and write, and no others."""

import os
import site
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from autograder.kernel.landlock_calls import confine

_SYSTEM = (
    "/usr", "/lib", "/lib64", "/bin", "/sbin", "/opt",
    "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/localtime", "/etc/fonts",
    "/etc/passwd", "/etc/group", "/etc/nsswitch.conf", "/etc/mime.types", "/etc/alternatives",
    "/dev/random", "/dev/urandom", "/dev/zero",
    "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/filesystems",
    "/sys/devices/system/cpu", "/sys/devices/system/node",
    # How much of the processors a container has: libraries see the files, and read them.
    "/sys/fs/cgroup/cpu.max", "/sys/fs/cgroup/cpu/cpu.cfs_quota_us",
    "/sys/fs/cgroup/cpu/cpu.cfs_period_us",
)  # fmt: skip
_OF_ITSELF = (
    "auxv", "cgroup", "cmdline", "comm", "environ", "fd", "fdinfo", "io", "limits", "maps",
    "mountinfo", "mounts", "numa_maps", "oom_score", "oom_score_adj", "sched", "schedstat",
    "smaps", "smaps_rollup", "stat", "statm", "status",
)  # fmt: skip
# No terminal: whoever can open one of the grader's could read what is typed there.
_WRITABLE_DEVICES = ("/dev/null", "/dev/full")
# What CUDA reads as it starts, and NVIDIA's devices; `dxg` is that of Windows' subsystem for Linux.
_GPU_FACTS = (
    "/proc/driver/nvidia", "/proc/devices", "/proc/sys/vm/mmap_min_addr",
    "/sys/bus/pci/devices", "/sys/module/nvidia",
)  # fmt: skip
_GPU_DEVICES = ("nvidia*", "nvidia-caps/*", "dxg")


def close_files(writable: list[str], *, gpu: bool) -> None:
    """Confine this process and its threads-to-be to what Python needs and to `writable` folders.

    Call it while the process has one thread: Landlock binds the calling thread and its children.
    Raises OSError when it cannot.
    """
    readable, written = [*readable_paths(), *_own_facts()], list[str]()
    writable = [*writable, *_WRITABLE_DEVICES]
    if gpu:
        readable += _GPU_FACTS
        writable += _gpu_devices()
        # CUDA does not start unless it can name its threads, which it does by writing there.
        written.append(f"/proc/{os.getpid()}/task")
    _hold(_there((*readable, *written)))
    confine(_there(readable), _there(writable), _there(written))


def _hold(places: Iterable[str]) -> None:
    """Keep what lies in /proc open for as long as this process lives.

    Where memory is scarce, the system forgets the names there that nobody holds. Looked up again,
    they are other files to it, which no rule allows.
    """
    for place in places:
        if place.startswith("/proc/"):
            os.open(place, os.O_PATH | os.O_CLOEXEC)


def keep_from_writing(readable: list[str], writable: str) -> None:
    """Confine this process, which is confined already, to write to one folder and read some others.

    Nothing is opened that was closed before. Raises OSError when it cannot.
    """
    confine(_there((*readable_paths(), *readable)), _there((writable, *_WRITABLE_DEVICES)))


def _gpu_devices() -> Iterator[str]:
    for pattern in _GPU_DEVICES:
        yield from (str(place) for place in Path("/dev").glob(pattern) if not place.is_dir())


def _there(paths: Iterable[str]) -> Iterator[str]:
    return filter(os.path.exists, paths)


def _own_facts() -> Iterator[str]:
    """What a process may read of itself. `net` is no part of it: it names everybody's sockets.

    Each is named, since links such as `root` would open what they point to.
    """
    for name in _OF_ITSELF:
        yield f"/proc/{os.getpid()}/{name}"


@cache
def readable_paths() -> tuple[str, ...]:
    """Python, its packages and the system's libraries, links resolved."""
    package = Path(__file__).parents[1]
    python = {
        sys.prefix, sys.base_prefix, sys.exec_prefix, *site.getsitepackages(),
        *(path for name, path in sysconfig.get_paths().items() if name != "data"), str(package),
    }  # fmt: skip
    return tuple(sorted({os.path.realpath(p) for p in python} | python | set(_SYSTEM)))
