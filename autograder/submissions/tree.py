"""Files in folders, read when they are needed: the one view of a folder on disk and of a zip."""

import os
import re
import stat
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO

from autograder.errors import SubmissionError

FOR_ANOTHER = "made for "
"""How the reason begins for which a notebook is left out that belongs to another assignment."""

_PIECE = 1 << 20
_LONGEST_NAME = 200
_LONGEST_END = 40
_JOINERS = "\u200c\u200d"  # zero-width, but part of how names in some scripts are written
_RESULTS = "ledger.sqlite"  # lies in a folder that `autograder grade` wrote
_JUNK = {"__MACOSX", "__pycache__", "Thumbs.db", "desktop.ini"}
_NOTEBOOK = re.compile(r"\.ipynb(\.(txt|json))?$", re.IGNORECASE)  # browsers append the second one


@dataclass(frozen=True)
class LeftOut:
    """Something that was found and is not graded, and why."""

    path: str
    why: str


class TooLarge(SubmissionError):
    """A file has more bytes than are read of it."""


@dataclass(frozen=True)
class File:
    """A file of a tree. `path` and `name`, which the student chose, are clean text.

    `opened` opens it for reading; that and reading raise SubmissionError. `refusal` says why the
    file is not read whatever it holds; it is empty for an honest one.
    """

    path: str
    name: str
    opened: Callable[[], AbstractContextManager[IO[bytes]]]
    refusal: str = ""

    @property
    def is_notebook(self) -> bool:
        """Whether the name is that of a notebook."""
        return _NOTEBOOK.search(self.name) is not None

    @property
    def is_zip(self) -> bool:
        """Whether the name is that of a zip."""
        return self.name.lower().endswith(".zip")

    def read(self, most: int) -> bytes:
        """All bytes; raises TooLarge if there are more than `most`, else as `pieces` does."""
        return b"".join(self.pieces(most))

    def pieces(self, most: int) -> Iterator[bytes]:
        """The bytes piece by piece. Raises SubmissionError where it cannot be read, or TooLarge."""
        if self.refusal:
            raise SubmissionError(f"{self.name} is not read: {self.refusal}")
        left = most
        with self.opened() as file:
            while piece := file.read(min(_PIECE, left + 1)):
                left -= len(piece)
                if left < 0:
                    raise TooLarge(f"{self.name} is larger than the {most:,} bytes allowed")
                yield piece


@dataclass(frozen=True)
class Tree:
    """The files of a folder or a zip by their paths, and its folders, empty ones included."""

    files: tuple[File, ...]
    folders: frozenset[str] = frozenset()
    skipped: tuple[LeftOut, ...] = field(default=())

    @property
    def top(self) -> list[str]:
        """What lies in the topmost folder: names of files and folders, sorted."""
        paths = [*(file.path for file in self.files), *self.folders]
        return sorted({path.partition("/")[0] for path in paths})

    def under(self, name: str) -> tuple[File, ...]:
        """The file of that name in the topmost folder, or all files in the folder of that name."""
        return tuple(f for f in self.files if f.path == name or f.path.startswith(f"{name}/"))

    def by_top(self) -> dict[str, tuple[File, ...]]:
        """What `under` gives, for every name in the topmost folder."""
        found: dict[str, list[File]] = {name: [] for name in self.top}
        for file in self.files:
            found[file.path.partition("/")[0]].append(file)
        return {name: tuple(files) for name, files in found.items()}


def stem_of(name: str) -> str:
    """A file's name without `.ipynb` (and what follows), or without what follows its last dot."""
    return _NOTEBOOK.sub("", name) if _NOTEBOOK.search(name) else Path(name).stem


def is_visible(path: str) -> bool:
    """Whether a path is what somebody handed in, not what systems and editors leave around."""
    return not any(part in _JUNK or part.startswith(".") for part in path.split("/"))


def clean(text: str) -> str:
    """Text that can be shown: composed, one line, no control characters, at most 200 long."""
    text = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    shown = "".join(map(_shown, unicodedata.normalize("NFC", text))).strip()
    if len(shown) <= _LONGEST_NAME:
        return shown
    # The end stays, too: it says what kind of file this is.
    return f"{shown[: _LONGEST_NAME - _LONGEST_END - 1]}…{shown[-_LONGEST_END:]}"


def _shown(character: str) -> str:
    if character in "\t\n\r":
        return " "
    hidden = unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
    return "\ufffd" if hidden and character not in _JOINERS else character


def folder_tree(root: Path) -> Tree:
    """The tree of a folder on disk. Links that lead out of it, pipes and devices are skipped."""
    files: list[File] = []
    folders: set[str] = set()
    skipped: list[LeftOut] = []
    root = root.resolve()

    def unreadable(error: OSError) -> None:
        where = Path(error.filename or root)
        skipped.append(LeftOut(_path(where, root), f"cannot be read: {error.strerror}"))

    for here, below, names in os.walk(root, onerror=unreadable):
        below[:] = sorted(
            name for name in below if is_visible(name) and not Path(here, name, _RESULTS).is_file()
        )
        for name in [*below, *sorted(filter(is_visible, names))]:
            file = Path(here, name)
            path = _path(file, root)
            kind = _kind(file)
            if kind == "folder" and not file.is_symlink():
                folders.add(path)
            elif kind == "file" and (target := _within(file, root)):
                files.append(File(path, clean(name), partial(_opened, target)))
            elif kind:
                skipped.append(LeftOut(path, _why_not(file, kind)))
    return Tree(tuple(files), frozenset(folders), tuple(skipped))


def single_file(file: Path) -> File:
    """A file that was named by itself, wherever it lies."""
    return File(clean(file.name), clean(file.name), partial(_opened, os.path.realpath(file)))


@contextmanager
def _opened(path: str) -> Iterator[IO[bytes]]:
    """A regular file. Opening neither follows a link nor waits for a pipe."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        with open(os.open(path, flags), "rb") as file:  # noqa: PTH123 - a descriptor
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise SubmissionError("the file cannot be read: it is no regular file")
            yield file
    except OSError as error:
        raise SubmissionError(f"the file cannot be read: {error.strerror}") from error


def _path(file: Path, root: Path) -> str:
    return "/".join(map(clean, file.relative_to(root).parts))


def _kind(file: Path) -> str:
    """`file`, `folder` or `other`; empty where a link leads nowhere."""
    try:
        mode = file.stat().st_mode
    except OSError:
        return "other" if file.is_symlink() else ""
    if stat.S_ISDIR(mode):
        return "folder"
    return "file" if stat.S_ISREG(mode) else "other"


def _within(file: Path, root: Path) -> str | None:
    """Where a file really lies; None where a link leads out of the root."""
    if not file.is_symlink():
        return str(file)
    target = file.resolve()
    return str(target) if target.is_relative_to(root) else None


def _why_not(file: Path, kind: str) -> str:
    if file.is_symlink():
        return "a link, and it is not followed" if kind == "folder" else "a link out of the folder"
    return "no file but a pipe or a device"
