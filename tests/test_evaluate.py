"""Workers give what this process would, and are stopped and replaced when a network harms them."""

import contextlib
import json
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnxruntime import InferenceSession

from autograder.errors import ModelError, SandboxError
from autograder.kernel.isolation import available, why_no_user
from autograder.networks import frames
from autograder.networks.description import read_description
from autograder.networks.evaluator import TimeBudget
from autograder.networks.in_process import InProcess
from autograder.networks.worker_client import Worker, Workers
from autograder.observables import InputSignature

DIGITS = [InputSignature("images", "f32", (1, 28, 28))]
IMAGES = np.random.default_rng(0).random((7, 1, 28, 28)).astype(np.float32)


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    workers = Workers()
    yield workers
    workers.close()


@pytest.fixture
def worker(workers: Workers) -> Iterator[Worker]:
    with Worker(workers) as worker:
        yield worker


def network(
    *nodes: onnx.NodeProto,
    weights: dict[str, Any] | None = None,
    takes: onnx.ValueInfoProto | None = None,
) -> bytes:
    """An ONNX file with these operators from `images`, or what it takes, to `scores`."""
    images = takes or helper.make_tensor_value_info("images", TensorProto.FLOAT, ["N", 1, 28, 28])
    scores = helper.make_empty_tensor_value_info("scores")
    tensors = [numpy_helper.from_array(np.asarray(v), n) for n, v in (weights or {}).items()]
    graph = helper.make_graph(list(nodes), "net", [images], [scores], tensors)
    others = {node.domain for node in nodes} - {""}
    opsets = [helper.make_opsetid("", 17), *(helper.make_opsetid(one, 3) for one in others)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    return bytes(model.SerializeToString())


def dense() -> bytes:
    """A dense network with random weights."""
    weights = np.random.default_rng(1).random((784, 10)).astype(np.float32)
    return network(
        helper.make_node("Flatten", ["images"], ["flat"]),
        helper.make_node("MatMul", ["flat", "w"], ["scores"]),
        weights={"w": weights},
    )


def endless() -> bytes:
    """A network that never gives scores."""
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["go_on"], ["again"]),
            helper.make_node("Sin", ["value"], ["next"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("step", TensorProto.INT64, []),
            helper.make_tensor_value_info("go_on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("value", TensorProto.FLOAT, None),
        ],
        [
            helper.make_tensor_value_info("again", TensorProto.BOOL, []),
            helper.make_tensor_value_info("next", TensorProto.FLOAT, None),
        ],
    )
    return network(
        helper.make_node("Loop", ["", "true", "images"], ["scores"], body=body),
        weights={"true": True},
    )


@pytest.mark.parametrize("quiet", [False, True])
@pytest.mark.parametrize("chunk", [2, 250])
def test_worker_gives_what_this_process_gives(worker: Worker, chunk: int, quiet: bool) -> None:
    results = [
        evaluator.scores(dense(), [IMAGES], DIGITS, TimeBudget(9), chunk=chunk, quiet=quiet)
        for evaluator in (worker, InProcess())
    ]
    assert np.array_equal(results[0], results[1])
    assert results[0].shape == (7, 10)


def test_worker_tells_what_this_process_sees(worker: Worker) -> None:
    told, seen = (e.describe([dense()], DIGITS, TimeBudget(9)) for e in (worker, InProcess()))
    assert told == seen
    assert [step.op for step in told.steps] == ["Flatten", "MatMul"]
    assert [step.matters for step in told.steps] == [True, True]
    assert told.shapes[0] == (1, 28, 28)
    assert told.shapes[told.scores] == (10,)
    assert told.parameters == 7840


def test_networks_may_take_other_inputs(worker: Worker) -> None:
    readings = [InputSignature("readings", "f32", (6,))]
    content = network(
        helper.make_node("MatMul", ["readings", "w"], ["scores"]),
        weights={"w": np.ones((6, 3), np.float32)},
        takes=helper.make_tensor_value_info("readings", TensorProto.FLOAT, ["N", 6]),
    )
    described = worker.describe([content], readings, TimeBudget(9))
    assert (described.shapes[0], described.shapes[described.scores]) == ((6,), (3,))
    given = np.arange(12, dtype=np.float32).reshape(2, 6)
    scores = worker.scores(content, [given], readings, TimeBudget(9), chunk=2)
    assert scores.tolist() == [[15.0] * 3, [51.0] * 3]


def test_endless_network_is_stopped_and_the_next_one_runs(worker: Worker) -> None:
    budget = TimeBudget(1)
    # Where others take the processor, the grader's clock ends before the worker's.
    with pytest.raises(ModelError, match=r"too long|busy"):
        worker.scores(endless(), [IMAGES], DIGITS, budget, chunk=250)
    with pytest.raises(ModelError, match="too long"):
        worker.scores(dense(), [IMAGES], DIGITS, budget, chunk=250)
    worker.scores(dense(), [IMAGES], DIGITS, TimeBudget(9), chunk=250)


def test_a_budget_pays_for_computing_and_not_for_waiting(worker: Worker) -> None:
    budget = TimeBudget(9)
    worker.describe([dense()], DIGITS, budget)
    left = budget.seconds
    signal.pidfd_send_signal(worker._handle, signal.SIGSTOP)
    waking = threading.Timer(1.0, signal.pidfd_send_signal, (worker._handle, signal.SIGCONT))
    waking.start()
    worker.describe([dense()], DIGITS, budget)
    waking.join()
    assert 0 <= left - budget.seconds < 0.9


def test_network_of_enormous_shape_is_refused(worker: Worker) -> None:
    content = network(
        helper.make_node("Expand", ["images", "huge"], ["scores"]),
        weights={"huge": np.array([10_000, 10_000, 10_000, 10_000])},
    )
    with pytest.raises(ModelError):
        worker.scores(content, [IMAGES], DIGITS, TimeBudget(9), chunk=250)
    worker.scores(dense(), [IMAGES], DIGITS, TimeBudget(9), chunk=250)


def test_a_table_of_answers_that_the_runtime_would_run_is_refused(worker: Worker) -> None:
    flat = helper.make_node("Flatten", ["images"], ["flat"])
    tree = helper.make_node(
        "TreeEnsembleRegressor", ["flat"], ["scores"], domain="ai.onnx.ml", n_targets=10,
        nodes_treeids=[0], nodes_nodeids=[0], nodes_modes=["LEAF"], nodes_featureids=[0],
        nodes_values=[0.0], nodes_truenodeids=[0], nodes_falsenodeids=[0],
        target_treeids=[0], target_nodeids=[0], target_ids=[3], target_weights=[1.0],
    )  # fmt: skip
    content = network(flat, tree)
    session = InferenceSession(content)
    assert session.run(None, {"images": IMAGES})[0].argmax(1).tolist() == [3] * len(IMAGES)
    for ask in (
        lambda: worker.describe([content], DIGITS, TimeBudget(9)),
        lambda: worker.scores(content, [IMAGES], DIGITS, TimeBudget(9), chunk=250),
    ):
        with pytest.raises(ModelError, match="not part of standard ONNX"):
            ask()


def test_worker_that_dies_is_replaced(worker: Worker) -> None:
    worker.describe([dense()], DIGITS, TimeBudget(9))
    signal.pidfd_send_signal(worker._handle, signal.SIGKILL)
    assert len(worker.scores(dense(), [IMAGES], DIGITS, TimeBudget(9), chunk=250)) == len(IMAGES)


def test_warm_process_that_dies_is_replaced(workers: Workers) -> None:
    with Worker(workers) as first:
        first.describe([dense()], DIGITS, TimeBudget(9))
    assert workers.pid is not None
    os.kill(workers.pid, signal.SIGKILL)
    with Worker(workers) as second:
        assert len(second.scores(dense(), [IMAGES], DIGITS, TimeBudget(9), chunk=250)) == len(
            IMAGES
        )


class Dying(Workers):
    """Workers that end before they answer."""

    def fork(self) -> tuple[socket.socket, int]:
        line, handle = super().fork()
        signal.pidfd_send_signal(handle, signal.SIGKILL)
        return line, handle


def test_workers_that_all_die_are_no_networks_fault() -> None:
    workers = Dying()
    with contextlib.closing(workers), Worker(workers) as worker, pytest.raises(SandboxError):
        worker.describe([dense()], DIGITS, TimeBudget(9))


class Answering(Workers):
    """Workers that a network has taken over: they answer what they like."""

    def __init__(self, header: dict[str, Any], *blobs: bytes) -> None:
        super().__init__()
        self._header, self._blobs = header, blobs

    def fork(self) -> tuple[socket.socket, int]:
        unused, handle = super().fork()
        unused.close()
        ours, theirs = socket.socketpair()
        threading.Thread(target=self._answer, args=(theirs,), daemon=True).start()
        return ours, handle

    def _answer(self, line: socket.socket) -> None:
        with contextlib.suppress(OSError), line:
            frames.receive(line, 10_000_000)
            frames.send(line, self._header, self._blobs)


STEP = {
    "position": 0, "op": "Gemm", "kind": "dense layer", "inputs": [0], "outputs": [1],
    "matters": True,
}  # fmt: skip
DESCRIPTION = {
    "steps": [STEP], "shapes": [[1, 28, 28], [10]], "scores": 1, "parameters": 7,
    "has_bad_weights": False, "vectors": [], "probed": [],
}  # fmt: skip
FORGED: dict[str, dict[str, Any]] = {
    "no step": {"steps": [{"op": "Gemm"}]},
    "an unknown key": {"marks": 8},
    "a tensor without a shape": {"scores": 2},
    "a step that reads itself": {"steps": [STEP | {"inputs": [1]}]},
    "a tensor that is given twice": {"steps": [STEP, STEP | {"position": 1}]},
    "positions out of order": {"steps": [STEP | {"position": 1}]},
    "an operator that is markup": {"steps": [STEP | {"op": "<script>"}]},
    "a shape of no size": {"shapes": [[1, 28, 28], [-10]]},
    "very many axes": {"shapes": [[1] * 17, [10]]},
    "no number of parameters": {"parameters": 1e300},
    "a vector that is no digest": {"vectors": ["x" * 32]},
    "too many steps": {"steps": [STEP] * 3_001},
}


@pytest.mark.parametrize("change", FORGED.values(), ids=FORGED)
def test_descriptions_that_are_none(change: dict[str, Any]) -> None:
    assert read_description(json.dumps(DESCRIPTION).encode())
    forged = json.dumps(DESCRIPTION | change).encode()
    with pytest.raises(ModelError):
        read_description(forged)


def test_a_description_has_a_limit() -> None:
    whole = json.dumps(DESCRIPTION).encode()
    with pytest.raises(ModelError, match="more steps than can be followed"):
        read_description(whole + b" " * 4_000_000)


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff" * 9, b"[" * 200_000])
def test_a_worker_that_was_taken_over_costs_its_own_case(content: bytes) -> None:
    with contextlib.closing(Answering({"used": -5}, content)) as workers, Worker(workers) as worker:
        budget = TimeBudget(9)
        with pytest.raises(ModelError):
            worker.describe([dense()], DIGITS, budget)
        assert budget.seconds <= 9


@pytest.mark.parametrize(
    ("fact", "size"),
    [
        ({"dtype": "<f4", "shape": [6, 10]}, 240),
        ({"dtype": "<f8", "shape": [7, 5]}, 280),
        ({"dtype": "O", "shape": [35]}, 280),
        ({"dtype": "<f4", "shape": []}, 4),
    ],
)
def test_scores_that_are_none(fact: dict[str, Any], size: int) -> None:
    answer = Answering({"arrays": [fact]}, bytes(size))
    with contextlib.closing(answer), Worker(answer) as worker, pytest.raises(ModelError):
        worker.scores(dense(), [IMAGES], DIGITS, TimeBudget(9), chunk=250)


@pytest.mark.skipif(not available().seccomp, reason="needs libseccomp")
def test_system_calls_are_filtered_in_every_thread(workers: Workers) -> None:
    with Worker(workers) as worker:
        worker.describe([dense()], DIGITS, TimeBudget(9))
        tasks = list(Path(f"/proc/{workers.pid}/task").iterdir())
    assert tasks
    for task in tasks:
        assert "Seccomp:\t2\n" in (task / "status").read_text()


@pytest.mark.skipif(bool(why_no_user()), reason=f"no user of its own: {why_no_user()}")
def test_workers_have_a_user_of_their_own(workers: Workers) -> None:
    with Worker(workers) as worker:
        worker.describe([dense()], DIGITS, TimeBudget(9))
        status = Path(f"/proc/{workers.pid}/status").read_text()
    (users,) = [line.split()[1:] for line in status.splitlines() if line.startswith("Uid:")]
    assert len(set(users)) == 1
    assert int(users[0]) >= 60_600


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\xff" * 64,
        frames._LENGTHS.pack(2, 0) + b"{}",
        frames._LENGTHS.pack(12, 5) + b'{"sizes":[]}',
        frames._LENGTHS.pack(14, 1) + b'{"sizes":[-1]}',
    ],
)
def test_answers_that_are_no_messages(answer: bytes) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(answer)
        theirs.close()
        with pytest.raises(frames.BrokenFrame):
            frames.receive(ours, 1_000, time.monotonic() + 5)


@pytest.mark.parametrize(
    "fact",
    [
        {"dtype": "O", "shape": [1]},
        {"dtype": "<f4", "shape": [2**62, 4]},
        {"dtype": "<f4", "shape": [-1]},
        {"dtype": "S8", "shape": [1]},
        {"shape": [1]},
        None,
    ],
)
def test_arrays_that_are_none(fact: Any) -> None:
    with pytest.raises(frames.BrokenFrame):
        frames.arrays_of([fact], [bytearray(8)])
