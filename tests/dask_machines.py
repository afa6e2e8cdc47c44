"""A real Dask scheduler with real workers, for tests; in a network of its own where one is asked.

Whatever a test does to them, nothing of them is left afterwards.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from autograder.model import Grade

DASK = str(Path(sys.executable).with_name("dask"))
# How long a machine that is busy with other tests may take for anything.
PATIENCE = 150
# Those that are lost are missed sooner than with Dask's defaults.
QUICK = {"DASK_DISTRIBUTED__COMM__TIMEOUTS__TCP": "15s"}


def wait_until(what: Callable[[], object], meaning: str, seconds: float = PATIENCE) -> None:
    """Wait until `what` is true; fail with what was waited for."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, f"waited in vain: {meaning}"
        time.sleep(0.1)


def told(grades: Sequence[Grade]) -> list[object]:
    """All that a class is told, but for the time that it took."""
    return [grade.model_dump(exclude={"seconds"}) for grade in grades]


def free_port() -> int:
    """A port of this machine that nobody uses."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def children(pid: int) -> list[int]:
    """The processes whose parent is this one."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(c) for task in tasks for c in (task / "children").read_text().split()]
    except OSError:
        return []


def descendants(pid: int) -> set[int]:
    """The processes that stem from this one."""
    found = children(pid)
    return {*found}.union(*(descendants(child) for child in found))


def is_gone(pid: int) -> bool:
    """Whether the process has ended; one that waits to be reaped has."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def has_file(pid: int, name: str) -> bool:
    """Whether the current folder of a process has a file of that name."""
    try:
        return Path(f"/proc/{pid}/cwd/{name}").exists()
    except OSError:
        return False


class DaskMachines:
    """A scheduler at `address` and workers under a nanny each, every one with a log in `folder`.

    `before` is a command for each machine in front of its own, such as one that enters a network;
    the first is the scheduler's.
    """

    def __init__(
        self,
        folder: Path,
        workers: int = 2,
        *,
        host: str = "127.0.0.1",
        protocol: str = "tcp",
        before: Sequence[Sequence[str]] = (),
        variables: Mapping[str, str] | None = None,
    ) -> None:
        self._folder, self._count, self._host = folder, workers, host
        self._before = before or [()] * (workers + 1)
        self._variables = {**os.environ, **QUICK, **(variables or {})}
        self.address = f"{protocol}://{host}:{free_port()}"
        self.scheduler: subprocess.Popen[bytes] | None = None
        self.nannies: list[subprocess.Popen[bytes]] = []
        self._started: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        try:
            self.start_scheduler()
            for _ in range(self._count):
                self.start_worker()
            wait_until(lambda: all(map(self.pid_of, self.nannies)), "workers start")
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        self.close()
        if kind is not None:
            for log in sorted(self._folder.glob("*.log")):
                print(log.name, log.read_text("utf-8", "replace")[-4_000:], sep="\n")  # noqa: T201

    def start_scheduler(self) -> None:
        """Start the scheduler, at the same address each time."""
        protocol, port = self.address.partition(":")[0], self.address.rpartition(":")[2]
        command = [
            DASK, "scheduler", "--protocol", protocol, "--host", self._host, "--port", port,
            "--no-dashboard",
        ]  # fmt: skip
        self.scheduler = self._start(command, "scheduler", self._before[0])
        log = self._folder / "scheduler.log"
        wait_until(lambda: "Scheduler at" in log.read_text("utf-8"), "the scheduler starts")

    def start_worker(self, **variables: str) -> "subprocess.Popen[bytes]":
        """Start one worker more."""
        number = len(self.nannies)
        command = [
            DASK, "worker", self.address, "--nthreads", "1", "--no-dashboard",
            "--local-directory", str(self._folder / f"worker{number}"),
        ]  # fmt: skip
        before = self._before[1 + number % self._count] if self._count else ()
        nanny = self._start(command, f"worker{number}", before, **variables)
        self.nannies.append(nanny)
        return nanny

    def pid_of(self, nanny: "subprocess.Popen[bytes]") -> int | None:
        """The worker's own process, once it has registered."""
        log = self._folder / f"worker{self.nannies.index(nanny)}.log"
        assert nanny.poll() is None, log.read_text("utf-8", "replace")[-2_000:]
        if "Starting established connection" not in log.read_text("utf-8", "replace"):
            return None
        return next((p for p in descendants(nanny.pid) if _is_worker(p)), None)

    def begun(self) -> set[int]:
        """What workers have started: neither they nor what Dask starts by itself."""
        workers = {p for nanny in self.nannies for p in descendants(nanny.pid) if _is_worker(p)}
        return {p for worker in workers for p in descendants(worker) if not is_gone(p)}

    def close(self) -> None:
        """Kill all of it."""
        for process in self._started:
            left = descendants(process.pid)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            process.wait()

    def _start(
        self, command: Sequence[str], name: str, before: Sequence[str], **variables: str
    ) -> "subprocess.Popen[bytes]":
        with (self._folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                [*before, *command], stdout=log, stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL, start_new_session=True, cwd=self._folder,
                env={**self._variables, **variables},
            )  # fmt: skip
        self._started.append(process)
        return process


def _is_worker(pid: int) -> bool:
    try:
        return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


class Recorder:
    """A way to a scheduler that keeps all that the caller sends along it."""

    def __init__(self, target: str) -> None:
        host, _, port = target.removeprefix("tcp://").rpartition(":")
        self._target = (host, int(port))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"tcp://127.0.0.1:{self._listener.getsockname()[1]}"
        self._sent: list[bytes] = []

    @property
    def sent(self) -> bytes:
        """All that went to the scheduler, one piece behind the other."""
        return b"".join(self._sent)

    @contextlib.contextmanager
    def listening(self) -> Iterator[Self]:
        """Pass everything on while this is open."""
        server = threading.Thread(target=self._serve)
        server.start()
        try:
            yield self
        finally:
            self._listener.shutdown(socket.SHUT_RDWR)
            server.join()
            self._listener.close()

    def _serve(self) -> None:
        with contextlib.ExitStack() as open_ones, contextlib.suppress(OSError):
            while True:
                ours = open_ones.enter_context(self._listener.accept()[0])
                theirs = open_ones.enter_context(socket.create_connection(self._target))
                for one, other, kept in ((ours, theirs, True), (theirs, ours, False)):
                    pump = threading.Thread(target=self._pump, args=(one, other, kept))
                    pump.start()
                    open_ones.callback(pump.join)
                open_ones.callback(_shut, ours, theirs)

    def _pump(self, one: socket.socket, other: socket.socket, kept: bool) -> None:
        with contextlib.suppress(OSError):
            while piece := one.recv(65_536):
                if kept:
                    self._sent.append(piece)
                other.sendall(piece)
        _shut(one, other)


def _shut(*ends: socket.socket) -> None:
    for end in ends:
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
