"""Puts the lists of `system_calls` into a seccomp filter (seccomp(2)), for good and inherited.

There are two filters, and a call has to pass both: one knows which calls there are, the other which
of their arguments are refused. A filter sees numbers only, no paths and nothing else in memory.
"""

import contextlib
import errno
import os
from functools import cache
from typing import Any

from autograder.kernel.isolation import available
from autograder.kernel.system_calls import (
    ABOUT_A_PROCESS,
    REFUSED,
    WITHOUT_EFFECT,
    WITHOUT_SUPPORT,
    Calls,
)

_INT = 0xFFFFFFFF  # the kernel reads the lower half of an argument that is an int
_PRIO_USER = 2
# The flags of clone(2) for new namespaces, and for a sibling instead of a child.
_CLONE_REFUSED = 0x7E020000 | 0x8000
_TRUNCATION_WATCHED = 3  # Landlock's first version that does, of Linux 6.2
_AF_UNIX, _SOCK_DGRAM, _SOCK_RAW, _SOCK_TYPES = 1, 2, 3, 0xF
_TIOCSTI, _TIOCLINUX, _FIOSETOWN, _SIOCSPGRP = 0x5412, 0x541C, 0x8901, 0x8902
_BINARY_TREE = 2  # for CTL_OPTIMIZE of libseccomp


def restrict_calls(calls: Calls) -> None:
    """Leave these calls to every thread of this process and to its children.

    ZeroMQ aborts when it cannot make the sockets that it asks for while a kernel starts, so this
    comes after that and before the first cell. Raises OSError when a filter cannot be loaded.
    """
    _filter_of_arguments(truncation_watched=available().landlock >= _TRUNCATION_WATCHED).load()
    _filter_of(calls).load()


def leave_fewer_calls(calls: Calls) -> None:
    """Leave only these of the calls that `restrict_calls` has left. Raises OSError as that does."""
    _filter_of(calls).load()


def prepare_calls(calls: Calls) -> None:
    """Make the filters now, for all processes that are forked from this one."""
    _filter_of_arguments(truncation_watched=available().landlock >= _TRUNCATION_WATCHED)
    _filter_of(calls)


@cache
def _filter_of(calls: Calls) -> Any:
    import pyseccomp as seccomp

    made = _empty(seccomp.ERRNO(errno.ENOSYS))
    allow_calls(made, calls)
    return made


@cache
def _filter_of_arguments(*, truncation_watched: bool) -> Any:
    import pyseccomp as seccomp

    made = _empty(seccomp.ALLOW)
    refuse_arguments(made)
    if not truncation_watched:
        _refuse_truncation(made)
    return made


def _empty(otherwise: int) -> Any:
    """A filter without rules, for all threads; calls of other architectures fail, too."""
    import pyseccomp as seccomp

    made = seccomp.SyscallFilter(otherwise)
    made.set_attr(seccomp.Attr.CTL_TSYNC, 1)
    made.set_attr(seccomp.Attr.ACT_BADARCH, seccomp.ERRNO(errno.ENOSYS))
    with contextlib.suppress(OSError):  # libseccomp before 2.5 compares one call after the other
        made.set_attr(seccomp.Attr.CTL_OPTIMIZE, _BINARY_TREE)
    return made


def allow_calls(which: Any, calls: Calls) -> None:
    """Fill a filter whose answer is ENOSYS with what `calls` allows, and with other answers."""
    import pyseccomp as seccomp

    answers = [(seccomp.ALLOW, group) for group in calls.allowed]
    answers += [(seccomp.ERRNO(errno.EPERM), group) for group in REFUSED]
    answers.append((seccomp.ERRNO(errno.EOPNOTSUPP), WITHOUT_SUPPORT))
    answers.append((seccomp.ERRNO(0), WITHOUT_EFFECT))
    for answer, group in answers:
        for call in group.calls:
            with contextlib.suppress(OSError):  # a call that this architecture does not have
                which.add_rule(answer, call)
    for choice in calls.choices:
        for value in choice.values:
            same = seccomp.Arg(choice.argument, seccomp.MASKED_EQ, _INT, value)
            which.add_rule(seccomp.ALLOW, choice.call, same)


def refuse_arguments(arguments: Any) -> None:
    """Fill a filter that allows everything with what allowed calls may not do."""
    import pyseccomp as seccomp

    denied = seccomp.ERRNO(errno.EPERM)
    _refuse_the_network(arguments)
    _refuse_other_processes(arguments)
    for bit in (1 << n for n in range(32)):
        if bit & _CLONE_REFUSED:
            arguments.add_rule(denied, "clone", seccomp.Arg(0, seccomp.MASKED_EQ, bit, bit))
    for request in (_TIOCSTI, _TIOCLINUX, _FIOSETOWN, _SIOCSPGRP):
        arguments.add_rule(denied, "ioctl", seccomp.Arg(1, seccomp.MASKED_EQ, _INT, request))


def _refuse_truncation(arguments: Any) -> None:
    """Files can be emptied only by opening them to write, which Landlock has always watched.

    Else any file that the grader's user may write could be emptied.
    """
    import pyseccomp as seccomp

    denied = seccomp.ERRNO(errno.EPERM)
    arguments.add_rule(denied, "truncate")
    modes = os.O_RDONLY | os.O_WRONLY | os.O_RDWR
    for call, flags in (("open", 1), ("openat", 2)):
        for mode in (os.O_RDONLY, modes):  # the last opens a file to neither read nor write it
            emptied = seccomp.Arg(flags, seccomp.MASKED_EQ, os.O_TRUNC | modes, os.O_TRUNC | mode)
            with contextlib.suppress(OSError):  # some architectures have no `open`
                arguments.add_rule(denied, call, emptied)


def _refuse_the_network(arguments: Any) -> None:
    """Leave Unix sockets that are pairs or wait for a connection; the kernel's own are such.

    Landlock lets a process speak to any Unix socket that has a path, such as a container daemon's:
    so none can be connected to, and none that needs no connection can be made.
    """
    import pyseccomp as seccomp

    denied = seccomp.ERRNO(errno.EPERM)
    for call in ("socket", "socketpair"):
        arguments.add_rule(denied, call, seccomp.Arg(0, seccomp.NE, _AF_UNIX))
        for kind in (_SOCK_DGRAM, _SOCK_RAW):  # for a Unix socket the same
            arguments.add_rule(denied, call, seccomp.Arg(1, seccomp.MASKED_EQ, _SOCK_TYPES, kind))


def _refuse_other_processes(arguments: Any) -> None:
    """Limits, priorities and processors can be changed of this process only.

    The grader's own user may change them for all its processes, and a limit on processor time
    would kill the grader.
    """
    import pyseccomp as seccomp

    denied = seccomp.ERRNO(errno.EPERM)
    for call, argument in ABOUT_A_PROCESS.items():
        arguments.add_rule(denied, call, seccomp.Arg(argument, seccomp.NE, 0))
    user = seccomp.Arg(0, seccomp.MASKED_EQ, _INT, _PRIO_USER)
    arguments.add_rule(denied, "setpriority", user)
    # ZeroMQ asks for the ordinary policy by the number of its thread, and aborts if refused.
    other, policy = seccomp.Arg(0, seccomp.NE, 0), seccomp.Arg(1, seccomp.NE, os.SCHED_OTHER)
    arguments.add_rule(denied, "sched_setscheduler", other, policy)
