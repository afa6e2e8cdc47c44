"""ipykernel's application, without what only a person at a keyboard needs."""

import sys
from collections.abc import Mapping
from types import ModuleType
from typing import Any

import ipykernel.ipkernel
from ipykernel.iostream import OutStream
from ipykernel.kernelapp import IPKernelApp
from traitlets.config import Config


def start_app(connection_file: str) -> IPKernelApp:
    """An initialised kernel application, ready for `start`; its threads run from here on."""
    config = Config()
    config.HistoryManager.enabled = False
    config.KernelApp.outstream_class = f"{Stream.__module__}.{Stream.__name__}"
    # A pause after each cell lets output overtake the reply; the grader waits for both.
    config.IPythonKernel._execute_sleep = 0.0
    app = KernelApp.instance(connection_file=connection_file, config=config)
    # ipykernel lists the files of all modules for its debugger. Looking at thousands of modules
    # would copy the memory page of each from the fork server, for a list that nobody reads.
    kernel_module: Any = ipykernel.ipkernel
    kernel_module.sys = _FewModules("sys")
    try:
        app.initialize([])  # type: ignore[no-untyped-call]
    finally:
        kernel_module.sys = sys
    return app


class KernelApp(IPKernelApp):
    """A kernel application that reads no arguments and no settings files and has no heartbeat."""

    def parse_command_line(self, *_args: object, **_options: object) -> None:
        """Everything is set already."""

    def load_config_file(self, *_args: object, **_options: object) -> None:
        """Settings of the grader's user, or left by another student, must not count."""

    def init_heartbeat(self) -> None:
        """The fork server knows when a kernel has died."""

    def log_connection_info(self) -> None:
        """Nobody connects by hand."""


class Stream(OutStream):
    """Standard output or error that bothers the sending thread only when something was written.

    ipykernel flushes both streams several times a cell, each time waiting for that thread.
    """

    _has_text = False

    def write(self, string: str) -> int:
        """Write text, to be sent soon or with the next flush."""
        self._has_text = True
        return super().write(string) or 0

    def flush(self) -> None:
        """Send what was written since the last flush."""
        if self._has_text:
            self._has_text = False
            super().flush()  # type: ignore[no-untyped-call]


class _FewModules(ModuleType):
    """The module `sys`, with an empty `modules`."""

    modules: Mapping[str, ModuleType] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(sys, name)
