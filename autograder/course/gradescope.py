"""What an assignment wants of Gradescope: the `[gradescope]` table of its settings."""

from typing import Literal

from pydantic import Field

from autograder.model import Frozen, Limits

Visibility = Literal["hidden", "after_due_date", "after_published", "visible"]

# What is left for the grader beside a student's kernel: it takes 90 MB, the server that kernels are
# forked from 50, and libraries in memory share the rest. Kernels of the reference solutions take
# up to 470.
_OWN_BYTES = 190_000_000
_LEAST_KERNEL_BYTES = 300_000_000
# The container starts before the grader's clock does, and results have to be written in the end.
_MARGIN_SECONDS = 20.0
_MOST_SECONDS = 2400.0  # more is not offered
_JUDGING_SHARE = 0.12
_MOST_DISK_BYTES = 100_000_000


class GradescopeSettings(Frozen):
    """Limits that are set for the assignment on Gradescope, and what students get to see.

    `seconds`, `memory_bytes` and `cpus` are those of the container. `keep` says which score counts
    after several submissions, `submissions_a_day` how many are graded within 24 hours.
    """

    seconds: float = Field(default=600, ge=120, le=_MOST_SECONDS)
    memory_bytes: int = Field(default=768_000_000, ge=_OWN_BYTES + _LEAST_KERNEL_BYTES)
    cpus: float = Field(default=0.5, gt=0)
    hidden_visibility: Visibility = "after_published"
    leaderboard: bool = False
    keep: Literal["latest", "best"] = "latest"
    submissions_a_day: int | None = Field(default=None, gt=0)

    @property
    def last_second(self) -> float:
        """When results have to be complete, in seconds after the grader's start."""
        return self.seconds - _MARGIN_SECONDS

    def limits(self, limits: Limits, used_seconds: float) -> Limits:
        """An assignment's limits as they are kept on Gradescope, after so many seconds.

        They end a notebook before the container's limits would end the grader. A share of a
        processor takes longer for the same work, so that limits on time grow by as much; the
        container's own end leaves no time to wait for a busy machine.
        """
        left = self.last_second - self.seconds * _JUDGING_SHARE - used_seconds
        slower = max(1.0, 1 / self.cpus)
        return limits.model_copy(
            update={
                "cell_seconds": max(1.0, min(limits.cell_seconds * slower, left)),
                "total_seconds": max(1.0, min(limits.total_seconds * slower, left)),
                "busy_factor": 1.0,
                "memory_bytes": min(limits.memory_bytes, self.memory_bytes - _OWN_BYTES),
                "disk_bytes": min(limits.disk_bytes, _MOST_DISK_BYTES),
                "zip_bytes": min(limits.zip_bytes, _MOST_DISK_BYTES),
            }
        )
