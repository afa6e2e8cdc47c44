"""The graph of an ONNX file, reduced to the steps that lead from the images to the scores.

Operators are those of https://onnx.ai/onnx/operators/ as PyTorch's exporter writes them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
import onnx
from onnx import numpy_helper

from autograder.errors import ModelError

IMAGES, SCORES = "images", "scores"

# These read a tensor's shape, not its numbers: what comes out does not depend on the images.
_SHAPE_READERS = {"Shape", "Size", "RandomUniformLike", "RandomNormalLike", "EyeLike"}
_RANDOM = {
    "RandomUniform", "RandomNormal", "RandomUniformLike", "RandomNormalLike", "Bernoulli",
    "Multinomial", "Dropout",
}  # fmt: skip


class Kind(StrEnum):
    """What a step does, in the lab's words."""

    CONVOLUTION = "convolution"
    DENSE = "dense layer"
    MAX_POOL = "max pooling"
    AVERAGE_POOL = "average pooling"
    BATCH_NORM = "batch normalisation"
    DROPOUT = "dropout"
    OTHER = "other"


_KINDS = {
    "Conv": Kind.CONVOLUTION,
    "MaxPool": Kind.MAX_POOL,
    "GlobalMaxPool": Kind.MAX_POOL,
    "AveragePool": Kind.AVERAGE_POOL,
    "GlobalAveragePool": Kind.AVERAGE_POOL,
    "ReduceMean": Kind.AVERAGE_POOL,
    "BatchNormalization": Kind.BATCH_NORM,
    "Dropout": Kind.DROPOUT,
}
_PRODUCTS = {"Gemm", "MatMul", "Einsum"}
# Dropout that a student has written by hand multiplies with, or selects by, random numbers.
_MASKING = {"Mul", "Div", "Where"}


@dataclass(frozen=True)
class Step:
    """One operator; `inputs` are those of its inputs that depend on the images."""

    index: int
    op: str
    kind: Kind
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    others: tuple[str, ...]
    attributes: Mapping[str, Any] = field(hash=False, compare=False)

    def pair(self, name: str, default: int) -> tuple[int, int]:
        """A (height, width) attribute such as `strides`; `default` twice where it is not given."""
        value = self.attributes.get(name) or (default, default)
        return (int(value[0]), int(value[-1]))


class Graph:
    """The steps between images and scores, in an order in which they can be computed.

    Tensors named in `still` are taken not to depend on the images, whatever leads to them.
    """

    def __init__(self, model: onnx.ModelProto, still: frozenset[str] = frozenset()) -> None:
        graph = model.graph
        self.constants = {t.name: t for t in graph.initializer}
        for node in graph.node:
            if node.op_type == "Constant" and node.attribute and node.attribute[0].name == "value":
                self.constants[node.output[0]] = node.attribute[0].t
        self.steps = tuple(_steps_between(graph, IMAGES, SCORES, still))
        self._producers = {name: step for step in self.steps for name in step.outputs}
        self._readers: dict[str, list[Step]] = {}
        for step in self.steps:
            for name in step.inputs:
                self._readers.setdefault(name, []).append(step)

    def of_kind(self, kind: Kind) -> tuple[Step, ...]:
        """All steps of that kind, in order."""
        return tuple(step for step in self.steps if step.kind is kind)

    def before(self, step: Step) -> tuple[Step, ...]:
        """The steps whose results `step` reads."""
        return tuple(self._producers[name] for name in step.inputs if name in self._producers)

    def all_before(self, step: Step) -> set[Step]:
        """Every step on a path from the images to `step`."""
        return _all_from(step, self.before)

    def all_after(self, step: Step) -> set[Step]:
        """Every step on a path from `step` to the scores."""
        return _all_from(step, self._after)

    def _after(self, step: Step) -> list[Step]:
        return [reader for name in step.outputs for reader in self._readers.get(name, ())]

    def constant(self, name: str) -> np.ndarray[Any, Any] | None:
        """The value of a constant input, None where it is computed."""
        tensor = self.constants.get(name)
        return None if tensor is None else numpy_helper.to_array(tensor)


