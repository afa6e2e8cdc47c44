"""Tar archives, packed or not, as trees: read in memory, and no size is trusted."""

import bz2
import gzip
import io
import tarfile
import zlib
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import IO

from autograder.errors import SubmissionError
from autograder.submissions.archive import Allowance, path_of, refusal_of_name
from autograder.submissions.tree import (
    File,
    FileTree,
    Paths,
    clean,
    is_trace,
    is_visible,
    visible_folder,
)

_BROKEN = (tarfile.TarError, OSError, EOFError, ValueError, IndexError, zlib.error)
_BLOCK = 512
_MOST_BYTES = 100_000_000  # unpacked; all of it is in memory at a time
_MOST_META = 65_536  # of a header in a header, such as that of a long name
_META = b"xgXLKS"
_MANY = "the tar holds more files than allowed; hand in the notebook"


def tar_tree(content: bytes, allowance: Allowance) -> FileTree:
    """All that can be seen of a tar, which is counted into the allowance.

    Raises SubmissionError if it is damaged, too large or out to harm.
    """
    unpacked = _unpacked(content, min(_MOST_BYTES, allowance.bytes))
    allowance.bytes -= len(unpacked)
    allowance.members -= _members(unpacked, allowance.members)
    files: list[File] = []
    paths = Paths()
    folders = set[str]()
    traces: list[str] = []
    try:
        with tarfile.open(fileobj=io.BytesIO(unpacked), mode="r:") as archive:
            for member in archive:
                path = path_of(member.name, paths)
                parts = visible_folder(path).split("/")
                folders.update("/".join(parts[:n]) for n in range(1, len(parts) + 1) if parts[0])
                if not is_visible(path):
                    traces.extend([path] if is_trace(path) else [])
                elif member.isdir():
                    folders.add(path)
                else:
                    opened = partial(_opened, unpacked, member)
                    name = path.rpartition("/")[2]
                    files.append(File(path, name, opened, _refusal(member)))
    except _BROKEN as error:
        raise SubmissionError(f"the tar is damaged or no tar ({clean(str(error))})") from error
    for file in files:
        if file.refusal and (file.is_notebook or file.is_archive):
            raise SubmissionError(f"the tar is not read: {file.name}: {file.refusal}")
    files.sort(key=lambda file: file.path.split("/"))
    return FileTree(tuple(files), frozenset(folders), traces=tuple(sorted(traces)))


def _unpacked(content: bytes, most: int) -> bytes:
    raw: io.BufferedIOBase = io.BytesIO(content)
    if content.startswith(b"\x1f\x8b"):
        raw = gzip.GzipFile(fileobj=raw)
    elif content.startswith(b"BZh"):
        raw = bz2.BZ2File(raw)
    try:
        unpacked = raw.read(most + 1)
    except _BROKEN as error:
        raise SubmissionError(f"the tar is damaged or no tar ({clean(str(error))})") from error
    if len(unpacked) > most:
        raise SubmissionError("the tar is too large unpacked; hand in the notebook alone")
    return unpacked


def _members(unpacked: bytes, most: int) -> int:
    """How many headers there are, seen before a library builds an object for each."""
    place = count = 0
    while place + _BLOCK <= len(unpacked):
        header = unpacked[place : place + _BLOCK]
        if not header.strip(b"\0"):
            break
        try:
            size = tarfile.TarInfo.frombuf(header, "utf-8", "surrogateescape").size
        except tarfile.TarError as error:
            raise SubmissionError(f"the tar is damaged or no tar ({clean(str(error))})") from error
        if header[156:157] in _META and not 0 <= size <= _MOST_META:
            raise SubmissionError("the tar is not read: it holds a header of unusual size")
        count += 1
        if count > most:
            raise SubmissionError(_MANY)
        place += _BLOCK + -(-max(size, 0) // _BLOCK) * _BLOCK
    return count


def _opened(unpacked: bytes, member: tarfile.TarInfo) -> AbstractContextManager[IO[bytes]]:
    start = member.offset_data
    return nullcontext(io.BytesIO(unpacked[start : start + member.size]))


def _refusal(member: tarfile.TarInfo) -> str:
    """What speaks against a member; empty if nothing does."""
    if not member.isreg() or member.issparse():
        return "it is no regular file"
    return refusal_of_name(member.name)
