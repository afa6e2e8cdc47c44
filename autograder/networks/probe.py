"""A network's graph seen at work: the shapes it gives, and the steps that its scores depend on."""

from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from autograder.errors import ModelError
from autograder.networks.graph import IMAGES, SCORES, Graph, Kind, Step
from autograder.networks.worker_client import Metered

Array = NDArray[Any]
Shape = tuple[int, ...]

TRACED_BATCH = 2
"""How many images the observer exports with: a network that fixed its batch size takes no other."""

# The share of the difference between two images' scores below which a step counts as without
# effect. Branches of honestly trained networks are orders of magnitude above it.
_NO_EFFECT = 1e-4


class ProbedGraph(Graph):
    """A graph without the steps that give the same for every image, such as a product with zero.

    `model` is run by `evaluator`, twice on two made-up images each, with dropout switched off.
    Raises ModelError where that fails.
    """

    def __init__(self, model: onnx.ModelProto, evaluator: Metered) -> None:
        self._model, self._evaluator = _without_dropout(model), evaluator
        names = sorted({name for step in Graph(self._model).steps for name in step.outputs if name})
        first, second = (made_up_images(seed) for seed in (1, 2))
        self._images = first
        self._here = self._values(names, first)
        self._there = self._values(names, second)
        shapes = [values[SCORES].shape for values in (self._here, self._there) if SCORES in values]
        if any(not prod(shape) or shape != shapes[0] or not shape for shape in shapes):
            raise ModelError("the network does not give the same number of scores for each image")
        self._effects: dict[Step, bool] = {}
        still = {n for n in names if _same(self._here[n], self._there[n])}
        # A network that has collapsed gives the same for all images: then its wiring must do.
        super().__init__(model, frozenset() if SCORES in still else frozenset(still))

    @property
    def shapes(self) -> Mapping[str, Shape]:
        """The shape of each tensor without the batch axis."""
        return {name: tuple(value.shape[1:]) for name, value in self._here.items()} | {
            IMAGES: (1, 28, 28)
        }

    @property
    def probed_scores(self) -> Array:
        """The scores of the first two made-up images, dropout switched off."""
        return self._here[SCORES]

    def shape_in(self, step: Step) -> Shape:
        """The shape that a step reads, such as (channels, height, width)."""
        return self._shape(step.inputs[0])

    def shape_out(self, step: Step) -> Shape:
        """The shape that a step gives."""
        return self._shape(step.outputs[0])

    def shapes_in(self, step: Step) -> tuple[Shape, ...]:
        """The shapes of all that a step reads of the images."""
        return tuple(self._shape(name) for name in step.inputs)

    def matters(self, step: Step) -> bool:
        """Whether the scores of an image change when it gets another image's result of the step."""
        if step not in self._effects:
            self._effects[step] = self._has_effect(step.outputs[0])
        return self._effects[step]

    def is_dense(self, step: Step) -> bool:
        """Whether the step is a dense layer, written as one or as a kernel that fills its input."""
        if step.kind is Kind.DENSE:
            return True
        return step.kind is Kind.CONVOLUTION and self.shape_out(step)[1:] == (1, 1)

    def is_convolution(self, step: Step) -> bool:
        """Whether the step slides a two-dimensional kernel over a map."""
        return (
            step.kind is Kind.CONVOLUTION
            and len(self.shape_in(step)) == 3
            and not self.is_dense(step)
        )

    def _shape(self, name: str) -> Shape:
        if name == IMAGES:
            return (1, 28, 28)
        return tuple(self._here[name].shape[1:]) if name in self._here else ()

    def _values(self, names: list[str], images: Array) -> dict[str, Array]:
        if not names:
            return {}
        probe = onnx.ModelProto()
        probe.CopyFrom(self._model)
        del probe.graph.output[:]
        probe.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
        content = probe.SerializeToString()
        results = self._evaluator.run(content, names, {IMAGES: images}, exact=True)
        values = dict(zip(names, results, strict=True))
        if SCORES in values:
            values[SCORES] = values[SCORES].astype(np.float32)
        return values

    def _has_effect(self, name: str) -> bool:
        scores, others = self._here[SCORES], self._there[SCORES]
        spread = np.abs(scores - others).max()
        if not np.isfinite(spread) or spread == 0:
            return True
        if name == SCORES:
            return True
        value = self._there[name]
        feed = {IMAGES: self._images, name: value}
        swapped = _with_input(self._model, name, value).SerializeToString()
        changed = self._evaluator.run(swapped, [SCORES], feed, exact=True)[0]
        if changed.shape != scores.shape:
            return True
        change = np.abs(changed.astype(np.float32) - scores).max()
        return not change <= _NO_EFFECT * spread


def made_up_images(seed: int) -> Array:
    """Two images of scattered bright pixels, about as bright on the whole as digits are."""
    generator = np.random.default_rng(seed)
    shape = (TRACED_BATCH, 1, 28, 28)
    lit = generator.random(shape) < 0.25
    return (lit * generator.random(shape)).astype(np.float32)


def _same(one: Array, other: Array) -> bool:
    inexact = np.issubdtype(one.dtype, np.inexact)
    return bool(np.array_equal(one, other, equal_nan=inexact))


def _without_dropout(model: onnx.ModelProto) -> onnx.ModelProto:
    plain = onnx.ModelProto()
    plain.CopyFrom(model)
    for node in plain.graph.node:
        if node.op_type == "Dropout":
            node.op_type = "Identity"
            del node.input[1:], node.output[1:], node.attribute[:]
    return plain


def _with_input(model: onnx.ModelProto, name: str, value: Array) -> onnx.ModelProto:
    """The model with tensor `name` given from outside instead of computed."""
    cut = onnx.ModelProto()
    cut.CopyFrom(model)
    for node in cut.graph.node:
        for position, output in enumerate(node.output):
            if output == name:
                node.output[position] = f"{name} as computed"
    kind = onnx.helper.np_dtype_to_tensor_dtype(value.dtype)
    cut.graph.input.append(onnx.helper.make_tensor_value_info(name, kind, [None] * value.ndim))
    return cut
