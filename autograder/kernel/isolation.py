"""The layers between student code and everything else, put on in the kernel's own process.

Landlock (landlock(7)) closes the file system but for the workspace and what Python needs, and
keeps signals and abstract sockets inside. A seccomp filter (seccomp(2)) refuses the network and
the system calls that reach into other processes or the system. Both are for good, and inherited.
"""

import contextlib
import errno
import os
import resource
import site
import sys
import sysconfig
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from autograder.model import Layer

_SYSTEM = (
    "/usr", "/lib", "/lib64", "/bin", "/sbin", "/opt",
    "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/localtime", "/etc/fonts",
    "/etc/passwd", "/etc/group", "/etc/nsswitch.conf", "/etc/mime.types", "/etc/alternatives",
    "/dev/random", "/dev/urandom", "/dev/zero",
    "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/filesystems",
    "/sys/devices/system/cpu", "/sys/devices/system/node",
)  # fmt: skip
# A shell command in a notebook (`!ls`) runs on a terminal of its own.
_WRITABLE_DEVICES = ("/dev/null", "/dev/full", "/dev/ptmx", "/dev/pts", "/dev/tty")
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
    "mknod", "mknodat", "msgget", "semget", "shmget", "mq_open",
)  # fmt: skip
_CLONE_NEW = 0x7E020000  # every CLONE_NEW* flag of clone(2)
_AF_UNIX, _SOCK_DGRAM, _SOCK_TYPES = 1, 2, 0xF


@dataclass(frozen=True)
class Layers:
    """Which layers this machine has: Landlock's version (0 for none) and seccomp."""

    landlock: int
    seccomp: bool
    reason: str = ""

    @property
    def files_are_closed(self) -> bool:
        """Whether student code can be kept from the files of others."""
        return self.landlock > 0


@cache
def available() -> Layers:
    """The layers of this machine."""
    reasons = []
    try:
        import sandlock

        landlock = max(0, int(sandlock.landlock_abi_version()))
    except Exception as error:  # the library is for Linux only and may fail to load anywhere
        landlock = 0
        reasons.append(f"Landlock: {error}")
    try:
        import pyseccomp  # noqa: F401

        seccomp = True
    except Exception as error:  # raises RuntimeError where the system has no libseccomp
        seccomp = False
        reasons.append(f"seccomp: {error}")
    return Layers(landlock, seccomp, "; ".join(reasons))


def best_layers() -> tuple[Layer, ...]:
    """Every layer that this machine has."""
    here = available()
    wanted = {Layer.LANDLOCK: here.files_are_closed, Layer.SECCOMP: here.seccomp}
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
    """Refuse the network and the calls in `_REFUSED`, in every thread of this process.

    ZeroMQ aborts when it cannot make the sockets that it asks for while a kernel starts, so this
    comes after that and before the first cell. Raises OSError when the filter cannot be loaded.
    """
    import pyseccomp as seccomp

    denied = seccomp.ERRNO(errno.EPERM)
    filters = seccomp.SyscallFilter(seccomp.ALLOW)
    filters.set_attr(seccomp.Attr.CTL_TSYNC, 1)
    for name in _REFUSED:
        with contextlib.suppress(Exception):  # a call that this architecture does not have
            filters.add_rule(denied, name)
    for name in ("socket", "socketpair"):
        filters.add_rule(denied, name, seccomp.Arg(0, seccomp.NE, _AF_UNIX))
    # Landlock lets a process speak to any Unix socket that has a path, such as a container
    # daemon's: so none can be connected to, and none that needs no connection can be made.
    filters.add_rule(denied, "connect")
    filters.add_rule(denied, "socket", seccomp.Arg(1, seccomp.MASKED_EQ, _SOCK_TYPES, _SOCK_DGRAM))
    for bit in (1 << n for n in range(32)):
        if bit & _CLONE_NEW:
            filters.add_rule(denied, "clone", seccomp.Arg(0, seccomp.MASKED_EQ, bit, bit))
    # clone3 keeps its flags in memory, where a filter cannot look; ENOSYS makes libc use clone.
    filters.add_rule(seccomp.ERRNO(errno.ENOSYS), "clone3")
    filters.load()


def limit_resources(disk_bytes: int, open_files: int) -> None:
    """Cap single files and open files, and write no core dumps."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (disk_bytes, disk_bytes))
    resource.setrlimit(resource.RLIMIT_NOFILE, (open_files, open_files))
