"""Loads what checks need while the student still reads: the first check need not wait for it.

In a thread, when the checks are loaded. What looks at networks follows when a cell has imported
torch: this package is not the one to make a notebook without networks pay for it.
"""

import sys
import threading
from collections.abc import Iterable
from contextlib import suppress
from importlib import import_module

_FOR_ANSWERS = (
    "autograder.student.public_cases",
    "autograder.judging.cases",
    "autograder.networks.in_process",
    "autograder.student.view",
)
_FOR_NETWORKS = (
    "autograder.kernel.export",
    "autograder.networks.runtime.answers",
    "torch.onnx.utils",
)


def warm_up() -> None:
    """Begin to load; returns at once. Does nothing outside of IPython."""
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    if shell is None:
        return
    _load(_FOR_ANSWERS)

    def after_cell(*_: object) -> None:
        # Between cells nothing else imports torch.
        if "torch" in sys.modules:
            shell.events.unregister("post_run_cell", after_cell)
            _load(_FOR_NETWORKS)

    shell.events.register("post_run_cell", after_cell)


def _load(modules: Iterable[str]) -> None:
    def load() -> None:
        # What is not installed is told by the check that needs it.
        with suppress(ImportError):
            for module in modules:
                import_module(module)

    # Where no thread starts, as in a browser, the first check loads what it needs.
    with suppress(RuntimeError):
        threading.Thread(target=load, name="autograder loads its checks").start()
