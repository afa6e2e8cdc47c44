"""Has the expressions of tests evaluated after the last cell, and reads what each gave at once.

The kernel learns of an expression, and of its hidden inputs, when its turn comes: no cell can know
them. What one left is read before the next begins, so that none can change what another gave.
"""

import asyncio
import contextlib
import io
import json
import os
import queue
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.kernel.calls import CallRequest
from autograder.model import Layer, Limits, Observation, Settings, Unfinished
from autograder.observables import names_in
from autograder.running.manager import KernelManager
from autograder.running.observations import read_observations
from autograder.running.scratch import remove
from autograder.running.workspace import Workspace

Inputs = Mapping[str, NDArray[Any]]
"""Hidden inputs by the names that expressions have for them."""

NO_INPUTS: Inputs = {}

# What a fork, and reading what came of it, may take beyond the call itself.
_GRACE_SECONDS = 30
_LOOK_SECONDS = 1.0


class CallRound:
    """The calls of one run, in their order; a kernel that answers no more ends all that follow."""

    def __init__(
        self, folders: Workspace, limits: Limits, settings: Settings, inputs: Inputs
    ) -> None:
        self._folders, self._limits, self._settings = folders, limits, settings
        self._inputs = inputs
        self._count = 0
        self._is_over = False

    async def observe(self, source: str, client: Any, manager: KernelManager) -> Observation:
        """What an expression gave in the kernel; `Unfinished` where it came to no end."""
        self._count += 1
        if not self._is_over:
            folder = self._folders.root / f"call-{self._count}"
            with self._handed_over(source) as inputs:
                request = self._request(source, folder, inputs)
                # A task of its own: a message that is none ends the task that reads it.
                asking = asyncio.ensure_future(self._ask(request, client, manager))
                await asyncio.wait({asking})
            if not asking.cancelled() and asking.exception() is None and asking.result():
                seen = read_observations(folder, [source], self._limits.disk_bytes)
                self._remove(folder)
                return seen.get(source) or self._unfinished(source)
            self._is_over = True
            await manager.kill_now()
        return self._unfinished(source)

    def _remove(self, folder: Path) -> None:
        """Remove what a call has written: it counts for no other call."""
        root = os.open(self._folders.root, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            with contextlib.suppress(OSError):
                remove(root, folder.name)
        finally:
            os.close(root)

    def _unfinished(self, source: str) -> Unfinished:
        return Unfinished(name=source, why="died", seconds=self._limits.call_seconds)

    def _request(self, source: str, folder: Path, inputs: Mapping[str, str]) -> CallRequest:
        folders, seconds = self._folders, self._limits.call_seconds
        return CallRequest(
            source=source,
            names=list(names_in(source)),
            inputs=dict(inputs),
            folder=str(folder),
            seconds=seconds,
            most_seconds=seconds * self._limits.busy_factor,
            seed=self._settings.seed,
            readable=[str(folders.work), str(folders.home), str(folders.fonts)],
            confined=Layer.LANDLOCK in self._settings.layers,
        )

    async def _ask(self, request: CallRequest, client: Any, manager: KernelManager) -> bool:
        """Whether the kernel has answered in time that the call is over."""
        code = (
            "__import__('autograder.kernel.calls', fromlist=['answer'])"
            f".answer({json.dumps(request)!r})"
        )
        asked = client.execute(code, silent=True, store_history=False, allow_stdin=False)
        deadline = time.monotonic() + request["most_seconds"] + _GRACE_SECONDS
        while time.monotonic() < deadline:
            try:
                reply = await client.get_shell_msg(timeout=_LOOK_SECONDS)
            except queue.Empty:
                if not await manager.is_alive():
                    return False
                continue
            if reply["parent_header"].get("msg_id") == asked:
                return True
        return False

    @contextlib.contextmanager
    def _handed_over(self, source: str) -> Any:
        """The files of the hidden inputs that an expression names, there while it is evaluated."""
        wanted = [name for name in names_in(source) if name in self._inputs]
        root = os.open(self._folders.root, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            for name in wanted:
                _put(root, _file_name(name), self._inputs[name])
            yield {name: str(self._folders.root / _file_name(name)) for name in wanted}
        finally:
            for name in wanted:
                with contextlib.suppress(OSError):
                    os.unlink(_file_name(name), dir_fd=root)
            os.close(root)


def _file_name(name: str) -> str:
    return f"input-{name}.npy"


def _put(folder: int, name: str, array: NDArray[Any]) -> None:
    """Write an array into a folder that student code may write to: never through a link."""
    content = io.BytesIO()
    np.save(content, array, allow_pickle=False)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(name, dir_fd=folder)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    # Readable by all: the kernel may be another user, in a folder that is closed to others.
    with os.fdopen(os.open(name, flags, 0o644, dir_fd=folder), "wb") as file:
        file.write(content.getbuffer())
