"""One warm process from which every student's kernel is forked.

It imports the modules that its arguments name, makes the application and the shell that kernels
have, then waits for requests on the socket that is its standard input. It runs no student code, has
no thread, runs no backward pass and touches no CUDA: none of these survives a fork. The requests,
one JSON object in each packet:

    {"do": "fork", "limits": TreeLimits, "user": true} + a file with a Launch and a folder
                                      -> {"pid": 123}, with a pidfd of the kernel attached
    {"do": "calls", "pid": 123}       -> {}
    {"do": "end", "pid": 123}         -> {"reason": null or the name of a limit}

Its first word is {"ready": its process id}, or {"threads": ["pyarrow"]}: modules that start threads
when they are imported, which kernels have to import for themselves. Then it ends.

Whatever fails is answered by {"error": "a sentence"}; `full` and `kernels` beside it say that all
user ids are taken, and how many kernels there are. Only the new kernel reads its Launch: a server
that knew the names of workspaces would hand them on to every later kernel, in its memory.
`end` kills what is left of the kernel and its descendants before it answers. A guardian, the
server's parent, kills what the server leaves behind if it dies itself.
"""

import contextlib
import gc
import json
import os
import select
import signal
import socket
import sys
from dataclasses import dataclass
from typing import Any

from autograder.kernel.groups import ControlGroups
from autograder.kernel.launch import Launch, become_kernel
from autograder.kernel.processes import ProcessTree, TreeLimits, become_subreaper, most_tasks
from autograder.kernel.seats import NoUserLeft, UserLease, UserLeases, user_range
from autograder.kernel.warmth import threads, warm_up

_PACKET = 65_536
_TICK_MILLISECONDS = 50
_MOST_HANDLES = 4096
# What a call has taken is given back within so many looks after its end.
_SPARES = 40
_HANDLES = 2  # that come with a request: the launch, and the workspace


@dataclass
class _Kernel:
    """A kernel that runs, or has not been ended yet; `over` is the limit that it has exceeded.

    So often in a row its descendants are ended first, before it ends itself: `spares`.
    """

    tree: ProcessTree
    seat: UserLease | None
    over: str | None = None
    spares: int = 0
    spared: int = 0

    def watch(self) -> None:
        """End what exceeds a limit."""
        over = self.over or self.tree.over_limit()
        if over is None:
            self.spared = 0
        elif self.over is None and self.spared < self.spares:
            self.spared += 1
            self.tree.kill_descendants()
        else:
            self.over = over
            self.tree.kill()


class Server:
    """The loop: answers requests and keeps every kernel within its limits."""

    def __init__(self, channel: socket.socket, groups: ControlGroups | None) -> None:
        self._channel, self._groups = channel, groups
        self._kernels: dict[int, _Kernel] = {}
        self._seats: UserLeases | None = None

    def serve(self) -> None:
        """Serve until the grader closes its end of the socket."""
        poller = select.poll()
        poller.register(self._channel, select.POLLIN)
        while True:
            if poller.poll(_TICK_MILLISECONDS if self._kernels else None):
                try:
                    packet, handles, _, _ = socket.recv_fds(self._channel, _PACKET, _HANDLES)
                    if not packet:
                        break
                    self._answer(json.loads(packet), handles)
                except ConnectionError:  # the grader was killed in the middle of an answer
                    break
            self._watch()
        for pid in list(self._kernels):
            self._end(pid)

    def _answer(self, request: dict[str, Any], handles: list[int]) -> None:
        """Answer a request; one that fails is that request's failure, and no kernel's."""
        attached: list[int] = []
        try:
            if request["do"] == "fork":
                pid = self._fork(request, *handles)
                handles = handles[:1]  # the tree keeps the folder
                attached.append(os.pidfd_open(pid))
                reply: dict[str, Any] = {"pid": pid}
            elif request["do"] == "calls":
                if kernel := self._kernels.get(request["pid"]):
                    kernel.spares = _SPARES
                reply = {}
            else:
                reply = {"reason": self._end(request["pid"])}
        except NoUserLeft as error:
            reply = {"error": str(error), "full": True, "kernels": len(self._kernels)}
        except OSError as error:
            reply = {"error": f"no kernel can be started: {error}"}
        try:
            socket.send_fds(self._channel, [json.dumps(reply).encode()], attached)
        finally:
            for handle in (*handles, *attached):
                os.close(handle)

    def _fork(self, request: dict[str, Any], launch: int, folder: int) -> int:
        """The id of a new kernel's process. Raises NoUserLeft and OSError."""
        seat = self._seat() if request["user"] else None
        try:
            pid = os.fork()
        except OSError:
            if seat is not None:
                seat.leave()
            raise
        if pid == 0:
            os.dup2(launch, 0)
            leave_the_server()
            become_kernel(_read_launch(), seat.user if seat else None)
        limits: TreeLimits = request["limits"]
        group = None
        if self._groups is not None:
            group = self._groups.put(pid, limits["memory_bytes"], most_tasks(limits))
        self._kernels[pid] = _Kernel(ProcessTree(pid, limits, folder, group), seat)
        return pid

    def _seat(self) -> UserLease:
        if self._seats is None:
            self._seats = UserLeases(user_range())
        return self._seats.take()

    def _watch(self) -> None:
        for kernel in self._kernels.values():
            kernel.watch()
        if self._kernels:
            self._sweep()

    def _end(self, pid: int) -> str | None:
        """End a kernel with all its descendants; the limit that it had exceeded."""
        kernel = self._kernels.pop(pid, None)
        if kernel is None:
            return None
        kernel.tree.kill()
        kernel.tree.reap()
        if kernel.over is None and kernel.tree.ran_out_of_memory():
            kernel.over = "memory"
        if kernel.seat is not None:
            kernel.seat.leave()
        self._sweep()
        kernel.tree.close()
        return kernel.over

    def _sweep(self) -> None:
        """Kill processes that lost their parent: a kernel's daemons end up as our children."""
        ProcessTree.kill_strays(known=self._kernels.keys())


def leave_the_server() -> None:
    """Close what this fork has inherited, but for the three standard handles.

    The server's channel, its kernels' pidfds and seats are none of a student's business. Objects
    that had them open are never collected here: they would close the numbers once more, whatever
    bears them by then.
    """
    gc.freeze()
    os.closerange(3, _MOST_HANDLES)


def _read_launch() -> Launch:
    """What this freshly forked kernel is told, by the file that is its standard input."""
    with open(0, "rb", closefd=False) as file:
        launch: Launch = json.loads(file.read())
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.close(nothing)
    return launch


def main() -> None:
    """Entry point of the server's process."""
    channel = socket.socket(fileno=os.dup(0))
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the grader's to handle
    become_subreaper()
    groups = ControlGroups.opened()
    _stay_behind_as_guardian(channel, groups)
    if starting := warm_up(sys.argv[1:]):
        with contextlib.suppress(ConnectionError):
            channel.send(json.dumps({"threads": starting}).encode())
        return
    if threads() != 1:
        sys.exit(f"the fork server has {threads()} threads; a fork would lose all but one")
    # Objects made so far are never collected again: their memory stays shared with the kernels.
    gc.collect()
    gc.freeze()
    try:
        channel.send(json.dumps({"ready": os.getpid()}).encode())
    except ConnectionError:  # the grader is gone already
        return
    Server(channel, groups).serve()


def _stay_behind_as_guardian(channel: socket.socket, groups: ControlGroups | None) -> None:
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
    ProcessTree.kill_strays(known=())
    if groups is not None:
        groups.close()
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
