"""Files of a results folder: marks of people, so for nobody else to read, replace or redirect.

Whatever the umask, folders are made with rights 0700 and files with 0600. Nothing is written
through a link: folders are opened one below the other, files appear under new names and take the
place of what was there. A folder that others may write is refused, since they could exchange any
file in it.
"""

import fcntl
import os
import re
import secrets
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from autograder.errors import LedgerError, UsageError

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_HALF_WRITTEN = re.compile(r"\..+\.[0-9a-f]{16}\.new", re.DOTALL)


def make_folder(folder: Path) -> None:
    """Make the folder, or make one private that holds results; raises UsageError."""
    try:
        for place in (*reversed(folder.parents), folder):
            if not place.exists():
                place.mkdir(mode=0o700)
        check_folder(folder)
        if not any(folder.iterdir()) or (folder / "ledger.sqlite").is_file():
            folder.chmod(0o700)
    except OSError as error:
        raise UsageError(f"{folder}: cannot be used for results: {error.strerror}") from error


def check_folder(folder: Path) -> None:
    """Raises UsageError for a folder that others may write, and OSError where there is none."""
    found = folder.stat()
    if found.st_uid != os.geteuid():
        raise UsageError(f"{folder}: belongs to another user; name a folder of your own")
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise UsageError(f"{folder}: others may write there; run `chmod 700 {folder}` first")


def write(folder: Path, name: str, content: bytes) -> None:
    """Put a file into the folder or below, whole or not at all; raises UsageError.

    `name` has a slash between folders, which are made where they are missing. A private file that
    holds just that already stays as it is.
    """
    *parents, last = PurePosixPath(name).parts
    fresh = f".{last[:100]}.{secrets.token_hex(8)}.new"
    try:
        with _opened(folder, parents, make=True) as place:
            if _holds(place, last, content):
                return
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            with os.fdopen(os.open(fresh, flags, 0o600, dir_fd=place), "wb") as file:
                try:
                    os.fchmod(file.fileno(), 0o600)
                    file.write(content)
                    file.flush()
                    os.replace(fresh, last, src_dir_fd=place, dst_dir_fd=place)
                except BaseException:
                    with suppress(OSError):
                        os.unlink(fresh, dir_fd=place)
                    raise
    except OSError as error:
        raise UsageError(f"{folder / name}: cannot be written: {error.strerror}") from error


def stamp(folder: Path, name: str) -> list[int] | None:
    """What tells a private file from whatever takes its place or changes it; None without one.

    Whoever writes to a file or replaces it can set its time of modification, but not that of its
    last change (`ctime`, inode(7)).
    """
    *parents, last = PurePosixPath(name).parts
    try:
        with _opened(folder, parents, make=False) as place:
            facts = os.stat(last, dir_fd=place, follow_symlinks=False)
    except OSError:
        return None
    if not _is_private(facts):
        return None
    return [facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns]


def _is_private(facts: os.stat_result) -> bool:
    """Whether it is a file, this user's and nobody else's, with one name."""
    is_file = facts.st_mode == stat.S_IFREG | 0o600 and facts.st_nlink == 1
    return is_file and facts.st_uid == os.geteuid()


def _holds(place: int, name: str, content: bytes) -> bool:
    """Whether a private file of that name holds just that."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        handle = os.open(name, flags, dir_fd=place)
    except OSError:
        return False
    with open(handle, "rb") as file:  # noqa: PTH123 - a descriptor
        facts = os.fstat(handle)
        is_alike = _is_private(facts) and facts.st_size == len(content)
        return is_alike and file.read() == content


def remove_others(folder: Path, below: str, pattern: str, written: Iterable[str]) -> None:
    """Remove files of that pattern in a folder below, but for the names that were written.

    What an earlier batch has left would be sent on by whoever sends files on; and what a kill has
    left half written would stay for ever.
    """
    kept = set(written)
    with suppress(OSError), _opened(folder, PurePosixPath(below).parts, make=False) as place:
        for name in os.listdir(place):  # noqa: PTH208 - of a descriptor, not a path
            if (fnmatch(name, pattern) and name not in kept) or _HALF_WRITTEN.fullmatch(name):
                with suppress(OSError):
                    os.unlink(name, dir_fd=place)


@contextmanager
def _opened(folder: Path, parents: Iterable[str], *, make: bool) -> Iterator[int]:
    """A descriptor of a folder below, reached through no link; raises OSError."""
    place = os.open(folder, _FOLDER)
    try:
        for part in parents:
            if make:
                with suppress(FileExistsError):
                    os.mkdir(part, 0o700, dir_fd=place)
            below = os.open(part, _FOLDER | os.O_NOFOLLOW, dir_fd=place)
            os.close(place)
            place = below
        if make and parents:
            os.fchmod(place, 0o700)
        yield place
    finally:
        os.close(place)


def own_database(file: Path) -> None:
    """Make a file for SQLite, which would follow a link and gives its side files the same rights.

    Raises OSError.
    """
    os.close(own_file(file))
    for side in ("-wal", "-shm", "-journal"):
        beside = file.with_name(file.name + side)
        if beside.is_symlink() or beside.exists():
            os.close(own_file(beside))


def own_file(file: Path) -> int:
    """A descriptor of a file that is there or made, private and no link; raises OSError."""
    handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(None, "it is no regular file")
        os.fchmod(handle, 0o600)
    except BaseException:
        os.close(handle)
        raise
    return handle


def locked(folder: Path) -> BinaryIO:
    """A file that keeps others out of the folder until it is closed.

    Raises LedgerError where there is no such folder or somebody is at work there, and UsageError
    where others may write.
    """
    file = folder / ".lock"
    try:
        check_folder(folder)
        guard = os.fdopen(own_file(file), "rb")
    except OSError as error:
        raise LedgerError(f"{file}: cannot be written: {error.strerror}") from error
    try:
        fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        guard.close()
        raise LedgerError(
            f"{folder}: another autograder is at work in this folder; let it finish, or name "
            "another folder"
        ) from None
    return guard
