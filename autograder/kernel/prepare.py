"""What a kernel's shell gets before the first cell: seeds, quiet, and somebody who watches."""

import random
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from inspect import signature
from pathlib import Path
from types import ModuleType
from typing import Any

from autograder.observables import NOTHING_TAKEN, Taken

# A loader without workers refuses the most of these, and has no use for the others.
_FOR_WORKERS = (
    "num_workers",
    "prefetch_factor",
    "persistent_workers",
    "pin_memory",
    "multiprocessing_context",
    "timeout",
)


def prepare(
    shell: Any,
    names: Iterable[str],
    observations: Path,
    *,
    takes: Taken = NOTHING_TAKEN,
    seed: int,
    threads: int,
    cpu_for_gpu: bool = False,
    most_bytes: int | None = None,
) -> None:
    """Make a fresh IPython shell reproducible, quiet and watched.

    The variables called `names` are written to the folder `observations` after each cell. Torch
    gets so many threads. `takes` says what networks take. `cpu_for_gpu`: where a GPU is asked for,
    the CPU is meant. `most_bytes` is the memory after which the kernel is stopped, None where
    nobody counts it.
    """
    from autograder.kernel.app import show_figures_in
    from autograder.kernel.comforts import (
        do_without_a_screen,
        end_cells_at_exit,
        plot_below_cells,
        skip_unknown_styles,
    )
    from autograder.kernel.imports import skip_failing_imports
    from autograder.kernel.installers import skip_installers
    from autograder.kernel.pools import use_threads_in_executors, use_threads_in_pools
    from autograder.kernel.remarks import open_remarks
    from autograder.kernel.room import Room
    from autograder.kernel.streams import keep_streams
    from autograder.kernel.watch import VariableWatcher

    Room.most_bytes = most_bytes
    seed_everything(seed)
    after_import("torch", partial(_prepare_torch, seed, threads, takes))
    if cpu_for_gpu:
        after_import("torch", _use_cpu_for_gpu)
    after_import("matplotlib", plot_below_cells)
    after_import("matplotlib.style", skip_unknown_styles)
    after_import("multiprocessing.pool", use_threads_in_pools)
    after_import("concurrent.futures.process", use_threads_in_executors)
    open_remarks(observations)
    skip_failing_imports(shell)
    skip_installers(shell)
    do_without_a_screen(shell)
    end_cells_at_exit(shell)
    keep_streams(shell)
    show_figures_in(shell)
    # Python itself was started without it: a notebook finds its own modules as in Jupyter.
    sys.path.insert(0, "")
    watcher = VariableWatcher(names, observations, takes)
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


def _prepare_torch(seed: int, threads: int, takes: Taken) -> None:
    """Seed torch's random generators, fix its thread count and keep its data loading here."""
    import torch

    torch.manual_seed(seed)
    torch.set_num_threads(threads)
    _load_data_in_this_process()
    if takes.pixels is not None:
        from autograder.kernel.scale import watch_training

        watch_training(takes.pixels, takes.image_sizes)


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
    shape = signature(original)

    def without_workers(self: Any, *args: Any, **kwargs: Any) -> None:
        given = shape.bind(self, *args, **kwargs)
        for name in _FOR_WORKERS:
            given.arguments.pop(name, None)
        original(**given.arguments)

    DataLoader.__init__ = without_workers  # type: ignore[method-assign]
