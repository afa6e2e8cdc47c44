"""Whatever is lost while a class is graded over a cluster: the marks are those of an undisturbed
run, somebody who takes workers along is named, and nothing goes on at the workers."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, assignment, chosen_layers, notebook_of, table
from dask_machines import DaskMachines, children, descendants, has_file, is_gone, told, wait_until

from autograder.course.assignment import Course
from autograder.grading.grade_class import Options, grade_class
from autograder.grading.pipeline import job_of
from autograder.grading.pool import Watcher
from autograder.kernel.isolation import available
from autograder.model import Entry, Grade, Settings

pytest.importorskip("distributed", reason="Dask is not installed: pip install '.[cluster]'")

from autograder.grading.cluster.dask_cluster import DaskCluster
from autograder.grading.cluster.engine import ClusterOptions

MARK = "begun.txt"
BEGUN = f"open('{MARK}', 'w').close()\nimport time"
RIGHT = "pooled_features = 25"
WRONG = "pooled_features = 24"


def entries(*answers: str) -> list[Entry]:
    """A class that has handed in these answers."""
    notebooks = [notebook_of(f"# %%\n{answer}\n") for answer in answers]
    return [
        Entry(f"s{number}.ipynb", f"s{number}", read=lambda one=one: one)  # type: ignore[misc]
        for number, one in enumerate(notebooks)
    ]


def slow(answer: str) -> str:
    """An answer that takes a while."""
    return f"{answer}\nimport time\ntime.sleep(1.5)"


class Telling(Watcher):
    """Does something when so many are done."""

    def __init__(self, after: int, then: Callable[[], object]) -> None:
        self._left, self._then = after, then

    def done(self, entry: Entry, grade: Grade) -> None:
        self._left -= 1
        if self._left == 0:
            self._then()


def graded(
    cluster: DaskCluster, results: Path, class_: list[Entry], watcher: Watcher | None = None
) -> list[Grade]:
    """The class's grades by the workers of a cluster."""
    options = Options(assignment="assignment1", results=results)
    return list(grade_class(Course.at(ROOT), class_, options, watcher, machines=cluster).grades)


def told_here(results: Path, class_: list[Entry]) -> list[object]:
    """What the class is told after a run without any cluster, by which every loss is measured."""
    options = Options(
        assignment="assignment1", results=results, jobs=2,
        settings=Settings(layers=chosen_layers()),
    )  # fmt: skip
    return told(grade_class(Course.at(ROOT), class_, options).grades)


@contextmanager
def opened(address: str, **options: Any) -> Iterator[DaskCluster]:
    """A cluster that takes runs."""
    with DaskCluster(address, ClusterOptions(**options)) as cluster:
        cluster.open()
        yield cluster


def test_a_worker_killed_in_the_middle_costs_nobody_a_mark(tmp_path: Path) -> None:
    with DaskMachines(tmp_path) as running:
        victim = running.nannies[0]

        def kill() -> None:
            os.kill(running.pid_of(victim) or 0, signal.SIGKILL)

        class_ = entries(*[slow(RIGHT), slow(WRONG)] * 3)
        with opened(running.address) as cluster:
            grades = graded(cluster, tmp_path / "out", class_, Telling(1, kill))
        assert told(grades) == told_here(tmp_path / "here", class_)
        wait_until(lambda: not running.begun(), "nothing is left at the workers")


def test_a_machine_that_goes_for_good_costs_nobody_a_mark(tmp_path: Path) -> None:
    with DaskMachines(tmp_path) as running:

        def unplug() -> None:
            os.killpg(running.nannies[0].pid, signal.SIGKILL)
            for pid in descendants(running.nannies[0].pid):
                os.kill(pid, signal.SIGKILL)

        class_ = entries(*[slow(RIGHT), slow(WRONG)] * 2)
        with opened(running.address) as cluster:
            grades = graded(cluster, tmp_path / "out", class_, Telling(1, unplug))
        assert told(grades) == told_here(tmp_path / "here", class_)


def test_whoever_takes_three_workers_along_is_named_and_the_rest_is_graded(
    tmp_path: Path,
) -> None:
    """Whenever the endless notebook runs somewhere, the worker that runs it is killed."""
    with DaskMachines(tmp_path) as running:
        over = threading.Event()
        killed = set[int]()

        def hunt() -> None:
            while not over.wait(0.05):
                for nanny in running.nannies:
                    for worker in children(nanny.pid):
                        if worker not in killed and any(
                            has_file(pid, MARK) for pid in descendants(worker)
                        ):
                            killed.add(worker)
                            os.kill(worker, signal.SIGKILL)

        hunter = threading.Thread(target=hunt)
        hunter.start()
        try:
            poison = f"{BEGUN}\nwhile True:\n    time.sleep(1)"
            class_ = entries(poison, slow(RIGHT), slow(WRONG), slow(RIGHT))
            with opened(running.address) as cluster:
                grades = graded(cluster, tmp_path / "out", class_)
        finally:
            over.set()
            hunter.join()
        assert told(grades[1:]) == told_here(tmp_path / "here", class_[1:])
        assert grades[0].score is None
        assert grades[0].reason is not None
        assert grades[0].reason.startswith("3 workers were lost while it ran")
        assert len(killed) == 3


