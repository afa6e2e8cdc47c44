"""The caller's side: finds workers, gives each run a place, and begins again what was lost.

All of it is one event loop's. Dask would give a task whose worker is gone to others by itself;
here every run is meant for one process of one worker, so that the count of those that it took along
is ours, and at most so many runs are under way as the workers have slots.
"""

import asyncio
import secrets
import time
from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from distributed import Client, KilledWorker

from autograder.errors import AutograderError, ClusterError, SandboxError
from autograder.grading.cluster import station
from autograder.grading.cluster.parcel import DataFile, Parcel, data_files, light
from autograder.grading.cluster.station import NoStationError
from autograder.grading.cluster.workers import Colleague, judged, look
from autograder.grading.placement import Lease, Placement
from autograder.model import Execution, Limits
from autograder.running.job import Job

_LOOK_SECONDS = 1.0
_ASK_SECONDS = 120.0
_END_SECONDS = 10.0
# A submission that has taken so many workers along is not given another.
_MOST_LOST = 3
# A worker where so many runs in a row could not begin is out of order.
_MOST_FAULTS = 3
# Beyond the hard limits of a run: starting, exporting, the way there and back.
_MARGIN_SECONDS = 900.0


@dataclass(frozen=True)
class ClusterOptions:
    """How a cluster is used: `jobs` kernels a worker, with which device (`auto`: a GPU where all
    workers have one) and how many kernels a GPU, whether to `trust` every submission.

    `preload` is what kernels import beforehand. After `patience` seconds without a scheduler, and
    `staff_patience` without any worker, the batch ends.
    """

    jobs: int = 1
    device: str = "auto"
    per_gpu: int = 1
    trust: bool = False
    preload: tuple[str, ...] = ()
    patience: float = 60.0
    staff_patience: float = 180.0


class _LostError(Exception):
    """The worker is gone, with the run."""


class _AwayError(Exception):
    """The scheduler is, or was: it does not know the run any more."""


@dataclass
class _Post:
    """A worker that takes runs: where, in which process, which files it has, and whether it is
    gone."""

    address: str
    token: str
    host: str
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    has: set[DataFile] = field(default_factory=set)
    delivering: asyncio.Lock = field(default_factory=asyncio.Lock)
    faults: int = 0


