"""Leaves out what a notebook prints and draws beyond what its grader keeps: the notebook goes on.

In Jupyter whoever prints a whole data set waits a little, and the cells below run. What the grader
takes is limited, and it ends a kernel that sends more.
"""

from typing import Any

from autograder.kernel.remarks import remark

_OUTPUT = frozenset(
    {"stream", "display_data", "update_display_data", "execute_result", "comm_open", "comm_msg"}
)
# The grader counts a message's headers and its structure as well, so the kernel keeps below it.
_SHARE = 0.5
_MESSAGE_BYTES = 1_000
# An endless loop prints more than this many times the limit: then the grader is to end it.
_MOST_LEFT_OUT = 8


def leave_out_what_is_too_much(session: Any, most_bytes: int) -> None:
    """Send no output beyond the grader's `most_bytes`, until that is a multiple of them."""
    send, count = session.send, 0

    def send_unless_too_much(stream: Any, message: Any, *args: Any, **options: Any) -> Any:
        nonlocal count
        kind = message.get("msg_type") if isinstance(message, dict) else message
        if kind in _OUTPUT:
            content = message.get("content") if isinstance(message, dict) else args and args[0]
            before, count = count, count + _MESSAGE_BYTES + _size(content or options.get("content"))
            if _SHARE * most_bytes < count < _MOST_LEFT_OUT * most_bytes:
                if before <= _SHARE * most_bytes:
                    remark("output", f"{most_bytes * _SHARE / 1e6:g} MB")
                return None
        return send(stream, message, *args, **options)

    session.send = send_unless_too_much


def _size(value: object) -> int:
    """About how long it is as JSON."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(_size(key) + _size(inner) for key, inner in value.items())
    if isinstance(value, list | tuple):
        return sum(map(_size, value))
    return 8
