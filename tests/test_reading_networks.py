"""The grader judges networks without reading them: whatever a file does, it does to a worker."""

import json
import subprocess
import sys

import numpy as np
import onnx
import pytest
from conftest import ROOT, assignment
from onnx import TensorProto, helper, numpy_helper

from autograder.grading.pipeline import entry_of
from autograder.judging.scoring import Run, Scorer
from autograder.model import (
    Execution,
    FlagKind,
    Graded,
    NetworkData,
    Observation,
    Outcome,
    Submission,
)

NETS = ("net_conv", "net_ffn", "net_padded", "net_stacked", "net_pooled")


def file(*nodes: onnx.NodeProto, **weights: object) -> bytes:
    """An ONNX file with these operators from `images` to `scores`."""
    images = helper.make_tensor_value_info("images", TensorProto.FLOAT, ["N", 1, 28, 28])
    scores = helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["N", 10])
    tensors = [numpy_helper.from_array(np.asarray(value), n) for n, value in weights.items()]
    graph = helper.make_graph(list(nodes), "net", [images], [scores], tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())


def dense(**weights: object) -> bytes:
    """A dense network with random weights, which may be others."""
    random = np.random.default_rng(1).random((784, 10)).astype(np.float32)
    return file(
        helper.make_node("Flatten", ["images"], ["flat"]),
        helper.make_node("MatMul", ["flat", "w"], ["scores"]),
        **{"w": random, **weights},
    )


def odd_files() -> dict[str, bytes]:
    """Files that a parser takes and that are no network, each in another way."""
    model = onnx.load_model_from_string(dense())
    del model.graph.node[0].input[:]
    nothing_read = model.SerializeToString()

    model = onnx.load_model_from_string(dense())
    model.graph.node[1].attribute.add().name = "no_type"
    no_type = model.SerializeToString()

    model = onnx.load_model_from_string(dense())
    reference = model.graph.node[1].attribute.add()
    reference.name, reference.ref_attr_name, reference.type = "axis", "axis", 2
    refers = model.SerializeToString()

    model = onnx.load_model_from_string(dense())
    tensor = model.graph.initializer[0]
    tensor.raw_data, tensor.data_type = tensor.raw_data[:7840], TensorProto.BFLOAT16
    tensor.data_type, tensor.dims[:] = TensorProto.INT4, [784, 10]
    packed = model.SerializeToString()

    model = onnx.load_model_from_string(dense())
    model.graph.initializer[0].name = "\ud7ff" * 9
    unnamed = model.SerializeToString()

    convolution = helper.make_node("Conv", ["images", "k"], ["maps"], kernel_shape=[3, 3])
    convolution.attribute[0].ints[:] = [2**62, -(2**62)]
    flat = helper.make_node("Flatten", ["maps"], ["flat"])
    last = helper.make_node("MatMul", ["flat", "w"], ["scores"])
    kernel = np.ones((1, 1, 3, 3), np.float32)
    weights = np.ones((676, 10), np.float32)
    return {
        "no input": nothing_read,
        "an attribute without a type": no_type,
        "an attribute that refers to another": refers,
        "half a byte a number": packed,
        "a weight of another name": unnamed,
        "a kernel of 2**62": file(convolution, flat, last, k=kernel, w=weights),
        "an operator twice": file(*(helper.make_node("Identity", ["images"], ["scores"]),) * 2),
        "no operator": file(),
        "a name of a megabyte": file(
            helper.make_node("Identity", ["images"], ["x" * 1_000_000]),
            helper.make_node("Identity", ["x" * 1_000_000], ["scores"]),
        ),
    }


def graded(content: bytes) -> Graded:
    """The grade of a submission whose networks are all this file."""
    seen: dict[str, Observation] = {
        name: NetworkData(name=name, type_name="Net", evaluation=content, training=content)
        for name in NETS
    }
    execution = Execution(
        outcome=Outcome.FINISHED, observations=seen, notebook="", seconds=1, device="cpu"
    )
    submission = Submission(path="ana.ipynb", student="ana", content=b"")
    return Scorer(assignment("assignment2")).score(entry_of(submission), Run.of(execution))


@pytest.mark.parametrize("content", odd_files().values(), ids=odd_files())
def test_an_odd_file_earns_nothing_and_is_flagged(content: bytes) -> None:
    grade = graded(content)
    assert grade.score == 0
    assert {flag.kind for flag in grade.flags} <= {
        FlagKind.NETWORK,
        FlagKind.MACHINE,
        FlagKind.UNJUDGED,
    }
    cases = [case for q in grade.questions for case in q.cases]
    assert {case.status for case in cases} <= {"failed", "unjudged"}
    assert all(case.feedback for case in cases)


JUDGE = """
import json, sys
sys.path[:0] = [ROOT, TESTS]
from test_reading_networks import dense, graded
content = dense()
for name in [name for name in sys.modules if name.startswith("onnx")]:
    del sys.modules[name]
sys.modules.update(dict.fromkeys(("onnx", "onnxruntime")))  # whoever imports them now fails
print(json.dumps([network.parameters for network in graded(content).networks]))
"""


def test_the_grader_judges_where_onnx_cannot_be_imported() -> None:
    script = JUDGE.replace("ROOT", repr(str(ROOT))).replace("TESTS", repr(str(ROOT / "tests")))
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=300, check=True
    )
    assert json.loads(done.stdout) == [7840] * len(NETS)
