"""The stations of one submission before and after its run."""

import time
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from autograder.course.assignment import Assignment
from autograder.grading.blame import ungraded
from autograder.judging import fingerprint
from autograder.judging.scoring import Run, Scorer
from autograder.model import Entry, Execution, Grade, Graded, Settings, Submission, Ungraded
from autograder.running.fork_client import ForkServer
from autograder.running.job import Job
from autograder.running.remarks import is_installed


class Store(Protocol):
    """Keeps executions by the fingerprint of all that they depend on."""

    def run(self, key: str) -> Run | None:
        """The run kept under the key."""

    def keep(self, key: str, execution: Execution, run: Run) -> None:
        """Keep an execution, which `run` describes."""

    def record(self, position: int, grade: Grade, execution: str | None) -> None:
        """Keep the grade of the submission at that position."""


@dataclass(frozen=True)
class Prepared:
    """A submission that has been read: `run` is how it ran before, else `job` is to be run."""

    key: str
    run: Run | None
    job: Job


class Grader:
    """What happens to a submission around its run; safe to use from several threads.

    What `store` has need not be executed again.
    """

    def __init__(
        self,
        assignment: Assignment,
        settings: Settings,
        scorer: Scorer,
        store: Store | None = None,
    ) -> None:
        self._assignment, self._settings, self._scorer = assignment, settings, scorer
        self._store = store

    def prepare(self, entry: Entry) -> Prepared:
        """Read a submission and ask whether it has run. Raises SubmissionError and LedgerError.

        What lacked a package that has been installed since has to run again.
        """
        content = entry.read()
        key = ""
        if self._store is not None:
            key = f"{fingerprint.of_bytes(content)}.{self._conditions}"
        run = self._store.run(key) if self._store is not None else None
        if run is not None and any(map(is_installed, run.lacks)):
            run = None
        return Prepared(key, run, job_of(content, self._assignment, self._settings))

    def judge(
        self, position: int, entry: Entry, prepared: Prepared, execution: Execution | None
    ) -> Graded:
        """The marks of an execution, else of the run from before; both are kept.

        Raises CourseError for images that do not load, SandboxError when no worker can be had,
        and LedgerError.
        """
        run = prepared.run
        if execution is not None:
            run = Run.of(execution, self._assignment.variables)
            if self._store is not None:
                self._store.keep(prepared.key, execution, run)
        assert run is not None, "a submission has run before, or now"
        grade = self._scorer.score(entry, run)
        if self._store is not None:
            self._store.record(position, grade, prepared.key)
        return grade

    def blame(
        self, position: int, entry: Entry, prepared: Prepared | None, error: Exception, start: float
    ) -> Ungraded:
        """The grade of a submission that could not be graded, which is kept; raises LedgerError.

        `start` is the time of `time.monotonic` at which its turn came.
        """
        grade = ungraded(entry, self._assignment, error, time.monotonic() - start)
        if self._store is not None:
            self._store.record(position, grade, prepared.key if prepared else None)
        return grade

    @cached_property
    def _conditions(self) -> str:
        """The fingerprint of all that an execution depends on besides the notebook."""
        return fingerprint.of_parts(
            fingerprint.of_environment(),
            self._assignment.settings.data.files,
            fingerprint.of_files(self._assignment.files),
            fingerprint.of_arrays(self._assignment.call_inputs),
            self._assignment.variables,
            self._assignment.takes.as_json(),
            self._assignment.settings.limits.model_dump(),
            self._settings.model_dump(exclude={"layers", "card"}),
        )


def grade_one(
    submission: Submission,
    assignment: Assignment,
    settings: Settings,
    server: ForkServer | None = None,
) -> Grade:
    """The grade of a single submission, nothing kept. Never raises."""
    grader = Grader(assignment, settings, Scorer(assignment))
    entry, start = entry_of(submission), time.monotonic()
    try:
        prepared = grader.prepare(entry)
        return grader.judge(0, entry, prepared, prepared.job.run(server))
    except Exception as error:
        return grader.blame(0, entry, None, error, start)


def job_of(content: bytes, assignment: Assignment, settings: Settings) -> Job:
    """What has to run for a submission with that content."""
    limits = assignment.settings.limits
    return Job(
        content,
        assignment.variables,
        assignment.files,
        limits,
        settings,
        assignment.call_inputs,
        assignment.takes,
    )


def score(submission: Submission, assignment: Assignment, execution: Execution) -> Graded:
    """What an execution is worth; runs no student code, and networks in a worker.

    Raises CourseError for images that do not load and SandboxError when no worker can be had.
    """
    return Scorer(assignment).score(entry_of(submission), Run.of(execution))


def entry_of(submission: Submission) -> Entry:
    """A submission that has been read as an entry of a batch."""
    return Entry(submission.path, submission.student, read=lambda: submission.content)
