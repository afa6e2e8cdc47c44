"""Starts a student's kernel: the seam between nbclient and the process that runs student code."""

import asyncio
import inspect
import json
import os
import queue
import time
from pathlib import Path
from typing import Any

import zmq
import zmq.asyncio
import zmq.utils.monitor
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.channels import AsyncZMQSocketChannel
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from traitlets import Type

from autograder import programs
from autograder.kernel.launch import LAUNCH, Launch
from autograder.running.fork_client import ForkServer
from autograder.running.session import MeteredSession

# glibc gives large blocks back to the system and asks for them again in every training step
# unless it is told to keep them; results are the same to the bit.
_MALLOC = {
    "MALLOC_MMAP_THRESHOLD_": "1073741824",
    "MALLOC_TRIM_THRESHOLD_": "1073741824",
    "MALLOC_TOP_PAD_": "67108864",
}
_RECONNECT_MILLISECONDS = 5
_READY_SECONDS = 0.25
_DYING_SECONDS = 0.2
# Messages that may wait in the grader's memory; the others wait in the kernel's.
_MOST_WAITING = 8


class FairChannel(AsyncZMQSocketChannel):
    """A channel whose reader lets others have a turn between messages.

    Without it a kernel that sends without end would keep every deadline from being noticed.
    """

    async def get_msg(  # type: ignore[override]  # as in the class above
        self, timeout: float | None = None
    ) -> dict[str, Any]:
        """The next message; raises queue.Empty when there is none after `timeout` seconds."""
        await asyncio.sleep(0)
        return await super().get_msg(timeout)


class QuickClient(AsyncKernelClient):
    """A client that is ready as soon as the kernel is, instead of looking once a second."""

    iopub_channel_class = Type(FairChannel)
    shell_channel_class = Type(FairChannel)

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
        self._watching = asyncio.ensure_future(self._watch_connection())

    def stop_channels(self) -> None:
        """Close the channels and whatever watches them."""
        self._watching.cancel()
        super().stop_channels()

    async def _watch_connection(self) -> None:
        """Note a connection that breaks while the kernel lives: it sent a message too long."""
        monitor: Any = self.iopub_channel.socket.get_monitor_socket(zmq.EVENT_DISCONNECTED)
        await zmq.utils.monitor.recv_monitor_message(monitor)
        await asyncio.sleep(_DYING_SECONDS)
        if await self.is_alive():
            assert isinstance(self.session, MeteredSession)
            self.session.note("output")

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
        while await self.shell_channel.msg_ready():
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
        context = zmq.asyncio.Context()
        # The kernel binds its sockets a moment after the client first tries to connect.
        context.setsockopt(zmq.RECONNECT_IVL, _RECONNECT_MILLISECONDS)
        # A longer message ends the connection instead of filling the grader's memory.
        context.setsockopt(zmq.MAXMSGSIZE, most_output_bytes)
        context.setsockopt(zmq.RCVHWM, _MOST_WAITING)
        super().__init__(
            transport="ipc",
            connection_file=launch["connection_file"],
            context=context,
            session=MeteredSession(most_output_bytes, self._kill_soon),
        )
        self.launch, self.server = launch, server
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
        """A client of this kernel; its sockets have this manager's limits."""
        return super().client(context=self.context, **options)

    @property
    def pid(self) -> int:
        """The process id of a kernel that has been started."""
        provisioner: Any = self.provisioner
        pid: int = provisioner.pid
        return pid

    async def kill_now(self) -> None:
        """End the kernel in the middle of whatever it does."""
        if self.provisioner is not None:
            await self.provisioner.kill()

    def _kill_soon(self) -> None:
        self._killing = asyncio.ensure_future(self.kill_now())

    def process_environment(self) -> dict[str, str]:
        """The environment of a kernel that is started from nothing."""
        return self.launch["environment"] | {LAUNCH: json.dumps(self.launch)}


def base_environment(*, threads: int, device: str) -> dict[str, str]:
    """What the fork server and every kernel share: nothing of the grader's but what finds programs.

    Thread counts must be right when torch is imported, so they are the server's too.
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
        "PIP_NO_INDEX": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # else every server start prints a warning
        "AUTOGRADER_GRADING": "1",
    }
    # An empty list hides every GPU from torch.
    variables["CUDA_VISIBLE_DEVICES"] = (
        os.environ.get("CUDA_VISIBLE_DEVICES", "0") if device == "cuda" else ""
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
