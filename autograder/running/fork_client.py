"""The grader's end of the fork server: asks for kernels, and starts the server anew if it died."""

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

from autograder import programs
from autograder.errors import SandboxError
from autograder.kernel.launch import Launch
from autograder.running.preload import LAB

_PACKET = 65_536
_START_SECONDS = 120
_ANSWER_SECONDS = 60
_STOP_SECONDS = 5
# A kernel of ours leaves its user id when its time is up; others' may run for days.
_OWN_KERNELS_SECONDS = 900
_OTHERS_SECONDS = 30
_SEAT_PAUSE_SECONDS = 0.2


@dataclass(frozen=True)
class Forked:
    """A kernel's process: its id, a pidfd that tells when it ends, and the server's generation."""

    pid: int
    handle: int
    generation: int


class ForkServer:
    """A warm process to fork kernels from; safe to use from several threads.

    It has imported the modules `preload`, which kernels then find ready; what no notebook needs
    would make it slower to start and to fork. Every method raises SandboxError when the server
    cannot be started or does not answer.
    """

    def __init__(self, environment: dict[str, str], preload: Sequence[str] = LAB) -> None:
        self._environment, self._preload = environment, preload
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None
        self._generation = 0
        self._pid: int | None = None
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """The server's process id; None before the first kernel."""
        return self._pid

    def fork(self, launch: Launch) -> Forked:
        """A new kernel. Starts the server first if there is none or it has died.

        Where all user ids are taken it waits for one, and for longer if our own kernels have them.
        """
        start = time.monotonic()
        while True:
            answer = self._asked_to_fork(launch)
            if isinstance(answer, Forked):
                return answer
            patience = _OWN_KERNELS_SECONDS if answer.get("kernels") else _OTHERS_SECONDS
            if not answer.get("full") or time.monotonic() - start > patience:
                raise SandboxError(answer["error"])
            time.sleep(_SEAT_PAUSE_SECONDS)

    def _asked_to_fork(self, launch: Launch) -> Forked | dict[str, Any]:
        """A new kernel, or what the server says instead."""
        with self._lock:
            if self._closed:
                raise SandboxError("the fork server is closed")
            if self._process is None or self._has_hung_up():
                self._start()
            self._wait_until_ready()
            with _opened(launch) as handles:
                limits, user = launch["limits"], "user" in launch["layers"]
                self._send({"do": "fork", "limits": limits, "user": user}, handles)
            answer, received = self._receive(handles=1)
            return Forked(answer["pid"], received[0], self._generation) if received else answer

    def begin_calls(self, kernel: Forked) -> None:
        """Say that the kernel's cells are over: calls follow, each of which ends alone."""
        with self._lock:
            if self._generation == kernel.generation:
                self._send({"do": "calls", "pid": kernel.pid})
                self._receive()

    def end(self, kernel: Forked) -> str | None:
        """Kill what is left of the kernel and its descendants; the limit that had ended it.

        None where a new server has been started since: the old one's kernels died with it.
        """
        with self._lock:
            if self._generation != kernel.generation:
                return None
            self._send({"do": "end", "pid": kernel.pid})
            answer, _ = self._receive()
            if "error" in answer:
                raise SandboxError(answer["error"])
            reason: str | None = answer["reason"]
            return reason

    def has_died_since(self, kernel: Forked) -> bool:
        """Whether the server that made this kernel is gone."""
        with self._lock:
            return self._generation != kernel.generation or self._has_hung_up()

    def close(self) -> None:
        """End the server and all its kernels, for good."""
        with self._lock:
            self._closed = True
            self._stop()

    def start(self) -> None:
        """Start the server without waiting for it: it warms up while the grader reads on."""
        with self._lock:
            if self._process is None:
                self._start()

    def _start(self) -> None:
        self._stop()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = programs.start(
                programs.python("autograder.kernel.forkserver", *self._preload),
                self._environment,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                # Ctrl-C in the terminal reaches the grader alone, which then ends its kernels.
                start_new_session=True,
            )
        self._generation += 1
        self._channel = ours

    def _wait_until_ready(self) -> None:
        if self._pid is not None:
            return
        assert self._channel is not None
        self._channel.settimeout(_START_SECONDS)
        data, _ = self._recv()
        if not data:
            raise SandboxError("the fork server did not start; see the messages above")
        word = json.loads(data)
        if "ready" not in word:
            left = tuple(name for name in self._preload if name not in word["threads"])
            if left == self._preload:
                raise SandboxError(f"importing {word['threads'][0]} starts threads")
            self._preload = left
            self._start()
            self._wait_until_ready()
            return
        self._pid = word["ready"]
        self._channel.settimeout(_ANSWER_SECONDS)

    def _stop(self) -> None:
        if self._channel is not None:
            self._channel.close()
            self._channel = None
        if self._process is not None:
            if self._pid is None:  # still warming up, with no kernel to look after
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._process.pid, signal.SIGKILL)
            try:
                self._process.wait(timeout=_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._kill()
            self._process = self._pid = None

    def _kill(self) -> None:
        """Kill a server that does not stop; its parent, the guardian, then ends its kernels."""
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError):
            if self._pid is not None:
                os.kill(self._pid, signal.SIGKILL)
        try:
            self._process.wait(timeout=_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _has_hung_up(self) -> bool:
        """Whether the server's end of the socket is closed: it lives as long as the server."""
        if self._channel is None:
            return True
        poller = select.poll()
        poller.register(self._channel, select.POLLHUP)
        return bool(poller.poll(0))

    def _send(self, request: dict[str, Any], handles: Sequence[int] = ()) -> None:
        try:
            if self._channel is None:
                raise SandboxError("the fork server is not running")
            socket.send_fds(self._channel, [json.dumps(request).encode()], handles)
        except OSError as error:
            raise SandboxError(f"the fork server has died: {error}") from error

    def _receive(self, handles: int = 0) -> tuple[dict[str, Any], list[int]]:
        data, received = self._recv(handles)
        if not data:
            raise SandboxError("the fork server has died")
        return json.loads(data), received

    def _recv(self, handles: int = 0) -> tuple[bytes, list[int]]:
        assert self._channel is not None
        try:
            data, received, _, _ = socket.recv_fds(self._channel, _PACKET, handles)
        except OSError as error:
            raise SandboxError(f"the fork server does not answer: {error}") from error
        return data, list(received)


@contextlib.contextmanager
def _opened(launch: Launch) -> Iterator[tuple[int, int]]:
    """A file in memory with the launch, and the kernel's folder. Raises SandboxError."""
    try:
        folder = os.open(launch["folder"], os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise SandboxError(f"the workspace is gone: {error}") from error
    file = os.memfd_create("launch")
    try:
        os.write(file, json.dumps(launch).encode())
        os.lseek(file, 0, os.SEEK_SET)
        yield file, folder
    finally:
        os.close(file)
        os.close(folder)


def close_handle(kernel: Forked) -> None:
    """Close the kernel's pidfd."""
    with contextlib.suppress(OSError):
        os.close(kernel.handle)
