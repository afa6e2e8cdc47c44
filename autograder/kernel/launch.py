"""The student's kernel: an ordinary IPython kernel, confined, seeded, quiet and watched.

The fork server turns a copy of itself into one with `become_kernel`. Where there is no fork server
it is a process of its own, which begins with `main`; its `Launch` is in the environment variable
`AUTOGRADER_LAUNCH` as JSON.
"""

import json
import os
import random
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn, TypedDict

from autograder.kernel.privileges import become_user, drop_capabilities
from autograder.kernel.processes import TreeLimits

LAUNCH = "AUTOGRADER_LAUNCH"


class Launch(TypedDict):
    """What a kernel is told. `folder` holds all that it may write; `layers` names its isolation.

    `cpu_for_gpu`: where a GPU is asked for that isn't there, the CPU is meant.
    """

    connection_file: str
    folder: str
    work: str
    observations: str
    names: list[str]
    environment: dict[str, str]
    seed: int
    threads: int
    open_files: int
    limits: TreeLimits
    layers: list[str]
    gpu: bool
    cpu_for_gpu: bool


def become_kernel(launch: Launch, user: int | None) -> NoReturn:
    """Turn this freshly forked process into the student's kernel; it never returns.

    It becomes a process of `user`, if that is given.
    """
    try:
        os.setsid()
        for number in (signal.SIGINT, signal.SIGCHLD, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
        os.environ.clear()
        os.environ.update(launch["environment"])
        tempfile.tempdir = None
        log = os.open(
            os.path.join(launch["folder"], "home", "kernel.log"), os.O_WRONLY | os.O_CREAT, 0o600
        )
        os.dup2(log, 1)
        os.dup2(log, 2)
        if user is not None:
            become_user(user, launch["folder"])
        run_kernel(launch)
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        os._exit(1)


def run_kernel(launch: Launch) -> None:
    """Confine this process and run the kernel in it until it is shut down."""
    from autograder.kernel.app import start_app
    from autograder.kernel.call_filter import restrict_calls
    from autograder.kernel.isolation import limit_resources
    from autograder.kernel.landlock import close_files
    from autograder.kernel.system_calls import NOTEBOOK, NOTEBOOK_WITH_GPU

    os.chdir(launch["work"])
    # ipykernel writes to the standard streams of Python, which a forked process shares.
    sys.stdout, sys.stderr = open(1, "w", closefd=False), open(2, "w", closefd=False)  # noqa: SIM115
    limit_resources(launch["limits"]["disk_bytes"], launch["open_files"])
    if launch["layers"]:
        drop_capabilities()
    if "landlock" in launch["layers"]:
        close_files([launch["folder"]], gpu=launch["gpu"])
    app = start_app(launch["connection_file"])
    if "seccomp" in launch["layers"]:
        restrict_calls(NOTEBOOK_WITH_GPU if launch["gpu"] else NOTEBOOK)
    prepare(app.shell, launch)
    app.start()


def prepare(shell: Any, launch: Launch) -> None:
    """Make a fresh IPython shell reproducible, quiet and watched."""
    from autograder.kernel.app import show_figures_in
    from autograder.kernel.comforts import do_without_a_screen, end_cells_at_exit, plot_below_cells
    from autograder.kernel.imports import skip_failing_imports
    from autograder.kernel.installers import skip_installers
    from autograder.kernel.remarks import open_remarks
    from autograder.kernel.room import Room
    from autograder.kernel.streams import keep_streams
    from autograder.kernel.watch import VariableWatcher

    Room.most_bytes = launch["limits"]["memory_bytes"]
    seed_everything(launch["seed"])
    after_import("torch", partial(_prepare_torch, launch["seed"], launch["threads"]))
    if launch["cpu_for_gpu"]:
        after_import("torch", _use_cpu_for_gpu)
    after_import("matplotlib", plot_below_cells)
    open_remarks(Path(launch["observations"]))
    skip_failing_imports(shell)
    skip_installers(shell)
    do_without_a_screen(shell)
    end_cells_at_exit(shell)
    keep_streams(shell)
    show_figures_in(shell)
    # Python itself was started without it: a notebook finds its own modules as in Jupyter.
    sys.path.insert(0, "")
    watcher = VariableWatcher(launch["names"], Path(launch["observations"]))
    shell.events.register("post_run_cell", lambda _result: watcher.after_cell(shell.user_ns))


def seed_everything(seed: int) -> None:
    """Seed the random generators of Python and NumPy."""
    import numpy as np

    random.seed(seed)
    np.random.seed(seed)


def after_import(name: str, action: Callable[[], None]) -> None:
    """Do `action` now if the module is there, else as soon as it has been imported."""
    if name in sys.modules:
        action()
    else:
        sys.meta_path.insert(0, _Afterwards(name, action))


class _Afterwards(MetaPathFinder):
    """Finds one module as others would, and acts once it is imported."""

    def __init__(self, name: str, action: Callable[[], None]) -> None:
        self._name, self._action = name, action
        # Notebooks may look for a module without importing it: this finder stays until it is there.
        self._is_asking = False

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module's spec, whose loader also acts; None for other modules."""
        if fullname != self._name or self._is_asking:
            return None
        self._is_asking = True
        try:
            spec = find_spec(fullname)
        finally:
            self._is_asking = False
        if spec is not None and spec.loader is not None:
            load = spec.loader.exec_module

            def load_and_act(module: ModuleType) -> None:
                load(module)
                sys.meta_path.remove(self)
                self._action()

            spec.loader.exec_module = load_and_act  # type: ignore[method-assign]
        return spec


def _prepare_torch(seed: int, threads: int) -> None:
    """Seed torch's random generators, fix its thread count and keep its data loading here."""
    import torch

    from autograder.kernel.scale import watch_training

    torch.manual_seed(seed)
    torch.set_num_threads(threads)
    _load_data_in_this_process()
    watch_training()


def _use_cpu_for_gpu() -> None:
    from autograder.kernel.gpu import use_the_cpu_instead

    use_the_cpu_instead()


def _load_data_in_this_process() -> None:
    """Make every `DataLoader` load in the kernel itself.

    Its worker processes need shared memory outside the workspace, and on the one core of a kernel
    they only cost time.
    """
    from torch.utils.data import DataLoader

    original = DataLoader.__init__

    def without_workers(self: Any, *args: Any, **kwargs: Any) -> None:
        for name in ("num_workers", "prefetch_factor", "persistent_workers", "pin_memory"):
            kwargs.pop(name, None)
        original(self, *args[:5], **kwargs)

    DataLoader.__init__ = without_workers  # type: ignore[method-assign]


def main() -> None:
    """Entry point of a kernel that is started from nothing."""
    run_kernel(json.loads(os.environ.pop(LAUNCH)))
