"""The three system calls of Landlock (landlock(7)), as its userspace API documents them.

C libraries have no functions for them. Every version since Linux 5.13 works, each with what it has:
https://docs.kernel.org/userspace-api/landlock.html
"""

import ctypes
import os
import platform
import stat
import struct
from collections.abc import Iterable
from enum import IntFlag
from functools import cache

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # on every architecture
_ASK_FOR_VERSION = 1
_PATH_BENEATH = 1
_PR_SET_NO_NEW_PRIVS = 38


class Access(IntFlag):
    """What may be done with files below a place."""

    EXECUTE = 1 << 0
    WRITE_FILE = 1 << 1
    READ_FILE = 1 << 2
    READ_DIR = 1 << 3
    REMOVE_DIR = 1 << 4
    REMOVE_FILE = 1 << 5
    MAKE_CHAR = 1 << 6
    MAKE_DIR = 1 << 7
    MAKE_REG = 1 << 8
    MAKE_SOCK = 1 << 9
    MAKE_FIFO = 1 << 10
    MAKE_BLOCK = 1 << 11
    MAKE_SYM = 1 << 12
    REFER = 1 << 13
    TRUNCATE = 1 << 14
    IOCTL_DEV = 1 << 15


_READING = Access.EXECUTE | Access.READ_FILE | Access.READ_DIR
_WRITING = Access.WRITE_FILE | Access.TRUNCATE
# What a rule for a single file may name.
_OF_A_FILE = (
    Access.EXECUTE | Access.WRITE_FILE | Access.READ_FILE | Access.TRUNCATE | Access.IOCTL_DEV
)
_SINCE = {Access.REFER: 2, Access.TRUNCATE: 3, Access.IOCTL_DEV: 5}
# Abstract Unix sockets and signals of processes outside.
_SCOPED, _SCOPED_SINCE = 0b11, 6


@cache
def version() -> int:
    """Landlock's version in the running kernel; 0 where it has none or where it is switched off."""
    if platform.system() != "Linux":
        return 0
    try:
        return _call(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_ASK_FOR_VERSION))
    except OSError:
        return 0


def confine(readable: Iterable[str], writable: Iterable[str], written: Iterable[str] = ()) -> None:
    """Leave this thread, and what it starts, these places: to read and run, or to write, too.

    What is only `written` can be opened to write, and not to read. A place is a folder, with all
    that is in it, or a file. Raises OSError for one that is not there, and where the kernel has no
    Landlock.
    """
    known = _known_to(version())
    handled = struct.pack("=QQQ", known, 0, _SCOPED if version() >= _SCOPED_SINCE else 0)
    size = 24 if version() >= _SCOPED_SINCE else 8  # each version takes the fields that it knows
    ruleset = _call(
        _CREATE_RULESET, ctypes.c_char_p(handled), ctypes.c_size_t(size), ctypes.c_uint32(0)
    )
    try:
        for place in readable:
            _allow(ruleset, place, _READING)
        for place in writable:
            _allow(ruleset, place, known)
        for place in written:
            _allow(ruleset, place, known & _WRITING)
        # Whoever may not gain rights may give some up; the last call refuses everybody else.
        _libc().prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        _call(_RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint32(0))
    finally:
        os.close(ruleset)


def _known_to(of: int) -> Access:
    known = Access(0)
    for access in Access:
        if of >= _SINCE.get(access, 1):
            known |= access
    return known


def _allow(ruleset: int, place: str, access: Access) -> None:
    handle = os.open(place, os.O_PATH | os.O_CLOEXEC)
    try:
        if not stat.S_ISDIR(os.fstat(handle).st_mode):
            access &= _OF_A_FILE
        rule = ctypes.c_char_p(struct.pack("=Qi", access, handle))
        _call(
            _ADD_RULE, ctypes.c_int(ruleset), ctypes.c_int(_PATH_BENEATH), rule, ctypes.c_uint32(0)
        )
    finally:
        os.close(handle)


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _call(number: int, *arguments: object) -> int:
    """What a system call returns; raises OSError."""
    result = int(_libc().syscall(ctypes.c_long(number), *arguments))
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result
