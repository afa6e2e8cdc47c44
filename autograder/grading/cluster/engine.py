"""The caller's side: finds workers, gives each run a place, and begins again what was lost.

All of it is one event loop's. Dask would give a task whose worker is gone to others by itself;
here every run is meant for one process of one worker, so that the count of those that it took along
is ours, and at most so many runs are under way as the workers have slots.
"""

import asyncio
import contextlib
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from distributed import Client

from autograder.errors import ClusterError, SandboxError
from autograder.grading.cards import TRIES, was_full
from autograder.grading.cluster import station
from autograder.grading.cluster.parcel import DataFile, Parcel, data_files, light
from autograder.grading.cluster.post import AwayError, LostError, Post, asked, is_away
from autograder.grading.cluster.workers import Colleague, judged, look
from autograder.grading.placement import Lease, Placement
from autograder.model import Execution
from autograder.running.job import Job

_LOOK_SECONDS = 1.0
_END_SECONDS = 10.0
# A submission that has taken so many workers along is not given another.
_MOST_LOST = 3
# A worker where so many runs in a row could not begin is out of order.
_MOST_FAULTS = 3


@dataclass(frozen=True)
class ClusterOptions:
    """How a cluster is used: `jobs` kernels a worker, with which device (`auto`: a GPU where all
    workers have one) and how many kernels a GPU, whether to `trust` every submission.

    `preload` is what kernels import beforehand. After `patience` seconds without a scheduler, and
    `staff_patience` without any worker, the batch ends.
    """

    jobs: int = 1
    device: str = "auto"
    per_gpu: int = 4
    trust: bool = False
    preload: tuple[str, ...] = ()
    patience: float = 60.0
    staff_patience: float = 180.0


class Engine:
    """A cluster at work. `say` is told what staff should know, a sentence at a time."""

    def __init__(self, client: Client, options: ClusterOptions, say: Callable[[str], None]) -> None:
        self._client, self._options, self._say = client, options, say
        self._session = secrets.token_hex(8)
        self._where = client.scheduler.address
        self.colleagues: dict[str, Colleague] = {}
        self.slots, self.running = 0, dict[str, int]()
        self._placement = Placement(options.jobs)
        self._posts: dict[str, Post] = {}
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
            if not is_away(self._client):
                with contextlib.suppress(OSError, TimeoutError):
                    await asyncio.wait_for(self._look_around(), self._options.patience)
                    self._seen = time.monotonic()
            is_closed = self._client.status == "closed"
            if is_closed or self._is_over(self._seen, self._options.patience):
                await self._give_up(f"the scheduler at {self._where} does not answer any more")
            elif self.slots:
                self._staffed = time.monotonic()
            elif self._is_over(self._staffed, self._options.staff_patience):
                await self._give_up("the cluster has no worker left that may grade")

    async def run(self, job: Job) -> Execution:
        """A run, wherever there is room; it is begun again where a worker was lost with it.

        Raises SubmissionError and SandboxError, which are this submission's, and ClusterError.
        """
        lost: list[str] = []
        failed = full = 0
        while True:
            lease = await self._lease(lost, alone=full > 0 or len(lost) == _MOST_LOST - 1)
            post = self._posts[lease.worker]
            try:
                execution = await self._at(post, lease, job)
                if lease.card is None or full == TRIES - 1 or not was_full(execution):
                    return execution
                full += 1
            except LostError:
                lost.append(lease.worker)
                await self._leaves(lease.worker)
                if len(lost) == _MOST_LOST and self._dead is None:
                    raise SandboxError(
                        f"{_MOST_LOST} workers were lost while it ran, the last of them on "
                        f"{post.host}; run it by itself, with --only, to see why"
                    ) from None
            except AwayError:
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
        if self._posts and not is_away(self._client):
            try:
                await asyncio.wait_for(self._end_at_workers(), _END_SECONDS)
            except (OSError, TimeoutError):
                return  # a worker that has lost its scheduler ends them by itself

    async def _end_at_workers(self) -> None:
        # Whoever is gone would be waited for.
        there = set(await self._client.scheduler.ncores())
        ours = sorted(there.intersection(post.address for post in self._posts.values()))
        if ours:
            await self._client.run(station.end, self._session, workers=ours, on_error="ignore")

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
            answer = await asked(self._client, address, look)
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
                token = await asked(self._client, address, station.settle, self._options.jobs)
                if not isinstance(token, str):
                    colleague = Colleague(address, facts, str(token))
        self.colleagues[address] = colleague
        if facts is None or not isinstance(token, str):
            self._say(f"left out: the worker at {address}: {colleague.refusal}")
            return
        host = f"{facts.host} ({urlsplit(address).hostname})"
        name = f"{token}-{next(self._numbers)}"  # a process that is met again is another post
        self._posts[name] = Post(self._client, address, token, host)
        self._placement.add(name, host, facts.cards)
        await self._note_change()

    async def _at(self, post: Post, lease: Lease, job: Job) -> Execution:
        """The run at one worker. Raises LostError, AwayError, and what the run raises."""
        files = self._named(job.files)
        await post.deliver(files)
        parcel = Parcel(
            station=post.token,
            session=self._session,
            job=light(job, lease.card.name if lease.card else None),
            files=tuple(files),
            preload=self._options.preload,
            trust=self._options.trust,
        )
        return await post.run(parcel, f"autograder-{self._session}-{next(self._numbers)}")

    def _named(self, files: tuple[Path, ...]) -> Mapping[DataFile, Path]:
        if files not in self._files:
            self._files[files] = data_files(files)
        return self._files[files]

    async def _lease(self, lost: list[str], *, alone: bool) -> Lease:
        """A place for a run, if need be for it alone: others may be to blame for what it met."""
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

    async def _fault(self, name: str, post: Post, why: str) -> None:
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
