"""The one folder of a user in which workspaces live, and from which nothing else is removed."""

import contextlib
import fcntl
import itertools
import os
import secrets
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from autograder.errors import SandboxError

# A Unix socket's path has at most 107 bytes, of which ours below this folder takes some 60.
_LONGEST = 45
_CLAIM = "claim"
_MARK = b"A workspace of cnn-autograder. It may be removed when nobody holds a lock on this file.\n"
_INSIDE = "w"
_ONLY_OURS, _PASSABLE = 0o700, 0o711
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_NOFOLLOW | os.O_CLOEXEC
# Names a file without opening it, which a folder that denies its owner everything allows too.
_NAMED = os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC | getattr(os, "O_PATH", 0)


@dataclass(frozen=True)
class Scratch:
    """The folder `path`, open as `handle`: this user's, readable for nobody else."""

    path: Path
    handle: int

    @classmethod
    @contextmanager
    def opened(cls) -> Iterator[Self]:
        """The folder, made where it is missing. Raises SandboxError where it is not ours."""
        usual = tempfile.gettempdir()
        path = Path(usual if len(usual) <= _LONGEST else "/tmp", f"autograder-{os.geteuid()}")
        try:
            with contextlib.suppress(FileExistsError):
                path.mkdir(mode=_ONLY_OURS)
            handle = os.open(path, _FOLDER)
        except OSError as error:
            raise SandboxError(f"{path}: no folder for workspaces: {error.strerror}") from error
        try:
            if os.fstat(handle).st_uid != os.geteuid():
                raise SandboxError(
                    f"{path} belongs to somebody else; remove it, or set TMPDIR to another folder"
                )
            os.fchmod(handle, _rights())
            yield cls(path, handle)
        finally:
            os.close(handle)

    @contextmanager
    def claimed(self) -> Iterator[Path]:
        """A new folder of a name that nobody guesses; it goes away afterwards."""
        name = secrets.token_hex(10)
        os.mkdir(name, _ONLY_OURS, dir_fd=self.handle)
        place = os.open(name, _FOLDER, dir_fd=self.handle)
        claim = -1
        try:
            os.fchmod(place, _rights())
            claim = _new_claim(place)
            os.mkdir(_INSIDE, _ONLY_OURS, dir_fd=place)
            yield self.path / name / _INSIDE
        finally:
            os.close(place)
            remove(self.handle, name)
            if claim >= 0:
                os.close(claim)

    def remove_left_behind(self) -> None:
        """Remove the folders that carry our mark and that no process claims any more."""
        with os.scandir(self.handle) as entries:
            names = [entry.name for entry in entries]
        for name in names:
            with contextlib.suppress(OSError):  # claimed, no folder of ours, or just gone
                claim = _claim_of_the_dead(self.handle, name)
                remove(self.handle, name)
                os.close(claim)


def _rights() -> int:
    """Root's kernels may have users of their own, who pass through to a name that they know.

    Whether they have depends on where Python is, and one folder is for all of root's Pythons.
    """
    return _PASSABLE if os.geteuid() == 0 else _ONLY_OURS


def _new_claim(place: int) -> int:
    """A file that marks a folder as ours and is locked until it is closed, at last by our end.

    It has its name only when it is locked: before, nobody takes the folder for left behind.
    """
    unfinished = f"{_CLAIM}.new"
    claim = os.open(unfinished, _FILE | os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=place)
    os.write(claim, _MARK)
    fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.rename(unfinished, _CLAIM, src_dir_fd=place, dst_dir_fd=place)
    return claim


def _claim_of_the_dead(parent: int, name: str) -> int:
    """The claim of a folder whose maker has ended, taken over.

    Raises OSError where it is held, and for whatever is no folder with our mark.
    """
    place = os.open(name, _FOLDER, dir_fd=parent)
    try:
        claim = os.open(_CLAIM, _FILE | os.O_RDWR | os.O_NONBLOCK, dir_fd=place)
    finally:
        os.close(place)
    try:
        facts = os.fstat(claim)
        is_ours = stat.S_ISREG(facts.st_mode) and facts.st_uid == os.geteuid()
        if not is_ours or os.pread(claim, len(_MARK) + 1, 0) != _MARK:
            raise FileNotFoundError(_CLAIM)
        fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BaseException:
        os.close(claim)
        raise
    return claim


def remove(parent: int, name: str) -> None:
    """Remove a folder, however deep its tree and whatever the rights of what is in it.

    All goes by descriptors: a link is removed, not followed, and what lies outside stays as it is.
    What the system refuses to remove stays, too.
    """
    with contextlib.suppress(OSError):
        top = _entered(parent, name)
        try:
            _empty(top)
        finally:
            os.close(top)
        os.rmdir(name, dir_fd=parent)


def _empty(top: int) -> None:
    """Remove what is in a folder: what is deep moves up first, so no depth is too much."""
    numbers = itertools.count()
    stuck: set[str] = set()
    while folders := set(_without_files(top)) - stuck:
        for name in folders:
            try:
                _dissolve(top, name, numbers)
            except OSError:
                stuck.add(name)


def _dissolve(top: int, name: str, numbers: Iterator[int]) -> None:
    """Remove a folder in `top`; the folders in it move there. Raises OSError."""
    folder = _entered(top, name)
    try:
        for inner in _without_files(folder):
            os.close(_entered(folder, inner))  # to be moved, a folder has to be open to its owner
            moved = f"{secrets.token_hex(8)}-{next(numbers)}"
            os.rename(inner, moved, src_dir_fd=folder, dst_dir_fd=top)
    finally:
        os.close(folder)
    os.rmdir(name, dir_fd=top)


def _without_files(folder: int) -> list[str]:
    """Remove the files of a folder; the names of the folders in it."""
    with os.scandir(folder) as entries:
        found = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
    for name, is_folder in found:
        if not is_folder:
            with contextlib.suppress(OSError):
                os.unlink(name, dir_fd=folder)
    return [name for name, is_folder in found if is_folder]


def _entered(parent: int, name: str) -> int:
    """A folder, opened after its rights were given to its owner. Raises OSError for a link."""
    named = os.open(name, _NAMED, dir_fd=parent)
    try:
        if not hasattr(os, "O_PATH"):  # elsewhere than on Linux it is open already
            os.fchmod(named, _ONLY_OURS)
            return os.dup(named)
        itself = Path(f"/proc/self/fd/{named}")
        itself.chmod(_ONLY_OURS)
        return os.open(itself, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    finally:
        os.close(named)
