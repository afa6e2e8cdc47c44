"""A student's ONNX file, inspected before it is read, and read into what can be run.

Operators are those of https://onnx.ai/onnx/operators/ as PyTorch's exporter writes them.
"""

from collections.abc import Collection, Iterator
from math import prod

import numpy as np
import onnx
from onnx import numpy_helper

from autograder.errors import ModelError

SCORES = "scores"

# Many times what a network of a course has, unrolled loops included; reading the graph stays quick.
_MOST_NODES = 5_000
_MOST_TENSORS = 20_000
_MOST_NUMBERS = 100_000
# All that is not weights: parsing takes a hundred times as much memory as its smallest pieces.
_MOST_STRUCTURE_BYTES = 2_000_000
_MOST_MADE_UP = 25_000_000

_TYPED = ("float_data", "int32_data", "int64_data", "double_data", "uint64_data", "string_data")
_NUMBERS = {onnx.TensorProto.FLOAT, onnx.TensorProto.INT64, onnx.TensorProto.BOOL}


def read(content: bytes) -> onnx.ModelProto:
    """The model in an ONNX file; numbers of half or double precision become single ones.

    Raises ModelError for bytes that are no ONNX file, for what `_inspect` refuses, for weights kept
    in other files and for operators outside the standard: those would reach beyond the bytes given.
    """
    try:
        model = onnx.load_model_from_string(content)
    except Exception as error:  # protobuf raises its own kinds, which differ between versions
        raise ModelError("the network's ONNX file cannot be read") from error
    _inspect(model, len(content))
    domains = {o.domain for o in model.opset_import}
    domains.update(node.domain for part in graphs_of(model.graph) for node in part.node)
    if domains - {"", "ai.onnx"} or model.functions:
        raise ModelError("the network uses operators that are not part of standard ONNX")
    if any(t.data_location == onnx.TensorProto.EXTERNAL for t in _tensors(model.graph)):
        raise ModelError("the network's weights point to a file outside its ONNX file")
    if SCORES not in {value.name for value in model.graph.output}:
        raise ModelError(f"the network's ONNX file has no output called {SCORES!r}")
    _to_single_precision(model.graph)
    return model


def lend_weights(graph: onnx.GraphProto, owner: onnx.GraphProto, given: Collection[str]) -> None:
    """Make the weights that `graph` only names those of `owner`, or random where it has none.

    `given` are the inputs that are no weights. Raises ModelError where the file claims huge ones.
    """
    weights = {tensor.name: tensor for tensor in owner.initializer}
    generator, made_up = np.random.default_rng(0), 0
    own = {tensor.name for tensor in graph.initializer} | set(given)
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


def graphs_of(graph: onnx.GraphProto) -> Iterator[onnx.GraphProto]:
    """The graph and those inside its loops and branches; protobuf bounds how deep they nest."""
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("g"):
                yield from graphs_of(attribute.g)
            for inner in attribute.graphs:
                yield from graphs_of(inner)


def _inspect(model: onnx.ModelProto, size: int) -> None:
    """Raises ModelError for more operators, tensors or settings than a network has, and for tensors
    whose numbers are not as many as they claim."""
    nodes = tensors = settings = 0
    structure = size
    for graph in graphs_of(model.graph):
        if graph.sparse_initializer or graph.quantization_annotation:
            raise ModelError("the network has tensors of a kind that PyTorch does not write")
        nodes += len(graph.node)
        tensors += len(graph.initializer) + len(graph.input) + len(graph.output)
        _require_few(nodes, tensors, settings)
        for tensor in graph.initializer:
            _inspect_tensor(tensor)
            structure -= len(tensor.raw_data)
        for node in graph.node:
            settings += len(node.input) + len(node.output)
            for attribute in node.attribute:
                settings += 1 + len(attribute.ints) + len(attribute.floats) + len(attribute.strings)
                for tensor in (attribute.t, *attribute.tensors):
                    tensors += 1
                    _inspect_tensor(tensor)
                    structure -= len(tensor.raw_data)
            _require_few(nodes, tensors, settings)
    if structure > _MOST_STRUCTURE_BYTES:
        raise ModelError("the network's ONNX file holds more than operators and weights")


def _require_few(nodes: int, tensors: int, settings: int) -> None:
    if nodes > _MOST_NODES or tensors > _MOST_TENSORS or settings > _MOST_NUMBERS:
        raise ModelError(f"the network has more than {_MOST_NODES:,} operators or tensors")


def _inspect_tensor(tensor: onnx.TensorProto) -> None:
    typed = sum(len(getattr(tensor, name)) for name in _TYPED)
    if not typed and not tensor.raw_data and not tensor.dims:
        return
    if tensor.data_type == onnx.TensorProto.STRING or len(tensor.dims) > 16:
        raise ModelError("the network has tensors of a kind that PyTorch does not write")
    try:
        size = prod(tensor.dims) * onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type).itemsize
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError("the network has a tensor of no known type") from error
    fits = len(tensor.raw_data) == size if not typed else prod(tensor.dims) == typed
    if not fits or min(tensor.dims, default=0) < 0 or typed > _MOST_NUMBERS:
        raise ModelError("the network has a tensor that does not hold the numbers that it claims")


def _tensors(graph: onnx.GraphProto) -> Iterator[onnx.TensorProto]:
    for part in graphs_of(graph):
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
    for part in graphs_of(graph):
        del part.value_info[:]
        for value in (*part.input, *part.output):
            if value.type.tensor_type.elem_type in others:
                value.type.tensor_type.elem_type = single
        for node in part.node:
            for attribute in node.attribute:
                if attribute.name in ("to", "dtype") and attribute.i in others:
                    attribute.i = single
