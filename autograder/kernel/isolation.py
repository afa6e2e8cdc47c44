"""The layers between student code and everything else, put on in the kernel's own process.

Landlock (landlock(7)) closes the file system but for the workspace and what Python needs, and
keeps signals and abstract sockets inside. A seccomp filter (seccomp(2)) refuses the network and
the system calls that reach into other processes or the system. A user of its own (`privileges`)
owns nothing but the workspace. All are for good, and inherited.
"""

import contextlib
import errno
import os
import resource
import site
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from autograder.kernel.privileges import why_no_user
from autograder.model import Layer

_SYSTEM = (
    "/usr", "/lib", "/lib64", "/bin", "/sbin", "/opt",
    "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/localtime", "/etc/fonts",
    "/etc/passwd", "/etc/group", "/etc/nsswitch.conf", "/etc/mime.types", "/etc/alternatives",
    "/dev/random", "/dev/urandom", "/dev/zero",
    "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/filesystems",
    "/sys/devices/system/cpu", "/sys/devices/system/node",
)  # fmt: skip
# No terminal: whoever can open one of the grader's could read what is typed there.
_WRITABLE_DEVICES = ("/dev/null", "/dev/full")
_GPU = ("/proc/driver/nvidia", "/sys/bus/pci/devices", "/sys/module/nvidia")

# What no lab needs and what reaches out of a process: other processes' memory, mounts, keys,
# kernel modules, tracing, new namespaces, and interfaces that would go around this filter.
_REFUSED = (
    "ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "kcmp", "process_madvise",
    "mount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree", "fsopen", "fsmount",
    "fsconfig", "fspick", "mount_setattr", "setns", "unshare", "swapon", "swapoff", "reboot",
    "keyctl", "add_key", "request_key", "bpf", "perf_event_open", "userfaultfd", "io_uring_setup",
    "io_uring_enter", "io_uring_register", "init_module", "finit_module", "delete_module",
    "kexec_load", "kexec_file_load", "name_to_handle_at", "open_by_handle_at", "quotactl",
    "settimeofday", "clock_settime", "adjtimex", "sethostname", "setdomainname", "syslog", "acct",
    "ioperm", "iopl", "fanotify_init", "lookup_dcookie", "vhangup", "nfsservctl", "personality",
    "mknod", "mknodat", "msgget", "semget", "shmget", "mq_open", "clock_adjtime", "quotactl_fd",
    "inotify_init", "inotify_init1", "process_mrelease", "memfd_secret",
)  # fmt: skip
# Newer than most libraries that know the calls' names; these numbers are those of every machine.
_REFUSED_BY_NUMBER = {"setxattrat": 463, "removexattrat": 466, "open_tree_attr": 467,
                      "file_setattr": 469}  # fmt: skip
# Landlock does not watch over these, and the grader's own user may do them to its other files.
# They seem to succeed and do nothing, since copying a file ends with them.
_WITHOUT_EFFECT = (
    "chmod", "fchmod", "fchmodat", "chown", "fchown", "lchown", "fchownat", "utime", "utimes",
    "utimensat", "futimesat", "setxattr", "lsetxattr", "fsetxattr", "removexattr", "lremovexattr",
    "fremovexattr",
)  # fmt: skip
_FCHMODAT2 = 452
# Calls about a process, and which argument names it: only 0, the caller, is allowed.
_ABOUT_A_PROCESS = {
    "prlimit64": 0, "sched_setaffinity": 0, "sched_setparam": 0,
    "sched_setattr": 0, "setpriority": 1, "ioprio_set": 1, "migrate_pages": 0, "move_pages": 0,
}  # fmt: skip
_INT = 0xFFFFFFFF  # the kernel reads the lower half of an argument that is an int
_PRIO_USER, _IOPRIO_WHO_USER, _PR_SET_DUMPABLE = 2, 3, 4
_CLONE_NEW = 0x7E020000  # every CLONE_NEW* flag of clone(2)
_TRUNCATION_WATCHED = 3  # Landlock's first version that does, of Linux 6.2
_AF_UNIX, _SOCK_DGRAM, _SOCK_RAW, _SOCK_TYPES = 1, 2, 3, 0xF


