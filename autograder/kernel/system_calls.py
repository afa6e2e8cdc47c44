"""A seccomp filter (seccomp(2)): which system calls a process may make."""

import contextlib
import errno
import os
from typing import Any

from autograder.kernel.isolation import available

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
