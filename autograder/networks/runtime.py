"""ONNX files inspected and run, in whichever process calls: in the grader, a worker's.

A student's file may be made to harm: what is done here may end in an exception, in a crash, or
never.
"""

from collections.abc import Iterator, Mapping
from math import prod
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray

from autograder.errors import ModelError

Array = NDArray[Any]

# Many times what a network of this lab has, unrolled loops included; reading the graph stays quick.
_MOST_NODES = 5_000
_MOST_TENSORS = 20_000
_MOST_NUMBERS = 100_000
_MOST_RESULT_BYTES = 400_000_000
# All that is not weights: parsing takes a hundred times as much memory as its smallest pieces.
_MOST_STRUCTURE_BYTES = 2_000_000

_TYPED = ("float_data", "int32_data", "int64_data", "double_data", "uint64_data", "string_data")

onnxruntime.set_default_logger_severity(4)


def inspect(content: bytes) -> None:
    """Raises ModelError for a file that the grader had better not parse.

    That is one that is no ONNX file, has more operators, tensors or settings than a network has, or
    tensors whose numbers are not as many as they claim.
    """
    try:
        model = onnx.load_model_from_string(content)
    except Exception as error:  # protobuf raises its own kinds, which differ between versions
        raise ModelError("the network's ONNX file cannot be read") from error
    nodes = tensors = settings = 0
    structure = len(content)
    for graph in _graphs(model.graph):
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


def run(
    content: bytes,
    names: list[str],
    feed: Mapping[str, Array],
    *,
    exact: bool = False,
    chunk: int | None = None,
) -> list[Array]:
    """The tensors called `names` for a feed by tensor name.

    `exact` keeps every tensor of the graph as it is; with `chunk` the feed is run in batches of
    that size, whose results are put together. Raises ModelError where the file cannot be run.
    """
    session = _session(content, exact)
    size = len(next(iter(feed.values())))
    parts: list[list[Array]] = []
    total = 0
    for start in range(0, size, chunk or size):
        batch = {name: value[start : start + (chunk or size)] for name, value in feed.items()}
        try:
            results = session.run(names, batch)
        except Exception as error:  # ONNX Runtime's exceptions share no public base class
            raise ModelError("the network fails on a batch of images") from error
        if not all(isinstance(r, np.ndarray) and r.dtype.kind in "biuf" for r in results):
            raise ModelError("the network computes something other than numbers")
        total += sum(result.nbytes for result in results)
        if total > _MOST_RESULT_BYTES:
            raise ModelError("the network's results take too much memory")
        parts.append(results)
    if len(parts) == 1:
        return parts[0]
    try:
        return [np.concatenate(pieces) for pieces in zip(*parts, strict=True)]
    except ValueError as error:
        raise ModelError("the network gives another shape for another batch") from error


def _session(content: bytes, exact: bool) -> Any:
    options = onnxruntime.SessionOptions()
    # One thread: the batch already keeps every core busy with a submission each.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    if exact:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    # Dropout that a student left on in eval mode shall not make two runs of a grader differ.
    onnxruntime.set_seed(0)
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # as above
        raise ModelError("the network's ONNX file cannot be run") from error


def _graphs(graph: onnx.GraphProto) -> Iterator[onnx.GraphProto]:
    """The graph and those inside its loops and branches; protobuf bounds how deep they nest."""
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("g"):
                yield from _graphs(attribute.g)
            for inner in attribute.graphs:
                yield from _graphs(inner)


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
