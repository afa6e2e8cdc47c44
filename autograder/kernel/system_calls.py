"""Which system calls a confined process may make, and why (syscalls(2)).

What stands in no group is answered by ENOSYS, as a system without that call would answer. So calls
that are yet to be invented are closed, and libraries do without what is optional: clone3 (whose
flags no filter can see), io_uring, AIO, openat2, NUMA, memfd_create (memory that counts for
nobody). A name that an architecture does not have counts for nothing there.

Measured over the test cases, usual libraries and a shell; where one call of a family is used, its
likes are here, too. Docker's default profile allows every call that is allowed here.
"""

import fcntl
import termios
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class CallGroup:
    """Calls that have the same answer for the same reason."""

    reason: str
    calls: tuple[str, ...]


@dataclass(frozen=True)
class CallChoice:
    """A call that is allowed for some values of one argument, counted from 0, and why for these."""

    reason: str
    call: str
    argument: int
    values: tuple[int, ...]


@dataclass(frozen=True)
class Calls:
    """All that a kind of process may call."""

    allowed: tuple[CallGroup, ...]
    choices: tuple[CallChoice, ...]


def _group(reason: str, *names: str) -> CallGroup:
    return CallGroup(reason, tuple(name for line in names for name in line.split()))


_COMPUTING = (
    _group(
        "memory of the process itself",
        "brk mmap mprotect munmap mremap madvise mincore msync mlock mlock2 munlock membarrier",
    ),
    _group(
        "threads that wait for each other, and what libc sets up for each",
        "futex set_robust_list set_tid_address rseq arch_prctl sched_yield",
    ),
    _group(
        "time",
        "clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday time times",
    ),
    _group(
        "what the process and the machine are",
        "getpid gettid getppid getuid geteuid getgid getegid getresuid getresgid getgroups",
        "getpgid getpgrp getsid getrusage getrlimit prlimit64 uname sysinfo getcpu getrandom",
        "sched_getaffinity",
    ),
    _group(
        "its own signals",
        "rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack restart_syscall",
    ),
    _group("its end, by abort(3) too", "exit exit_group tgkill"),
    _group(
        "open files, and those that Landlock lets it open",
        "read write readv writev pread64 pwrite64 lseek close open openat stat fstat lstat",
        "newfstatat statx access faccessat faccessat2 readlink readlinkat getcwd",
    ),
)

_NOTEBOOKS = (
    _group(
        "files: Landlock decides about paths",
        "creat preadv pwritev preadv2 pwritev2 close_range statfs fstatfs chdir fchdir getdents",
        "getdents64 mkdir mkdirat rmdir unlink unlinkat rename renameat renameat2 link linkat",
        "symlink symlinkat truncate ftruncate fallocate fsync fdatasync fadvise64 readahead flock",
        "dup dup2 dup3 pipe pipe2 sendfile copy_file_range splice umask",
    ),
    _group(
        "waiting for files, sockets and timers",
        "poll ppoll select pselect6 epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait",
        "eventfd eventfd2 timerfd_create timerfd_settime timerfd_gettime",
        "timer_create timer_settime timer_gettime timer_getoverrun timer_delete",
        "setitimer getitimer alarm pause",
    ),
    _group(
        "sockets that the kernel has open, and pairs",
        "socket socketpair bind listen accept accept4 getsockname getpeername getsockopt",
        "setsockopt sendto recvfrom sendmsg recvmsg shutdown",
    ),
    _group(
        "threads and programs; the fork server watches the tree",
        "clone fork vfork execve wait4 waitid setpgid setsid setrlimit pidfd_open",
    ),
    _group(
        "closing more files to itself: a call of a test writes to its own folder alone",
        "landlock_create_ruleset landlock_add_rule landlock_restrict_self",
    ),
    _group(
        "signals: who may send which to whom is Landlock's and the user's to decide",
        "kill tkill pidfd_send_signal rt_sigpending rt_sigtimedwait rt_sigsuspend",
    ),
    _group(
        "priorities and processors, of the process itself where they are set",
        "getpriority setpriority sched_getparam sched_getscheduler sched_setscheduler",
        "sched_get_priority_max sched_get_priority_min sched_rr_get_interval sched_setaffinity",
        "ioprio_get capget",
    ),
)

# Numbers of prctl(2), ioctl_tty(2) and fcntl(2) that Python does not name, alike on all machines.
_PR_SET_PDEATHSIG, _PR_GET_PDEATHSIG, _PR_GET_DUMPABLE, _PR_SET_NAME, _PR_GET_NAME = 1, 2, 3, 15, 16
_PR_GET_SECCOMP, _PR_CAPBSET_READ, _PR_SET_NO_NEW_PRIVS, _PR_GET_NO_NEW_PRIVS = 21, 23, 38, 39
_TCGETS2 = 0x802C542A
_F_GETPIPE_SZ = 1032