@dataclass(frozen=True)
class Layers:
    """Which layers this machine has: Landlock's version (0 for none), seccomp and users.

    `reasons` says for each layer that is missing why.
    """

    landlock: int
    seccomp: bool
    user: bool
    reasons: Mapping[Layer, str]

    @property
    def reason(self) -> str:
        """Why student code is not confined, where it is not; a user of its own is a layer more."""
        missing = (layer for layer in (Layer.LANDLOCK, Layer.SECCOMP) if layer in self.reasons)
        return "; ".join(f"{layer}: {self.reasons[layer]}" for layer in missing)

    @property
    def files_are_closed(self) -> bool:
        """Whether student code can be kept from the files of others."""
        return self.landlock > 0


@cache
def available() -> Layers:
    """The layers of this machine."""
    reasons: dict[Layer, str] = {}
    try:
        import sandlock

        landlock = max(0, int(sandlock.landlock_abi_version()))
    except Exception as error:  # the library is for Linux only and may fail to load anywhere
        landlock = 0
        reasons[Layer.LANDLOCK] = str(error)
    if not landlock:
        reasons.setdefault(Layer.LANDLOCK, "the system's kernel has no Landlock")
    try:
        import pyseccomp  # noqa: F401

        seccomp = True
    except Exception as error:  # raises RuntimeError where the system has no libseccomp
        seccomp = False
        reasons[Layer.SECCOMP] = str(error)
    if without := why_no_user():
        reasons[Layer.USER] = without
    return Layers(landlock, seccomp, not without, reasons)


def best_layers() -> tuple[Layer, ...]:
    """Every layer that this machine has."""
    here = available()
    wanted = {
        Layer.LANDLOCK: here.files_are_closed,
        Layer.SECCOMP: here.seccomp,
        Layer.USER: here.user,
    }
    return tuple(layer for layer, there in wanted.items() if there)


def close_files(writable: list[str], *, gpu: bool) -> None:
    """Confine this process and its threads-to-be to what Python needs and to `writable` folders.

    Call it while the process has one thread: Landlock binds the calling thread and its children.
    Raises OSError or sandlock's error when it cannot.
    """
    from sandlock import Protection, Sandbox, confine

    own = (f"/proc/{os.getpid()}",)
    devices = [str(d) for d in Path("/dev").glob("nvidia*")] if gpu else []
    readable = [*readable_paths(), *own, *(_GPU if gpu else ())]
    confine(
        Sandbox(
            fs_readable=[path for path in readable if os.path.exists(path)],
            fs_writable=[p for p in (*writable, *_WRITABLE_DEVICES, *devices) if os.path.exists(p)],
            allow_degraded=list(Protection),
        )
    )


@cache
def readable_paths() -> tuple[str, ...]:
    """Python, its packages and the system's libraries, links resolved."""
    package = Path(__file__).parents[1]
    python = {
        sys.prefix, sys.base_prefix, sys.exec_prefix, *site.getsitepackages(),
        *(path for name, path in sysconfig.get_paths().items() if name != "data"), str(package),
    }  # fmt: skip
    return tuple(sorted({os.path.realpath(p) for p in python} | python | set(_SYSTEM)))