def load(content: bytes) -> onnx.ModelProto:
    """Parse an ONNX file; numbers of half or double precision become single ones.

    Raises ModelError for bytes that are no ONNX file, for weights kept in other files and for
    operators outside the standard: reading those would reach beyond the bytes given.
    """
    try:
        model = onnx.load_model_from_string(content)
    except Exception as error:  # protobuf raises its own kinds, which differ between versions
        raise ModelError("the network's ONNX file cannot be read") from error
    domains = {o.domain for o in model.opset_import}
    domains.update(node.domain for part in _all_graphs(model.graph) for node in part.node)
    if domains - {"", "ai.onnx"} or model.functions:
        raise ModelError("the network uses operators that are not part of standard ONNX")
    if any(t.data_location == onnx.TensorProto.EXTERNAL for t in _tensors(model.graph)):
        raise ModelError("the network's weights point to a file outside its ONNX file")
    if SCORES not in {value.name for value in model.graph.output}:
        raise ModelError(f"the network's ONNX file has no output called {SCORES!r}")
    _to_single_precision(model.graph)
    return model


def _all_from(step: Step, neighbours: Callable[[Step], Iterable[Step]]) -> set[Step]:
    """Every step that can be reached from `step` by going to neighbours."""
    found: set[Step] = set()
    waiting = list(neighbours(step))
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            waiting.extend(neighbours(current))
    return found


def _all_graphs(graph: onnx.GraphProto) -> Iterator[onnx.GraphProto]:
    """The graph and those inside its loops and branches."""
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("g"):
                yield from _all_graphs(attribute.g)
            for inner in attribute.graphs:
                yield from _all_graphs(inner)


def _tensors(graph: onnx.GraphProto) -> Iterator[onnx.TensorProto]:
    for part in _all_graphs(graph):
        yield from part.initializer
        for node in part.node:
            for attribute in node.attribute:
                yield attribute.t
                yield from attribute.tensors


def _to_single_precision(graph: onnx.GraphProto) -> None:
    """ONNX Runtime lacks convolutions of other precisions on the CPU."""
    single = onnx.TensorProto.FLOAT
    others = {onnx.TensorProto.DOUBLE, onnx.TensorProto.FLOAT16, onnx.TensorProto.BFLOAT16}
    for tensor in _tensors(graph):
        if tensor.data_type in others:
            values = numpy_helper.to_array(tensor).astype(np.float32)
            tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))
    for part in _all_graphs(graph):
        del part.value_info[:]
        for value in (*part.input, *part.output):
            if value.type.tensor_type.elem_type in others:
                value.type.tensor_type.elem_type = single
        for node in part.node:
            for attribute in node.attribute:
                if attribute.name in ("to", "dtype") and attribute.i in others:
                    attribute.i = single


def _steps_between(
    graph: onnx.GraphProto, start: str, end: str, still: frozenset[str]
) -> list[Step]:
    """The operators on a path from tensor `start` to tensor `end`."""
    reached, random = {start}, set[str]()
    candidates: list[Step] = []
    for index, node in enumerate(graph.node):
        if node.op_type in _SHAPE_READERS or not reached.intersection(node.input):
            if node.op_type in _RANDOM or random.intersection(node.input):
                random.update(node.output)
            continue
        step = _step(index, node, reached, random)
        reached.update(set(node.output) - still)
        candidates.append(step)
    needed, steps = {end}, []
    for step in reversed(candidates):
        if needed.intersection(step.outputs).intersection(reached):
            needed.update(step.inputs)
            steps.append(step)
    return steps[::-1]


def _step(index: int, node: onnx.NodeProto, reached: set[str], random: set[str]) -> Step:
    inputs = tuple(name for name in node.input if name in reached)
    others = tuple(name for name in node.input if name and name not in reached)
    kind = _KINDS.get(node.op_type, Kind.OTHER)
    # A product of the images with weights is a dense layer; of the images with themselves, not.
    if node.op_type in _PRODUCTS and len(inputs) == 1:
        kind = Kind.DENSE
    elif node.op_type in _MASKING and random.intersection(others):
        kind = Kind.DROPOUT
    return Step(
        index=index,
        op=node.op_type,
        kind=kind,
        inputs=inputs,
        outputs=tuple(node.output),
        others=others,
        attributes={a.name: onnx.helper.get_attribute_value(a) for a in node.attribute},
    )