_NAMES = CallChoice(
    "names of threads, and what one may know of oneself; not the names of mappings, the process's "
    "place in the tree, or whether others may look at it",
    "prctl", 0,
    (_PR_SET_PDEATHSIG, _PR_GET_PDEATHSIG, _PR_GET_DUMPABLE, _PR_SET_NAME, _PR_GET_NAME,
     _PR_GET_SECCOMP, _PR_CAPBSET_READ, _PR_SET_NO_NEW_PRIVS, _PR_GET_NO_NEW_PRIVS),
)  # fmt: skip
_DESCRIPTORS = CallChoice(
    "descriptors and locks; not leases, which hold up whoever opens the file, signals to an owner, "
    "who may be another process, or larger pipes, whose memory counts for nobody",
    "fcntl", 1,
    (fcntl.F_DUPFD, fcntl.F_DUPFD_CLOEXEC, fcntl.F_GETFD, fcntl.F_SETFD, fcntl.F_GETFL,
     fcntl.F_SETFL, fcntl.F_GETLK, fcntl.F_SETLK, fcntl.F_SETLKW, fcntl.F_OFD_GETLK,
     fcntl.F_OFD_SETLK, fcntl.F_OFD_SETLKW, fcntl.F_GETOWN, _F_GETPIPE_SZ),
)  # fmt: skip
_IS_IT_A_TERMINAL = CallChoice(
    "whether a file is a terminal, how much there is to read, and the flags of a descriptor; not "
    "input to a terminal, owners of sockets, flags of files, or devices",
    "ioctl", 1,
    (termios.TCGETS, _TCGETS2, termios.TIOCGWINSZ, termios.TIOCGPGRP, termios.FIONREAD,
     termios.FIONBIO, termios.FIOCLEX, termios.FIONCLEX),
)  # fmt: skip

NOTEBOOK = Calls(
    allowed=(*_COMPUTING, *_NOTEBOOKS), choices=(_NAMES, _DESCRIPTORS, _IS_IT_A_TERMINAL)
)
NOTEBOOK_WITH_GPU = Calls(
    allowed=(
        *NOTEBOOK.allowed,
        _group("drivers of devices, which have calls of their own in it", "ioctl"),
    ),
    choices=(_NAMES, _DESCRIPTORS),
)

# ONNX Runtime computes in one thread, on a file that it is given as bytes.
_MESSAGES = _group("messages over the socket that it has", "recvfrom recvmsg sendto sendmsg")
_IMPORTS = _group("modules that Python imports when they are first needed", "getdents64")
_ITS_NAME = CallChoice("its name", "prctl", 0, (_PR_SET_NAME, _PR_GET_NAME))
_BLOCKING = CallChoice("whether it waits, and whether it is a terminal", "ioctl", 1,
                   (termios.FIONBIO, termios.TCGETS, _TCGETS2, termios.FIOCLEX))  # fmt: skip
EVALUATION = Calls(allowed=(*_COMPUTING, _MESSAGES, _IMPORTS), choices=(_ITS_NAME, _BLOCKING))
EVALUATION_SERVER = Calls(
    allowed=(
        *EVALUATION.allowed,
        _group("forks of itself", "clone wait4 pidfd_open getsockname getsockopt"),
        _group("a fork gives up more, and ends with the server", "seccomp prctl"),
    ),
    choices=(_BLOCKING,),
)

# A number that means "done": Landlock does not watch over these, and the grader's own user may do
# them to its other files. They seem to succeed and do nothing, since copying a file ends with them.
WITHOUT_EFFECT = _group(
    "rights, owners and times of files",
    "chmod fchmod fchmodat chown fchown lchown fchownat utime utimes utimensat futimesat",
)
# EOPNOTSUPP, as a file system without extended attributes says, which every program knows.
WITHOUT_SUPPORT = _group(
    "extended attributes: of no file outside the workspace, and Landlock does not watch over them",
    "getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr setxattr lsetxattr fsetxattr",
    "removexattr lremovexattr fremovexattr",
)
# EPERM: programs know these calls and read this as "not you", where ENOSYS would surprise them.
REFUSED = (
    _group(
        "becoming somebody else",
        "setuid setgid setreuid setregid setresuid setresgid setfsuid setfsgid setgroups capset",
    ),
    _group(
        "other processes: their memory, system resources, priorities and places",
        "ptrace process_vm_readv process_vm_writev sched_setparam sched_setattr ioprio_set",
        "rt_sigqueueinfo rt_tgsigqueueinfo migrate_pages move_pages",
    ),
    _group(
        "the machine: what is mounted, its clock, name, log and modules",
        "mount umount2 pivot_root chroot setns unshare settimeofday clock_settime adjtimex",
        "clock_adjtime sethostname setdomainname syslog reboot swapon swapoff acct vhangup",
        "quotactl init_module finit_module delete_module kexec_load ioperm iopl sync syncfs",
    ),
    _group("the network, and sockets of others that have a path", "connect"),
    _group("special files", "mknod mknodat"),
    _group(
        "watching what others do to files",
        "inotify_init inotify_init1 fanotify_init name_to_handle_at open_by_handle_at",
    ),
    _group("another kind of process, with other rules for its memory", "personality modify_ldt"),
)
# Calls about a process, and which argument names it: only 0, the caller, is allowed.
ABOUT_A_PROCESS = MappingProxyType({"prlimit64": 0, "sched_setaffinity": 0, "setpriority": 1})
