"""The pipeline of one submission, and the one place that catches everything."""

import time
import traceback

from autograder.checks import judge
from autograder.course import Assignment
from autograder.errors import AutograderError, SandboxError
from autograder.evaluate.client import Worker, shared_workers
from autograder.execute import execute
from autograder.kernel.client import ForkServer
from autograder.model import (
    Execution,
    Grade,
    Graded,
    Outcome,
    Settings,
    Submission,
    Ungraded,
    Unreadable,
)
from autograder.notebooks import read_notebook

_ATTEMPTS = 2


def grade_one(
    submission: Submission | Unreadable,
    assignment: Assignment,
    settings: Settings,
    server: ForkServer | None = None,
) -> Grade:
    """The grade of one submission. Never raises.

    What the student's code does ends in `Graded` with the points earned; what cannot be read, a
    kernel that does not start twice in a row and our own faults end in `Ungraded`.
    """
    start = time.monotonic()
    try:
        if isinstance(submission, Unreadable):
            return _ungraded(submission, assignment, submission.reason, start)
        return score(submission, assignment, run(submission, assignment, settings, server))
    except AutograderError as error:
        return _ungraded(submission, assignment, str(error), start)
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        reason = (
            f"a fault of the autograder ({type(error).__name__}: {error}, in {where.name}); "
            "please report it"
        )
        return _ungraded(submission, assignment, reason, start)


def run(
    submission: Submission,
    assignment: Assignment,
    settings: Settings,
    server: ForkServer | None = None,
) -> Execution:
    """The submission's notebook, executed. Raises SubmissionError and SandboxError."""
    limits = assignment.settings.limits
    for attempt in range(1, _ATTEMPTS + 1):
        notebook = read_notebook(submission.content, limits.notebook_bytes, limits.cells)
        files = (assignment.data,) if assignment.data.exists() else ()
        try:
            return execute(notebook, assignment.variables, files, limits, settings, server)
        except SandboxError:
            if attempt == _ATTEMPTS:
                raise
    raise AssertionError("unreachable: the last attempt returns or raises")


def score(submission: Submission, assignment: Assignment, execution: Execution) -> Graded:
    """What an execution is worth; runs no student code, and networks in a worker.

    Raises CourseError for a broken test and SandboxError when no worker can be had.
    """
    with Worker(shared_workers()) as evaluator:
        questions, flags = judge(
            assignment.questions,
            execution.observations,
            assignment.images(execution.device),
            execution.outcome,
            evaluator,
        )
    if execution.outcome is not Outcome.FINISHED:
        flags = (f"{execution.outcome}: {execution.detail}", *flags)
    return Graded(
        submission=submission.path,
        student=submission.student,
        outcome=execution.outcome,
        score=sum(question.score for question in questions),
        max_score=assignment.max_score,
        seconds=execution.seconds,
        flags=flags,
        questions=questions,
    )


def _ungraded(
    submission: Submission | Unreadable, assignment: Assignment, reason: str, start: float
) -> Ungraded:
    return Ungraded(
        submission=submission.path,
        student=submission.student,
        reason=reason,
        max_score=assignment.max_score,
        seconds=round(time.monotonic() - start, 3),
    )
