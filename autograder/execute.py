"""Runs a submission's notebook in a kernel of its own and keeps what was seen."""

import asyncio
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from autograder.channel import last_changes, read_observations
from autograder.errors import SandboxError
from autograder.kernel.launch import ORDERS, Orders
from autograder.kernel.manager import KernelManager, environment
from autograder.kernel.workspace import Workspace, workspace
from autograder.model import Execution, Limits, NetworkData, Observation, Outcome, Settings

_STARTUP_SECONDS = 120
# A picture of filters is made by `show_filters` or by plain Matplotlib.
_PICTURES = re.compile(r"filter|imshow|matshow")


def execute(
    notebook: NotebookNode,
    names: tuple[str, ...],
    files: tuple[Path, ...],
    limits: Limits,
    settings: Settings,
) -> Execution:
    """Run every cell and observe the variables called `names`; `files` lie beside the notebook.

    What student code does, errors, endless loops and a dead kernel included, is an outcome. Raises
    SandboxError when the kernel does not start. Call it from a thread without an event loop.
    """
    start = time.monotonic()
    with workspace(files) as folders:
        run = _Run(notebook, names, folders, limits, settings)
        outcome, detail = asyncio.run(run.to_the_end())
        observations = read_observations(folders.observations, names)
    pictured = {n: run.pictured(n) if n in run.changed_at else None for n in observations}
    return Execution(
        outcome=outcome,
        detail=detail,
        observations={n: _with_picture(o, pictured[n]) for n, o in observations.items()},
        notebook=nbformat.writes(notebook),
        seconds=round(time.monotonic() - start, 3),
        device=settings.device,
    )


class _Run:
    """One notebook on its way through a kernel."""

    def __init__(
        self,
        notebook: NotebookNode,
        names: tuple[str, ...],
        folders: Workspace,
        limits: Limits,
        settings: Settings,
    ) -> None:
        self.notebook, self.names, self.folders = notebook, names, folders
        self.limits, self.settings = limits, settings
        self.changed_at: dict[str, int] = {}
        self._seen: Mapping[str, int] = {}
        self._cell = 0
        self._deadline = 0.0

    async def to_the_end(self) -> tuple[Outcome, str]:
        """Run all cells; how it ended, with a sentence about where."""
        client = NotebookClient(
            self.notebook,
            km=KernelManager(self.folders),
            allow_errors=True,
            timeout_func=self._seconds_left,
            startup_timeout=_STARTUP_SECONDS,
            shutdown_kernel="immediate",
            ipython_hist_file="",
            record_timing=False,
            on_notebook_start=self._start_clock,
            on_cell_start=self._cell_starts,
            on_cell_executed=self._cell_ends,
        )
        try:
            await client.async_execute(
                cleanup_kc=True, cwd=str(self.folders.work), env=self._environment()
            )
        except CellTimeoutError:
            return Outcome.TIMEOUT, f"{self._where()} ran longer than allowed"
        except DeadKernelError:
            return Outcome.KERNEL_DIED, f"the kernel died in {self._where()}"
        except (RuntimeError, TimeoutError, OSError) as error:
            if self._deadline:
                return Outcome.KERNEL_DIED, f"the kernel died in {self._where()}"
            raise SandboxError(f"the student's kernel did not start: {error}") from error
        return self._errors()

    def pictured(self, name: str) -> bool:
        """Whether a picture of filters was shown in or after the cell that last changed `name`."""
        return any(
            _PICTURES.search(cell.source) and _shows_picture(cell)
            for cell in self.notebook.cells[self.changed_at[name] :]
            if cell.cell_type == "code"
        )

    def _environment(self) -> dict[str, str]:
        orders = Orders(
            names=list(self.names),
            observations=str(self.folders.observations),
            seed=self.settings.seed,
            threads=self.settings.threads,
        )
        variables = environment(
            self.folders, threads=self.settings.threads, device=self.settings.device
        )
        return variables | {ORDERS: _json(orders)}

    def _start_clock(self, **_: Any) -> None:
        self._deadline = time.monotonic() + self.limits.total_seconds

    def _seconds_left(self, _cell: NotebookNode) -> float:
        # nbclient takes 0 for "no limit".
        return max(0.1, min(self.limits.cell_seconds, self._deadline - time.monotonic()))

    def _cell_starts(self, cell_index: int, **_: Any) -> None:
        self._cell = cell_index

    def _cell_ends(self, cell_index: int, **_: Any) -> None:
        now = last_changes(self.folders.observations, self.names)
        for name, changed in now.items():
            if self._seen.get(name) != changed:
                self.changed_at[name] = cell_index
        self._seen = now

    def _where(self) -> str:
        return f"cell {self._cell + 1} of {len(self.notebook.cells)}"

    def _errors(self) -> tuple[Outcome, str]:
        for index, cell in enumerate(self.notebook.cells):
            for output in cell.get("outputs", ()):
                if output.output_type == "error":
                    raised = f"{output.ename}: {output.evalue}"[:300]
                    return Outcome.CELL_ERROR, f"cell {index + 1} raised {raised}"
        return Outcome.FINISHED, ""


def _shows_picture(cell: NotebookNode) -> bool:
    return any("image/png" in output.get("data", {}) for output in cell.outputs)


def _with_picture(observation: Observation, pictured: bool | None) -> Observation:
    if isinstance(observation, NetworkData):
        return observation.model_copy(update={"pictured": pictured})
    return observation


def _json(orders: Orders) -> str:
    import json

    return json.dumps(orders)
