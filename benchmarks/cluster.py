"""What a cluster costs and how far it goes: the same class here and over two workers of one core.

    python benchmarks/cluster.py [--assignment assignment1] [--submissions 40] [--simulated 20000]
        [--threads 200] [--seconds 1.0]

Efficiency is the rate over two workers with one kernel each, divided by the rate of two kernels
here, in one run of this script. Simulated runs wait instead of running a kernel, in as many threads
as a large cluster has workers; everything else is real: reading, judging, the ledger. Their answers
differ, so that each is judged.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from autograder.course.assignment import Course
from autograder.grading.cluster.dask_cluster import DaskCluster
from autograder.grading.cluster.engine import ClusterOptions
from autograder.grading.grade_class import Options, grade_class
from autograder.kernel.isolation import best_layers
from autograder.model import Entry, Execution, Numbers, Outcome, Settings
from autograder.running.job import Job
from autograder.running.preload import imports_of

ROOT = Path(__file__).parents[1]
DASK = str(Path(sys.executable).with_name("dask"))


def entries(name: str, count: int) -> list[Entry]:
    """The reference solution, so many times, each with a comment of its own."""
    whole = json.loads((ROOT / "solutions" / "reference" / f"{name}.ipynb").read_text("utf-8"))
    first = next(cell for cell in whole["cells"] if cell["cell_type"] == "code")
    source = "".join(first["source"])

    def content(number: int) -> bytes:
        first["source"] = f"{source}\n# submission {number}"
        return json.dumps(whole).encode()

    return [
        Entry(f"s{n}.ipynb", f"s{n}", read=lambda n=n: content(n))  # type: ignore[misc]
        for n in range(count)
    ]


def rate_here(name: str, class_: Sequence[Entry], results: Path) -> float:
    """Submissions a second by two kernels of this machine."""
    settings = Settings(layers=best_layers())
    start = time.monotonic()
    grade_class(
        Course.at(ROOT), class_,
        Options(assignment=name, results=results, jobs=2, settings=settings),
    )  # fmt: skip
    return len(class_) / (time.monotonic() - start)


def rate_there(name: str, class_: Sequence[Entry], results: Path, address: str) -> float:
    """Submissions a second by two workers with a kernel each."""
    preload = imports_of(ROOT / "assignments" / f"{name}.ipynb")
    start = time.monotonic()
    with DaskCluster(address, ClusterOptions(preload=preload)) as cluster:
        cluster.open()
        grade_class(
            Course.at(ROOT), class_, Options(assignment=name, results=results), machines=cluster
        )
    return len(class_) / (time.monotonic() - start)


def compared(name: str, count: int, folder: Path) -> None:
    """Print both rates."""
    with (folder / "log").open("wb") as log:
        file = folder / "scheduler.json"
        machines = [
            subprocess.Popen([DASK, *words], stdout=log, stderr=log, cwd=folder)
            for words in (
                ["scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard",
                 "--scheduler-file", str(file)],
                ["worker", "--scheduler-file", str(file), "--nworkers", "2", "--nthreads", "1",
                 "--no-dashboard", "--local-directory", str(folder)],
            )
        ]  # fmt: skip
        try:
            while (folder / "log").read_text("utf-8").count("Registered to") < 2:
                time.sleep(0.1)
            here = rate_here(name, entries(name, count), folder / "here")
            there = rate_there(name, entries(name, count), folder / "there", str(file))
        finally:
            for process in reversed(machines):
                process.terminate()
                process.wait()
    print(f"{name}, {count} submissions: {here:.3f} a second here, {there:.3f} over two workers, "
          f"efficiency {there / here:.2f}", flush=True)  # fmt: skip


class Simulated:
    """Machines on which a run waits for some seconds and gives an answer of its own."""

    def __init__(self, threads: int, seconds: float) -> None:
        self._pool = ThreadPoolExecutor(threads)
        self._threads, self._seconds = threads, seconds
        self._number = 0

    def start(self, job: Job) -> "Future[Execution]":
        """Begin to wait."""
        self._number += 1
        return self._pool.submit(self._run, self._number)

    def slots(self) -> int:
        """As many as there are threads."""
        return self._threads

    def close(self) -> None:
        """Begin no more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _run(self, number: int) -> Execution:
        time.sleep(self._seconds)
        answer = Numbers(name="pooled_features", type_name="int", value=number)
        return Execution(
            outcome=Outcome.FINISHED, observations={"pooled_features": answer},
            notebook=json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}),
            seconds=self._seconds, device="cpu",
        )  # fmt: skip


def simulated(count: int, threads: int, seconds: float, results: Path) -> None:
    """Print how fast so many are read, judged and recorded, and what it takes."""
    machines = Simulated(threads, seconds)
    start = time.monotonic()
    grade_class(
        Course.at(ROOT), entries("assignment1", count),
        Options(assignment="assignment1", results=results), machines=machines,
    )  # fmt: skip
    took = time.monotonic() - start
    machines.close()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    ledger = (results / "ledger.sqlite").stat().st_size / 1e6
    print(f"{count} simulated runs of {seconds:g} s in {threads} threads: {took:.0f} s, "
          f"{count / took:.0f} judged a second, {memory:.0f} MB at most, "
          f"ledger {ledger:.0f} MB", flush=True)  # fmt: skip


def main() -> None:
    """Print both tables."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--assignment", default="assignment1")
    arguments.add_argument("--submissions", type=int, default=40)
    arguments.add_argument("--simulated", type=int, default=20_000)
    arguments.add_argument("--threads", type=int, default=200)
    arguments.add_argument("--seconds", type=float, default=1.0)
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if options.submissions:
            compared(options.assignment, options.submissions, folder)
        for count in filter(None, (options.simulated // 20, options.simulated)):
            simulated(count, options.threads, options.seconds, folder / f"simulated{count}")


if __name__ == "__main__":
    main()
