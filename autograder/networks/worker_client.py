"""The grader's end of its workers: a file's inspection and its results, or a ModelError in time."""

import atexit
import contextlib
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Protocol, Self

from autograder import programs
from autograder.errors import BusyError, ModelError, SandboxError
from autograder.networks import frames
from autograder.networks.frames import Array, Blob, BrokenFrame

_START_SECONDS = 60
_MOST_ANSWER_BYTES = 500_000_000
_ATTEMPTS = 2
# Workers count their own computing time; a machine that is busy elsewhere may take longer.
_SLOWEST = 5
TOO_SLOW = "the network takes too long to run"
CRASHES = "the network crashes ONNX Runtime"


class Evaluator(Protocol):
    """Something that looks at ONNX files and runs them, with `seconds` of computing time.

    Both methods raise ModelError for a file that is refused, fails, or takes too much.
    """

    def inspect(self, content: bytes, *, seconds: float) -> None:
        """Returns if the file is safe to parse."""

    def run(
        self,
        content: bytes,
        names: Sequence[str],
        feed: Mapping[str, Array],
        *,
        seconds: float,
        exact: bool = False,
        chunk: int | None = None,
    ) -> list[Array]:
        """The tensors called `names`, as `runtime.run` describes."""


class InProcess:
    """Runs networks in this process, without limits: for a student's own session."""

    def inspect(self, content: bytes, *, seconds: float) -> None:
        """Returns if the file is safe to parse."""
        from autograder.networks import runtime

        runtime.inspect(content)

    def run(
        self,
        content: bytes,
        names: Sequence[str],
        feed: Mapping[str, Array],
        *,
        seconds: float,
        exact: bool = False,
        chunk: int | None = None,
    ) -> list[Array]:
        """The tensors called `names`, as `runtime.run` describes."""
        from autograder.networks import runtime

        return runtime.run(content, list(names), feed, exact=exact, chunk=chunk)


