"""Runs on GPUs: each gets a share of a card; one that finds it full is run again alone."""

import re
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import replace

from autograder.grading.placement import Card, Lease, Placement
from autograder.grading.pool import Start
from autograder.model import Execution
from autograder.running.fork_client import ForkServer
from autograder.running.job import Job

TRIES = 3
"""How often a run may find its card full: the second time and the third it has it alone."""

# How PyTorch, CUDA, cuBLAS and cuDNN say that a card has no memory left.
_FULL = re.compile(
    r"CUDA out of memory|CUDA error: out of memory|CUDNN_STATUS_(?:NOT_INITIALIZED|ALLOC_FAILED)"
    r"|CUBLAS_STATUS_ALLOC_FAILED|CUDA driver error: out of memory"
)
_HERE = "here"


def was_full(execution: Execution) -> bool:
    """Whether a cell found its GPU without memory, for which others may be to blame."""
    return any(_FULL.search(error.raised) for error in execution.mishaps.errors)


def on_card(job: Job, card: Card | None) -> Job:
    """The job with that GPU to be seen."""
    name = card.name if card is not None else None
    return replace(job, settings=job.settings.model_copy(update={"card": name}))


def on_cards_here(
    executor: Executor, server: ForkServer, jobs: int, per_gpu: int, cards: Sequence[str]
) -> Start:
    """Runs in the executor's threads, on this machine's cards; `per_gpu` share one."""
    shares = CardShares(jobs, per_gpu, cards)
    return lambda job: executor.submit(shares.run, job, server)


class CardShares:
    """The cards of this machine; threads wait for their share."""

    def __init__(self, jobs: int, per_gpu: int, cards: Sequence[str]) -> None:
        self._placement = Placement(jobs, per_gpu)
        self._placement.add(_HERE, _HERE, cards)
        self._changed = threading.Condition()

    def run(self, job: Job, server: ForkServer | None) -> Execution:
        """The run on some card; raises what a job raises."""
        for number in range(TRIES):
            with self.leased(alone=number > 0) as lease:
                execution = on_card(job, lease.card).run(server)
            if not was_full(execution):
                break
        return execution

    @contextmanager
    def leased(self, *, alone: bool) -> Iterator[Lease]:
        """A share of a card, or a whole one, as soon as there is one."""
        with self._changed:
            while (lease := self._placement.take(alone=alone)) is None:
                self._changed.wait()
        try:
            yield lease
        finally:
            with self._changed:
                self._placement.give_back(lease)
                self._changed.notify_all()
