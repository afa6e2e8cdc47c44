"""Files in folders, read when they are needed: the one view of a folder on disk and of a zip."""

import os
import re
import stat
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import IO

from autograder.errors import SubmissionError

_PIECE = 1 << 20
_LONGEST_NAME, _LONGEST_END = 200, 40
_JOINERS = "\u200c\u200d"  # zero-width, but part of how names in some scripts are written
_RESULTS = "ledger.sqlite"  # lies in a folder that `autograder grade` wrote
_TARS = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tbz")
_CHECKPOINTS = ".ipynb_checkpoints"
_HIDDEN = re.compile(r"\.|(__MACOSX|__pycache__|Thumbs\.db|desktop\.ini)\Z")
_NOTEBOOK = re.compile(r"\.ipynb(\.(txt|json))?$", re.IGNORECASE)  # browsers append the second one


class Reason(StrEnum):
    """Why something that was handed over is not graded."""

    ANOTHER_ASSIGNMENT = "another_assignment"
    ANOTHER_COUNTS = "another_counts"
    SAME = "same"
    OTHER_ATTEMPT = "other_attempt"
    NO_NOTEBOOK = "no_notebook"
    NOT_OPENED = "not_opened"
    NOT_READ = "not_read"
    LINK = "link"
    NO_FILE = "no_file"
    OTHER = "other"


_SENTENCES = {
    Reason.ANOTHER_ASSIGNMENT: "made for {}",
    Reason.ANOTHER_COUNTS: "{} counts",
    Reason.SAME: "the same as {}",
    Reason.OTHER_ATTEMPT: "the attempt of {} counts",
    Reason.NO_NOTEBOOK: "no notebook in it",
    Reason.NOT_OPENED: "a zip that cannot be opened",
    Reason.NOT_READ: "cannot be read: {}",
    Reason.LINK: "a link out of the folder, or to a folder; it is not followed",
    Reason.NO_FILE: "no file but a pipe or a device",
    Reason.OTHER: "{}",
}


@dataclass(frozen=True)
class LeftOut:
    """Something that was found and is not graded, and why.

    `detail` is what the reason is about: the other assignment, what counts instead, or what went
    wrong. `student` is whose it seems to be, where its name tells.
    """

    path: str
    reason: Reason
    detail: str = ""
    student: str = ""

    @property
    def why(self) -> str:
        """The reason in words."""
        return _SENTENCES[self.reason].format(self.detail)


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
    def is_tar(self) -> bool:
        """Whether the name is that of a tar, packed or not."""
        return self.name.lower().endswith(_TARS)

    @property
    def is_archive(self) -> bool:
        """Whether the name is that of a zip or a tar, which are opened."""
        return self.name.lower().endswith(".zip") or self.is_tar

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
class FileTree:
    """The files of a folder or a zip by their paths, and its folders, empty ones included.

    `traces` are hidden files of which only that they are there matters: see `is_trace`.
    """

    files: tuple[File, ...]
    folders: frozenset[str] = frozenset()
    skipped: tuple[LeftOut, ...] = field(default=())
    traces: tuple[str, ...] = ()

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
    return not any(map(_HIDDEN.match, path.split("/")))


def visible_folder(path: str) -> str:
    """The folder that a path lies in, or the first one above that can be seen; empty for none."""
    return "/".join(takewhile(lambda part: not _HIDDEN.match(part), path.split("/")[:-1]))


def is_trace(path: str) -> bool:
    """Whether a hidden file tells of a notebook that is not there.

    Jupyter's checkpoint of it may have been handed in instead, or what iCloud leaves of a file that
    it has not fetched yet.
    """
    *folders, name = path.split("/")
    if name.startswith(".") and name.lower().endswith(".icloud"):
        return all(map(is_visible, folders))
    in_checkpoints = folders[-1:] == [_CHECKPOINTS] and all(map(is_visible, folders[:-1]))
    return in_checkpoints and _NOTEBOOK.search(name) is not None


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


class Paths:
    """Paths as they can be shown. Two that would be shown alike stay two, by a number behind."""

    def __init__(self) -> None:
        self._meant: dict[str, str] = {}

    def shown(self, parts: Iterable[str]) -> str:
        """The path of these names, each as `clean` has it; the same for the same names."""
        shown = meant = ""
        for part in parts:
            meant = f"{meant}/{part}"
            name = clean(part) or "\ufffd"
            stem, dot, end = name.rpartition(".")
            path, number = f"{shown}/{name}", 1
            while self._meant.setdefault(path, meant) != meant:
                number += 1
                path = f"{shown}/{stem} ({number}).{end}" if dot else f"{shown}/{name} ({number})"
            shown = path
        return shown.removeprefix("/")


def folder_tree(root: Path) -> FileTree:
    """The tree of a folder on disk. Links that lead out of it, pipes and devices are skipped."""
    files: list[File] = []
    folders: set[str] = set()
    skipped: list[LeftOut] = []
    traces: list[str] = []
    root = root.resolve()
    paths = Paths()

    def unreadable(error: OSError) -> None:
        where = Path(error.filename or root)
        skipped.append(LeftOut(_path(where, root), Reason.NOT_READ, error.strerror or "unknown"))

    for here, below, names in os.walk(root, onerror=unreadable):
        kept = _listed(Path(here, _CHECKPOINTS)) if _CHECKPOINTS in below else []
        traces.extend(filter(is_trace, (_path(Path(here, name), root) for name in [*names, *kept])))
        below[:] = sorted(
            name for name in below if is_visible(name) and not Path(here, name, _RESULTS).is_file()
        )
        for name in [*below, *sorted(filter(is_visible, names))]:
            file = Path(here, name)
            path = paths.shown(file.relative_to(root).parts)
            kind = _kind(file)
            if kind == "folder" and not file.is_symlink():
                folders.add(path)
            elif kind == "file" and (target := _within(file, root)):
                files.append(File(path, clean(name), partial(_opened, target)))
            elif kind:
                reason = Reason.LINK if file.is_symlink() else Reason.NO_FILE
                skipped.append(LeftOut(path, reason))
    return FileTree(tuple(files), frozenset(folders), tuple(skipped), tuple(sorted(traces)))


def _listed(folder: Path) -> list[str]:
    """The files in Jupyter's hidden folder, with its name; none where it cannot be read."""
    try:
        return [f"{folder.name}/{name}" for name in os.listdir(folder)]  # noqa: PTH208 - names alone
    except OSError:
        return []


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
