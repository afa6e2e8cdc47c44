"""Who looks at students' files and runs them, and how long one network may take of that."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from autograder.errors import ModelError
from autograder.networks.description import Description
from autograder.observables import InputSignature

Takes = Sequence[InputSignature]
"""What a network takes, in the order of its forward pass."""

TOO_SLOW = "the network takes too long to run"
TOO_BUSY = "the network did not end in time on a machine that was busy with other work"
CRASHES = "the network crashes ONNX Runtime"


@dataclass
class TimeBudget:
    """The seconds of computing that are left to one network."""

    seconds: float

    def require_some(self) -> None:
        """Raises ModelError when nothing is left."""
        if self.seconds <= 0:
            raise ModelError(TOO_SLOW)

    def spend(self, seconds: float) -> None:
        """Take off what has been computed."""
        self.seconds -= seconds


class Evaluator(Protocol):
    """Something that looks at ONNX files and runs them, within a budget of computing time.

    Both methods raise ModelError for a file that is refused, fails, or takes too much.
    """

    def describe(self, files: Sequence[bytes], takes: Takes, budget: TimeBudget) -> Description:
        """What the network in the last file computes; weights that it lacks are the first one's."""

    def scores(
        self,
        file: bytes,
        inputs: Sequence[NDArray[Any]],
        takes: Takes,
        budget: TimeBudget,
        *,
        chunk: int,
        quiet: bool = False,
    ) -> NDArray[np.float32]:
        """The scores (N, …) of N examples, in batches of `chunk`; `quiet` is without dropout.

        There is an array of `inputs` for each that the network takes. Raises ModelError too where
        there are not as many scores as examples.
        """


def checked_scores(scores: NDArray[Any], count: int) -> NDArray[np.float32]:
    """The scores if they are so many of float32; raises ModelError for anything else."""
    if not scores.size or scores.ndim == 0 or len(scores) != count or scores.dtype != np.float32:
        raise ModelError(f"the network gives scores of shape {scores.shape} for {count} examples")
    return scores
