"""The kernel of `autograder check` where a kernel can't be confined: an ordinary process."""

import json
import os
from pathlib import Path
from typing import Any, TypedDict

PLAIN = "AUTOGRADER_PLAIN"


class PlainLaunch(TypedDict):
    """What such a kernel is told: where it connects and works, and what it writes down."""

    connection_file: str
    work: str
    observations: str
    names: list[str]
    takes: dict[str, Any]
    seed: int
    threads: int
    cpu_for_gpu: bool


def observe_calls(sources: list[str], folder: str, files: dict[str, str]) -> None:
    """Evaluate expressions in the session itself and write what they give into a folder.

    `files` hold the inputs that they may name, each an array of NumPy's.
    """
    import numpy as np
    from IPython.core.getipython import get_ipython

    from autograder.kernel.watch import write_observation
    from autograder.student.calls import observed_calls

    shell: Any = get_ipython()
    inputs = {name: np.load(file, allow_pickle=False) for name, file in files.items()}
    for seen in observed_calls(sources, shell.user_ns, inputs).values():
        write_observation(seen, Path(folder))


def main() -> None:
    """Entry point: run the kernel until it is shut down."""
    from autograder.kernel.app import start_app
    from autograder.kernel.prepare import prepare
    from autograder.observables import taken_of

    launch: PlainLaunch = json.loads(os.environ.pop(PLAIN))
    os.chdir(launch["work"])
    app = start_app(launch["connection_file"])
    prepare(
        app.shell,
        launch["names"],
        Path(launch["observations"]),
        takes=taken_of(launch["takes"]),
        seed=launch["seed"],
        threads=launch["threads"],
        cpu_for_gpu=launch["cpu_for_gpu"],
    )
    app.start()
