"""A notebook run in a plain process, for `autograder check` on systems other than Linux.

Students run what they wrote themselves, so that nothing has to be confined: no limits but on time,
and what the kernel writes down is read as it is.
"""

import atexit
import json
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell
from pydantic import TypeAdapter

from autograder import programs
from autograder.errors import SandboxError
from autograder.model import Execution, Limits, Mishaps, Observation, Outcome, Settings
from autograder.notebooks.devices import asks_for_gpu
from autograder.observables import NOTHING_TAKEN, Taken, file_stem, is_call, students_names
from autograder.running.event_loop import run_alone
from autograder.running.executed import as_json
from autograder.running.mishaps import errors_of, near_names, texts_of, there
from autograder.student.calls import Inputs
from autograder.student.plain_kernel import PLAIN, PlainLaunch

_STARTUP_SECONDS = 120
# What a process on Windows needs to open sockets and to find its folders.
_SYSTEM = ("SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "HOME", "USERPROFILE", "APPDATA")
_OBSERVE = """from autograder.student.plain_kernel import observe_calls
observe_calls({!r}, {!r}, {!r})"""
_observation: TypeAdapter[Observation] = TypeAdapter(Observation)


def run_plainly(
    notebook: NotebookNode,
    names: tuple[str, ...],
    files: tuple[Path, ...],
    limits: Limits,
    settings: Settings,
    inputs: Inputs,
    takes: Taken = NOTHING_TAKEN,
) -> Execution:
    """Run every cell and observe what has the keys `names`; `files` lie beside the notebook.

    Variables are observed after each cell. Expressions are evaluated after the last, in the
    session itself, and may name `inputs`. `takes` says what networks take. What the notebook does,
    errors and a dead kernel included, is an outcome. Raises SandboxError when the kernel does not
    start.
    """
    start = time.monotonic()
    # Windows keeps the folder of a process that has just ended for a moment.
    with tempfile.TemporaryDirectory(prefix="autograder-", ignore_cleanup_errors=True) as root:
        work, observations = Path(root, "work"), Path(root, "observations")
        for folder in (work, observations):
            folder.mkdir()
        for file in files:
            shutil.copy(file, work)
        launch = PlainLaunch(
            connection_file=str(Path(root, "kernel.json")),
            work=str(work),
            observations=str(observations),
            names=[name for name in names if not is_call(name)],
            takes=takes.as_json(),
            seed=settings.seed,
            threads=settings.threads,
            cpu_for_gpu=asks_for_gpu(notebook),
        )
        calls = [name for name in names if is_call(name)]
        given = {name: str(Path(root, f"{name}.npy")) for name in inputs}
        for name, place in given.items():
            np.save(place, inputs[name], allow_pickle=False)
        last = new_code_cell(_OBSERVE.format(calls, str(observations), given)) if calls else None
        outcome, detail = run_alone(_run(notebook, launch, last, limits))
        seen = _read(observations, names)
    known = students_names(names)
    errors = errors_of(notebook, known)
    if outcome is Outcome.FINISHED and errors:
        outcome, detail = Outcome.CELL_ERROR, errors[0].text
    return Execution(
        outcome=outcome,
        detail=detail,
        observations=seen,
        notebook=as_json(notebook),
        seconds=round(time.monotonic() - start, 3),
        device=settings.device,
        mishaps=Mishaps(
            errors=errors,
            near=near_names(notebook, known, there(known, seen)),
            texts=texts_of(notebook, known),
        ),
    )


class _Manager(AsyncKernelManager):
    """A kernel of this package as an ordinary process, whatever the notebook asks for."""

    @property
    def kernel_spec(self) -> KernelSpec:
        """How the kernel is started."""
        command = programs.python("autograder.student.plain_kernel")
        return KernelSpec(argv=command, display_name="student", language="python")


async def _run(
    notebook: NotebookNode, launch: PlainLaunch, last: NotebookNode | None, limits: Limits
) -> tuple[Outcome, str]:
    manager = _Manager(connection_file=launch["connection_file"])
    client: Any = NotebookClient(
        notebook,
        km=manager,
        allow_errors=True,
        timeout=int(limits.cell_seconds),
        startup_timeout=_STARTUP_SECONDS,
        shutdown_kernel="immediate",
        store_widget_state=False,
        record_timing=False,
    )
    system = {name: os.environ[name] for name in _SYSTEM if name in os.environ}
    variables = programs.environment(
        **system, AUTOGRADER_GRADING="1", PYDEVD_DISABLE_FILE_VALIDATION="1"
    ) | {PLAIN: json.dumps(launch)}
    if last is not None:
        notebook.cells.append(last)
    log = Path(launch["connection_file"]).with_name("kernel.log")
    try:
        with log.open("w") as said:
            await client.async_execute(
                cleanup_kc=True, cwd=launch["work"], env=variables, stdout=said, stderr=said
            )
    except CellTimeoutError:
        return Outcome.TIMEOUT, f"a cell ran longer than {limits.cell_seconds:g} seconds"
    except DeadKernelError:
        return Outcome.KERNEL_DIED, "the kernel died"
    except (RuntimeError, OSError) as error:
        why = log.read_text(errors="replace").strip().rpartition("\n")[2] or str(error)
        raise SandboxError(f"the notebook's kernel did not start: {why}") from error
    finally:
        # nbclient means to clean up at the end of this process where a kernel did not start.
        atexit.unregister(client._cleanup_kernel)
        if last is not None:
            notebook.cells.remove(last)
    return Outcome.FINISHED, ""


def _read(folder: Path, names: tuple[str, ...]) -> dict[str, Observation]:
    """What the kernel has written down of the variables that are there."""
    found: dict[str, Observation] = {}
    for name in names:
        file = folder / f"{file_stem(name)}.json"
        if file.is_file():
            seen = _observation.validate_json(file.read_bytes())
            parts = {f: folder / f"{file_stem(name)}.{f}.onnx" for f in seen.ATTACHMENTS}
            contents = {field: p.read_bytes() for field, p in parts.items() if p.is_file()}
            found[name] = seen.with_attachments(contents)
    return found
