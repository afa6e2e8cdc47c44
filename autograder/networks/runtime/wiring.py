"""The operators that lead from the inputs to the scores, in an order in which they can be run."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from onnx import numpy_helper

from autograder.errors import ModelError
from autograder.networks.description import MOST_STEPS, Kind
from autograder.networks.runtime.onnx_file import SCORES, graphs_of

# These read a tensor's shape, not its numbers: what comes out does not depend on the inputs.
_SHAPE_READERS = {"Shape", "Size", "RandomUniformLike", "RandomNormalLike", "EyeLike"}
_RANDOM = {
    "RandomUniform", "RandomNormal", "RandomUniformLike", "RandomNormalLike", "Bernoulli",
    "Multinomial", "Dropout",
}  # fmt: skip
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
class Wire:
    """One operator; `inputs` are those of its inputs that depend on the network's, `others` not."""

    node: onnx.NodeProto
    kind: Kind
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    others: tuple[str, ...]


class Constants:
    """The tensors of a graph that hold the same for every example."""

    def __init__(self, graph: onnx.GraphProto) -> None:
        self._tensors = {t.name: t for t in graph.initializer}
        self._read = {name: tuple(node.input) for node in graph.node for name in node.output}
        for node in graph.node:
            if node.op_type == "Constant" and node.attribute and node.attribute[0].name == "value":
                self._tensors[node.output[0]] = node.attribute[0].t

    def value(self, name: str) -> np.ndarray[Any, Any] | None:
        """The value of a constant, None for what is computed."""
        tensor = self._tensors.get(name)
        return None if tensor is None else numpy_helper.to_array(tensor)

    def behind(self, names: Iterable[str]) -> set[str]:
        """The names, and those of all that they are computed from."""
        found, waiting = set[str](), list(names)
        while waiting:
            if (name := waiting.pop()) not in found:
                found.add(name)
                waiting.extend(self._read.get(name, ()))
        return found


def wires_between(
    graph: onnx.GraphProto, starts: Collection[str], still: frozenset[str] = frozenset()
) -> list[Wire]:
    """The operators on a path from the tensors in `starts` to the scores.

    Tensors named in `still` are taken not to depend on the inputs, whatever leads to them. Raises
    ModelError for more operators than can be followed.
    """
    reached, random = set(starts), set[str]()
    candidates: list[Wire] = []
    for node in graph.node:
        read = _read_by(node)
        if node.op_type in _SHAPE_READERS or not reached.intersection(read):
            if node.op_type in _RANDOM or random.intersection(read):
                random.update(node.output)
            continue
        wire = _wire(node, read, reached, random)
        reached.update(set(wire.outputs) - still)
        candidates.append(wire)
    needed, wires = {SCORES}, []
    for wire in reversed(candidates):
        if needed.intersection(wire.outputs).intersection(reached):
            needed.update(wire.inputs)
            wires.append(wire)
    if len(wires) > MOST_STEPS:
        raise ModelError("the network has more steps than can be followed")
    return wires[::-1]


def _read_by(node: onnx.NodeProto) -> tuple[str, ...]:
    """What an operator reads, and what the graphs of a loop or branch read from around them."""
    inner: dict[str, None] = {}
    for attribute in node.attribute:
        for part in ([attribute.g] if attribute.HasField("g") else []) + list(attribute.graphs):
            for graph in graphs_of(part):
                inner.update(dict.fromkeys(name for n in graph.node for name in n.input))
                inner.update(dict.fromkeys(value.name for value in graph.output))
    return tuple(name for name in (*node.input, *inner) if name)


def _wire(node: onnx.NodeProto, read: tuple[str, ...], reached: set[str], random: set[str]) -> Wire:
    inputs = tuple(name for name in read if name in reached)
    others = tuple(name for name in node.input if name and name not in reached)
    kind = _KINDS.get(node.op_type, Kind.OTHER)
    # A product of the inputs with weights is a dense layer; of the inputs with themselves, not.
    if node.op_type in _PRODUCTS and len(inputs) == 1:
        kind = Kind.DENSE
    elif node.op_type in _MASKING and random.intersection(others):
        kind = Kind.DROPOUT
    outputs = tuple(name for name in node.output if name)
    return Wire(node, kind, inputs, outputs, others)
