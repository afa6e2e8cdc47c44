"""jupyter_client's seam: a kernel is a fork of the warm server instead of a new interpreter."""

import asyncio
import contextlib
import select
import signal
from typing import TYPE_CHECKING, Any, cast

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.provisioner_base import KernelProvisionerBase

from autograder.errors import SandboxError
from autograder.running.fork_client import Forked, ForkServer, close_handle

if TYPE_CHECKING:
    from autograder.running.manager import KernelManager

_POLL_SECONDS = 0.01


class ForkProvisioner(KernelProvisionerBase):
    """Starts and ends kernels through the fork server of its manager."""

    _kernel: Forked | None = None
    _ended = False

    @property
    def _manager(self) -> "KernelManager":
        return cast("KernelManager", self.parent)

    @property
    def _server(self) -> ForkServer:
        server = self._manager.server
        assert server is not None, "this provisioner is only named where there is a server"
        return server

    @property
    def has_process(self) -> bool:
        """Whether a kernel has been started and not yet cleaned up."""
        return self._kernel is not None

    @property
    def pid(self) -> int | None:
        """The kernel's process id; None before there is one."""
        return self._kernel.pid if self._kernel is not None else None

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork a kernel; the command is not used."""
        loop = asyncio.get_running_loop()
        launch = self._manager.launch
        self._kernel = await loop.run_in_executor(None, self._server.fork, launch)
        return self.connection_info

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Write the connection file, which the kernel reads when it binds its sockets."""
        self._manager.write_connection_file()
        self.connection_info = self._manager.get_connection_info()
        return await super().pre_launch(cmd=[], **kwargs)

    async def poll(self) -> int | None:
        """None while the kernel runs, 0 when it has ended."""
        if self._kernel is None:
            return 0
        poller = select.poll()
        poller.register(self._kernel.handle, select.POLLIN)
        return 0 if poller.poll(0) else None

    async def wait(self) -> int | None:
        """Wait until the kernel has ended."""
        while await self.poll() is None:
            await asyncio.sleep(_POLL_SECONDS)
        return 0

    async def send_signal(self, signum: int) -> None:
        """Signal the kernel's process."""
        if self._kernel is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._kernel.handle, signum)

    async def begin_calls(self) -> None:
        """Have calls that go over a limit end alone; raises SandboxError."""
        if self._kernel is not None and not self._ended:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(None, self._server.begin_calls, self._kernel)

    async def kill(self, restart: bool = False) -> None:
        """Kill the kernel and all its descendants."""
        if self._kernel is None or self._ended:
            return
        self._ended = True
        loop = asyncio.get_running_loop()
        try:
            ended_by = await loop.run_in_executor(None, self._server.end, self._kernel)
            self._manager.ended_by = ended_by
        except SandboxError:
            self._manager.server_died = True
        self._manager.server_died |= self._server.has_died_since(self._kernel)

    async def terminate(self, restart: bool = False) -> None:
        """The same as `kill`: student code gets no chance to linger."""
        await self.kill(restart)

    async def cleanup(self, restart: bool = False) -> None:
        """Make sure that nothing of the kernel is left, and close its pidfd."""
        await self.kill()
        if self._kernel is not None:
            close_handle(self._kernel)
            self._kernel = None
