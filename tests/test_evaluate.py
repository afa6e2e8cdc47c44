"""Workers give what this process would, and are stopped and replaced when a network harms them."""

import contextlib
import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from autograder.errors import ModelError, SandboxError
from autograder.kernel.isolation import available
from autograder.kernel.privileges import why_no_user
from autograder.networks import frames
from autograder.networks.worker_client import InProcess, Metered, Worker, Workers

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


def network(*nodes: onnx.NodeProto, weights: dict[str, Any] | None = None) -> bytes:
    """An ONNX file with these operators from `images` to `scores`."""
    images = helper.make_tensor_value_info("images", TensorProto.FLOAT, ["N", 1, 28, 28])
    scores = helper.make_empty_tensor_value_info("scores")
    tensors = [numpy_helper.from_array(np.asarray(v), n) for n, v in (weights or {}).items()]
    graph = helper.make_graph(list(nodes), "net", [images], [scores], tensors)
    opsets = [helper.make_opsetid("", 17)]
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


@pytest.mark.parametrize("chunk", [None, 2, 250])
@pytest.mark.parametrize("exact", [True, False])
def test_worker_gives_what_this_process_gives(
    worker: Worker, exact: bool, chunk: int | None
) -> None:
    results = [
        evaluator.run(dense(), ["scores"], {"images": IMAGES}, seconds=9, exact=exact, chunk=chunk)
        for evaluator in (worker, InProcess())
    ]
    assert np.array_equal(results[0][0], results[1][0])
    assert results[0][0].shape == (7, 10)


def test_endless_network_is_stopped_and_the_next_one_runs(worker: Worker) -> None:
    start = time.monotonic()
    metered = Metered(worker, 1)
    with pytest.raises(ModelError, match="too long"):
        metered.run(endless(), ["scores"], {"images": IMAGES})
    with pytest.raises(ModelError, match="too long"):
        metered.run(dense(), ["scores"], {"images": IMAGES})
    assert time.monotonic() - start < 8
    worker.run(dense(), ["scores"], {"images": IMAGES}, seconds=9)


def test_network_of_enormous_shape_is_refused(worker: Worker) -> None:
    content = network(
        helper.make_node("Expand", ["images", "huge"], ["scores"]),
        weights={"huge": np.array([10_000, 10_000, 10_000, 10_000])},
    )
    with pytest.raises(ModelError):
        worker.run(content, ["scores"], {"images": IMAGES}, seconds=9)
    worker.run(dense(), ["scores"], {"images": IMAGES}, seconds=9)


def test_worker_that_dies_is_replaced(worker: Worker) -> None:
    worker.inspect(dense(), seconds=9)
    signal.pidfd_send_signal(worker._handle, signal.SIGKILL)
    (scores,) = worker.run(dense(), ["scores"], {"images": IMAGES}, seconds=9)
    assert len(scores) == len(IMAGES)


def test_warm_process_that_dies_is_replaced(workers: Workers) -> None:
    with Worker(workers) as first:
        first.inspect(dense(), seconds=9)
    assert workers.pid is not None
    os.kill(workers.pid, signal.SIGKILL)
    with Worker(workers) as second:
        (scores,) = second.run(dense(), ["scores"], {"images": IMAGES}, seconds=9)
    assert len(scores) == len(IMAGES)


class Dying(Workers):
    """Workers that end before they answer."""

    def fork(self) -> tuple[socket.socket, int]:
        line, handle = super().fork()
        signal.pidfd_send_signal(handle, signal.SIGKILL)
        return line, handle


def test_workers_that_all_die_are_no_networks_fault() -> None:
    workers = Dying()
    with contextlib.closing(workers), Worker(workers) as worker, pytest.raises(SandboxError):
        worker.inspect(dense(), seconds=9)


@pytest.mark.skipif(not available().seccomp, reason="needs libseccomp")
def test_system_calls_are_filtered_in_every_thread(workers: Workers) -> None:
    with Worker(workers) as worker:
        worker.inspect(dense(), seconds=9)
        tasks = list(Path(f"/proc/{workers.pid}/task").iterdir())
    assert tasks
    for task in tasks:
        assert "Seccomp:\t2\n" in (task / "status").read_text()


@pytest.mark.skipif(bool(why_no_user()), reason=f"no user of its own: {why_no_user()}")
def test_workers_have_a_user_of_their_own(workers: Workers) -> None:
    with Worker(workers) as worker:
        worker.inspect(dense(), seconds=9)
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
