"""ipykernel's application, without what only a person at a keyboard needs.

To make the application and its shell takes most of a kernel's start, so the fork server makes them
once, ahead of all kernels. What differs from kernel to kernel is given to them after the fork.
"""

import atexit
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import ipykernel.ipkernel
from ipykernel.compiler import XCachingCompiler
from ipykernel.iostream import OutStream
from ipykernel.kernelapp import IPKernelApp
from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.core.profiledir import ProfileDir
from IPython.utils.path import get_home_dir
from traitlets.config import Config


def make_ahead() -> None:
    """Make the application, and its shell, of all kernels that are forked from this process.

    They start no thread, open nothing, draw no random number and have no file of their own.
    """
    KernelApp.instance(config=_config())
    # Earlier shells make files as soon as they are made: those are left to each kernel.
    if not hasattr(ZMQInteractiveShell, "_db"):
        return
    main = sys.modules["__main__"]
    shell: Any = ZMQInteractiveShell.instance(
        config=_config(),
        ipython_dir="",
        profile_dir=ProfileDir(),
        compiler_class=XCachingCompiler,
    )
    shell.extension_manager.load_extension("storemagic")
    show_figures_in(shell)
    shell._sys_modules_keys = set(sys.modules)
    sys.modules["__main__"] = main
    atexit.unregister(shell.atexit_operations)


def start_app(connection_file: str) -> IPKernelApp:
    """An initialised kernel application, ready for `start`; its threads run from here on."""
    app = KernelApp.instance(config=_config())
    app.connection_file, app.connection_dir = connection_file, os.path.dirname(connection_file)
    # ipykernel lists the files of all modules for its debugger. Looking at thousands of modules
    # would copy the memory page of each from the fork server, for a list that nobody reads.
    kernel_module: Any = ipykernel.ipkernel
    kernel_module.sys = _FewModules("sys")
    try:
        app.initialize([])  # type: ignore[no-untyped-call]
    finally:
        kernel_module.sys = sys
    return app


def show_figures_in(shell: Any) -> None:
    """Show figures below their cells, where Pyplot was imported before there was a shell to do so.

    `%matplotlib inline` does the same and chooses the backend anew, which takes eight times longer.
    """
    if "matplotlib.pyplot" not in sys.modules:
        return
    from matplotlib_inline.backend_inline import configure_inline_support, flush_figures

    if flush_figures not in shell.events.callbacks["post_execute"]:
        configure_inline_support(shell, "module://matplotlib_inline.backend_inline")


def _config() -> Config:
    config = Config()
    config.HistoryManager.enabled = False
    config.KernelApp.outstream_class = f"{Stream.__module__}.{Stream.__name__}"
    # A pause after each cell lets output overtake the reply; the grader waits for both.
    config.IPythonKernel._execute_sleep = 0.0
    return config


def _make_own(shell: Any, kernel: Any) -> None:
    """Give a shell that was made ahead what it would have found in this process."""
    shell.parent = shell.kernel = kernel
    shell.profile_dir = kernel.profile_dir
    shell.ipython_dir = kernel.parent.ipython_dir
    shell.starting_dir = os.getcwd()
    shell.home_dir = get_home_dir()
    shell.history_manager.dir_hist[:] = [Path.cwd()]
    shell.init_environment()
    shell.sys_excepthook = sys.excepthook
    shell.save_sys_module_state()
    shell.init_sys_modules()
    atexit.register(shell.atexit_operations)


class KernelApp(IPKernelApp):
    """A kernel application that reads no arguments and no settings files and has no heartbeat."""

    def parse_command_line(self, *_args: object, **_options: object) -> None:
        """Everything is set already."""

    def load_config_file(self, *_args: object, **_options: object) -> None:
        """Settings of the grader's user, or left by another student, must not count."""

    def init_config_files(self) -> None:
        """Neither looked for nor copied."""

    def init_code(self) -> None:
        """Run nothing before the notebook; what the shell itself has defined is none of it."""
        shell: Any = self.shell
        shell.user_ns_hidden.update(shell.user_ns)
        if not hasattr(shell, "_sys_modules_keys"):
            shell._sys_modules_keys = set(sys.modules)

    def init_heartbeat(self) -> None:
        """The fork server knows when a kernel has died."""

    def log_connection_info(self) -> None:
        """Nobody connects by hand."""

    def init_profile_dir(self) -> None:
        """The folder in which `%store` keeps things, without those that nothing is put into."""
        self.profile_dir = _Profile(location=os.path.join(self.ipython_dir, "profile_default"))

    def init_kernel(self) -> None:
        """The kernel, with the shell that was made ahead or one of its own."""
        super().init_kernel()  # type: ignore[no-untyped-call]
        shell: Any = self.kernel.shell
        if shell.kernel is not self.kernel:
            _make_own(shell, self.kernel)


class _Profile(ProfileDir):
    """A profile of which only the folder itself is made."""

    def _mkdir(self, path: str, mode: int | None = None) -> bool:
        return False


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
