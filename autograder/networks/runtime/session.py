"""A model run by ONNX Runtime, on this process's one thread."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from autograder.errors import ModelError

Array = NDArray[Any]

_MOST_RESULT_BYTES = 400_000_000

onnxruntime.set_default_logger_severity(4)


class Session:
    """A model ready to run; `exact` keeps every tensor of the graph as it is.

    Raises ModelError where ONNX Runtime refuses it.
    """

    def __init__(self, content: bytes, *, exact: bool) -> None:
        options = onnxruntime.SessionOptions()
        # One thread: the batch already keeps every core busy with a submission each.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        if exact:
            options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        # Dropout that a student left on in eval mode shall not make two runs of a grader differ.
        onnxruntime.set_seed(0)
        providers = ["CPUExecutionProvider"]
        try:
            self._session: Any = onnxruntime.InferenceSession(content, options, providers=providers)
        except Exception as error:  # ONNX Runtime's exceptions share no public base class
            raise ModelError("the network's ONNX file cannot be run") from error

    def run(self, names: list[str], feed: Mapping[str, Array]) -> list[Array]:
        """The tensors called `names` for a feed by tensor name. Raises ModelError."""
        try:
            results = self._session.run(names, dict(feed))
        except Exception as error:  # as above
            raise ModelError("the network fails on a batch of examples") from error
        if not all(isinstance(r, np.ndarray) and r.dtype.kind in "biuf" for r in results):
            raise ModelError("the network computes something other than numbers")
        if sum(result.nbytes for result in results) > _MOST_RESULT_BYTES:
            raise ModelError("the network's results take too much memory")
        return list(results)

    def run_in_chunks(self, name: str, feed: Mapping[str, Array], size: int) -> Array:
        """The tensor called `name` for a feed in batches of that size, put together."""
        parts: list[Array] = []
        total = 0
        for start in range(0, min(map(len, feed.values())), size):
            chunk = {given: array[start : start + size] for given, array in feed.items()}
            parts += self.run([name], chunk)
            total += parts[-1].nbytes
            if total > _MOST_RESULT_BYTES:
                raise ModelError("the network's results take too much memory")
        try:
            return np.concatenate(parts)
        except ValueError as error:
            raise ModelError("the network gives another shape for another batch") from error
