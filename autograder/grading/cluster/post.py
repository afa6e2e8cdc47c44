"""One worker as the caller deals with it: files go there once, runs go there and come back."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from distributed import Client, KilledWorker

from autograder.errors import AutograderError, SandboxError
from autograder.grading.cluster import station
from autograder.grading.cluster.parcel import DataFile, Parcel
from autograder.grading.cluster.station import NoStationError
from autograder.model import Execution, Limits

_ASK_SECONDS = 120.0
# Beyond the hard limits of a run: starting, exporting, the way there and back.
_MARGIN_SECONDS = 900.0


class LostError(Exception):
    """The worker is gone, with the run."""


class AwayError(Exception):
    """The scheduler is, or was: it does not know the run any more."""


async def asked(
    client: Client, address: str, function: Callable[..., Any], *args: object
) -> object:
    """What a function answers at one worker, or the error that it met on the way or there."""
    if is_away(client):
        return OSError("no connection to the scheduler")
    work = client.run(function, *args, workers=[address], on_error="return")
    try:
        return (await asyncio.wait_for(work, _ASK_SECONDS)).get(address)
    except TimeoutError:
        return TimeoutError(f"no answer in {_ASK_SECONDS:g} seconds")
    except OSError as error:
        return error


def is_away(client: Client) -> bool:
    """Whether there is no connection to the scheduler."""
    return bool(client.status != "running")


@dataclass
class Post:
    """A worker that takes runs: where, in which process, which files it has, and whether it is
    gone. `faults` are runs in a row that could not begin there."""

    client: Client
    address: str
    token: str
    host: str
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    faults: int = 0
    _has: set[DataFile] = field(default_factory=set)
    _delivering: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def deliver(self, files: Mapping[DataFile, Path]) -> None:
        """See to it that the files are there. Raises SandboxError, LostError and AwayError."""
        async with self._delivering:
            for file, path in files.items():
                if file not in self._has:
                    content = await asyncio.to_thread(path.read_bytes)
                    answer = await asked(self.client, self.address, station.keep, file, content)
                    if answer is not None:
                        if is_away(self.client):
                            raise AwayError
                        if self.gone.is_set():
                            raise LostError
                        raise SandboxError(f"{file.name} did not get there: {answer}")
                    self._has.add(file)

    async def run(self, parcel: Parcel, key: str) -> Execution:
        """The run there. Raises LostError, AwayError, and what the run raises."""
        if is_away(self.client):
            raise AwayError
        future = self.client.submit(
            station.run, parcel, key=key, workers=[self.address], pure=False
        )
        answer = asyncio.ensure_future(future.result())
        gone = asyncio.ensure_future(self.gone.wait())
        longest = _longest(parcel.job.limits)
        try:
            await asyncio.wait((answer, gone), timeout=longest, return_when=asyncio.FIRST_COMPLETED)
            if not answer.done():
                raise LostError
            return self._unpacked(answer)
        finally:
            answer.cancel()
            gone.cancel()
            future.release()

    def _unpacked(self, answer: "asyncio.Task[Any]") -> Execution:
        """The execution, or what went wrong."""
        if answer.cancelled():
            raise AwayError
        error = answer.exception()
        if isinstance(error, NoStationError | KilledWorker):
            raise LostError from error
        if isinstance(error, AutograderError):
            raise error
        if isinstance(error, OSError | CancelledError) or is_away(self.client):
            raise AwayError from error
        if error is not None:
            raise SandboxError(f"the worker answered {type(error).__name__}: {error}") from error
        execution = answer.result()
        if not isinstance(execution, Execution):
            raise SandboxError(f"the worker answered with {type(execution).__name__}")
        self.faults = 0
        return execution


def _longest(limits: Limits) -> float:
    """After so many seconds a run is taken for lost, whatever Dask believes."""
    return 2 * limits.total_seconds * limits.busy_factor + _MARGIN_SECONDS
