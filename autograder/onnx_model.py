"""A student's network as data: its layers and their shapes, and the scores it computes."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray

from autograder.errors import ModelError
from autograder.model import NetworkData
from autograder.onnx_graph import IMAGES, SCORES, Graph, Kind, Step, load

Images = NDArray[np.float32]
Shape = tuple[int, ...]

_CHUNK = 250
# The observer exports with two images. A network that fixed its batch size while it was traced
# still runs on two at a time.
_TRACED_BATCH = 2

onnxruntime.set_default_logger_severity(4)


@dataclass(frozen=True, eq=False)
class ImageSet:
    """Labelled images to measure accuracy on.

    `images` are (N, 1, 28, 28) float32 in [0, 1), `labels` (N,) the digits; `thresholds` says by
    variable name which accuracy earns full marks, `device` where the student's code ran.
    """

    description: str
    images: Images
    labels: NDArray[np.int64]
    thresholds: Mapping[str, float]
    device: str = "cpu"


class Network:
    """One network of a student. Everything is computed when first asked for, then kept.

    Any property or method raises ModelError where the ONNX file cannot be read or run.
    """

    def __init__(self, data: NetworkData) -> None:
        if data.evaluation is None or data.training is None:
            raise ModelError(data.problem or "the network gives no scores")
        self.data = data
        self._evaluation, self._training = data.evaluation, data.training
        self._scores: dict[ImageSet, NDArray[np.float32]] = {}

    @property
    def name(self) -> str:
        """The student's variable."""
        return self.data.name

    @cached_property
    def _model(self) -> onnx.ModelProto:
        return load(self._evaluation)

    @cached_property
    def graph(self) -> Graph:
        """What the network computes in eval mode."""
        return Graph(self._model)

    @cached_property
    def training_graph(self) -> Graph:
        """What the network computes in training mode."""
        return Graph(load(self._training))

    @cached_property
    def shapes(self) -> Mapping[str, Shape]:
        """The shape of each tensor of `graph`, without the batch axis, from a run on two images."""
        names = {name for step in self.graph.steps for name in step.outputs if name}
        probe = onnx.ModelProto()
        probe.CopyFrom(self._model)
        del probe.graph.output[:]
        probe.graph.output.extend(onnx.ValueInfoProto(name=name) for name in sorted(names))
        images = np.zeros((_TRACED_BATCH, 1, 28, 28), np.float32)
        results = _run(probe.SerializeToString(), sorted(names), images)
        shapes = {IMAGES: (1, 28, 28)}
        shapes.update({n: tuple(r.shape[1:]) for n, r in zip(sorted(names), results, strict=True)})
        return shapes

    @cached_property
    def parameter_count(self) -> int:
        """How many numbers the network has learned, running statistics included."""
        return sum(int(np.prod(t.dims)) for t in self._model.graph.initializer)

    @cached_property
    def has_bad_weights(self) -> bool:
        """Whether any weight is not a finite number."""
        weights = (self.graph.constant(t.name) for t in self._model.graph.initializer)
        return any(
            w is not None and np.issubdtype(w.dtype, np.floating) and not np.isfinite(w).all()
            for w in weights
        )

    def shape_in(self, step: Step) -> Shape:
        """The shape that a step of `graph` reads, such as (channels, height, width)."""
        return self.shapes.get(step.inputs[0], ())

    def shape_out(self, step: Step) -> Shape:
        """The shape that a step of `graph` gives."""
        return self.shapes.get(step.outputs[0], ())

    def is_dense(self, step: Step) -> bool:
        """Whether the step is a dense layer, written as one or as a kernel that fills its input."""
        if step.kind is Kind.DENSE:
            return True
        return step.kind is Kind.CONVOLUTION and self.shape_out(step)[1:] == (1, 1)

    def is_convolution(self, step: Step) -> bool:
        """Whether the step slides a two-dimensional kernel over a map."""
        return (
            step.kind is Kind.CONVOLUTION
            and len(step.attributes.get("kernel_shape", ())) == 2
            and not self.is_dense(step)
        )

    def scores(self, image_set: ImageSet) -> NDArray[np.float32]:
        """The scores (N, classes) of N images in eval mode."""
        if image_set not in self._scores:
            images = image_set.images
            try:
                scores = self._scores_in_chunks(images, _CHUNK)
            except ModelError:
                scores = self._scores_in_chunks(images, _TRACED_BATCH)
            if scores.ndim != 2 or len(scores) != len(images):
                raise ModelError(
                    f"the network gives scores of shape {scores.shape} for {len(images)} images"
                )
            self._scores[image_set] = scores
        return self._scores[image_set]

    def _scores_in_chunks(self, images: Images, size: int) -> NDArray[np.float32]:
        session = _session(self._evaluation)
        parts = [
            _session_run(session, [SCORES], images[start : start + size])[0]
            for start in range(0, len(images), size)
        ]
        return np.concatenate(parts)


def _session(content: bytes) -> Any:
    options = onnxruntime.SessionOptions()
    # One thread: the batch already keeps every core busy with a submission each.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's exceptions share no public base class
        raise ModelError("the network's ONNX file cannot be run") from error


def _session_run(session: Any, names: list[str], images: Images) -> list[NDArray[np.float32]]:
    try:
        return list(session.run(names, {IMAGES: images}))
    except Exception as error:  # as above
        raise ModelError("the network fails on a batch of images") from error


def _run(content: bytes, names: list[str], images: Images) -> list[NDArray[np.float32]]:
    return _session_run(_session(content), names, images)
