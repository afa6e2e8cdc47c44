"""Zips as trees, read in memory: nothing is ever written to disk, and no size is trusted."""

import io
import re
import stat
import struct
import threading
import unicodedata
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import pairwise
from pathlib import Path
from typing import IO

from autograder.errors import SubmissionError
from autograder.submissions.tree import (
    File,
    FileTree,
    Paths,
    clean,
    is_trace,
    is_visible,
    visible_folder,
)

_BROKEN = (zipfile.BadZipFile, OSError, EOFError, ValueError, RuntimeError, struct.error,
           zlib.error, IndexError, OverflowError)  # fmt: skip
_ENTRY = b"PK\x01\x02"
_LOCAL_HEADER = 30  # bytes before a member's name and data
_UTF8, _ENCRYPTED = 0x800, 0x1
_CODE_PAGES = ("cp850", "cp1252")
_MOST_LOOKED_AT = 100_000
_LONGEST_PATH = 1_000
_OVERRIDES = re.compile("[\u202a-\u202e\u2066-\u2069]")  # they turn the direction of text
_DRIVE = re.compile(r"[A-Za-z]:")


@dataclass
class Allowance:
    """How many members and unpacked bytes one student's zips may still have."""

    members: int
    bytes: int

    def spend(self, archive: "Archive") -> None:
        """Count a zip in; raises SubmissionError when it is too much.

        Unpacking stops at the size that a member declares, so the sum of these is a true limit.
        """
        self.members -= len(archive.members)
        self.bytes -= sum(member.file_size for member in archive.members)
        if self.members < 0:
            raise SubmissionError("the zip holds more files than allowed; hand in the notebook")
        if self.bytes < 0:
            raise SubmissionError("the zip is too large unpacked; hand in the notebook alone")


class _ClosedFile(io.RawIOBase):
    """A file on disk that is open only while it is read: a class may hand in a thousand zips."""

    def __init__(self, path: Path) -> None:
        self._path, self._position = path, 0
        self._size = path.stat().st_size

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        origins = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}
        self._position = origins[whence] + offset
        if self._position < 0:
            raise ValueError("before the beginning of the file")
        return self._position

    def read(self, size: int = -1, /) -> bytes:
        with self._path.open("rb") as file:
            file.seek(self._position)
            content = file.read(size)
        self._position += len(content)
        return content


class Archive:
    """A zip that threads may share. Reading it raises SubmissionError."""

    def __init__(self, source: Path | bytes) -> None:
        """Raises SubmissionError if it is no zip or damaged."""
        try:
            opened = io.BytesIO(source) if isinstance(source, bytes) else _ClosedFile(source)
            self._zip = zipfile.ZipFile(opened)
        except _BROKEN as error:
            raise SubmissionError(f"the zip is damaged or no zip ({clean(str(error))})") from error
        self._lock = threading.Lock()  # ZipFile counts its open members without one

    @classmethod
    def of_student(cls, content: bytes, allowance: Allowance) -> "Archive":
        """A zip that nobody vouches for; raises SubmissionError for one that is out to harm."""
        # Opening builds an object for every entry of the directory: count them before.
        if content.count(_ENTRY) > allowance.members:
            raise SubmissionError("the zip holds more files than allowed; hand in the notebook")
        archive = cls(content)
        allowance.spend(archive)
        if archive._members_overlap():
            raise SubmissionError("the zip is not read: its files overlap")
        for file in archive.tree.files:
            if file.refusal and (file.is_notebook or file.is_archive):
                raise SubmissionError(f"the zip is not read: {file.name}: {file.refusal}")
        return archive

    @cached_property
    def members(self) -> list[zipfile.ZipInfo]:
        """The entries in the order of the zip's directory."""
        return self._zip.infolist()

    @cached_property
    def tree(self) -> FileTree:
        """All that can be seen of the zip. What a file's name or kind tells against is refused."""
        paths = Paths()
        page = _code_page(self.members)
        named = [(path_of(_raw_name(member, page), paths), member) for member in self.members]
        times = Counter(path for path, member in named if not member.is_dir())
        files: list[File] = []
        folders: set[str] = set()
        traces: list[str] = []
        for path, member in named:
            # Whoever handed in nothing but hidden files has a folder: a zip need not list those.
            folder = visible_folder(path)
            while folder and folder not in folders:
                folders.add(folder)
                folder = folder.rpartition("/")[0]
            if not is_visible(path):
                traces.extend([path] if is_trace(path) else [])
            elif member.is_dir():
                folders.add(path)
            else:
                twice = "there are several files of this name" if times[path] > 1 else ""
                name = path.rpartition("/")[2]
                opened = partial(self.opened, member)
                files.append(File(path, name, opened, _refusal(member, page) or twice))
        files.sort(key=lambda file: file.path.split("/"))
        return FileTree(tuple(files), frozenset(folders), traces=tuple(sorted(traces)))

    @contextmanager
    def opened(self, member: zipfile.ZipInfo) -> Iterator[IO[bytes]]:
        """A member to read from; that raises SubmissionError if it is damaged."""
        try:
            with self._lock:
                file = self._zip.open(member)
            try:
                yield file
            finally:
                with self._lock:
                    file.close()
        except _BROKEN as error:
            raise SubmissionError(f"the zip is damaged ({clean(str(error))})") from error

    def _members_overlap(self) -> bool:
        """Whether two members share bytes, as in bombs whose declared sizes add up to little."""
        ends = 0
        for member in sorted(self.members, key=lambda member: member.header_offset):
            if member.header_offset < ends:
                return True
            ends = member.header_offset + _LOCAL_HEADER + member.compress_size
        return ends > self._zip.start_dir


