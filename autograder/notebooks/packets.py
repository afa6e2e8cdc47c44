"""What the grader and its readers say to each other: a header in JSON, and pieces of a file."""

import json
import socket
import struct
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

_LENGTH = struct.Struct("<I")
_LONGEST = 200_000_000
FOREVER = float("inf")


class HungUp(Exception):
    """The other end is gone."""


def send_header(line: socket.socket, header: Mapping[str, Any]) -> None:
    """Send a header. Raises OSError."""
    text = json.dumps(header).encode()
    line.sendall(_LENGTH.pack(len(text)) + text)


def send_pieces(line: socket.socket, pieces: Iterable[bytes]) -> None:
    """Send a file piece by piece, and its end. Raises OSError, and what `pieces` raises."""
    for piece in filter(None, pieces):
        line.sendall(_LENGTH.pack(len(piece)))
        line.sendall(piece)
    line.sendall(_LENGTH.pack(0))


def header(line: socket.socket, deadline: float = FOREVER) -> dict[str, Any]:
    """The next header. Raises HungUp, and TimeoutError after `deadline` of `time.monotonic`."""
    found: dict[str, Any] = json.loads(_piece(line, deadline))
    return found


def pieces(line: socket.socket, deadline: float = FOREVER) -> Iterator[bytes]:
    """The pieces of a file up to its end. Raises as `header` does."""
    while piece := _piece(line, deadline):
        yield piece


def _piece(line: socket.socket, deadline: float) -> bytes:
    (length,) = _LENGTH.unpack(_exactly(line, _LENGTH.size, deadline))
    if length > _LONGEST:
        raise HungUp("what it sends is no message")
    return bytes(_exactly(line, length, deadline))


def _exactly(line: socket.socket, size: int, deadline: float) -> bytearray:
    content = bytearray(size)
    view, got = memoryview(content), 0
    while got < size:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        line.settimeout(None if left == FOREVER else left)
        try:
            more = line.recv_into(view[got:])
        except ConnectionError as error:
            raise HungUp from error
        if not more:
            raise HungUp
        got += more
    return content
