"""A connection to one of a kernel's ZeroMQ sockets, which takes no more than it is allowed to.

It speaks ZMTP 3.0 (https://rfc.zeromq.org/spec/23/) with the mechanism NULL. ZeroMQ's own library
limits a frame and counts messages that wait, but collects any number of frames before anybody sees
the first: a message without an end would take 64 bytes of the grader's memory for every two.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence

_MORE, _LONG, _COMMAND = 1, 2, 4
_SIGNATURE_START, _SIGNATURE_END = 0xFF, 0x7F
_SIGNATURE_BYTES, _GREETING_BYTES = 10, 64
_GREETING = (
    bytes([_SIGNATURE_START, *[0] * 8, _SIGNATURE_END, 3, 0]) + b"NULL".ljust(20, b"\0") + bytes(32)
)
_SUBSCRIBE_TO_ALL = b"\x01"
# What a frame costs beyond its bytes, which may be none; a kernel's message has some seven.
_FRAME_BYTES = 100
_RECONNECT_SECONDS = 0.005
# Messages that may wait in the grader's memory; the others wait in the kernel's.
_MOST_WAITING = 8


class TooMuch(Exception):
    """A message has more bytes or frames than are taken."""


class BoundedSocket:
    """Messages from and to a socket that listens at `path`, each of at most `most_bytes`.

    `kind` is that of a socket: DEALER, with an identity, or SUB, which hears all. A connection that
    has been lost is not made anew: what listens there by then may be somebody else. `on_end` is
    then called with what was wrong: "output" (too much), "message" (no ZMTP), or "" where the
    kernel has hung up.
    """

    def __init__(
        self,
        path: str,
        kind: str,
        most_bytes: int,
        on_end: Callable[[str], None],
        identity: bytes = b"",
    ) -> None:
        self._path, self._kind, self._identity = path, kind, identity
        self._most_bytes, self._on_end = most_bytes, on_end
        self._received: asyncio.Queue[list[bytes]] = asyncio.Queue(_MOST_WAITING)
        self._writer: asyncio.StreamWriter | None = None
        self._is_ready = False
        self._unsent = b"" if kind == "DEALER" else _framed([_SUBSCRIBE_TO_ALL])
        self._listening = asyncio.ensure_future(self._listen())

    @property
    def has_message(self) -> bool:
        """Whether a message has come."""
        return not self._received.empty()

    async def message(self, timeout: float | None) -> list[bytes]:
        """The frames of the next message; raises TimeoutError when there is none by then."""
        if timeout is None or self.has_message:
            return await self._received.get()
        return await asyncio.wait_for(self._received.get(), timeout)

    def send_multipart(self, frames: Sequence[bytes], **_: object) -> None:
        """Send a message, at last when there is a connection; it has the name that Session uses."""
        if self._is_ready and self._writer is not None:
            self._writer.write(_framed(frames))
        else:
            self._unsent += _framed(frames)

    def close(self) -> None:
        """Hang up, whatever is still to be sent."""
        self._listening.cancel()
        self._hang_up()

    def _hang_up(self) -> None:
        if self._writer is not None:
            self._writer.transport.abort()

    async def _listen(self) -> None:
        problem = ""
        try:
            reader = await self._connected()
            while True:
                await self._received.put(await self._next(reader))
        except TooMuch:
            problem = "output"
        except ValueError:
            problem = "message"
        except (OSError, EOFError):
            pass
        self._hang_up()
        self._on_end(problem)

    async def _connected(self) -> asyncio.StreamReader:
        """Connect and shake hands. Raises OSError, EOFError, ValueError and TooMuch."""
        while True:
            # The kernel binds its sockets a moment after this begins.
            with contextlib.suppress(FileNotFoundError, ConnectionRefusedError):
                reader, writer = await asyncio.open_unix_connection(self._path)
                break
            await asyncio.sleep(_RECONNECT_SECONDS)
        self._writer = writer
        facts = {b"Socket-Type": self._kind.encode()}
        if self._identity:
            facts[b"Identity"] = self._identity
        writer.write(_GREETING + _command(b"READY", facts))
        greeting = await reader.readexactly(_GREETING_BYTES)
        if (greeting[0], greeting[_SIGNATURE_BYTES - 1]) != (_SIGNATURE_START, _SIGNATURE_END):
            raise ValueError("no ZMTP")
        await self._frame(reader, self._most_bytes)  # that it is ready: it takes no message before
        writer.write(self._unsent)
        self._is_ready = True
        return reader

    async def _next(self, reader: asyncio.StreamReader) -> list[bytes]:
        """The frames of one message. Raises EOFError and TooMuch.

        Commands, which nobody needs, are passed over; they cost as much.
        """
        left = self._most_bytes
        frames: list[bytes] = []
        while True:
            flags, frame = await self._frame(reader, left)
            left -= len(frame) + _FRAME_BYTES
            if flags & _COMMAND:
                continue
            frames.append(frame)
            if not flags & _MORE:
                return frames

    async def _frame(self, reader: asyncio.StreamReader, most_bytes: int) -> tuple[int, bytes]:
        """The flags and the bytes of a frame. Raises EOFError and TooMuch."""
        (flags,) = await reader.readexactly(1)
        length = await reader.readexactly(8 if flags & _LONG else 1)
        size = int.from_bytes(length, "big")
        if size + _FRAME_BYTES > most_bytes:
            raise TooMuch
        return flags, await reader.readexactly(size)


def _framed(frames: Sequence[bytes]) -> bytes:
    """A message as it goes over the wire."""
    last = len(frames) - 1
    parts = (_frame(_MORE if n < last else 0, frame) for n, frame in enumerate(frames))
    return b"".join(parts)


def _frame(flags: int, content: bytes) -> bytes:
    size = len(content)
    if size > 0xFF:
        return bytes([flags | _LONG]) + size.to_bytes(8, "big") + content
    return bytes([flags, size]) + content


def _command(name: bytes, facts: dict[bytes, bytes]) -> bytes:
    said = b"".join(
        bytes([len(key)]) + key + len(value).to_bytes(4, "big") + value
        for key, value in facts.items()
    )
    return _frame(_COMMAND, bytes([len(name)]) + name + said)
