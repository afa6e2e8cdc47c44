"""A student's network as data: its two graphs, and the scores it computes."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from autograder.errors import ModelError
from autograder.model import NetworkData
from autograder.networks.graph import IMAGES, SCORES, load
from autograder.networks.probe import TRACED_BATCH, ProbedGraph
from autograder.networks.worker_client import Evaluator, InProcess, Metered

Images = NDArray[np.float32]

_CHUNK = 250
# All that is asked of one network takes a second; the largest that could be trained, some 20.
_SECONDS = 60
_MOST_MADE_UP = 25_000_000
_WEIGHTS = {onnx.TensorProto.FLOAT, onnx.TensorProto.DOUBLE, onnx.TensorProto.FLOAT16}
_NUMBERS = {onnx.TensorProto.FLOAT, onnx.TensorProto.INT64, onnx.TensorProto.BOOL}


@dataclass(frozen=True, eq=False)
class ImageSet:
    """Labelled images to measure accuracy on.

    `images` are (N, 1, 28, 28) float32 in [0, 1), `labels` (N,) the digits; `thresholds` says by
    variable name which accuracy earns full marks, `device` where the student's code ran, `unseen`
    whether students never see these images.
    """

    description: str
    images: Images
    labels: NDArray[np.int64]
    thresholds: Mapping[str, float]
    device: str = "cpu"
    unseen: bool = False


class Network:
    """One network of a student. Everything is computed when first asked for, then kept.

    `evaluator` runs it: a worker in the grader, else this process.
    Any property or method raises ModelError where the ONNX file cannot be read or run.
    """

    def __init__(self, data: NetworkData, evaluator: Evaluator | None = None) -> None:
        if data.evaluation is None or data.training is None:
            raise ModelError(data.problem or "the network gives no scores")
        self.data = data
        self._evaluation, self._training = data.evaluation, data.training
        self._evaluator = Metered(evaluator or InProcess(), _SECONDS)
        self._scores: dict[ImageSet, NDArray[np.float32]] = {}

    @property
    def name(self) -> str:
        """The student's variable."""
        return self.data.name

    @cached_property
    def _model(self) -> onnx.ModelProto:
        return self._loaded(self._evaluation)

    @cached_property
    def graph(self) -> ProbedGraph:
        """What the network computes in eval mode."""
        return ProbedGraph(self._model, self._evaluator)

    @cached_property
    def training_graph(self) -> ProbedGraph:
        """What the network computes in training mode, with the weights of eval mode."""
        model = self._loaded(self._training)
        _lend_weights(model.graph, self._model.graph)
        return ProbedGraph(model, self._evaluator)

    @cached_property
    def has_bad_weights(self) -> bool:
        """Whether any weight is not a finite number."""
        weights = (numpy_helper.to_array(t) for t in self._model.graph.initializer)
        return any(
            np.issubdtype(w.dtype, np.floating) and not np.isfinite(w).all() for w in weights
        )

    @cached_property
    def parameters(self) -> int:
        """How many numbers the network has learned: its weights without running statistics."""
        statistics = {
            name
            for node in self._model.graph.node
            if node.op_type == "BatchNormalization"
            for name in node.input[3:5]
        }
        return sum(
            prod(tensor.dims)
            for tensor in self._model.graph.initializer
            if tensor.data_type in _WEIGHTS and tensor.name not in statistics
        )

    def scores(self, image_set: ImageSet) -> NDArray[np.float32]:
        """The scores (N, classes) of N images in eval mode."""
        if image_set not in self._scores:
            images = image_set.images
            try:
                scores = self._scores_in_chunks(images, _CHUNK)
            except ModelError:
                scores = self._scores_in_chunks(images, TRACED_BATCH)
            if scores.ndim != 2 or len(scores) != len(images):
                raise ModelError(
                    f"the network gives scores of shape {scores.shape} for {len(images)} images"
                )
            self._scores[image_set] = scores
        return self._scores[image_set]

    def _scores_in_chunks(self, images: Images, size: int) -> NDArray[np.float32]:
        content = self._model.SerializeToString()
        # Full chunks throughout, for networks that take no other: the last images come again.
        missing = -len(images) % size if size == TRACED_BATCH else 0
        padded = np.concatenate([images, images[-1:].repeat(missing, axis=0)])
        scores = self._evaluator.run(content, [SCORES], {IMAGES: padded}, chunk=size)[0]
        return scores[: len(images)]

    def _loaded(self, content: bytes) -> onnx.ModelProto:
        self._evaluator.inspect(content)
        return load(content)


def _lend_weights(graph: onnx.GraphProto, owner: onnx.GraphProto) -> None:
    """Make the weights that `graph` only names those of `owner`, or random where it has none."""
    weights = {tensor.name: tensor for tensor in owner.initializer}
    generator, made_up = np.random.default_rng(0), 0
    own = {tensor.name for tensor in graph.initializer} | {IMAGES}
    for value in [v for v in graph.input if v.name not in own]:
        graph.input.remove(value)
        if value.name not in weights:
            # A layer that only training mode calls; a file that claims a huge one is not obeyed.
            shape = [max(0, d.dim_value) for d in value.type.tensor_type.shape.dim]
            made_up += prod(shape)
            if made_up > _MOST_MADE_UP or value.type.tensor_type.elem_type not in _NUMBERS:
                raise ModelError("the network's training mode has unusual weights of its own")
            kind = onnx.helper.tensor_dtype_to_np_dtype(value.type.tensor_type.elem_type)
            noise = generator.normal(0, 0.1, shape).astype(kind)
            weights[value.name] = numpy_helper.from_array(noise, value.name)
        graph.initializer.append(weights[value.name])