class Engine:
    """A cluster at work. `say` is told what staff should know, a sentence at a time."""

    def __init__(self, client: Client, options: ClusterOptions, say: Callable[[str], None]) -> None:
        self._client, self._options, self._say = client, options, say
        self._session = secrets.token_hex(8)
        self.colleagues: dict[str, Colleague] = {}
        self.slots, self.running = 0, dict[str, int]()
        self._placement = Placement(options.jobs)
        self._posts: dict[str, _Post] = {}
        self._meeting: dict[str, asyncio.Task[None]] = {}
        self._changed = asyncio.Condition()
        self._numbers = iter(range(10**12))
        self._files: dict[tuple[Path, ...], Mapping[DataFile, Path]] = {}
        self._seen = self._staffed = time.monotonic()
        self._is_grading = False
        self._dead: ClusterError | None = None

    async def gather(self) -> str:
        """Look at all workers that there are; the device that they grade with."""
        await self._look_around()
        if self._meeting:
            await asyncio.wait(self._meeting.values())
        if self._options.device != "auto":
            return self._options.device
        able = [c.facts for c in self.colleagues.values() if c.facts and not c.refusal]
        return "cuda" if able and all(facts.cards for facts in able) else "cpu"

    async def open(self, device: str) -> None:
        """Take runs from now on, with that device. Raises ClusterError where no worker can."""
        self._is_grading = True
        self._placement.per_gpu = self._options.per_gpu if device == "cuda" else 0
        await asyncio.gather(*(self._settle(c) for c in self.colleagues.values()))
        if not self.slots:
            whys = "; ".join(f"{c.address}: {c.refusal}" for c in self.colleagues.values())
            raise ClusterError(
                f"the cluster has no worker that may grade ({whys or 'none at all'})"
            )

    async def keep_house(self) -> None:
        """Notice who comes and who goes, until cancelled."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            try:
                await asyncio.wait_for(self._look_around(), self._options.patience)
                self._seen = time.monotonic()
            except (OSError, TimeoutError):
                pass
            if self._client.status == "closed" or self._is_over(self._seen, self._options.patience):
                where = self._client.scheduler.address if self._client.scheduler else "there"
                await self._give_up(f"the scheduler at {where} does not answer any more")
            elif self.slots:
                self._staffed = time.monotonic()
            elif self._is_over(self._staffed, self._options.staff_patience):
                await self._give_up("the cluster has no worker left that may grade")

    async def run(self, job: Job) -> Execution:
        """A run, wherever there is room; it is begun again where a worker was lost with it.

        Raises SubmissionError and SandboxError, which are this submission's, and ClusterError.
        """
        lost: list[str] = []
        failed = 0
        while True:
            lease = await self._lease(lost)
            post = self._posts[lease.worker]
            try:
                return await self._at(post, lease, job)
            except _LostError:
                lost.append(lease.worker)
                await self._leaves(lease.worker)
                if len(lost) == _MOST_LOST:
                    raise SandboxError(
                        f"{_MOST_LOST} workers were lost while it ran, the last of them on "
                        f"{post.host}; run it by itself, with --only, to see why"
                    ) from None
            except _AwayError:
                await asyncio.sleep(_LOOK_SECONDS)
            except SandboxError as error:
                failed += 1
                await self._fault(lease.worker, post, str(error))
                if failed == 2:
                    raise SandboxError(f"on {post.host}: {error}") from None
            finally:
                await self._give_back(lease)

    async def end(self) -> None:
        """End what the batch has begun at the workers."""
        for task in self._meeting.values():
            task.cancel()
        there = [post.address for post in self._posts.values()]
        if there:
            work = self._client.run(station.end, self._session, workers=there, on_error="ignore")
            try:
                await asyncio.wait_for(work, _END_SECONDS)
            except (OSError, TimeoutError):
                return  # a worker that has lost its scheduler ends them by itself

    async def _look_around(self) -> None:
        """Note who has come and who is gone. Raises OSError."""
        there = set(await self._client.scheduler.ncores())
        for name, post in list(self._posts.items()):
            if post.address not in there and name in self._placement:
                self._say(f"{post.host} has lost a worker ({post.address})")
                await self._leaves(name)
        for address in self.colleagues.keys() - there:
            del self.colleagues[address]
        for address in there - self.colleagues.keys() - self._meeting.keys():
            self._meeting[address] = asyncio.create_task(self._meet(address))

    async def _meet(self, address: str) -> None:
        try:
            answer = await self._asked(address, look)
            colleague = judged(address, answer, self._options.device, trust=self._options.trust)
            self.colleagues[address] = colleague
            if self._is_grading:
                await self._settle(colleague)
        finally:
            self._meeting.pop(address, None)

    async def _settle(self, colleague: Colleague) -> None:
        """Let a worker take runs, if it may."""
        address, facts = colleague.address, colleague.facts
        token: object = None
        if facts is not None and not colleague.refusal:
            if self._placement.per_gpu and not facts.cards:
                colleague = Colleague(address, facts, "it has no CUDA device")
            else:
                token = await self._asked(address, station.settle, self._options.jobs)
                if not isinstance(token, str):
                    colleague = Colleague(address, facts, str(token))
        self.colleagues[address] = colleague
        if facts is None or not isinstance(token, str):
            self._say(f"left out: the worker at {address}: {colleague.refusal}")
            return
        host = f"{facts.host} ({urlsplit(address).hostname})"
        name = f"{token}-{next(self._numbers)}"  # a process that is met again is another post
        self._posts[name] = _Post(address, token, host)
        self._placement.add(name, host, facts.cards)
        await self._note_change()

    async def _asked(self, address: str, function: Callable[..., Any], *args: object) -> object:
        """What a function answers at one worker, or the error that it met there."""
        work = self._client.run(function, *args, workers=[address], on_error="return")
        try:
            return (await asyncio.wait_for(work, _ASK_SECONDS)).get(address)
        except TimeoutError:
            return TimeoutError(f"no answer in {_ASK_SECONDS:g} seconds")
        except OSError as error:
            return error

    async def _at(self, post: _Post, lease: Lease, job: Job) -> Execution:
        """The run at one worker. Raises _LostError, _AwayError, and what the run raises."""
        await self._deliver(post, job.files)
        parcel = Parcel(
            station=post.token,
            session=self._session,
            job=light(job),
            files=tuple(self._named(job.files)),
            preload=self._options.preload,
            card=lease.card.name if lease.card else None,
            trust=self._options.trust,
        )
        key = f"autograder-{self._session}-{next(self._numbers)}"
        future = self._client.submit(
            station.run, parcel, key=key, workers=[post.address], pure=False
        )
        answer = asyncio.ensure_future(future.result())
        gone = asyncio.ensure_future(post.gone.wait())
        try:
            await asyncio.wait(
                (answer, gone), timeout=_longest(job.limits), return_when=asyncio.FIRST_COMPLETED
            )
            if not answer.done():
                raise _LostError
            return self._unpacked(answer, post)
        finally:
            answer.cancel()
            gone.cancel()
            future.release()

    def _unpacked(self, answer: "asyncio.Task[Any]", post: _Post) -> Execution:
        """The execution, or what went wrong."""
        if answer.cancelled():
            raise _AwayError
        error = answer.exception()
        if isinstance(error, NoStationError | KilledWorker):
            raise _LostError from error
        if isinstance(error, AutograderError):
            raise error
        if isinstance(error, OSError | CancelledError) or self._is_away():
            raise _AwayError from error
        if error is not None:
            raise SandboxError(f"the worker answered {type(error).__name__}: {error}") from error
        execution = answer.result()
        if not isinstance(execution, Execution):
            raise SandboxError(f"the worker answered with {type(execution).__name__}")
        post.faults = 0
        return execution

    def _is_away(self) -> bool:
        return bool(self._client.status != "running")

    async def _deliver(self, post: _Post, files: tuple[Path, ...]) -> None:
        """See to it that the files are there. Raises SandboxError and _LostError."""
        async with post.delivering:
            for file, path in self._named(files).items():
                if file not in post.has:
                    content = await asyncio.to_thread(path.read_bytes)
                    answer = await self._asked(post.address, station.keep, file, content)
                    if answer is not None:
                        if post.gone.is_set() or self._is_away():
                            raise _LostError
                        raise SandboxError(f"{file.name} did not get there: {answer}")
                    post.has.add(file)

    def _named(self, files: tuple[Path, ...]) -> Mapping[DataFile, Path]:
        if files not in self._files:
            self._files[files] = data_files(files)
        return self._files[files]

    async def _lease(self, lost: list[str]) -> Lease:
        """A place for a run; one that has taken workers along gets its last one to itself."""
        alone = len(lost) == _MOST_LOST - 1
        async with self._changed:
            while True:
                if self._dead is not None:
                    raise self._dead
                if (lease := self._placement.take(alone=alone, avoid=lost)) is not None:
                    self._count()
                    return lease
                await self._changed.wait()

    async def _give_back(self, lease: Lease) -> None:
        self._placement.give_back(lease)
        await self._note_change()

    async def _leaves(self, name: str) -> None:
        """A worker is gone: its runs are lost."""
        if name in self._placement:
            post = self._posts[name]
            post.gone.set()
            self._placement.remove(name)
            self.colleagues.pop(post.address, None)
            await self._note_change()

    async def _fault(self, name: str, post: _Post, why: str) -> None:
        """A run could not begin there; a worker that is out of order is left alone."""
        post.faults += 1
        if post.faults == _MOST_FAULTS and name in self._placement:
            self._placement.remove(name)
            self._say(f"left out: the worker at {post.address}: {why}")
            await self._note_change()

    async def _give_up(self, why: str) -> None:
        if self._dead is None:
            self._dead = ClusterError(
                f"{why}; what is graded is kept: run the same command again to go on from there"
            )
            for post in self._posts.values():
                post.gone.set()
        await self._note_change()

    async def _note_change(self) -> None:
        async with self._changed:
            self._count()
            self._changed.notify_all()

    def _count(self) -> None:
        self.slots, self.running = self._placement.slots, dict(self._placement.running())

    @staticmethod
    def _is_over(since: float, patience: float) -> bool:
        return time.monotonic() - since > patience


def _longest(limits: Limits) -> float:
    """After so many seconds a run is taken for lost, whatever Dask believes."""
    return 2 * limits.total_seconds * limits.busy_factor + _MARGIN_SECONDS
