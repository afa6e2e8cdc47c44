"""The pipeline of one submission, and the one place that catches everything."""

import threading
import time
import traceback
from typing import Protocol

from autograder.course.assignment import Assignment
from autograder.errors import AutograderError, LedgerError, SandboxError
from autograder.judging import fingerprint
from autograder.judging.scoring import Run, Scorer
from autograder.model import Entry, Execution, Grade, Graded, Settings, Submission, Ungraded
from autograder.notebooks.read import runnable
from autograder.notebooks.reading import shared_readers
from autograder.running.execute import OnCell, execute
from autograder.running.fork_client import ForkServer
from autograder.running.remarks import is_installed

_ATTEMPTS = 2


class Stopped(Exception):
    """The batch is being stopped, and this submission has no grade yet."""


class Store(Protocol):
    """Keeps executions by the fingerprint of all that they depend on."""

    def run(self, key: str) -> Run | None:
        """The run kept under the key."""

    def keep(self, key: str, execution: Execution, run: Run) -> None:
        """Keep an execution, which `run` describes."""

    def record(self, position: int, grade: Grade, execution: str | None) -> None:
        """Keep the grade of the submission at that position."""


class Grader:
    """Grades the submissions of an assignment; safe to use from several threads.

    What `store` has is not executed again. Once `stop` is set, submissions raise Stopped.
    """

    def __init__(
        self,
        assignment: Assignment,
        settings: Settings,
        scorer: Scorer,
        server: ForkServer | None = None,
        store: Store | None = None,
    ) -> None:
        self._assignment, self._settings, self._scorer = assignment, settings, scorer
        self._server, self._store = server, store
        self._conditions = _conditions(assignment, settings) if store else ""
        self.stop = threading.Event()

    def grade(self, position: int, entry: Entry) -> Grade:
        """The grade of one entry. Raises nothing but LedgerError and Stopped.

        What the student's code does ends in `Graded` with the points earned; what cannot be read,
        a kernel that does not start twice in a row and our own faults end in `Ungraded`.
        """
        if self.stop.is_set():
            raise Stopped
        start = time.monotonic()
        key = None
        try:
            content = entry.read()
            key = fingerprint.of_parts(self._conditions, fingerprint.of_bytes(content))
            grade: Grade = self._scorer.score(entry, self._run(key, entry, content))
        except LedgerError:
            raise
        except Exception as error:
            if self.stop.is_set():
                raise Stopped from error
            grade = _ungraded(entry, self._assignment, error, start)
        if self._store is not None:
            self._store.record(position, grade, key)
        return grade

    def _run(self, key: str, entry: Entry, content: bytes) -> Run:
        """The run that the store has, else one now. Raises SubmissionError and SandboxError.

        What lacked a package that has been installed since is run again.
        """
        kept = self._store.run(key) if self._store is not None else None
        if kept is not None and not any(map(is_installed, kept.lacks)):
            return kept
        submission = Submission(path=entry.path, student=entry.student, content=content)
        execution = run(submission, self._assignment, self._settings, self._server)
        ran = Run.of(execution, self._assignment.variables)
        if self._store is not None:
            self._store.keep(key, execution, ran)
        return ran


def run(
    submission: Submission,
    assignment: Assignment,
    settings: Settings,
    server: ForkServer | None = None,
    on_cell: OnCell | None = None,
) -> Execution:
    """The submission's notebook, mended where it must be, and executed.

    `on_cell` is that of `execute`. Raises SubmissionError and SandboxError.
    """
    limits, names = assignment.settings.limits, assignment.variables
    files = (assignment.data,) if assignment.data.exists() else ()
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            notebook, repairs = shared_readers().read(
                submission.content, limits.notebook_bytes, limits.cells
            )
            execution = execute(runnable(notebook), names, files, limits, settings, server, on_cell)
            ended_by_us = execution.outcome.ended_early and execution.machine_was_short
            if ended_by_us and limits.busy_factor > 1 and attempt < _ATTEMPTS:
                continue
            return execution.model_copy(update={"repairs": (*repairs, *execution.repairs)})
        except SandboxError:
            if attempt == _ATTEMPTS:
                raise
    raise AssertionError("unreachable: the last attempt returns or raises")


def score(submission: Submission, assignment: Assignment, execution: Execution) -> Graded:
    """What an execution is worth; runs no student code, and networks in a worker.

    Raises CourseError for a broken test and SandboxError when no worker can be had.
    """
    entry = entry_of(submission)
    return Scorer(assignment).score(entry, Run.of(execution))


def grade_one(
    submission: Submission,
    assignment: Assignment,
    settings: Settings,
    server: ForkServer | None = None,
) -> Grade:
    """The grade of a single submission, nothing kept. Never raises."""
    grader = Grader(assignment, settings, Scorer(assignment), server)
    return grader.grade(0, entry_of(submission))


def entry_of(submission: Submission) -> Entry:
    """A submission that has been read as an entry of a batch."""
    return Entry(submission.path, submission.student, read=lambda: submission.content)


def _conditions(assignment: Assignment, settings: Settings) -> str:
    """The fingerprint of all that an execution depends on besides the notebook."""
    return fingerprint.of_parts(
        fingerprint.of_environment(),
        fingerprint.of_files([assignment.data]),
        assignment.variables,
        assignment.settings.limits.model_dump(),
        settings.model_dump(exclude={"layers"}),
    )


def _ungraded(entry: Entry, assignment: Assignment, error: Exception, start: float) -> Ungraded:
    return Ungraded(
        submission=entry.path,
        student=entry.student,
        people=entry.people,
        late=entry.late,
        reason=_reason(error),
        max_score=assignment.max_score,
        seconds=round(time.monotonic() - start, 3),
        remarks=entry.remarks,
    )


def _reason(error: Exception) -> str:
    if isinstance(error, AutograderError):
        return str(error)
    where = traceback.extract_tb(error.__traceback__)[-1]
    return (
        f"a fault of the autograder ({type(error).__name__}: {error}, in {where.name}); "
        "please report it"
    )
