"""Whatever ONNX file a stranger's kernel leaves: scores, or one sentence, and the worker's end.

FUZZ_EXAMPLES says how many are tried, as in test_fuzz.py.
"""

import os
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

from autograder.errors import ModelError
from autograder.networks.evaluator import TimeBudget
from autograder.networks.worker_client import Worker, Workers
from autograder.observables import InputSignature

FUZZ = settings(
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "40")),
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
DIGITS = [InputSignature("images", "f32", (1, 28, 28))]
IMAGES = np.random.default_rng(0).random((3, 1, 28, 28)).astype(np.float32)

OPERATORS = ("Conv", "MaxPool", "AveragePool", "Relu", "Flatten", "Gemm", "MatMul", "Dropout",
             "BatchNormalization", "Pad", "Reshape", "Identity", "Add", "Concat", "Loop", "If",
             "Expand", "Tile", "RandomNormal", "Resize", "Softmax", "Constant", "Unknown",
             "")  # fmt: skip
NAMES = st.sampled_from(["images", "scores", "a", "b", "w", "k", "n", "", "\ud7ff"])
SIZES = st.integers(-2, 30) | st.sampled_from([2**31, 2**40, 2**62, -(2**63)])
ATTRIBUTES = st.dictionaries(
    st.sampled_from(["kernel_shape", "pads", "strides", "dilations", "group", "axis", "shape",
                     "value", "body", "then_branch", "auto_pad", "epsilon", "mode", "to"]),
    st.lists(SIZES, min_size=1, max_size=5) | SIZES | st.floats() | st.text(max_size=5),
    max_size=3,
)  # fmt: skip
NODES = st.builds(
    lambda operator, takes, gives, more: helper.make_node(operator, takes, gives, **more),
    st.sampled_from(OPERATORS),
    st.lists(NAMES, max_size=4),
    st.lists(NAMES, min_size=1, max_size=2),
    ATTRIBUTES,
)
WEIGHTS: dict[str, NDArray[Any]] = {
    "w": np.random.default_rng(1).random((784, 10)).astype(np.float32),
    "k": np.random.default_rng(2).random((2, 1, 5, 5)).astype(np.float32),
    "n": np.array([2**40, 3], np.int64),
}


def says_one_line(error: Exception) -> None:
    assert "\n" not in str(error)


def network(nodes: list[NodeProto]) -> bytes:
    """A file with these operators, between the images and the scores."""
    images = helper.make_tensor_value_info("images", TensorProto.FLOAT, ["N", 1, 28, 28])
    scores = helper.make_empty_tensor_value_info("scores")
    tensors = [numpy_helper.from_array(array, name) for name, array in WEIGHTS.items()]
    graph = helper.make_graph(nodes, "net", [images], [scores], tensors)
    opsets = [helper.make_opsetid("", 17)]
    return bytes(helper.make_model(graph, opset_imports=opsets).SerializeToString())


REAL = network([
    helper.make_node("Conv", ["images", "k"], ["a"], pads=[2, 2, 2, 2]),
    helper.make_node("MaxPool", ["a"], ["b"], kernel_shape=[2, 2], strides=[2, 2]),
    helper.make_node("Flatten", ["images"], ["n2"]),
    helper.make_node("MatMul", ["n2", "w"], ["scores"]),
])  # fmt: skip


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A network's file with some bytes changed; the places that matter lie at its start."""
    content = bytearray(REAL)
    for _ in range(draw(st.integers(1, 6))):
        place = draw(st.integers(0, min(400, len(content) - 1)) | st.integers(0, len(content) - 1))
        content[place] = draw(st.integers(0, 255))
    return bytes(content[: draw(st.just(len(content)) | st.integers(0, len(content)))])


FILES = damaged() | st.lists(NODES, max_size=6).map(network) | st.binary(max_size=200)


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    own = Workers()
    yield own
    own.close()


@FUZZ
@given(st.lists(FILES, min_size=1, max_size=2))
def test_a_network_gives_scores_or_a_sentence(workers: Workers, files: list[bytes]) -> None:
    before = workers.pid
    with Worker(workers) as worker:
        try:
            worker.describe(files, DIGITS, TimeBudget(2))
            scores = worker.scores(files[-1], [IMAGES], DIGITS, TimeBudget(2), chunk=2)
        except ModelError as error:
            says_one_line(error)
            return
    assert len(scores) == len(IMAGES)
    assert before in (None, workers.pid), "what workers are forked from has died"
