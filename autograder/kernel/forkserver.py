"""One warm process from which every student's kernel is forked.

It imports the modules that its arguments name, then waits for requests on the socket that is its
standard input. It runs no student code, has no thread, runs no backward pass and touches no CUDA:
none of these survives a fork. The requests, one JSON object in each packet:

    {"do": "fork", "launch": Launch}  -> {"pid": 123}, with a pidfd of the kernel attached
    {"do": "end", "pid": 123}         -> {"reason": null or the name of a limit}

`end` kills what is left of the kernel and its descendants before it answers. A guardian, the
server's parent, kills what the server leaves behind if it dies itself.
"""

import contextlib
import gc
import importlib
import io
import json
import os
import select
import signal
import socket
import sys
from collections.abc import Iterable
from typing import Any

from autograder.kernel.launch import Launch, become_kernel
from autograder.kernel.privileges import Seat
from autograder.kernel.processes import Tree, become_subreaper

_PACKET = 65_536
_TICK_MILLISECONDS = 50
_MOST_HANDLES = 4096


class Server:
    """The loop: answers requests and keeps every kernel within its limits."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._trees: dict[int, Tree] = {}
        self._seats: dict[int, Seat] = {}
        self._ended: dict[int, str | None] = {}

    def serve(self) -> None:
        """Serve until the grader closes its end of the socket."""
        poller = select.poll()
        poller.register(self._channel, select.POLLIN)
        while True:
            if poller.poll(_TICK_MILLISECONDS if self._trees else None):
                try:
                    packet = self._channel.recv(_PACKET)
                    if not packet:
                        break
                    self._answer(json.loads(packet))
                except ConnectionError:  # the grader was killed in the middle of an answer
                    break
            self._watch()
        for pid in list(self._trees):
            self._end(pid)

    def _answer(self, request: dict[str, Any]) -> None:
        if request["do"] == "fork":
            self._fork(request["launch"])
        else:
            self._end(request["pid"])
            reply = {"reason": self._ended.pop(request["pid"], None)}
            self._channel.send(json.dumps(reply).encode())

    def _fork(self, launch: Launch) -> None:
        seat = Seat.take() if "user" in launch["layers"] else None
        pid = os.fork()
        if pid == 0:
            # The server's channel, its kernels' pidfds and seats are none of a student's business.
            os.closerange(3, _MOST_HANDLES)
            become_kernel(launch, seat.user if seat else None)
        self._trees[pid] = Tree(pid, launch["limits"], launch["folder"])
        if seat is not None:
            self._seats[pid] = seat
        handle = os.pidfd_open(pid)
        socket.send_fds(self._channel, [json.dumps({"pid": pid}).encode()], [handle])
        os.close(handle)

    def _watch(self) -> None:
        for pid, tree in list(self._trees.items()):
            if (reason := tree.over_limit()) is not None:
                self._ended[pid] = reason
                tree.kill()
            if tree.is_dead():
                self._sweep()
        if self._trees:
            self._sweep()

    def _end(self, pid: int) -> None:
        tree = self._trees.pop(pid, None)
        if tree is not None:
            tree.kill()
            tree.reap()
        if (seat := self._seats.pop(pid, None)) is not None:
            seat.leave()
        self._sweep()

    def _sweep(self) -> None:
        """Kill processes that lost their parent: a kernel's daemons end up as our children."""
        Tree.kill_strays(known=self._trees.keys())


# What IPython and ipykernel import only when a kernel starts.
_LATE_IMPORTS = (
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.logger",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "ipykernel.debugger",
    "numpy.random",
    "tornado.platform.asyncio",
)


def warm_up(preload: Iterable[str]) -> None:
    """Import what kernels and notebooks need; draw and export once, if they do that."""
    from autograder.kernel import comforts, imports, installers, remarks  # noqa: F401
    from autograder.kernel.app import KernelApp  # noqa: F401
    from autograder.kernel.call_filter import prepare_calls
    from autograder.kernel.isolation import available
    from autograder.kernel.landlock import readable_paths
    from autograder.kernel.system_calls import NOTEBOOK
    from autograder.kernel.watch import Watcher  # noqa: F401

    for name in (*_LATE_IMPORTS, *preload):
        # A module that fails here, or is not installed, fails in the notebook that wants it.
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    if available().seccomp:
        prepare_calls(NOTEBOOK)
    readable_paths()
    if "matplotlib.pyplot" in sys.modules:
        _draw()
    if "torch" in sys.modules:
        _export()


def _draw() -> None:
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots()
    axes.plot([0, 1], label="warm")
    axes.legend()
    axes.imshow([[0, 1]])
    figure.savefig(io.BytesIO(), bbox_inches="tight")
    plt.close(figure)
    mpl.use("module://matplotlib_inline.backend_inline")


def _export() -> None:
    import torch

    from autograder.kernel.observe import observe

    torch.set_num_threads(1)
    observe("warm", torch.nn.Sequential(torch.nn.Conv2d(1, 1, 3), torch.nn.Flatten()))


def main() -> None:
    """Entry point of the server's process."""
    channel = socket.socket(fileno=os.dup(0))
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the grader's to handle
    become_subreaper()
    _stay_behind_as_guardian(channel)
    warm_up(sys.argv[1:])
    threads = len(os.listdir("/proc/self/task"))
    if threads != 1:
        sys.exit(f"the fork server has {threads} threads; a fork would lose all but one")
    # Objects made so far are never collected again: their memory stays shared with the kernels.
    gc.collect()
    gc.freeze()
    try:
        channel.send(json.dumps({"ready": os.getpid()}).encode())
    except ConnectionError:  # the grader is gone already
        return
    Server(channel).serve()


def _stay_behind_as_guardian(channel: socket.socket) -> None:
    """Go on as a child of this process, which kills whatever that child leaves behind.

    Kernels whose server has died become children of the guardian and would run on for ever.
    """
    server = os.fork()
    if server == 0:
        become_subreaper()
        return
    channel.close()
    os.dup2(0, 1)
    _, status = os.waitpid(server, 0)
    Tree.kill_strays(known=())
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
