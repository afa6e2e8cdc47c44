"""Starts a student's kernel: the seam between nbclient and the process that runs student code."""

import asyncio
import inspect
import json
import os
import queue
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.channels import ZMQSocketChannel
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from traitlets import Integer, Type

from autograder import programs
from autograder.kernel.launch import LAUNCH, Launch
from autograder.model import Settings
from autograder.running.bounded_socket import BoundedSocket
from autograder.running.fork_client import ForkServer
from autograder.running.session import MeteredSession

# glibc gives large blocks back to the system and asks for them again in every training step
# unless it is told to keep them; results are the same to the bit.
_MALLOC = {
    "MALLOC_MMAP_THRESHOLD_": "1073741824",
    "MALLOC_TRIM_THRESHOLD_": "1073741824",
    "MALLOC_TOP_PAD_": "67108864",
}
_READY_SECONDS = 0.25
_DYING_SECONDS = 0.2


class MeteredChannel(ZMQSocketChannel):
    """A channel over a `BoundedSocket`, whose reader lets others have a turn between messages.

    Without that a kernel that sends without end would keep every deadline from being noticed.
    """

    socket: BoundedSocket  # type: ignore[assignment]  # not of ZeroMQ's library

    async def get_msg(  # type: ignore[override]  # as in the library's own asynchronous channel
        self, timeout: float | None = None
    ) -> dict[str, Any]:
        """The next message; raises queue.Empty when there is none after `timeout` seconds."""
        await asyncio.sleep(0)
        try:
            frames = await self.socket.message(timeout)
        except TimeoutError:
            raise queue.Empty from None
        _, parts = self.session.feed_identities(frames)
        return self.session.deserialize(parts)

    def close(self) -> None:
        """Hang up."""
        self.socket.close()

    stop = close


class QuickClient(AsyncKernelClient):
    """A client that is ready as soon as the kernel is, instead of looking once a second.

    Its channels take no message longer than `most_bytes`.
    """

    iopub_channel_class = Type(MeteredChannel)  # type: ignore[assignment]
    shell_channel_class = Type(MeteredChannel)  # type: ignore[assignment]
    most_bytes = Integer()

    def connect_shell(self, identity: bytes | None = None) -> Any:
        """See the class above; requests and replies."""
        return self._socket("shell", "DEALER", identity or b"")

    def connect_iopub(self, identity: bytes | None = None) -> Any:
        """See the class above; output."""
        return self._socket("iopub", "SUB")

    def _socket(self, channel: str, kind: str, identity: bytes = b"") -> BoundedSocket:
        path = self._make_url(channel).removeprefix("ipc://")
        return BoundedSocket(path, kind, self.most_bytes, self._socket_ended, identity)

    def start_channels(
        self,
        shell: bool = True,
        iopub: bool = True,
        stdin: bool = True,
        hb: bool = True,
        control: bool = True,
    ) -> None:
        """Open the channels that a run needs: no standard input, no heartbeat, no control."""
        super().start_channels(shell=shell, iopub=iopub, stdin=False, hb=False, control=False)

    def stop_channels(self) -> None:
        """Close the channels that were opened."""
        self.shell_channel.stop()
        self.iopub_channel.stop()

    def _socket_ended(self, problem: str) -> None:
        """Note what was wrong with a connection."""
        if problem:
            self.session.note(problem)
        else:
            self._asking = asyncio.ensure_future(self._note_if_alive())

    async def _note_if_alive(self) -> None:
        """A kernel that has hung up without having ended will not be heard again."""
        await asyncio.sleep(_DYING_SECONDS)
        if await self.is_alive():
            self.session.note("message")

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait until the kernel has answered and its output arrives.

        Raises RuntimeError when it dies before or has not answered after `timeout` seconds.
        """
        deadline = time.monotonic() + (timeout or float("inf"))
        while time.monotonic() < deadline:
            self.kernel_info()
            try:
                await self.shell_channel.get_msg(timeout=_READY_SECONDS)
                # Output that is sent before the subscription has arrived would be lost.
                await self.iopub_channel.get_msg(timeout=_READY_SECONDS)
            except queue.Empty:
                if not await self.is_alive():
                    raise RuntimeError("the kernel died before it was ready") from None
            else:
                await self._drop_late_answers()
                return
        raise RuntimeError(f"the kernel was not ready after {timeout} seconds")

    async def _drop_late_answers(self) -> None:
        while self.shell_channel.socket.has_message:
            await self.shell_channel.get_msg()


class KernelManager(AsyncKernelManager):
    """A student's kernel over Unix sockets in its own workspace.

    It is a fork of `server`; without one it is a process of its own, started from nothing.
    `ended_by` is the limit that ended it, `server_died` whether its end was the server's fault,
    `session.problem` what was wrong with its messages; such a kernel is killed.
    """

    session: MeteredSession

    # Not `client_class`: the asynchronous manager does not look at it.
    client_factory = Type(QuickClient, AsyncKernelClient)

    def __init__(self, launch: Launch, server: ForkServer | None, most_output_bytes: int) -> None:
        super().__init__(
            transport="ipc",
            connection_file=launch["connection_file"],
            session=MeteredSession(most_output_bytes, self._kill_soon),
        )
        self.launch, self.server, self._most_bytes = launch, server, most_output_bytes
        self.ended_by: str | None = None
        self.server_died = False

    @property
    def kernel_spec(self) -> KernelSpec:
        """How the kernel is started; the notebook's own kernelspec has no say."""
        if self.server is not None:
            provisioner = {"kernel_provisioner": {"provisioner_name": "autograder-fork"}}
            return KernelSpec(argv=["fork"], display_name="student", metadata=provisioner)
        command = programs.python("autograder.kernel.launch")
        return KernelSpec(argv=command, display_name="student", language="python")

    # jupyter_client sleeps after each of the two so that its tests can look at them half done.
    start_kernel: Any = inspect.unwrap(AsyncKernelManager.start_kernel)
    shutdown_kernel: Any = inspect.unwrap(AsyncKernelManager.shutdown_kernel)

    def client(self, **options: Any) -> Any:
        """A client of this kernel; its channels have this manager's limits."""
        return super().client(most_bytes=self._most_bytes, **options)

    def _connect_control_socket(self) -> None:
        """Open none: kernels are ended by their process, and nobody would read from it."""

    @property
    def pid(self) -> int:
        """The process id of a kernel that has been started."""
        provisioner: Any = self.provisioner
        pid: int = provisioner.pid
        return pid

    async def begin_calls(self) -> None:
        """Say that the cells are over: a call that goes over a limit ends alone."""
        if self.server is not None:
            provisioner: Any = self.provisioner
            await provisioner.begin_calls()

    async def kill_now(self) -> None:
        """End the kernel in the middle of whatever it does."""
        if self.provisioner is not None:
            await self.provisioner.kill()

    def _kill_soon(self) -> None:
        self._killing = asyncio.ensure_future(self.kill_now())

    def process_environment(self) -> dict[str, str]:
        """The environment of a kernel that is started from nothing."""
        return self.launch["environment"] | {LAUNCH: json.dumps(self.launch)}


