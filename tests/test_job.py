"""Run and judge apart: a run is plain data in and out, and judging goes on beside other runs."""

import multiprocessing
import pickle
import threading
import weakref
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import assignment, chosen_layers, fork_server, grades_of, notebook_of

from autograder.errors import LedgerError, SubmissionError
from autograder.grading.ledger import Ledger
from autograder.grading.pipeline import Grader, job_of
from autograder.grading.pool import Watcher, grade_all, in_threads
from autograder.judging.scoring import Run, Scorer
from autograder.model import Entry, Execution, Grade, Graded, Limits, Numbers, Outcome, Settings
from autograder.running.job import Job, run_job

RIGHT = "# %%\nconvolved_features = [[8, 20], [14, 25]]\n"
SETTINGS = Settings(layers=chosen_layers())


@pytest.fixture(scope="module")
def processes() -> Iterator[Executor]:
    """A pool whose processes are new Pythons, as those of another machine are."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        yield pool


def entry(student: str, script: str) -> Entry:
    return Entry(f"{student}.ipynb", student, read=lambda: notebook_of(script))


def test_a_run_travels_through_a_pool_of_processes(processes: Executor) -> None:
    job = job_of(notebook_of(RIGHT), assignment("assignment1"), SETTINGS)
    execution = processes.submit(
        run_job, job.content, job.names, job.files, job.limits, job.settings
    ).result()
    assert execution.outcome is Outcome.FINISHED
    seen = execution.observations["convolved_features"]
    assert isinstance(seen, Numbers)
    assert seen.value == [[8, 20], [14, 25]]


def test_a_class_is_graded_over_processes(processes: Executor) -> None:
    def start(job: Job) -> Future[Execution]:
        return processes.submit(job.run)

    whole = assignment("assignment1")
    entries = [entry("ana", RIGHT), entry("bo", RIGHT + "# %%\n1 / 0\n")]
    grades = grades_of(entries, Grader(whole, SETTINGS, Scorer(whole)), start, 1)
    assert [(g.student, g.outcome, g.score) for g in grades] == [
        ("ana", "finished", 1.0),
        ("bo", "cell_error", 1.0),
    ]


def test_nothing_that_travels_knows_of_tests_answers_or_people() -> None:
    whole = assignment("assignment1")
    sent = pickle.dumps(job_of(notebook_of(RIGHT), whole, SETTINGS))
    assert b"solutions" not in sent
    for question in whole.questions:
        for case in question.cases:
            assert case.title.encode() not in sent


class Slow(Scorer):
    """Judges the first submission only once the second one's run has begun."""

    def __init__(self, second: threading.Event) -> None:
        super().__init__(assignment("assignment1"))
        self.second, self.overlapped = second, False

    def score(self, handed: Entry, run: Run) -> Graded:  # type: ignore[override]
        if handed.student == "ana":
            self.overlapped = self.second.wait(60)
        return super().score(handed, run)


def test_judging_goes_on_beside_the_next_run() -> None:
    second = threading.Event()

    class Telling(Watcher):
        def started(self, entry: Entry) -> None:
            if entry.student == "bo":
                second.set()

    scorer = Slow(second)
    grader = Grader(assignment("assignment1"), SETTINGS, scorer)
    with ThreadPoolExecutor(1) as pool:
        grades = grades_of(
            [entry("ana", RIGHT), entry("bo", RIGHT)],
            grader,
            in_threads(pool, fork_server()),
            1,
            Telling(),
        )
    assert scorer.overlapped
    assert [grade.score for grade in grades] == [1.0, 1.0]


def counting(limit: int, running: list[int]) -> tuple[list[Grade], int]:
    """A batch of six whose runs count how many of them are under way at a time."""
    lock, now = threading.Lock(), [0]

    def start(job: Job) -> Future[Execution]:
        def work() -> Execution:
            with lock:
                now[0] += 1
                running.append(now[0])
            try:
                return job.run(fork_server())
            finally:
                with lock:
                    now[0] -= 1

        return pool.submit(work)

    whole = assignment("assignment1")
    with ThreadPoolExecutor(6) as pool:
        entries = [entry(f"s{n}", RIGHT) for n in range(6)]
        grades = grades_of(entries, Grader(whole, SETTINGS, Scorer(whole)), start, limit)
    return grades, max(running)


def test_no_more_run_at_a_time_than_there_are_slots() -> None:
    grades, most = counting(2, [])
    assert [grade.score for grade in grades] == [1.0] * 6
    assert most <= 2


def test_blame_stays_with_one_submission_and_a_full_disk_ends_the_batch() -> None:
    def nothing() -> bytes:
        raise SubmissionError("bo.ipynb: there is nothing in it")

    class Full:
        def run(self, key: str) -> Run | None:
            return None

        def keep(self, key: str, execution: Execution, run: Run) -> None:
            raise LedgerError("the disk is full")

        def record(self, position: int, grade: Grade, execution: str | None) -> None: ...

    whole = assignment("assignment1")
    entries = [Entry("bo.ipynb", "bo", read=nothing), entry("ana", RIGHT)]
    with ThreadPoolExecutor(1) as pool:
        start = in_threads(pool, fork_server())
        grades = grades_of(entries, Grader(whole, SETTINGS, Scorer(whole)), start, 1)
        assert [grade.status for grade in grades] == ["ungraded", "graded"]
        assert grades[0].reason == "bo.ipynb: there is nothing in it"
        with pytest.raises(LedgerError, match="full"):
            grade_all(entries, Grader(whole, SETTINGS, Scorer(whole), Full()), start, 1)


def test_a_large_class_does_not_fill_the_memory(tmp_path: Path) -> None:
    whole = assignment("assignment1")
    execution = run_job(
        notebook_of(RIGHT), whole.variables, (), Limits(), SETTINGS, server=fork_server()
    )
    entries = [Entry(f"{n}.ipynb", f"s{n}", read=lambda: notebook_of(RIGHT)) for n in range(100)]
    alive: list[int] = []

    class Counting(Watcher):
        def __init__(self) -> None:
            self.told: list[weakref.ref[Grade]] = []

        def done(self, entry: Entry, grade: Grade) -> None:
            self.told.append(weakref.ref(grade))
            alive.append(sum(told() is not None for told in self.told))

    def start(job: Job) -> Future[Execution]:
        future: Future[Execution] = Future()
        future.set_result(execution)
        return future

    with Ledger(tmp_path) as ledger:
        ledger.begin(entries)
        grader = Grader(whole, SETTINGS, Scorer(whole, ledger), ledger)
        grade_all(entries, grader, start, 4, Counting())
        grades = ledger.grades()
    assert len(grades) == 100
    assert max(alive) < 10
    first = grades[0].questions
    assert all(
        one is other for grade in grades for one, other in zip(grade.questions, first, strict=True)
    ), "what is the same in all is there once"
