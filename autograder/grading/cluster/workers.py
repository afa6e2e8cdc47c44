"""What a worker tells of itself, and whether notebooks may run there."""

import asyncio
import os
import platform
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from distributed import Worker

from autograder.judging import fingerprint
from autograder.kernel.isolation import available, best_layers
from autograder.model import Frozen, Layer
from autograder.running.machine import cards, cuda_devices

# What has to be the same everywhere: what a result can depend on, and what speaks to each other.
_PACKAGES = (
    "cnn-autograder", "torch", "numpy", "scipy", "scikit-learn", "matplotlib", "ipykernel",
    "nbclient", "onnxscript", "distributed",
)  # fmt: skip


class WorkerFacts(Frozen):
    """One worker process: where it is, what it has, and how students are confined there.

    `versions` are those of Python and of the packages that matter, `environment` the fingerprint of
    all that a run depends on. `cards` name the GPUs that it may use as CUDA_VISIBLE_DEVICES does,
    `card_names` say what they are. `memory_bytes` is what Dask allows the worker.
    """

    host: str
    versions: Mapping[str, str]
    environment: str
    layers: tuple[Layer, ...]
    unconfined: str
    cards: tuple[str, ...]
    card_names: tuple[str, ...]
    cores: int
    memory_bytes: int


@dataclass(frozen=True)
class Colleague:
    """A worker at `address` as it has been found: `facts` unless it could not say, and the reason
    why it may not grade, empty where it may."""

    address: str
    facts: WorkerFacts | None
    refusal: str


async def look(dask_worker: Worker) -> WorkerFacts:
    """What this worker process is."""
    names = await asyncio.to_thread(cuda_devices)
    return await asyncio.to_thread(_facts, names, int(dask_worker.memory_manager.memory_limit or 0))


def _facts(card_names: tuple[str, ...], memory_bytes: int) -> WorkerFacts:
    here = available()
    return WorkerFacts(
        host=socket.gethostname(),
        versions=versions(),
        environment=fingerprint.of_environment(),
        layers=best_layers(),
        unconfined="" if here.files_are_closed and here.seccomp else here.reason,
        cards=cards(),
        card_names=card_names,
        cores=len(os.sched_getaffinity(0)),
        memory_bytes=memory_bytes,
    )


@cache
def versions() -> Mapping[str, str]:
    """The versions of Python and of the packages that matter, those that are installed."""
    found = {"Python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def judged(address: str, answer: object, device: str, *, trust: bool) -> Colleague:
    """A worker by what it answered: its facts, or the error that it met."""
    if not isinstance(answer, WorkerFacts):
        return Colleague(address, None, f"it could not be asked: {_cause(answer)}")
    return Colleague(address, answer, _refusal(answer, device, trust=trust))


def _refusal(facts: WorkerFacts, device: str, *, trust: bool) -> str:
    """Why no notebook may run there, as a clause; empty where it may."""
    ours = versions()
    for name in sorted({*ours, *facts.versions}):
        here, there = ours.get(name, "nothing"), facts.versions.get(name, "nothing")
        if here != there:
            return f"it has {name} {there}, and this machine {here}"
    if facts.environment != fingerprint.of_environment():
        return "it has another autograder: the version is the same, but files differ"
    if facts.unconfined and not trust:
        return (
            f"student code cannot be confined there ({facts.unconfined}); add --trust if you "
            "trust every submission"
        )
    if device == "cuda" and not facts.cards:
        return "it has no CUDA device"
    return ""


def _cause(answer: object) -> str:
    if isinstance(answer, ModuleNotFoundError):
        return f"{answer.name} is not installed there"
    return f"{type(answer).__name__}: {answer}"
