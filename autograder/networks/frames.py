"""Messages between the grader and its workers: a JSON header and arrays as plain bytes.

Neither end unpickles anything, and the grader's takes no more than it has said it would.
"""

import json
import socket
import struct
import time
from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Blob = bytes | bytearray | memoryview

_LENGTHS = struct.Struct("<QQ")
_MOST_HEADER_BYTES = 4_000_000
_KINDS = "biuf"


class BrokenFrame(Exception):
    """The other end has gone or sent something that is no message; the text says which."""


def send(line: socket.socket, header: Mapping[str, Any], blobs: Sequence[Blob] = ()) -> None:
    """Send a message. Raises OSError, TimeoutError included, when the other end takes none."""
    sizes = [len(blob) for blob in blobs]
    text = json.dumps({**header, "sizes": sizes}).encode()
    line.sendall(_LENGTHS.pack(len(text), sum(sizes)) + text)
    for blob in blobs:
        line.sendall(blob)


def receive(
    line: socket.socket, most_bytes: int, deadline: float = float("inf")
) -> tuple[dict[str, Any], list[bytearray]]:
    """The next message, of at most `most_bytes` besides its header.

    Raises BrokenFrame for anything but a message, and TimeoutError when it is not whole at
    `deadline`, a time of `time.monotonic`.
    """
    header_bytes, blob_bytes = _LENGTHS.unpack(_exactly(line, _LENGTHS.size, deadline))
    if header_bytes > _MOST_HEADER_BYTES or blob_bytes > most_bytes:
        raise BrokenFrame("the message is too long")
    try:
        header = json.loads(_exactly(line, header_bytes, deadline))
        sizes = [int(size) for size in header["sizes"]]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise BrokenFrame("the message has no header") from error
    if min(sizes, default=0) < 0 or sum(sizes) != blob_bytes:
        raise BrokenFrame("the message contradicts itself")
    return header, [_exactly(line, size, deadline) for size in sizes]


def described(arrays: Sequence[Array]) -> tuple[list[dict[str, Any]], list[Blob]]:
    """Arrays of numbers as what a header says of them, and their bytes."""
    flat = [np.ascontiguousarray(array) for array in arrays]
    facts = [{"dtype": a.dtype.str, "shape": a.shape} for a in arrays]
    return facts, [array.tobytes() for array in flat]


def arrays_of(facts: Any, blobs: Sequence[bytearray]) -> list[Array]:
    """The arrays that `described` took apart; raises BrokenFrame for anything else."""
    try:
        pairs = zip(facts, blobs, strict=True)
        return [_array(fact["dtype"], fact["shape"], blob) for fact, blob in pairs]
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise BrokenFrame("the message holds no arrays") from error


def _array(name: str, shape: Sequence[int], blob: bytearray) -> Array:
    kind = np.dtype(name)
    if kind.kind not in _KINDS or prod(shape) * kind.itemsize != len(blob):
        raise ValueError(name)
    return np.frombuffer(blob, kind).reshape(shape)


def _exactly(line: socket.socket, size: int, deadline: float) -> bytearray:
    content = bytearray(size)
    view, got = memoryview(content), 0
    while got < size:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        line.settimeout(None if left == float("inf") else left)
        try:
            more = line.recv_into(view[got:])
        except ConnectionError as error:
            raise BrokenFrame("the other end has gone") from error
        if not more:
            raise BrokenFrame("the other end has gone")
        got += more
    return content