def refuse_system_calls() -> None:
    """Refuse the network and the calls listed above, in every thread of this process.

    ZeroMQ aborts when it cannot make the sockets that it asks for while a kernel starts, so this
    comes after that and before the first cell. Raises OSError when the filter cannot be loaded.
    """
    import pyseccomp as seccomp

    denied, unknown = seccomp.ERRNO(errno.EPERM), seccomp.ERRNO(errno.ENOSYS)
    filters = seccomp.SyscallFilter(seccomp.ALLOW)
    filters.set_attr(seccomp.Attr.CTL_TSYNC, 1)
    for call in (*_REFUSED, *_REFUSED_BY_NUMBER.values()):
        with contextlib.suppress(Exception):  # a call that this architecture does not have
            filters.add_rule(denied, call)
    for call in (*_WITHOUT_EFFECT, _FCHMODAT2):
        with contextlib.suppress(Exception):
            filters.add_rule(seccomp.ERRNO(0), call)
    _refuse_the_network(filters)
    _refuse_other_processes(filters)
    for bit in (1 << n for n in range(32)):
        if bit & _CLONE_NEW:
            filters.add_rule(denied, "clone", seccomp.Arg(0, seccomp.MASKED_EQ, bit, bit))
    # clone3 keeps its flags in memory, where a filter cannot look; ENOSYS makes libc use clone.
    filters.add_rule(unknown, "clone3")
    # Memory in a file that no folder and no process shows would count for nobody.
    filters.add_rule(unknown, "memfd_create")
    if available().landlock < _TRUNCATION_WATCHED:
        _refuse_truncation(filters)
    filters.load()


def _refuse_truncation(filters: Any) -> None:
    """Files can be emptied only by opening them to write, which Landlock has always watched.

    Else any file that the grader's user may write could be emptied.
    """
    import pyseccomp as seccomp

    denied = seccomp.ERRNO(errno.EPERM)
    filters.add_rule(denied, "truncate")
    filters.add_rule(seccomp.ERRNO(errno.ENOSYS), "openat2")  # keeps its flags in memory
    modes = os.O_RDONLY | os.O_WRONLY | os.O_RDWR
    for call, flags in (("open", 1), ("openat", 2)):
        for mode in (os.O_RDONLY, modes):  # the last opens a file to neither read nor write it
            emptied = seccomp.Arg(flags, seccomp.MASKED_EQ, os.O_TRUNC | modes, os.O_TRUNC | mode)
            with contextlib.suppress(Exception):  # some architectures have no `open`
                filters.add_rule(denied, call, emptied)


def _refuse_the_network(filters: Any) -> None:
    """Leave Unix sockets that are pairs or wait for a connection; the kernel's own are such."""
    import pyseccomp as seccomp

    denied = seccomp.ERRNO(errno.EPERM)
    # Landlock lets a process speak to any Unix socket that has a path, such as a container
    # daemon's: so none can be connected to, and none that needs no connection can be made.
    filters.add_rule(denied, "connect")
    for call in ("socket", "socketpair"):
        filters.add_rule(denied, call, seccomp.Arg(0, seccomp.NE, _AF_UNIX))
        for kind in (_SOCK_DGRAM, _SOCK_RAW):  # for a Unix socket the same
            filters.add_rule(denied, call, seccomp.Arg(1, seccomp.MASKED_EQ, _SOCK_TYPES, kind))


def _refuse_other_processes(filters: Any) -> None:
    """Limits, priorities and processors can be changed of this process only.

    The grader's own user may change them for all its processes, and a limit on processor time
    would kill the grader.
    """
    import pyseccomp as seccomp

    denied = seccomp.ERRNO(errno.EPERM)
    for call, argument in _ABOUT_A_PROCESS.items():
        with contextlib.suppress(Exception):
            filters.add_rule(denied, call, seccomp.Arg(argument, seccomp.NE, 0))
    # ZeroMQ asks for the ordinary policy by the number of its thread, and aborts if refused.
    other, policy = seccomp.Arg(0, seccomp.NE, 0), seccomp.Arg(1, seccomp.NE, os.SCHED_OTHER)
    filters.add_rule(denied, "sched_setscheduler", other, policy)
    for call, first in (
        ("setpriority", _PRIO_USER),
        ("ioprio_set", _IOPRIO_WHO_USER),
        ("prctl", _PR_SET_DUMPABLE),  # would hide the process's open files
    ):
        filters.add_rule(denied, call, seccomp.Arg(0, seccomp.MASKED_EQ, _INT, first))


def limit_resources(disk_bytes: int, open_files: int) -> None:
    """Cap single files and open files, and write no core dumps."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (disk_bytes, disk_bytes))
    resource.setrlimit(resource.RLIMIT_NOFILE, (open_files, open_files))
