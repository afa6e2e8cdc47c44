"""The grader's end of the processes that read strangers' files: an answer, or a reason in time."""

import atexit
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from autograder import programs
from autograder.errors import SandboxError, SubmissionError
from autograder.notebooks import packets
from autograder.notebooks.cells import Cell, ReadNotebook
from autograder.notebooks.facts import Facts

SECONDS = 20.0
"""Processor time for one file."""

_SLOWEST = 10  # times as long on the clock, on a machine that is busy elsewhere
_TOO_SLOW = "the notebook takes too long to read"


class Unread(SubmissionError):
    """A file that a reader has given up, after `seconds` of processor time."""

    def __init__(self, reason: str, seconds: float) -> None:
        super().__init__(reason)
        self.seconds = seconds


@dataclass(frozen=True)
class _Reader:
    """A process that reads, and the socket to speak to it."""

    process: subprocess.Popen[bytes]
    line: socket.socket

    def end(self) -> int:
        """End the process; how it ended."""
        self.line.close()
        self.process.kill()
        return self.process.wait()


class Readers:
    """Processes that read files, one for each thread that asks at a time; kept for the next file.

    Every method raises Unread, a SubmissionError, for a file that cannot be read within its limits,
    and SandboxError where there is no process to read it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[_Reader] = []

    def read(
        self,
        content: bytes,
        most_bytes: int,
        most_cells: int,
        files: Sequence[str] = (),
        seconds: float = SECONDS,
    ) -> tuple[ReadNotebook, tuple[str, ...]]:
        """The notebook in a file as it can be run, and what was mended, a sentence each.

        `files` are the names of the data that lie beside it.
        """
        request = {
            "do": "read", "most_bytes": most_bytes, "most_cells": most_cells, "files": list(files),
        }  # fmt: skip
        answer, _ = self._ask({**request, "seconds": seconds}, [content])
        told = answer["notebook"]
        cells = tuple(
            Cell(**{**cell, "tags": tuple(cell["tags"]), "outputs": ()}) for cell in told["cells"]
        )
        return ReadNotebook(**{**told, "cells": cells}), tuple(answer["repairs"])

    def slimmed(self, chunks: Iterable[bytes], most_bytes: int, seconds: float = SECONDS) -> bytes:
        """A notebook's file without its saved outputs, as it streams by."""
        _, body = self._ask({"do": "slim", "most_bytes": most_bytes, "seconds": seconds}, chunks)
        return body

    def facts(
        self, chunks: Iterable[bytes], most_bytes: int, seconds: float = SECONDS
    ) -> tuple[Facts, float]:
        """What a notebook tells about itself, and the processor time that it took, in seconds."""
        request = {"do": "facts", "most_bytes": most_bytes, "seconds": seconds}
        answer, _ = self._ask(request, chunks)
        told = answer["facts"]
        marks = frozenset((number, name) for number, name in told["marks"])
        facts = Facts(bytes.fromhex(told["digest"]), told["made_for"], marks, told["answered"])
        return facts, answer["seconds"]

    def close(self) -> None:
        """End the processes that are waiting."""
        with self._lock:
            idle, self._idle = self._idle, []
        for reader in idle:
            reader.end()

    def _ask(
        self, request: dict[str, Any], chunks: Iterable[bytes]
    ) -> tuple[dict[str, Any], bytes]:
        reader = self._taken()
        try:
            answer, body = _exchanged(reader.line, request, chunks)
        except BaseException as error:
            ended_by_clock = reader.end() == -signal.SIGPROF
            if ended_by_clock or isinstance(error, TimeoutError):
                raise Unread(_TOO_SLOW, request["seconds"]) from None
            if isinstance(error, packets.HungUp | OSError):
                raise SandboxError(f"the process that reads notebooks ended: {error}") from error
            raise
        if answer["last"]:
            reader.end()
        else:
            with self._lock:
                self._idle.append(reader)
        if answer["error"] is not None:
            raise Unread(answer["error"], answer["seconds"])
        return answer, body

    def _taken(self) -> _Reader:
        """A process that waits, or a new one."""
        with self._lock:
            while self._idle:
                reader = self._idle.pop()
                if reader.process.poll() is None:
                    return reader
                reader.end()
        try:
            return _started()
        except OSError as error:
            raise SandboxError(f"no process to read notebooks in: {error}") from error


def _exchanged(
    line: socket.socket, request: dict[str, Any], chunks: Iterable[bytes]
) -> tuple[dict[str, Any], bytes]:
    """A request and its answer. Raises OSError, TimeoutError included, and HungUp."""
    deadline = time.monotonic() + _SLOWEST * request["seconds"]
    line.settimeout(_SLOWEST * request["seconds"])
    packets.send_header(line, request)
    packets.send_pieces(line, chunks)
    answer = packets.header(line, deadline)
    return answer, b"".join(packets.pieces(line, deadline))


def _started() -> _Reader:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    with theirs:
        process = programs.start(
            programs.python("autograder.notebooks.reader"),
            programs.environment(PYTHONDONTWRITEBYTECODE="1"),
            stdin=theirs.fileno(),
            stdout=subprocess.DEVNULL,
            # Ctrl-C in the terminal reaches the grader alone, which then ends what it started.
            start_new_session=True,
        )
    return _Reader(process, ours)


@cache
def shared_readers() -> Readers:
    """The readers of this process; they end with it."""
    readers = Readers()
    atexit.register(readers.close)
    return readers
