"""Limits on time count the student's own seconds, however busy the machine is."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

import pytest
from conftest import assignment, chosen_layers, fork_server, notebook_of

from autograder.grading.pipeline import job_of
from autograder.model import Execution, Limits, Settings
from autograder.running import job
from autograder.running.clock import Clock, RunQueue
from autograder.running.execute import execute


class Times:
    """A clock on the wall and a run queue that are moved by hand."""

    def __init__(self) -> None:
        self.wall = self.waited = 0.0

    def pass_by(self, seconds: float, waiting: float = 0.0) -> None:
        """So many seconds pass, some of them in the queue."""
        self.wall += seconds
        self.waited += waiting


def clock_of(limits: Limits) -> tuple[Clock, Times]:
    """A clock for those limits, and what it is read from."""
    times = Times()
    return Clock(limits, lambda: times.waited, lambda: times.wall), times


LIMITS = Limits(cell_seconds=10, total_seconds=25)


def test_waiting_for_a_processor_counts_for_nobody() -> None:
    clock, times = clock_of(LIMITS)
    clock.start_cell()
    times.pass_by(20, waiting=15)
    assert not clock.is_over()
    times.pass_by(6)
    assert clock.is_over()


def test_each_cell_has_its_time_and_all_have_theirs() -> None:
    clock, times = clock_of(LIMITS)
    for _ in range(3):
        assert not clock.is_over()
        clock.start_cell()
        times.pass_by(9)
    assert clock.is_over()


def test_a_machine_that_is_too_busy_ends_a_run_all_the_same() -> None:
    clock, times = clock_of(LIMITS)
    clock.start_cell()
    times.pass_by(29, waiting=28)
    assert not clock.is_over()
    times.pass_by(2, waiting=2)
    assert clock.is_over()
    assert clock.was_busy


def test_threads_that_wait_for_each_other_give_no_time_back() -> None:
    clock, times = clock_of(LIMITS)
    clock.start_cell()
    times.pass_by(1, waiting=40)
    assert not clock.is_over()
    times.pass_by(11)
    assert clock.is_over()


@pytest.mark.parametrize(("waiting", "busy"), [(0.0, False), (0.5, False), (4.0, True)])
def test_a_run_knows_whether_others_kept_it_waiting(waiting: float, busy: bool) -> None:
    clock, times = clock_of(LIMITS)
    clock.start_cell()
    times.pass_by(8, waiting)
    assert not clock.is_over()
    assert clock.was_busy is busy


# --- on a machine that is busy for real -----------------------------------------------------------

SPIN = "while True: pass"


@contextmanager
def busy_machine(processes_each: int) -> Iterator[None]:
    """So many processes for each processor that never rest."""
    busy = []
    try:
        for processor in os.sched_getaffinity(0):
            for _ in range(processes_each):
                process = subprocess.Popen([sys.executable, "-c", SPIN])
                busy.append(process)
                os.sched_setaffinity(process.pid, {processor})
        yield
    finally:
        for process in busy:
            with suppress(OSError):
                process.kill()
            process.wait()


def test_the_system_tells_how_long_a_process_has_waited() -> None:
    with busy_machine(2), subprocess.Popen([sys.executable, "-c", SPIN]) as process:
        queue = RunQueue(process.pid)
        before = queue.waited()
        deadline = time.monotonic() + 60
        while queue.waited() - before < 0.2 and time.monotonic() < deadline:
            time.sleep(0.05)
        process.kill()
        assert queue.waited() - before >= 0.2


# A second and a half of a processor, whatever else is going on.
COMPUTES = """
# %%
import time
start = time.process_time()
while time.process_time() - start < 1.5:
    pass
pooled_features = 25
"""
ENDLESS = "# %%\nwhile True:\n    pass\n"


def run_beside_others(
    script: str, limits: Limits, monkeypatch: pytest.MonkeyPatch
) -> tuple[Execution, int]:
    """The script's execution on a busy machine, and how often it was run for that."""
    whole = assignment("assignment1")
    limited = replace(whole, settings=whole.settings.model_copy(update={"limits": limits}))
    runs = []

    def counted(*args: Any) -> Execution:
        runs.append(args)
        return execute(*args)

    monkeypatch.setattr(job, "execute", counted)
    wanted = job_of(notebook_of(script), limited, Settings(layers=chosen_layers()))
    fork_server().start()
    with busy_machine(3):
        return wanted.run(fork_server()), len(runs)


def test_a_busy_machine_costs_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = Limits(cell_seconds=3, busy_factor=100)
    execution, _ = run_beside_others(COMPUTES, limits, monkeypatch)
    assert execution.outcome == "finished", execution.detail
    assert execution.machine_was_short


def test_an_end_on_a_busy_machine_is_tried_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    execution, runs = run_beside_others(ENDLESS, Limits(cell_seconds=1), monkeypatch)
    assert execution.outcome == "timeout"
    assert runs == 2
