"""The process in which files of strangers are read and mended, within limits of its own.

It serves one request after another. What takes more processor time than it may ends the process;
what takes more memory ends the request. It opens no file of anybody's.
"""

import contextlib
import dataclasses
import hashlib
import resource
import signal
import socket
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from autograder.errors import SubmissionError
from autograder.notebooks import packets
from autograder.notebooks.facts import Facts, facts_of
from autograder.notebooks.read import notebook_that_runs
from autograder.notebooks.slim import slim

MOST_MEMORY = 300_000_000
"""Bytes of address space on top of what the process starts with."""

_TOO_LARGE = "the notebook takes too much memory to read"
# A process that holds so much between two files is not kept.
_SLENDER_BYTES = 100_000_000


def serve(line: socket.socket) -> None:
    """Answer requests until the grader hangs up or this process has grown."""
    grown = False
    while not grown:
        try:
            request = packets.header(line)
            answer, body = _answered(request, line)
        except packets.HungUp:
            return
        resident = _pages()[1] * resource.getpagesize()
        grown = answer["last"] = resident > _SLENDER_BYTES or answer["error"] == _TOO_LARGE
        packets.send_header(line, answer)
        packets.send_pieces(line, body)


def _answered(request: dict[str, Any], line: socket.socket) -> tuple[dict[str, Any], list[bytes]]:
    """The answer to a request, and what goes with it, counting processor time meanwhile."""
    signal.setitimer(signal.ITIMER_PROF, request["seconds"])
    given = packets.pieces(line)
    try:
        found, body = _done(request, given)
        answer = {"error": None, **found}
    except SubmissionError as error:
        answer, body = {"error": str(error)}, []
    except MemoryError:
        answer, body = {"error": _TOO_LARGE}, []
    for _ in given:  # what is left of a file that was given up
        pass
    left, _ = signal.setitimer(signal.ITIMER_PROF, 0)
    return {**answer, "seconds": request["seconds"] - left}, body


def _done(request: dict[str, Any], given: Iterator[bytes]) -> tuple[dict[str, Any], list[bytes]]:
    most_bytes = request["most_bytes"]
    if request["do"] == "slim":
        return {}, [slim(given, most_bytes)]
    if request["do"] == "facts":
        return {"facts": _facts(given, most_bytes)}, []
    most_cells = request["most_cells"]
    content, files = b"".join(given), request["files"]
    notebook, repairs = notebook_that_runs(content, most_bytes, most_cells, files)
    return {"notebook": dataclasses.asdict(notebook), "repairs": repairs}, []


def _facts(given: Iterable[bytes], most_bytes: int) -> dict[str, Any]:
    digest = hashlib.blake2b(digest_size=16)

    def told() -> Iterator[bytes]:
        for piece in given:
            digest.update(piece)
            yield piece

    text = slim(told(), most_bytes)
    facts: Facts = facts_of(digest.digest(), text)
    return {
        "digest": facts.digest.hex(),
        "made_for": facts.made_for,
        "marks": sorted(facts.marks),
        "answered": facts.answered,
    }


def _pages() -> tuple[int, int]:
    """The address space of this process and what of it is resident, in pages."""
    total, resident, *_ = Path("/proc/self/statm").read_text().split()
    return int(total), int(resident)


def limit() -> None:
    """Bound what this process may take for good."""
    most = _pages()[0] * resource.getpagesize() + MOST_MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    with contextlib.suppress(OSError):  # where memory runs out for good, it goes before the grader
        Path("/proc/self/oom_score_adj").write_text("1000")


def main() -> None:
    """Entry point: serves the grader, whose socket is this process's standard input."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the grader's to handle
    limit()
    with contextlib.suppress(OSError), socket.socket(fileno=0) as line:
        serve(line)


if __name__ == "__main__":
    main()
