"""The grader's end of its workers: what is in a file and its scores, or a ModelError in time."""

import atexit
import contextlib
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from autograder import programs
from autograder.errors import BusyError, ModelError, SandboxError
from autograder.networks import frames
from autograder.networks.description import MOST_BYTES, Description, read_description
from autograder.networks.evaluator import (
    CRASHES,
    TOO_BUSY,
    TOO_SLOW,
    Takes,
    TimeBudget,
    checked_scores,
)
from autograder.networks.frames import Blob, BrokenFrame

_START_SECONDS = 60
_MOST_CLASSES = 1_000
_ATTEMPTS = 2
# Workers count their own computing time; a machine that is busy elsewhere may take longer.
_SLOWEST = 5


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

    def describe(self, files: Sequence[bytes], takes: Takes, budget: TimeBudget) -> Description:
        """What the network in the last file computes. Raises ModelError and SandboxError."""
        request = {"do": "describe", "takes": [asdict(one) for one in takes]}
        parts = self._ask(request, files, budget, MOST_BYTES)[1]
        if len(parts) != 1:
            raise ModelError("nothing was found in the network's file")
        return read_description(parts[0])

    def scores(
        self,
        file: bytes,
        inputs: Sequence[NDArray[Any]],
        takes: Takes,
        budget: TimeBudget,
        *,
        chunk: int,
        quiet: bool = False,
    ) -> NDArray[np.float32]:
        """The scores (N, …) of each example. Raises ModelError and SandboxError."""
        facts, blobs = frames.described(inputs)
        request = {
            "do": "scores", "takes": [asdict(one) for one in takes], "arrays": facts,
            "chunk": chunk, "quiet": quiet,
        }  # fmt: skip
        count = len(inputs[0])
        most = count * _MOST_CLASSES * 4
        answer, parts = self._ask(request, [file, *blobs], budget, most)
        try:
            (scores,) = frames.arrays_of(answer.get("arrays"), parts)
        except (BrokenFrame, ValueError) as error:
            raise ModelError("the network's scores are no numbers") from error
        return checked_scores(scores, count)

    def _ask(
        self, request: Mapping[str, Any], blobs: Sequence[Blob], budget: TimeBudget, most_bytes: int
    ) -> tuple[dict[str, Any], list[bytearray]]:
        """The answer within the budget. Raises ModelError for the network, SandboxError for us."""
        for attempt in range(1, _ATTEMPTS + 1):
            budget.require_some()
            seconds, start = budget.seconds, time.monotonic()
            request = {**request, "seconds": seconds}
            try:
                answer, parts = self._asked_once(
                    request, blobs, start + _SLOWEST * seconds, most_bytes
                )
            except TimeoutError as error:
                self._end()
                budget.spend(seconds)
                raise BusyError(TOO_BUSY) from error
            except (BrokenFrame, OSError) as error:
                self._end()
                if time.monotonic() - start >= seconds:
                    budget.spend(seconds)
                    raise ModelError(TOO_SLOW) from error
                if attempt == _ATTEMPTS:
                    self._prove_sound()
                    raise BusyError(CRASHES) from error
            else:
                budget.spend(_used(answer, time.monotonic() - start))
                if answer.get("error"):
                    raise ModelError(str(answer["error"])[:300])
                return answer, parts
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _prove_sound(self) -> None:
        """Raises SandboxError where workers die of themselves: then no network is to blame."""
        try:
            ping = {"do": "ping", "seconds": 10}
            self._asked_once(ping, [], time.monotonic() + _START_SECONDS, 0)
        except (BrokenFrame, OSError) as error:
            self._end()
            raise SandboxError(f"the processes that run networks die: {error!r}") from error

    def _asked_once(
        self,
        request: Mapping[str, Any],
        blobs: Sequence[Blob],
        deadline: float,
        most_bytes: int,
    ) -> tuple[dict[str, Any], list[bytearray]]:
        if self._line is None:
            self._line, self._handle = self._workers.fork()
        self._line.settimeout(max(0.1, deadline - time.monotonic()))
        frames.send(self._line, request, blobs)
        return frames.receive(self._line, most_bytes, deadline)

    def _end(self) -> None:
        if self._line is None:
            return
        with contextlib.suppress(OSError):
            signal.pidfd_send_signal(self._handle, signal.SIGKILL)
        os.close(self._handle)
        self._line.close()
        self._line = None


def _used(answer: Mapping[str, Any], most: float) -> float:
    """The computing time that a worker says it took; at most the time that has passed."""
    used = answer.get("used")
    return min(max(float(used), 0.0), most) if isinstance(used, int | float) else most


def _environment() -> dict[str, str]:
    return programs.environment(
        OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", PYTHONDONTWRITEBYTECODE="1"
    )
