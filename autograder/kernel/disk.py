"""What a kernel has on disk, looked at bit by bit: no look takes longer than its share."""

import contextlib
import errno
import os
import re
import stat
import sys
import time
from collections.abc import Callable, Generator, Iterable, Iterator

_PAUSE_SECONDS = 0.5
_SHARE_SECONDS = 0.01  # of processor time
# Where a folder cannot be looked into: no rights, or a path too long to name.
_HIDDEN = (errno.EACCES, errno.EPERM, errno.ENAMETOOLONG, errno.ELOOP)
# A notebook of this lab has 1,600 mappings, in 250 kB of text.
_MOST_MAP_BYTES = 4_000_000
_CHUNK = 65_536
# What is no file, and packages that were exchanged while a kernel runs, are none of its own.
_OTHERS = ("/dev/zero", "/memfd:", "/SYSV", "/usr/", "/lib", "/opt/", sys.prefix, sys.base_prefix)
# Start, end, offset in the file, and inode; nothing of the path becomes an object.
_REMOVED = re.compile(
    rb"^(\w+)-(\w+) \S+ (\w+) \S+ (\d+) +(?!%b)/.* \(deleted\)$"
    % b"|".join(re.escape(place.encode()) for place in _OTHERS),
    re.MULTILINE,
)


class _Removed:
    """Files that are on disk only because a process holds them: bytes for each inode."""

    def __init__(self) -> None:
        self._bytes: dict[int, int] = {}
        self.total = 0

    def note(self, inode: int, size: int) -> None:
        """One of them has this size, as far as can be seen from here."""
        more = size - self._bytes.get(inode, 0)
        if more > 0:
            self._bytes[inode] = size
            self.total += more


class Disk:
    """The folder open as `folder`, with what its processes have removed but still hold."""

    def __init__(
        self,
        folder: int,
        most_bytes: int,
        most_files: int,
        used: Callable[[], float] = time.process_time,
    ) -> None:
        self._folder, self._most_bytes, self._most_files = folder, most_bytes, most_files
        self._used = used
        self._next = 0.0
        self._members: tuple[int, ...] = ()
        self._scan: Generator[str | None] | None = None
        self._mappings: dict[int, int] = {}

    @property
    def mappings(self) -> int:
        """How many mappings of memory there were when they were last counted."""
        return sum(self._mappings.values())

    def over_limit(self, members: Iterable[int]) -> str | None:
        """Look on for a moment: disk, files or mappings once there are too many of them."""
        self._members = tuple(members)
        start = self._used()
        if self._scan is None:
            if time.monotonic() < self._next:
                return None
            self._next = time.monotonic() + _PAUSE_SECONDS
            self._scan = self._scanned()
        for limit in self._scan:
            if limit is not None:
                return limit
            if self._used() - start > _SHARE_SECONDS:
                return None
        self._scan = None
        return None

    def look_anew(self) -> None:
        """Begin from the start: what has been seen so far may be gone."""
        self.close()
        self._next = 0.0

    def close(self) -> None:
        """Let go of what the look has open; left to the garbage collector, it would stay so."""
        if self._scan is not None:
            self._scan.close()
            self._scan = None

    def _scanned(self) -> Generator[str | None]:
        """Look at all, in small steps; each says whether a limit has been exceeded."""
        total = 0
        try:
            for count, size in enumerate(_entry_bytes(f"/proc/self/fd/{self._folder}"), 1):
                total += size
                if count > self._most_files:
                    yield "files"
                yield "disk" if total > self._most_bytes else None
        except OSError:
            yield "files"  # folders that hide what is in them
        removed = _Removed()
        for pid in self._members:
            for _ in _held_open(pid, removed):
                yield "disk" if total + removed.total > self._most_bytes else None
        counted: dict[int, int] = {}
        for pid in self._members:
            for count, read in _mapped(pid, removed):
                counted[pid] = count
                yield "mappings" if read > _MOST_MAP_BYTES else None
            yield "disk" if total + removed.total > self._most_bytes else None
        self._mappings = counted


def _entry_bytes(folder: str) -> Iterator[int]:
    """The bytes that each entry below the folder takes; links are not followed.

    Raises OSError for a folder that cannot be looked into: honest notebooks make none.
    """
    waiting = [folder]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    yield _bytes(entry)
        except OSError as error:  # a folder that has just gone away counts for nothing
            if error.errno in _HIDDEN:
                raise


def _bytes(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat(follow_symlinks=False).st_blocks * 512
    except FileNotFoundError:
        return 0


def _held_open(pid: int, removed: _Removed) -> Iterator[None]:
    """Note each file that a process has removed but still holds open."""
    try:
        handles = os.listdir(f"/proc/{pid}/fd")
    except OSError:
        return
    for handle in handles:
        with contextlib.suppress(OSError):
            facts = os.stat(f"/proc/{pid}/fd/{handle}")
            if stat.S_ISREG(facts.st_mode) and facts.st_nlink == 0:
                removed.note(facts.st_ino, facts.st_blocks * 512)
        yield


def _mapped(pid: int, removed: _Removed) -> Iterator[tuple[int, int]]:
    """Note each file that a process has removed but still has in its memory, as far as it is.

    Yields how many mappings and how many bytes of their list have been read so far. The list holds
    paths, of which nothing may stay here: kernels that are forked later would inherit it.
    """
    try:
        handle = os.open(f"/proc/{pid}/maps", os.O_RDONLY)
    except OSError:
        return
    text = bytearray(_CHUNK)
    count = read = 0
    try:
        while size := os.readv(handle, [text]):  # whole lines
            read += size
            count += text.count(b"\n", 0, size)
            for found in _REMOVED.finditer(text, 0, size):
                start, end, offset = (int(found[n], 16) for n in (1, 2, 3))
                removed.note(int(found[4]), offset + end - start)
            yield count, read
    except OSError:  # it has ended
        return
    finally:
        text[:] = bytes(_CHUNK)
        os.close(handle)
