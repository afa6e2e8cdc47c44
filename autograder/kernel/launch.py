"""The student's kernel: an ordinary IPython kernel, confined, seeded, quiet and watched.

The fork server turns a copy of itself into one with `become_kernel`. Where there is no fork server
it is a process of its own, which begins with `main`; its `Launch` is in the environment variable
`AUTOGRADER_LAUNCH` as JSON.
"""

import json
import os
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any, NoReturn, TypedDict

from autograder.kernel.prepare import prepare
from autograder.kernel.privileges import become_user, drop_capabilities
from autograder.kernel.processes import TreeLimits
from autograder.observables import taken_of

LAUNCH = "AUTOGRADER_LAUNCH"


class Launch(TypedDict):
    """What a kernel is told. `folder` holds all that it may write; `layers` names its isolation.

    `cpu_for_gpu`: where a GPU is asked for that isn't there, the CPU is meant. `takes` says what
    networks take, as plain data that `taken_of` reads.
    """

    connection_file: str
    folder: str
    work: str
    observations: str
    names: list[str]
    takes: dict[str, Any]
    environment: dict[str, str]
    seed: int
    threads: int
    open_files: int
    limits: TreeLimits
    layers: list[str]
    gpu: bool
    cpu_for_gpu: bool
    most_output_bytes: int


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
    from autograder.kernel.output import leave_out_what_is_too_much
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
    leave_out_what_is_too_much(app.session, launch["most_output_bytes"])
    if "seccomp" in launch["layers"]:
        restrict_calls(NOTEBOOK_WITH_GPU if launch["gpu"] else NOTEBOOK)
    prepare(
        app.shell,
        launch["names"],
        Path(launch["observations"]),
        takes=taken_of(launch["takes"]),
        seed=launch["seed"],
        threads=launch["threads"],
        cpu_for_gpu=launch["cpu_for_gpu"],
        most_bytes=launch["limits"]["memory_bytes"],
    )
    app.start()


def main() -> None:
    """Entry point of a kernel that is started from nothing."""
    run_kernel(json.loads(os.environ.pop(LAUNCH)))
