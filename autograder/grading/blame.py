"""Whose fault an error is: a submission's, which is named with it, or everybody's."""

import traceback

from autograder.course.assignment import Assignment
from autograder.errors import AutograderError, ClusterError, LedgerError
from autograder.judging.scoring import HasHandin
from autograder.model import Ungraded
from autograder.running.shortage import machine_fault


def ungraded(
    handed: HasHandin, assignment: Assignment, error: Exception, seconds: float
) -> Ungraded:
    """The grade of a submission that could not be graded, and why."""
    return Ungraded(
        **dict(handed.handin),
        reason=_reason(error),
        max_score=assignment.max_score,
        seconds=round(seconds, 3),
    )


def is_everybodys(error: Exception) -> bool:
    """Whether an error ends the batch: nothing can be kept any more, or nothing can run."""
    return isinstance(error, LedgerError | ClusterError)


def _reason(error: Exception) -> str:
    if (said := machine_fault(error)) is not None:
        return said
    if isinstance(error, AutograderError):
        return str(error)
    where = traceback.extract_tb(error.__traceback__)[-1]
    return (
        f"a fault of the autograder ({type(error).__name__}: {error}, in {where.name}); "
        "please report it"
    )
