"""A cluster as a place for runs: begun and asked from the caller's thread, at work in its own."""

import asyncio
import contextlib
import logging
import threading
import warnings
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Self, TypeVar

import dask
from distributed import Client
from distributed.versions import VersionMismatchWarning

from autograder.errors import ClusterError, UsageError
from autograder.grading.cluster.engine import ClusterOptions, Engine
from autograder.grading.cluster.workers import Colleague
from autograder.model import Execution
from autograder.running.job import Job

_T = TypeVar("_T")
_log = logging.getLogger(__name__)
_CONNECT_SECONDS = 30
_CLOSE_SECONDS = 30


class DaskCluster:
    """The workers behind a Dask scheduler at `address`: `tcp://…`, `tls://…` or a scheduler file.

    Opening it looks at the workers; `open` lets them take runs. `say` is told, from another
    thread, what staff should know. Raises UsageError for an address that cannot be used, and
    ClusterError where nobody answers. Certificates for TLS come from Dask's own configuration.
    """

    def __init__(
        self, address: str, options: ClusterOptions, say: Callable[[str], None] = lambda _: None
    ) -> None:
        self._where = _connection(address)
        self._address, self._options, self._say = address, options, say
        self._loop = asyncio.new_event_loop()
        # Dask leaves futures behind that nobody asks for; whoever waits is told in another way.
        self._loop.set_exception_handler(lambda _, context: _log.debug("%s", context))
        self._thread = threading.Thread(target=self._loop.run_forever, name="cluster", daemon=True)
        self._client: Client | None = None
        self._engine: Engine | None = None
        self._house: Future[None] | None = None
        self.device = ""

    def __enter__(self) -> Self:
        # What Dask says on its own account would tear up the display of the batch.
        for name in list(logging.root.manager.loggerDict):
            if name.split(".")[0] == "distributed":
                logging.getLogger(name).setLevel(logging.CRITICAL)
        warnings.simplefilter("ignore", VersionMismatchWarning)
        self._thread.start()
        try:
            self.device = self._wait_for(self._connect())
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def colleagues(self) -> list[Colleague]:
        """The workers that have been found, by address."""
        found = self._running_engine.colleagues
        return [found[address] for address in sorted(found)]

    def open(self) -> None:
        """Let the workers take runs. Raises ClusterError where none may."""
        self._wait_for(self._running_engine.open(self.device))
        self._house = self._begun(self._running_engine.keep_house())

    def slots(self) -> int:
        """How many runs can be under way at a time, at least one: it waits for a worker."""
        return max(1, self._running_engine.slots)

    def running(self) -> Mapping[str, int]:
        """How many runs are under way on each machine."""
        return self._running_engine.running

    def start(self, job: Job) -> "Future[Execution]":
        """Begin a run somewhere."""
        return self._begun(self._running_engine.run(job))

    def close(self) -> None:
        """End all that was begun, here and at the workers; for good."""
        if not self._thread.is_alive():
            return
        self._begun(self._close()).result(_CLOSE_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def _running_engine(self) -> Engine:
        assert self._engine is not None, "a cluster is asked when it is open"
        return self._engine

    async def _connect(self) -> str:
        # A notebook may be larger than what Dask thinks that a task should be.
        dask.config.set({"distributed.admin.large-graph-warning-threshold": "1GiB"})
        client = Client(
            **self._where, asynchronous=True, timeout=_CONNECT_SECONDS, set_as_default=False
        )
        try:
            self._client = await client
        except Exception as error:  # whatever Dask makes of a server of another kind
            with contextlib.suppress(Exception):  # it closes what it has not opened
                await client.close()
            if "ssl_context" in str(error):
                raise UsageError(
                    f"{self._address}: TLS takes certificates, and Dask's configuration names none "
                    "for the client"
                ) from error
            raise ClusterError(f"no scheduler answers at {self._address}: {error}") from error
        self._engine = Engine(self._client, self._options, self._say)
        return await self._engine.gather()

    async def _close(self) -> None:
        me = asyncio.current_task()
        if self._house is not None:
            self._house.cancel()
        if self._engine is not None:
            await self._engine.end()
        others = [task for task in asyncio.all_tasks() if task is not me]
        if self._client is not None:
            with contextlib.suppress(OSError, TimeoutError):
                await asyncio.wait_for(self._client.close(), _CONNECT_SECONDS / 3)
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _begun(self, work: Coroutine[Any, Any, _T]) -> "Future[_T]":
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def _wait_for(self, work: Coroutine[Any, Any, _T]) -> _T:
        return self._begun(work).result()


def _connection(address: str) -> dict[str, Any]:
    """What Dask's client is told. Raises UsageError."""
    if address.startswith(("tcp://", "tls://")):
        return {"address": address}
    if Path(address).is_file():
        return {"scheduler_file": address}
    raise UsageError(
        f"{address}: no cluster; name one as tcp://HOST:PORT, tls://HOST:PORT, or by the file that "
        "`dask scheduler --scheduler-file` writes"
    )