def _raw_name(member: zipfile.ZipInfo, page: str) -> str:
    """A member's name as it was meant, `/` between folders."""
    written = _written(member)
    if written is None:
        return member.orig_filename.replace("\\", "/")
    try:
        name = written.decode("utf-8")  # as macOS does, without saying so
    except UnicodeDecodeError:
        name = written.decode(page, "replace")
    return name.replace("\\", "/")


def _written(member: zipfile.ZipInfo) -> bytes | None:
    """A name's bytes; None where the zip says that they are UTF-8."""
    return None if member.flag_bits & _UTF8 else member.orig_filename.encode("cp437", "replace")


def _code_page(members: Iterable[zipfile.ZipInfo]) -> str:
    """The code page of Western Europe in which names look like names: DOS's, or else Windows's."""
    names = b"\n".join(filter(None, map(_written, members)))[:_MOST_LOOKED_AT]
    if names.isascii():
        return _CODE_PAGES[0]
    return min(_CODE_PAGES, key=lambda page: _oddities(names.decode(page, "replace")))


def _oddities(names: str) -> int:
    """How many foreign characters are no letters, or are capitals within a word."""
    return sum(
        not (here.isascii() or (here.isalpha() and not (before.islower() and here.isupper())))
        for before, here in pairwise(f" {names}")
    )


def path_of(name: str, paths: Paths) -> str:
    """A member's path within an archive, as it can be shown."""
    name = _DRIVE.sub("", name[:_LONGEST_PATH], count=1)
    return paths.shown(p for p in name.split("/") if p not in ("", ".", "..")) or "unnamed"


def _refusal(member: zipfile.ZipInfo, page: str) -> str:
    """What speaks against a member; empty if nothing does."""
    kind = stat.S_IFMT(member.external_attr >> 16)
    reasons = {
        refusal_of_name(_raw_name(member, page)): True,
        "it is a link": kind == stat.S_IFLNK,
        "it is no regular file": kind not in (0, stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK),
        "it is encrypted": member.flag_bits & _ENCRYPTED,
        "it is packed by an unusual method": member.compress_type
        not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED),
    }
    return next((reason for reason, holds in reasons.items() if holds and reason), "")


def refusal_of_name(name: str) -> str:
    """What speaks against a member's name; empty if nothing does."""
    controls = any(unicodedata.category(character) == "Cc" for character in name)
    reasons = {
        f"its name has {len(name):,} characters": len(name) > _LONGEST_PATH,
        "its name has characters that hide what it says": controls or _OVERRIDES.search(name),
        "its name leads out of the zip": name.startswith("/") or ".." in name.split("/"),
        "its name holds a drive": _DRIVE.match(name),
    }
    return next((reason for reason, holds in reasons.items() if holds), "")