def fork_server(settings: Settings, preload: Iterable[str] = ()) -> ForkServer:
    """A server of kernels for runs that are set up so, with these modules loaded in advance."""
    shared = base_environment(threads=settings.threads, device=settings.device)
    return ForkServer(shared, tuple(preload))


def base_environment(threads: int, device: str, card: str | None = None) -> dict[str, str]:
    """What the fork server and every kernel share: nothing of the grader's but what finds programs.

    Thread counts must be right when torch is imported, so they are the server's too. The server
    touches no GPU: each kernel may have a `card` of its own.
    """
    variables = programs.environment(**_MALLOC)
    variables |= {
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "OMP_NUM_THREADS": str(threads),
        "OPENBLAS_NUM_THREADS": str(threads),
        "MKL_NUM_THREADS": str(threads),
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
        # Its processes need shared memory, which no kernel gets: `n_jobs=-1` works in the kernel.
        "JOBLIB_MULTIPROCESSING": "0",
        "PIP_NO_INDEX": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # else every server start prints a warning
        "AUTOGRADER_GRADING": "1",
    }
    # An empty list hides every GPU from torch.
    variables["CUDA_VISIBLE_DEVICES"] = (
        card or os.environ.get("CUDA_VISIBLE_DEVICES", "0") if device == "cuda" else ""
    )
    return variables


def kernel_environment(base: dict[str, str], home: Path, fonts: Path) -> dict[str, Any]:
    """The environment of one kernel: the shared one, with a home and a name of its own.

    A user of its own has no account: libraries such as PyTorch would ask in vain for its name.
    """
    return base | {
        "USER": "student",
        "LOGNAME": "student",
        "HOME": str(home),
        "TMPDIR": str(home),
        "IPYTHONDIR": str(home),
        "MPLCONFIGDIR": str(fonts),
    }
