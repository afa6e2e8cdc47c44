"""What a fork server does before the first kernel, so that kernels find it done."""

import contextlib
import importlib
import io
import os
import sys
from collections.abc import Iterable

# What IPython and ipykernel import only when a kernel starts.
_LATE_IMPORTS = (
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.logger",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "ipykernel.debugger",
    "numpy.random",
    "tornado.platform.asyncio",
)


def warm_up(preload: Iterable[str]) -> tuple[str, ...]:
    """Import what kernels and notebooks need; draw and export once, if they do that.

    Where one of `preload` has started a thread, which no fork has, these are named instead.
    """
    from autograder.kernel import comforts, imports, installers, remarks, streams  # noqa: F401
    from autograder.kernel.app import make_ahead
    from autograder.kernel.call_filter import prepare_calls
    from autograder.kernel.calls import answer  # noqa: F401
    from autograder.kernel.isolation import available
    from autograder.kernel.landlock import readable_paths
    from autograder.kernel.system_calls import NOTEBOOK, NOTEBOOK_WITH_GPU
    from autograder.kernel.watch import VariableWatcher  # noqa: F401

    starting: list[str] = []
    for name in (*_LATE_IMPORTS, *preload):
        before = threads()
        # A module that fails here, or is not installed, fails in the notebook that wants it.
        with contextlib.suppress(Exception):
            importlib.import_module(name)
        if threads() > before:
            starting.append(name)
    if starting:
        return tuple(starting)
    if available().seccomp:
        for calls in (NOTEBOOK, NOTEBOOK_WITH_GPU):
            prepare_calls(calls)
    readable_paths()
    if "matplotlib.pyplot" in sys.modules:
        _draw()
    if "torch" in sys.modules:
        _export()
    make_ahead()
    return ()


def threads() -> int:
    """How many threads this process has."""
    return len(os.listdir("/proc/self/task"))


def _draw() -> None:
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots()
    axes.plot([0, 1], label="warm")
    axes.legend()
    axes.imshow([[0, 1]])
    figure.savefig(io.BytesIO(), bbox_inches="tight")
    plt.close(figure)
    mpl.use("module://matplotlib_inline.backend_inline")


def _export() -> None:
    import torch

    from autograder.kernel.observe import observe
    from autograder.observables import InputSignature

    torch.set_num_threads(1)
    image = InputSignature("x", "f32", (1, 8, 8))
    observe("warm", torch.nn.Sequential(torch.nn.Conv2d(1, 1, 3), torch.nn.Flatten()), [image])
