"""The process in which students' networks run: it can be stopped, and has nothing to write to.

One confined process imports ONNX Runtime once, then forks a worker for each socket that it
receives on its standard input. A worker serves one submission: nothing that a hostile file does to
it reaches the next. The grader's requests, and the answers:

    {"do": "ping", "seconds": 60}                       -> {"error": null}
    {"do": "describe", "seconds": 60, "takes"} + files  -> {"error": null | "..."} + a description
    {"do": "scores", "seconds": 60, "takes", "arrays", "chunk", "quiet"} + a file + inputs
                                             -> {"error": null | "...", "arrays"} + scores

Each answer says in `used` how many seconds were computed.
"""

import contextlib
import gc
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.errors import ModelError
from autograder.networks import frames
from autograder.observables import InputSignature

if TYPE_CHECKING:
    from autograder.kernel.seats import UserLease

_MOST_REQUEST_BYTES = 2_000_000_000
_MEMORY_BYTES = 2_000_000_000
_PR_SET_PDEATHSIG = 1


def confine() -> None:
    """Become another user, give up capabilities, close files and system calls: what can be had."""
    # Loaded first: later forks find it in memory, and it looks for devices once.
    import autograder.networks.runtime.answers  # noqa: F401
    from autograder.kernel.call_filter import prepare_calls, restrict_calls
    from autograder.kernel.isolation import available
    from autograder.kernel.landlock import close_files
    from autograder.kernel.privileges import drop_capabilities, switch_user
    from autograder.kernel.seats import NoUserLeft, UserLeases, user_range
    from autograder.kernel.system_calls import EVALUATION, EVALUATION_SERVER

    # Landlock binds this thread and its children only.
    assert len(list(Path("/proc/self/task").iterdir())) == 1
    # Where memory runs out for good, the system shall end a worker rather than the grader.
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")
    layers = available()
    if layers.user:
        seats = UserLeases(user_range())
        try:
            # Kept until this process ends: then the id is free again.
            _seats.append(seats.take())
        except NoUserLeft as error:
            sys.exit(f"autograder: {error}")
        seats.close()
        switch_user(_seats[0].user, inspectable=False)
    drop_capabilities()
    if layers.files_are_closed:
        close_files([], gpu=False)
    if layers.seccomp:
        prepare_calls(EVALUATION)
        restrict_calls(EVALUATION_SERVER)


_seats: "list[UserLease]" = []


def become_worker(line: socket.socket, address_space: int) -> None:
    """Serve requests on this socket until the grader closes it, within so many bytes."""
    import ctypes

    from autograder.kernel.call_filter import leave_fewer_calls
    from autograder.kernel.isolation import available
    from autograder.kernel.system_calls import EVALUATION

    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_AS, (address_space, address_space))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if available().seccomp:
        leave_fewer_calls(EVALUATION)
    while True:
        try:
            header, blobs = frames.receive(line, _MOST_REQUEST_BYTES)
        except frames.BrokenFrame:
            return
        limit_time(header["seconds"])
        answer, results = answered(header, blobs)
        frames.send(line, answer, results)


def limit_time(seconds: float) -> None:
    """Let the system end this process when it has computed that long from now on."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    until = int(used.ru_utime + used.ru_stime + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.RLIM_INFINITY))


def answered(
    header: dict[str, Any], blobs: Sequence[bytearray]
) -> tuple[dict[str, Any], list[frames.Blob]]:
    """The answer to a request, and the bytes that go with it."""
    before = time.process_time()
    facts: list[dict[str, Any]] = []
    parts: list[frames.Blob] = []
    error = None
    try:
        facts, parts = found(header, blobs)
    except ModelError as refused:
        error = str(refused)
    return {"error": error, "arrays": facts, "used": time.process_time() - before}, parts


def found(
    header: dict[str, Any], blobs: Sequence[bytearray]
) -> tuple[list[dict[str, Any]], list[frames.Blob]]:
    """What a request asks for: arrays with their facts, or a description. Raises ModelError."""
    from autograder.networks.runtime import answers

    if header["do"] == "ping":
        return [], []
    takes = [InputSignature(**{**one, "shape": tuple(one["shape"])}) for one in header["takes"]]
    if header["do"] == "describe":
        described = answers.description([bytes(blob) for blob in blobs], takes)
        return [], [described.model_dump_json().encode()]
    inputs = frames.arrays_of(header["arrays"], blobs[1:])
    scores = answers.scores(
        bytes(blobs[0]), inputs, takes, chunk=header["chunk"], quiet=header["quiet"]
    )
    return frames.described([scores])


def main() -> None:
    """Entry point: forks a worker for each socket received, and answers with its pidfd."""
    control = socket.socket(fileno=os.dup(0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the grader's to handle
    confine()
    gc.collect()
    gc.freeze()
    # What is allowed comes on top of the libraries, which take more address space than memory.
    pages = int(Path(f"/proc/{os.getpid()}/statm").read_text().split()[0])
    address_space = pages * resource.getpagesize() + _MEMORY_BYTES
    control.send(b"ready")
    while True:
        packet, received, _, _ = socket.recv_fds(control, 16, 1)
        if not packet:
            return
        pid = os.fork()
        if pid == 0:
            control.close()
            # A failure ends the line, which tells the grader.
            with contextlib.suppress(Exception), socket.socket(fileno=received[0]) as line:
                become_worker(line, address_space)
            os._exit(0)
        for handle in received:
            os.close(handle)
        watch = os.pidfd_open(pid)
        socket.send_fds(control, [b"worker"], [watch])
        os.close(watch)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
