"""A line in the notebook while a check takes longer than a second."""

import contextvars
import threading
import time
from types import TracebackType
from typing import Any, Self

_PATIENCE_SECONDS = 1.0


class StatusLine:
    """Says what is being checked, from the second second on; the line goes away at the end.

    Where no thread starts, as in a browser, it appears with the next thing that is said.
    """

    def __init__(self) -> None:
        self._text = ""
        self._handle: Any = None
        self._lock = threading.Lock()
        # Jupyter knows by the context to which cell something belongs.
        show = contextvars.copy_context().run
        self._timer = threading.Timer(_PATIENCE_SECONDS, show, [self._show])
        self._timer.daemon = True
        self._due: float | None = None  # on the clock, where there is no timer

    def __enter__(self) -> Self:
        try:
            self._timer.start()
        except RuntimeError:
            self._due = time.monotonic() + _PATIENCE_SECONDS
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        with self._lock:
            if self._handle is not None:
                self._handle.update({"text/plain": "", "text/html": ""}, raw=True)
            self._text = ""

    def say(self, text: str) -> None:
        """What is being checked from now on."""
        with self._lock:
            self._text = text
            if self._handle is not None:
                self._handle.update(_shown(text), raw=True)
                return
        if self._due is not None and time.monotonic() >= self._due:
            self._show()

    def _show(self) -> None:
        from IPython.core.getipython import get_ipython
        from IPython.display import display

        with self._lock:
            # A terminal cannot take a line back.
            if self._text and hasattr(get_ipython(), "kernel"):
                shown: Any = display
                self._handle = shown(_shown(self._text), raw=True, display_id=True)


def _shown(text: str) -> dict[str, str]:
    from autograder.student.view import line_of

    return {"text/plain": text, "text/html": line_of(text)}
