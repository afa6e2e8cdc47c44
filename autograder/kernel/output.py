"""Leaves out what a notebook prints and draws beyond what its grader keeps: the notebook goes on.

In Jupyter whoever prints a whole data set waits a little, and the cells below run. What the grader
takes is limited, and it ends a kernel that sends more.
"""

import json
from typing import Any

from autograder.kernel.remarks import remark

_OUTPUT = frozenset(
    {"stream", "display_data", "update_display_data", "execute_result", "comm_open", "comm_msg"}
)
# The grader counts what messages cost it: headers, containers, and messages that are no output,
# for which a share is left.
_SHARE = 0.8
_MESSAGE_BYTES, _CONTAINER_BYTES, _VALUE_BYTES = 500, 300, 8
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
    """About what it costs as JSON."""
    if isinstance(value, str):
        return len(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")) + _VALUE_BYTES
    if isinstance(value, dict):
        return _CONTAINER_BYTES + sum(_size(key) + _size(inner) for key, inner in value.items())
    if isinstance(value, list | tuple):
        return _CONTAINER_BYTES + sum(map(_size, value))
    return 2 * _VALUE_BYTES
