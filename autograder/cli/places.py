"""Where a batch runs: on this machine, or on those of a cluster."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from rich.text import Text

from autograder.cli.app import DEVICES, err
from autograder.cli.extras import require
from autograder.errors import UsageError
from autograder.grading.pool import Machines
from autograder.model import Layer, Settings
from autograder.results.table import one_line
from autograder.running.fork_client import ForkServer

if TYPE_CHECKING:
    from autograder.grading.cluster.dask_cluster import DaskCluster


@dataclass(frozen=True)
class RunPlace:
    """`jobs` runs at a time in forks of `server`, or as many at each worker of `machines`.

    `running` says how many run on which machine, where there are several.
    """

    settings: Settings
    jobs: int
    server: ForkServer | None = None
    machines: Machines | None = None
    running: Callable[[], Mapping[str, int]] | None = None


@contextmanager
def place_here(
    device: str, preload: tuple[str, ...], jobs: int | None, *, trust: bool
) -> Iterator[RunPlace]:
    """This machine. Its fork server warms up while the caller imports Otter and reads files.

    Raises UsageError.
    """
    from autograder.running.manager import fork_server

    at_a_time = _at_a_time(jobs, os.cpu_count() or 1)
    settings = Settings(device=_device(device), layers=_layers(trust))
    with fork_server(settings, preload) as server:
        server.start()
        yield RunPlace(settings, at_a_time, server)


@contextmanager
def place_at(
    address: str,
    device: str,
    preload: tuple[str, ...],
    jobs: int | None,
    per_gpu: int,
    *,
    trust: bool,
) -> Iterator[RunPlace]:
    """The workers of a cluster. Raises UsageError and ClusterError."""
    at_a_time = _at_a_time(jobs, 1)
    with cluster_at(address, _known(device), preload, at_a_time, per_gpu, trust=trust) as cluster:
        cluster.open()
        settings = Settings(device="cuda" if cluster.device == "cuda" else "cpu")
        yield RunPlace(settings, at_a_time, machines=cluster, running=cluster.running)


def cluster_at(
    address: str,
    device: str = "auto",
    preload: tuple[str, ...] = (),
    jobs: int = 1,
    per_gpu: int = 4,
    *,
    trust: bool = False,
) -> "DaskCluster":
    """A cluster that has not been opened. Raises UsageError where Dask is not installed."""
    require("cluster", "cluster")
    from autograder.grading.cluster.dask_cluster import DaskCluster
    from autograder.grading.cluster.engine import ClusterOptions

    options = ClusterOptions(jobs, device, per_gpu, trust, preload)
    return DaskCluster(
        address, options, lambda said: err.print(Text(one_line(said)), soft_wrap=True)
    )


def _known(device: str) -> str:
    """The device as asked for; raises UsageError for an unknown one."""
    if device not in DEVICES:
        known = ", ".join(DEVICES[:-1])
        raise UsageError(f"--device {device}: no such device; use {known} or {DEVICES[-1]}")
    return device


def _at_a_time(jobs: int | None, otherwise: int) -> int:
    """How many runs at a time; raises UsageError for none."""
    if jobs is not None and jobs < 1:
        raise UsageError(f"--jobs {jobs}: at least one submission has to run at a time")
    return jobs or otherwise


def _device(wanted: str) -> Literal["cpu", "cuda"]:
    """The device to use here; raises UsageError for an unknown one, and for CUDA where none is."""
    if _known(wanted) == "cpu":
        return "cpu"
    from autograder.running.machine import closed_devices, cuda_devices

    if cuda_devices():
        return "cuda"
    if wanted == "cuda" and (closed := closed_devices()):
        raise UsageError(
            f"--device cuda: torch finds {', '.join(closed)}, but not under the isolation of "
            "kernels; use --device cpu"
        )
    if wanted == "cuda":
        raise UsageError("--device cuda: torch finds no CUDA device here; use --device cpu")
    return "cpu"


def _layers(trust: bool) -> tuple[Layer, ...]:
    """The isolation of this run; raises UsageError where there is none and nobody said so."""
    from autograder.kernel.isolation import available, best_layers
    from autograder.kernel.seats import user_range

    try:
        user_range()
    except ValueError as error:
        raise UsageError(str(error)) from error
    here = available()
    if not (here.files_are_closed and here.seccomp) and not trust:
        raise UsageError(
            f"student code cannot be confined here ({here.reason}). Grade on Linux 5.13 or newer "
            "with libseccomp, or add --trust if you trust every submission."
        )
    return best_layers()
