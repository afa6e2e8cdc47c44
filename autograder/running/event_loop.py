"""The event loop of one run: it leaves the process's signals alone and ends without a word."""

import asyncio
import logging
import signal
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn, TypeVar

_T = TypeVar("_T")
_log = logging.getLogger(__name__)


class _Loop(asyncio.SelectorEventLoop):
    def add_signal_handler(self, *_: object) -> NoReturn:
        """Refuse, as outside the main thread: nbclient would swallow Ctrl-C and go on."""
        raise RuntimeError("signals are the command's business")

    def remove_signal_handler(self, sig: int) -> NoReturn:
        """Refuse, too: there is none."""
        raise RuntimeError("signals are the command's business")

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Keep to the log what nobody waits for, such as the watch over a kernel that has ended."""
        _log.debug("%s", context.get("message"), exc_info=context.get("exception"))


def is_cancelled() -> bool:
    """Whether the task that asks is to end."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


@contextmanager
def killed_politely() -> Iterator[None]:
    """Take a polite `kill` for Ctrl-C, so that what has begun is put in order before the end.

    Not where who started this process had it ignored. Call it in the main thread.
    """
    before = signal.getsignal(signal.SIGTERM)
    if before == signal.SIG_IGN:
        yield
        return
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before or signal.SIG_DFL)


def run_alone(work: Coroutine[Any, Any, _T]) -> _T:
    """The result of `work`, in a loop of its own in this thread.

    In the main thread Ctrl-C cancels it and comes out as KeyboardInterrupt, when all that it has
    begun is put in order.
    """
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(work)
