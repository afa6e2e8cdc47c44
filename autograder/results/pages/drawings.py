"""Drawings (SVG) in notebooks as pictures, made by a confined process."""

import base64
import socket
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Self

from autograder import programs
from autograder.networks import frames
from autograder.results.pages.pictures import Picture, picture

_MOST_BYTES = 1_000_000
_MOST_PICTURE_BYTES = 4_000_000
_STARTS = 2  # a drawing that is too much for the process takes no other with it
# The process counts its own computing time; a machine that is busy elsewhere may take longer.
_WAIT_SECONDS = 60
_ZOOM = 2  # as `drawing_worker.ZOOM`, which only the process can import


class Drawings:
    """The drawings of one page; leaving the context ends the process, if one was needed."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None
        self._starts = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def picture(self, svg: str) -> Picture | None:
        """The drawing as a picture; None where it is none, is too large or takes too long."""
        content = svg.encode("utf-8", "replace")
        if len(content) > _MOST_BYTES:
            return None
        try:
            png = self._drawn(content)
        except (frames.BrokenFrame, OSError):  # a TimeoutError is an OSError
            self._end()
            return None
        found = picture("image/png", base64.b64encode(png).decode())
        if found is None:
            return None
        width, height = max(1, found.width // _ZOOM), max(1, found.height // _ZOOM)
        return found._replace(width=width, height=height)

    def _drawn(self, content: bytes) -> bytes:
        if self._line is None:
            self._start()
        assert self._line is not None
        deadline = time.monotonic() + _WAIT_SECONDS
        self._line.settimeout(_WAIT_SECONDS)
        frames.send(self._line, {}, [content])
        _, parts = frames.receive(self._line, _MOST_PICTURE_BYTES, deadline)
        return bytes(parts[0]) if parts else b""

    def _start(self) -> None:
        if self._starts == _STARTS:
            raise OSError("the drawings of this page take too much")
        self._starts += 1
        self._line, theirs = socket.socketpair()
        with theirs:
            self._process = programs.start(
                programs.python("autograder.results.drawing_worker", _fonts()),
                programs.environment(),
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )

    def _end(self) -> None:
        if self._line is not None:
            self._line.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._line = self._process = None


def _fonts() -> str:
    """Matplotlib's own fonts, found without loading it: any system has them, and all alike."""
    spec = find_spec("matplotlib")
    assert spec is not None, "a dependency"
    assert spec.origin is not None, "a package"
    return str(Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf")