class Workers:
    """The warm process that workers are forked from; safe to use from several threads.

    It starts with the first worker and is started anew when it has died.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    @property
    def pid(self) -> int | None:
        """The process that workers are forked from; None before the first."""
        return self._process.pid if self._process else None

    def fork(self) -> tuple[socket.socket, int]:
        """A new worker: the socket to speak to it, and a pidfd. Raises SandboxError."""
        with self._lock:
            for attempt in range(1, _ATTEMPTS + 1):
                try:
                    return self._fork()
                except (OSError, IndexError) as error:
                    self._stop()
                    if attempt == _ATTEMPTS:
                        raise SandboxError(f"no process to run networks in: {error}") from error
        raise AssertionError("unreachable: the last attempt returns or raises")

    def close(self) -> None:
        """End the process and all its workers."""
        with self._lock:
            self._stop()

    def _fork(self) -> tuple[socket.socket, int]:
        if self._process is None or self._process.poll() is not None:
            self._start()
        assert self._control is not None
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with theirs:
            try:
                socket.send_fds(self._control, [b"fork"], [theirs.fileno()])
                _, handles, _, _ = socket.recv_fds(self._control, 16, 1)
                return ours, handles[0]
            except BaseException:
                ours.close()
                raise

    def _start(self) -> None:
        self._stop()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = programs.start(
                programs.python("autograder.networks.worker"),
                _environment(),
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._control = ours
        ours.settimeout(_START_SECONDS)
        if ours.recv(16) != b"ready":
            raise ConnectionError("it ended while it started; see the messages above")

    def _stop(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@cache
def shared_workers() -> Workers:
    """The workers of this process; they end with it."""
    workers = Workers()
    atexit.register(workers.close)
    return workers


class Worker:
    """An Evaluator in a process of its own, forked when first used and again after it has died.

    Serves one submission from one thread; leaving the context ends the process.
    """

    def __init__(self, workers: Workers) -> None:
        self._workers = workers
        self._line: socket.socket | None = None
        self._handle = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def inspect(self, content: bytes, *, seconds: float) -> None:
        """Returns if the file is safe to parse."""
        self._ask({"do": "inspect", "seconds": seconds}, [content], seconds)

    def run(
        self,
        content: bytes,
        names: Sequence[str],
        feed: Mapping[str, Array],
        *,
        seconds: float,
        exact: bool = False,
        chunk: int | None = None,
    ) -> list[Array]:
        """The tensors called `names`, as `runtime.run` describes."""
        facts, blobs = frames.described(list(feed.values()))
        request = {
            "do": "run", "seconds": seconds, "names": list(names), "feed": list(feed),
            "arrays": facts, "exact": exact, "chunk": chunk,
        }  # fmt: skip
        results = self._ask(request, [content, *blobs], seconds)
        if len(results) != len(names):
            raise ModelError("the network's results are not those asked for")
        return results

    def _ask(
        self, request: Mapping[str, Any], blobs: Sequence[Blob], seconds: float
    ) -> list[Array]:
        for attempt in range(1, _ATTEMPTS + 1):
            start = time.monotonic()
            try:
                return self._asked_once(request, blobs, start + _SLOWEST * seconds)
            except (BrokenFrame, OSError) as error:  # TimeoutError is an OSError
                self._end()
                if time.monotonic() - start >= seconds or isinstance(error, TimeoutError):
                    raise BusyError(TOO_SLOW) from error
                if attempt == _ATTEMPTS:
                    self._prove_sound()
                    raise BusyError(CRASHES) from error
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _prove_sound(self) -> None:
        """Raises SandboxError where workers die of themselves: then no network is to blame."""
        try:
            self._asked_once({"do": "ping", "seconds": 10}, [], time.monotonic() + _START_SECONDS)
        except (BrokenFrame, OSError) as error:
            self._end()
            raise SandboxError(f"the processes that run networks die: {error!r}") from error

    def _asked_once(
        self, request: Mapping[str, Any], blobs: Sequence[Blob], deadline: float
    ) -> list[Array]:
        if self._line is None:
            self._line, self._handle = self._workers.fork()
        self._line.settimeout(max(0.1, deadline - time.monotonic()))
        frames.send(self._line, request, blobs)
        answer, parts = frames.receive(self._line, _MOST_ANSWER_BYTES, deadline)
        if answer.get("error"):
            raise ModelError(str(answer["error"])[:300])
        return frames.arrays_of(answer.get("arrays"), parts)

    def _end(self) -> None:
        if self._line is None:
            return
        with contextlib.suppress(OSError):
            signal.pidfd_send_signal(self._handle, signal.SIGKILL)
        os.close(self._handle)
        self._line.close()
        self._line = None


class Metered:
    """An Evaluator that one network may use for so many seconds in all."""

    def __init__(self, evaluator: Evaluator, seconds: float) -> None:
        self._evaluator = evaluator
        self._left = seconds

    def inspect(self, content: bytes) -> None:
        """Returns if the file is safe to parse."""
        with self._clock() as seconds:
            self._evaluator.inspect(content, seconds=seconds)

    def run(
        self,
        content: bytes,
        names: Sequence[str],
        feed: Mapping[str, Array],
        *,
        exact: bool = False,
        chunk: int | None = None,
    ) -> list[Array]:
        """The tensors called `names`, as `runtime.run` describes."""
        with self._clock() as seconds:
            return self._evaluator.run(
                content, names, feed, seconds=seconds, exact=exact, chunk=chunk
            )

    @contextlib.contextmanager
    def _clock(self) -> Iterator[float]:
        if self._left <= 0:
            raise BusyError(TOO_SLOW)
        start = time.monotonic()
        try:
            yield self._left
        finally:
            self._left -= time.monotonic() - start


def _environment() -> dict[str, str]:
    return programs.environment(
        OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", PYTHONDONTWRITEBYTECODE="1"
    )