def command(
    class_: Path, out: Path, *options: str, before: Sequence[str] = ()
) -> "subprocess.Popen[str]":
    """`autograder grade`, begun by the words `before` it."""
    return subprocess.Popen(
        [
            *before, sys.executable, "-m", "autograder", "grade", str(class_), "--assignment",
            "assignment1", "--out", str(out), *options, "--quiet",
        ],
        cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def handed_in(folder: Path, *answers: str) -> Path:
    """A folder with these answers in a notebook each."""
    for number, answer in enumerate(answers):
        (folder / f"s{number}").mkdir(parents=True)
        (folder / f"s{number}" / "assignment1.ipynb").write_bytes(notebook_of(f"# %%\n{answer}\n"))
    return folder


def how_many_graded(out: Path) -> int:
    """How many submissions have their grade in the ledger."""
    try:
        with sqlite3.connect(f"file:{out / 'ledger.sqlite'}?mode=ro", uri=True) as base:
            query = "SELECT count(*) FROM submissions WHERE grade IS NOT NULL"
            return int(base.execute(query).fetchone()[0])
    except sqlite3.OperationalError:
        return 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_nothing_goes_on_at_the_workers_when_the_command_ends(
    tmp_path: Path, number: signal.Signals
) -> None:
    endless = f"{BEGUN}\nwhile True:\n    time.sleep(1)"
    class_ = handed_in(tmp_path / "class", endless, f"{endless}\nmore = 1")
    with DaskMachines(tmp_path) as running:
        with command(class_, tmp_path / "out", "--cluster", running.address) as process:
            wait_until(
                lambda: (
                    process.poll() is not None
                    or sum(has_file(pid, MARK) for pid in running.begun()) >= 2
                ),
                "both notebooks run",
            )
            process.send_signal(number)
            _, said = process.communicate(timeout=150)
        if number == signal.SIGINT:
            assert process.returncode == 130, said
            assert said.startswith("Stopped: 0 of 2 submissions are graded."), said
        wait_until(lambda: not running.begun(), "nothing is left at the workers")
        assert all(running.pid_of(nanny) for nanny in running.nannies), "workers stay"


def test_the_scheduler_may_go_and_the_same_command_goes_on(tmp_path: Path) -> None:
    class_ = handed_in(tmp_path / "class", *[slow(RIGHT), slow(WRONG)] * 3)
    out = tmp_path / "out"
    with DaskMachines(tmp_path) as running:
        left = [p for nanny in running.nannies for p in (nanny.pid, *descendants(nanny.pid))]
        with command(class_, out, "--cluster", running.address) as process:
            wait_until(
                lambda: process.poll() is not None or how_many_graded(out) >= 1, "one is graded"
            )
            left += running.begun()
            assert running.scheduler is not None
            os.killpg(running.scheduler.pid, signal.SIGKILL)
            _, said = process.communicate(timeout=300)
        assert process.returncode == 2, said
        assert re.search(r"the scheduler at tcp://\S+ does not answer any more; .*again", said)
        assert "Traceback" not in said
        already = how_many_graded(out)
        assert 1 <= already < 6
        wait_until(lambda: all(map(is_gone, left)), "the workers end, and all that they began")
        running.start_scheduler()
        for _ in range(2):
            running.start_worker()
        wait_until(lambda: all(map(running.pid_of, running.nannies[2:])), "workers start")
        with command(class_, out, "--cluster", running.address) as process:
            _, said = process.communicate(timeout=300)
        assert process.returncode == 0, said
    with command(class_, tmp_path / "here", "--jobs", "2") as process:
        _, said = process.communicate(timeout=300)
    assert process.returncode == 0, said
    assert table(out) == table(tmp_path / "here")
    assert [float(row["score"]) for row in table(out)] == [1.0, 0.0] * 3


NEIGHBOUR = """
# %%
note = "SECRET-OF-THE-NEIGHBOUR"
pooled_features = 25
# %%
import time
time.sleep(2)
output_dim_1 = (16, 24, 24)
"""
AIMED_AT_OTHERS = (
    "net_sockets", "proc_signals", "proc_orphans", "proc_system_calls", "secret_environment",
    "secret_neighbours", "secret_proc", "secret_sockets",
)  # fmt: skip


@pytest.mark.skipif(
    bool(available().reason),
    reason=f"attacks run only where they are confined: {available().reason}",
)
def test_attacks_on_other_processes_do_nothing_to_a_worker(tmp_path: Path) -> None:
    """Each runs beside an honest neighbour in the same worker, which must not notice."""
    secret = tmp_path / "hidden_answers.txt"
    secret.write_text("SECRET-OF-THE-STAFF")
    whole = assignment("assignment1")
    with DaskMachines(tmp_path, workers=1, variables={"WORKER_SECRET": "MALLORY-WON"}) as running:
        before = running.pid_of(running.nannies[0])
        with opened(running.address, jobs=2) as cluster:
            for name in AIMED_AT_OTHERS:
                folder = ROOT / "tests" / "attacks" / name
                facts = tomllib.loads((folder / "attack.toml").read_text("utf-8"))
                script = (folder / "attack.py").read_text("utf-8")
                script = script.replace("{SECRET}", str(secret)).replace("{COURSE}", str(ROOT))
                neighbour = cluster.start(job_of(notebook_of(NEIGHBOUR), whole, Settings()))
                attack = cluster.start(job_of(notebook_of(script), whole, Settings())).result(600)
                assert attack.outcome in facts["outcomes"], (name, attack.detail)
                cells = json.loads(attack.notebook)["cells"]
                shown = json.dumps([cell.get("outputs") for cell in cells])
                for word in ("MALLORY-WON", "SECRET-OF-THE-NEIGHBOUR", "SECRET-OF-THE-STAFF"):
                    assert word not in shown, name
                honest = neighbour.result(600)
                assert honest.outcome == "finished", (name, honest.detail)
                assert {"pooled_features", "output_dim_1"} <= {
                    key for key, seen in honest.observations.items() if seen.kind == "numbers"
                }
        assert running.pid_of(running.nannies[0]) == before
        wait_until(lambda: not running.begun(), "nothing is left at the worker")
    assert secret.read_text() == "SECRET-OF-THE-STAFF"
