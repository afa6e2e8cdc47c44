"""One run as plain data in and plain data out, which may travel to a process or a machine."""

from dataclasses import dataclass, field
from pathlib import Path

from autograder.errors import SandboxError
from autograder.model import Execution, Limits, Outcome, Settings
from autograder.notebooks.read import runnable
from autograder.notebooks.reading import shared_readers
from autograder.observables import NOTHING_TAKEN, Taken
from autograder.running.calls import NO_INPUTS, Inputs
from autograder.running.execute import OnCell, execute
from autograder.running.fork_client import ForkServer

_ATTEMPTS = 2
# Ends that a machine can bring about; what a notebook prints is its own.
_HASTENED = (Outcome.TIMEOUT, Outcome.MEMORY, Outcome.KERNEL_DIED)


@dataclass(frozen=True)
class Job:
    """A run to be made: the notebook's bytes as handed in, the keys of what to look at, the files
    that lie beside it, under which limits and settings, hidden inputs of expressions, and
    what networks take."""

    content: bytes
    names: tuple[str, ...]
    files: tuple[Path, ...]
    limits: Limits
    settings: Settings
    inputs: Inputs = field(default_factory=dict)
    takes: Taken = NOTHING_TAKEN

    def run(self, server: ForkServer | None = None, on_cell: OnCell | None = None) -> Execution:
        """The run itself; raises what `run_job` raises."""
        return run_job(
            self.content,
            self.names,
            self.files,
            self.limits,
            self.settings,
            server=server,
            on_cell=on_cell,
            inputs=self.inputs,
            takes=self.takes,
        )


def run_job(
    content: bytes,
    names: tuple[str, ...],
    files: tuple[Path, ...],
    limits: Limits,
    settings: Settings,
    *,
    server: ForkServer | None = None,
    on_cell: OnCell | None = None,
    inputs: Inputs = NO_INPUTS,
    takes: Taken = NOTHING_TAKEN,
) -> Execution:
    """The notebook in `content`, mended where it must be, and executed.

    It knows nothing of tests, marks and people. `server`, `on_cell`, `inputs` and `takes` are
    those of `execute`. A kernel that does not start, and a run that met a limit while the machine
    was short of time or memory, are tried once more. Raises SubmissionError for what is no
    notebook, and SandboxError when no kernel starts.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            notebook, repairs = shared_readers().read(
                content, limits.notebook_bytes, limits.cells, [file.name for file in files]
            )
            execution = execute(
                runnable(notebook), names, files, limits, settings, server, on_cell, inputs, takes
            )
            ended_by_us = execution.outcome in _HASTENED and execution.machine_was_short
            if ended_by_us and limits.busy_factor > 1 and attempt < _ATTEMPTS:
                continue
            return execution.model_copy(update={"repairs": (*repairs, *execution.repairs)})
        except SandboxError:
            if attempt == _ATTEMPTS:
                raise
    raise AssertionError("unreachable: the last attempt returns or raises")
