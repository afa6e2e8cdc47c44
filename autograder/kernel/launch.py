"""The student's kernel: an ordinary IPython kernel that is seeded, quiet and watched.

Started as `python -m autograder.kernel.launch -f CONNECTION_FILE`; `Orders` come in the
environment variable `AUTOGRADER_ORDERS` as JSON.
"""

import json
import os
import random
import re
from pathlib import Path
from typing import Any, TypedDict

ORDERS = "AUTOGRADER_ORDERS"

# Commands that a grader's machine must not obey; on Colab they are part of many notebooks.
_INSTALLERS = re.compile(
    r"^\s*(sudo\s+)?((python3?|\S*/python3?)\s+-m\s+)?"
    r"(pip3?|conda|mamba|apt|apt-get|brew|wget|curl|gdown|kaggle)\b"
)


class Orders(TypedDict):
    """What a kernel is told before the first cell."""

    names: list[str]
    observations: str
    seed: int
    threads: int


def main() -> None:
    """Run the kernel until it is shut down."""
    orders: Orders = json.loads(os.environ.pop(ORDERS))
    from ipykernel.kernelapp import IPKernelApp

    app = IPKernelApp.instance()
    app.initialize()
    prepare(app.shell, orders)
    app.start()


def prepare(shell: Any, orders: Orders) -> None:
    """Make a fresh IPython shell reproducible, quiet and watched."""
    from autograder.kernel.watch import Watcher

    seed_everything(orders["seed"], orders["threads"])
    _skip_installers(shell)
    watcher = Watcher(orders["names"], Path(orders["observations"]))
    shell.events.register("post_run_cell", lambda _result: watcher.after_cell(shell.user_ns))


def seed_everything(seed: int, threads: int) -> None:
    """Seed the random generators of Python, NumPy and torch, and fix torch's thread count."""
    import numpy as np
    import torch

    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    torch.set_num_threads(threads)


def _skip_installers(shell: Any) -> None:
    def unless_installer(run: Any, instead: Any) -> Any:
        def guarded(command: str, *args: Any, **kwargs: Any) -> Any:
            if _INSTALLERS.match(command):
                print(f"Skipped while grading: {command.strip()}")  # noqa: T201
                return instead
            return run(command, *args, **kwargs)

        return guarded

    shell.system = unless_installer(shell.system, None)
    shell.getoutput = unless_installer(shell.getoutput, [])
    for magic in ("pip", "conda", "mamba", "uv"):
        shell.register_magic_function(
            lambda line, magic=magic: print(f"Skipped while grading: %{magic} {line}"),  # noqa: T201
            magic_name=magic,
        )


if __name__ == "__main__":
    main()
