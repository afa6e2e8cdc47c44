"""Networks run in this process, without limits: for a student's own session."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.networks.description import Description
from autograder.networks.evaluator import Takes, TimeBudget, checked_scores


def load_runtime() -> None:
    """Load what reads networks. Raises ModuleNotFoundError where ONNX is not installed."""
    from autograder.networks.runtime import answers  # noqa: F401


class InProcess:
    """An Evaluator that needs no worker; the files are those of the session that it is in."""

    def describe(self, files: Sequence[bytes], takes: Takes, budget: TimeBudget) -> Description:
        """What the network in the last file computes. Raises ModelError."""
        from autograder.networks.runtime import answers

        return answers.description(files, takes)

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
        """The scores of each example. Raises ModelError."""
        from autograder.networks.runtime import answers

        scores = answers.scores(file, inputs, takes, chunk=chunk, quiet=quiet)
        return checked_scores(scores, len(inputs[0]))
