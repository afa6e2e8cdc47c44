"""Starts a student's kernel: the seam between nbclient and the process that runs student code."""

import os
import sys
from pathlib import Path
from typing import Any

import zmq
import zmq.asyncio
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager

from autograder.kernel.client import ForkServer
from autograder.kernel.launch import LAUNCH, Launch

# glibc gives large blocks back to the system and asks for them again in every training step
# unless it is told to keep them; results are the same to the bit.
_MALLOC = {
    "MALLOC_MMAP_THRESHOLD_": "1073741824",
    "MALLOC_TRIM_THRESHOLD_": "1073741824",
    "MALLOC_TOP_PAD_": "67108864",
}
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "VIRTUAL_ENV")
_RECONNECT_MILLISECONDS = 5


class KernelManager(AsyncKernelManager):
    """A student's kernel over Unix sockets in its own workspace.

    It is a fork of `server`; without one it is a process of its own, started from nothing.
    `ended_by` is the limit that ended it, `server_died` whether its end was the server's fault.
    """

    def __init__(self, launch: Launch, server: ForkServer | None, most_message_bytes: int) -> None:
        context = zmq.asyncio.Context()
        # The kernel binds its sockets a moment after the client first tries to connect.
        context.setsockopt(zmq.RECONNECT_IVL, _RECONNECT_MILLISECONDS)
        # A longer message ends the connection instead of filling the grader's memory.
        context.setsockopt(zmq.MAXMSGSIZE, most_message_bytes)
        super().__init__(
            transport="ipc", connection_file=launch["connection_file"], context=context
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
        command = [sys.executable, "-m", "autograder.kernel.launch"]
        return KernelSpec(argv=command, display_name="student", language="python")

    async def kill_now(self) -> None:
        """End the kernel in the middle of whatever it does."""
        if self.provisioner is not None:
            await self.provisioner.kill()

    def process_environment(self) -> dict[str, str]:
        """The environment of a kernel that is started from nothing."""
        import json

        return self.launch["environment"] | {LAUNCH: json.dumps(self.launch)}


def base_environment(*, threads: int, device: str) -> dict[str, str]:
    """What the fork server and every kernel share: nothing of the grader's but what finds programs.

    Thread counts must be right when torch is imported, so they are the server's too.
    """
    variables = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    variables |= _MALLOC
    variables |= {
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "OMP_NUM_THREADS": str(threads),
        "OPENBLAS_NUM_THREADS": str(threads),
        "MKL_NUM_THREADS": str(threads),
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": str(Path(__file__).parents[2]),
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
    """The environment of one kernel: the shared one, with a home of its own."""
    return base | {
        "HOME": str(home),
        "TMPDIR": str(home),
        "IPYTHONDIR": str(home),
        "MPLCONFIGDIR": str(fonts),
    }
