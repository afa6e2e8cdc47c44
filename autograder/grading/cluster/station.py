"""The worker's side: a process of Dask's that runs notebooks in forks of its own server.

A station is a plugin of the worker, so that it ends what it has begun when the worker ends. Each
batch has a session in it: one fork server, and the runs that are under way. Dask can't stop a task
that runs in a thread; but it tells a plugin when nobody wants a task any more, because the batch is
over, was stopped, or the machine that it was called from is gone. The session is closed then, with
all its kernels.
"""

import asyncio
import secrets
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from distributed import Worker, WorkerPlugin, get_worker, secede

from autograder.errors import AutograderError, SandboxError
from autograder.grading.cluster.parcel import DataFile, Parcel
from autograder.kernel.isolation import available, best_layers
from autograder.model import Execution
from autograder.notebooks.reading import shared_readers
from autograder.running.fork_client import ForkServer
from autograder.running.manager import fork_server
from autograder.running.scratch import Scratch
from autograder.running.shortage import allow_open_files, machine_fault
from autograder.running.workspace import remove_left_behind

NAME = "autograder"
# A batch with nothing to run here for so long may be over without a word.
_IDLE_SECONDS = 5.0
_UNWANTED = ("released", "cancelled", "forgotten")


class NoStationError(AutograderError):
    """This process of the worker is not the one that the run was meant for."""


class _Session:
    """One batch's fork server, and how many runs it has under way."""

    def __init__(self, server: ForkServer) -> None:
        self.server = server
        self.runs = 0
        self.idle: threading.Timer | None = None


class Station(WorkerPlugin):  # type: ignore[misc]  # Dask is not installed everywhere
    """The runs of one worker process."""

    def __init__(self) -> None:
        self.token = secrets.token_hex(8)
        self._lock = threading.Lock()
        self._sessions: dict[str, _Session] = {}
        self._session_of: dict[str, str] = {}
        self._open = ExitStack()
        self._folder: Path | None = None

    async def teardown(self, worker: Worker) -> None:
        """End everything before the worker ends; its nanny would not wait long."""
        await asyncio.to_thread(self.close)

    def transition(self, key: Any, start: str, finish: str, **_: Any) -> None:
        """Close the session of a run that nobody waits for any more."""
        if finish in _UNWANTED and (session := self._session_of.get(str(key))) is not None:
            threading.Thread(target=self.end, args=(session,), daemon=True).start()

    def run(self, parcel: Parcel, key: str) -> Execution:
        """The run; raises what a job raises, with this machine's name where it is to blame."""
        layers = best_layers()
        here = available()
        if not (here.files_are_closed and here.seccomp) and not parcel.trust:
            raise SandboxError(f"student code cannot be confined there ({here.reason})")
        settings = parcel.job.settings.model_copy(update={"layers": layers})
        files = tuple(self._place(file) / file.name for file in parcel.files)
        job = replace(parcel.job, files=files, settings=settings)
        with self._server(parcel, key) as server:
            try:
                return job.run(server)
            except SandboxError as error:
                raise SandboxError(machine_fault(error) or str(error)) from None

    def keep(self, file: DataFile, content: bytes) -> None:
        """Keep a file for all runs to come."""
        place = self._place(file)
        if not (place / file.name).exists():
            place.mkdir(mode=0o700, exist_ok=True)
            unfinished = place / f".{secrets.token_hex(4)}"
            unfinished.write_bytes(content)
            unfinished.replace(place / file.name)

    def end(self, session: str, *, if_idle: bool = False) -> None:
        """Close a session: its kernels are killed, and its runs fail."""
        with self._lock:
            if if_idle and session in self._sessions and self._sessions[session].runs:
                return
            found = self._sessions.pop(session, None)
            last = not self._sessions
        if found is not None:
            if found.idle is not None:
                found.idle.cancel()
            found.server.close()
        if last:
            shared_readers().close()

    def close(self) -> None:
        """Close all sessions and remove the files."""
        for session in list(self._sessions):
            self.end(session)
        shared_readers().close()
        with self._lock:
            self._folder = None
            self._open.close()

    @contextmanager
    def _server(self, parcel: Parcel, key: str) -> Iterator[ForkServer]:
        """The session's fork server; the session is there while anything runs, and a little on."""
        with self._lock:
            session = self._sessions.get(parcel.session)
            if session is None:
                server = fork_server(parcel.job.settings, parcel.preload)
                session = self._sessions[parcel.session] = _Session(server)
            if session.idle is not None:
                session.idle.cancel()
                session.idle = None
            session.runs += 1
            self._session_of[key] = parcel.session
        try:
            yield session.server
        finally:
            with self._lock:
                self._session_of.pop(key, None)
                session.runs -= 1
                is_open = self._sessions.get(parcel.session) is session
                if is_open and not session.runs:
                    session.idle = threading.Timer(
                        _IDLE_SECONDS, self.end, (parcel.session,), {"if_idle": True}
                    )
                    session.idle.daemon = True
                    session.idle.start()
            if not is_open:  # what read this notebook has been kept for the next
                shared_readers().close()

    def _place(self, file: DataFile) -> Path:
        """The folder of a file, in one that goes away with this process."""
        with self._lock:
            if self._folder is None:
                scratch = self._open.enter_context(Scratch.opened())
                self._folder = self._open.enter_context(scratch.claimed())
            return self._folder / file.digest


async def settle(jobs: int, dask_worker: Worker) -> str:
    """Make a station of this worker, for so many runs at a time; the name of its process.

    Raises SandboxError and UsageError where no notebook can run.
    """
    station = dask_worker.plugins.get(NAME)
    if station is None:
        allow_open_files(jobs)
        await asyncio.to_thread(remove_left_behind)
        station = Station()
        await dask_worker.plugin_add(plugin=station, name=NAME)
    token: str = station.token
    return token


async def keep(file: DataFile, content: bytes, dask_worker: Worker) -> None:
    """Keep a data file at this worker. Raises OSError."""
    await asyncio.to_thread(dask_worker.plugins[NAME].keep, file, content)


async def end(session: str, dask_worker: Worker) -> None:
    """The batch is over: end what it has begun here."""
    if (station := dask_worker.plugins.get(NAME)) is not None:
        await asyncio.to_thread(station.end, session)


def run(parcel: Parcel) -> Execution:
    """A run, as a task of Dask's; it leaves the worker's thread to others.

    Raises NoStationError at a process that it was not meant for, and what a job raises.
    """
    worker = get_worker()
    station = worker.plugins.get(NAME)
    if station is None or station.token != parcel.station:
        raise NoStationError("the worker was started anew")
    key = worker.get_current_task()
    secede()
    found: Execution = station.run(parcel, key)
    return found
