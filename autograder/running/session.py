"""Reads a kernel's messages, and no more of them than a notebook needs."""

import asyncio
import re
from collections.abc import Callable
from typing import Any

from jupyter_client.session import Session

# What a message costs beyond its content: the grader's time. Its own headers have some 600 bytes.
_MESSAGE_BYTES = 500
_HEADER_BYTES = 1_000
_FRAMES_BEFORE_CONTENT = 4  # signature, header, parent header, metadata
_JSON = slice(1, _FRAMES_BEFORE_CONTENT + 1)
# What values cost beyond the two bytes that they may take: `{}` becomes a kilobyte as an output.
_CONTAINER_BYTES, _VALUE_BYTES = 300, 8
_FREE_CONTAINERS, _FREE_VALUES = 12, 40  # an ordinary message has about half of it
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)


class MeteredSession(Session):
    """A session that stops listening once a kernel has sent too much, or what is no message.

    `problem` then names what was wrong: "output" or "message". `on_problem` is called once; it
    has to end the kernel.
    """

    def __init__(self, most_bytes: int, on_problem: Callable[[], None], **options: Any) -> None:
        super().__init__(**options)
        self.problem: str | None = None
        self._left = most_bytes
        self._on_problem = on_problem

    def clone(self) -> "MeteredSession":
        """This session itself: a manager and its client share one count."""
        return self

    def deserialize(
        self, msg_list: list[Any], content: bool = True, copy: bool = True
    ) -> dict[str, Any]:
        """The message. Raises CancelledError, which ends the task that listens, when it is bad."""
        head = sum(len(frame) for frame in msg_list[:_FRAMES_BEFORE_CONTENT])
        body = sum(len(frame) for frame in msg_list[_FRAMES_BEFORE_CONTENT:])
        self._left -= max(0, head - _HEADER_BYTES) + body + _MESSAGE_BYTES
        self._left -= _structure_bytes(b"".join(msg_list[_JSON]))
        if self._left < 0:
            self.stop("output")
        try:
            message = super().deserialize(msg_list, content, copy)
            _check(message)
        except Exception:  # whatever a forged message makes the parser raise
            self.stop("message")
        return message

    def feed_identities(
        self, msg_list: list[Any], copy: bool = True
    ) -> tuple[list[bytes], list[Any]]:
        """The message without the addresses in front. Raises CancelledError when it is none."""
        try:
            return super().feed_identities(msg_list, copy)
        except ValueError:
            self.stop("message")
            raise

    def stop(self, problem: str) -> None:
        """Note the problem and end the task that listens, by raising CancelledError.

        An error of another kind would leave it to the next reply, which may never come, and a
        flood gives nothing else a turn.
        """
        self.note(problem)
        raise asyncio.CancelledError

    def note(self, problem: str) -> None:
        """Note the problem, the first of them, and have the kernel ended."""
        if self.problem is None:
            self.problem = problem
            self._on_problem()


def _structure_bytes(text: bytes) -> int:
    """What the containers and values of JSON cost, strings left out; to be asked before parsing."""

    def cost(of: bytes) -> int:
        containers, values = of.count(b"{") + of.count(b"["), of.count(b",")
        return _CONTAINER_BYTES * max(0, containers - _FREE_CONTAINERS) + _VALUE_BYTES * max(
            0, values - _FREE_VALUES
        )

    return cost(_STRING.sub(b"", text)) if cost(text) else 0


def _check(message: dict[str, Any]) -> None:
    """Raise TypeError or KeyError unless the message has the parts that nbclient relies on."""
    for part in ("header", "parent_header", "metadata", "content"):
        if not isinstance(message[part], dict):
            raise TypeError(part)
    if not isinstance(message["header"]["msg_type"], str):
        raise TypeError("msg_type")
