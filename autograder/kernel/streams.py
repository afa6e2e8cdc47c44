"""Keeps the kernel talking when a notebook has put something else in the place of its streams.

ipykernel flushes `sys.stdout` and `sys.stderr` around each cell. Where that raises, the kernel
never answers again and takes all later cells along.
"""

import sys
from typing import Any


def keep_streams(shell: Any) -> None:
    """Put the kernel's own streams back at the end of a cell where those there do not work."""
    own = {"stdout": sys.stdout, "stderr": sys.stderr}
    show = shell._showtraceback

    def restore(*_: object) -> None:
        for name, stream in own.items():
            current = getattr(sys, name, None)
            if current is not stream and not _works(current):
                setattr(sys, name, stream)

    def show_anyway(*args: Any) -> None:
        restore()
        show(*args)

    shell._showtraceback = show_anyway
    shell.events.register("post_run_cell", restore)


def _works(stream: Any) -> bool:
    try:
        stream.flush()
    except Exception:  # None, a closed file, or a class of the student's own
        return False
    return True
