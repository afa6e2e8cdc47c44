"""The process that turns drawings (SVG) of students into pictures: it may compute, and no more.

A few bytes of SVG can keep a browser busy for hours. Here a drawing has limits of processor time
and of memory, and what comes of it is a picture like any other. The grader sends an SVG in a
frame of `networks.frames` and gets one with a PNG, or with nothing where there is no picture of it.
The folder of the fonts is the one argument.
"""

import contextlib
import resource
import signal
import socket
import sys
from pathlib import Path

import resvg_py

from autograder.kernel.call_filter import restrict_calls
from autograder.kernel.isolation import available
from autograder.kernel.landlock import close_files
from autograder.kernel.privileges import drop_capabilities
from autograder.kernel.system_calls import EVALUATION
from autograder.networks import frames

ZOOM = 2
"""Pixels of the picture for one of the drawing, for screens that have as many."""

_SECONDS = 8  # of processor time, for all drawings of a page
_MEMORY_BYTES = 600_000_000  # of address space besides that of the libraries
_MOST_REQUEST_BYTES = 2_000_000
_DOTS_PER_INCH = 96.0  # by CSS


def drawn(svg: str, fonts: str) -> bytes:
    """A PNG of the drawing; empty for what is none."""
    try:
        content = resvg_py.svg_to_bytes(
            svg_string=svg,
            zoom=ZOOM,
            dpi=_DOTS_PER_INCH,
            skip_system_fonts=True,
            font_dirs=[fonts],
            serif_family="DejaVu Serif",
            sans_serif_family="DejaVu Sans",
            monospace_family="DejaVu Sans Mono",
            font_family="DejaVu Sans",
        )
    except ValueError:
        return b""
    return bytes(content)


def confine() -> None:
    """Give up capabilities, files and system calls; raises OSError where that cannot be had."""
    layers = available()
    if not (layers.files_are_closed and layers.seccomp):
        raise OSError(layers.reason)
    # Where memory runs out for good, the system shall end this process rather than the grader.
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limits = {
        resource.RLIMIT_AS: pages * resource.getpagesize() + _MEMORY_BYTES,
        resource.RLIMIT_CPU: _SECONDS,
        resource.RLIMIT_CORE: 0,
    }
    for kind, limit in limits.items():
        resource.setrlimit(kind, (limit, limit))
    drop_capabilities()
    close_files([], gpu=False)
    restrict_calls(EVALUATION)


def main() -> None:
    """Draw what comes in until the grader has no more; the argument is the fonts' folder."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the grader's to handle
    with socket.socket(fileno=0) as line, contextlib.suppress(frames.BrokenFrame):
        confine()
        while True:
            _, (svg,) = frames.receive(line, _MOST_REQUEST_BYTES)
            frames.send(line, {}, [drawn(svg.decode("utf-8", "replace"), sys.argv[1])])
