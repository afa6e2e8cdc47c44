"""Runs a submission's notebook in a kernel of its own and keeps what was seen."""

import asyncio
import atexit
import re
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionComplete
from nbformat import NotebookNode

from autograder.errors import SandboxError
from autograder.kernel.launch import Launch
from autograder.kernel.processes import TreeLimits
from autograder.model import Execution, Limits, Mishaps, Observation, Outcome, Settings
from autograder.notebooks.devices import asks_for_gpu
from autograder.notebooks.names import first_line
from autograder.observables import NOTHING_TAKEN, Taken, is_call, students_names
from autograder.running.calls import NO_INPUTS, CallRound, Inputs
from autograder.running.clock import Clock, RunQueue
from autograder.running.endings import early_end
from autograder.running.event_loop import is_cancelled, run_alone
from autograder.running.executed import as_json
from autograder.running.fork_client import ForkServer
from autograder.running.manager import KernelManager, base_environment, kernel_environment
from autograder.running.mishaps import errors_of, near_names, texts_of, there
from autograder.running.observations import last_changes, read_observations
from autograder.running.pictures import with_pictures
from autograder.running.remarks import lost_names, missing_packages, read_remarks, sentences
from autograder.running.shortage import MemoryShortage
from autograder.running.workspace import Workspace, workspace

OnCell = Callable[[Mapping[str, Observation]], None]

_STARTUP_SECONDS = 120
# What a cell has printed may come later than its reply; nbclient would drop it after four seconds.
_LAST_OUTPUT_SECONDS = 30
_CHECK = re.compile(r"\s*+grader\.check(?:_all)?+\([^()\n]*+\)\s*+;?+\s*+")


def execute(
    notebook: NotebookNode,
    names: tuple[str, ...],
    files: tuple[Path, ...],
    limits: Limits,
    settings: Settings,
    server: ForkServer | None = None,
    on_cell: OnCell | None = None,
    inputs: Inputs = NO_INPUTS,
    takes: Taken = NOTHING_TAKEN,
) -> Execution:
    """Run every cell and observe what has the keys `names`; `files` lie beside the notebook.

    Variables are observed after each cell. Expressions are evaluated after the last, and may name
    hidden `inputs`. `takes` says what networks take. The kernel is a fork of `server`, or a process
    of its own without one. `on_cell` is called after each cell that has changed observed variables,
    with these, and once with what expressions gave. What student code does, errors, endless loops
    and a dead kernel included, is an outcome. Raises SandboxError when the kernel does not start or
    dies with the server. Call it from a thread without an event loop.
    """
    start = time.monotonic()
    with workspace(files) as folders:
        run = _Run(notebook, names, folders, limits, settings, server, on_cell, inputs, takes)
        outcome, detail = run_alone(run.to_the_end())
        observations = run.after_cells or run.observed(run.names)
        noticed = read_remarks(folders.observations)
    known = students_names(names)
    errors = errors_of(notebook, known)
    if outcome is Outcome.FINISHED and errors:
        outcome, detail = Outcome.CELL_ERROR, errors[0].text
    return Execution(
        outcome=outcome,
        detail=detail,
        observations=observations,
        notebook=as_json(notebook),
        seconds=round(time.monotonic() - start, 3),
        device=settings.device,
        repairs=sentences(noticed),
        lacks=missing_packages(noticed),
        machine_was_short=run.machine_was_short,
        card=settings.card or "",
        mishaps=Mishaps(
            errors=errors, near=near_names(notebook, known, there(known, observations)),
            lost=lost_names(noticed) if errors else {}, texts=texts_of(notebook, known),
        ),
    )  # fmt: skip


class _Client(NotebookClient):
    """nbclient's executor, which trusts no message of the kernel.

    `after_cells` is awaited when the last cell has ended and the kernel still lives.
    """

    def __init__(
        self,
        notebook: NotebookNode,
        manager: KernelManager,
        after_cells: Callable[[], Awaitable[None]],
        **options: Any,
    ) -> None:
        super().__init__(notebook, km=manager, **options)
        self._manager, self._after_cells = manager, after_cells

    async def async_execute_cell(
        self, cell: NotebookNode, cell_index: int, *args: Any, **options: Any
    ) -> NotebookNode:
        """Run a cell; one that only asks for a check is left out, since the judging comes later."""
        if not _CHECK.fullmatch(cell.source):
            await super().async_execute_cell(cell, cell_index, *args, **options)
        if cell_index == len(self.nb.cells) - 1:
            await self._after_cells()
        return cell

    def handle_comm_msg(self, outs: Any, msg: dict[str, Any], cell_index: int) -> None:
        """Let messages of widgets pass: nobody moves a slider, and what they print is output.

        Raises TypeError or KeyError for one that no widget sends.
        """
        content = msg["content"]
        if not (isinstance(content["comm_id"], str) and isinstance(content["data"], dict)):
            raise TypeError("comm")

    def process_message(self, msg: dict[str, Any], cell: NotebookNode, cell_index: int) -> Any:
        """Keep an output; one that is not of the agreed form ends the kernel instead."""
        try:
            return super().process_message(msg, cell, cell_index)
        except CellExecutionComplete:
            raise
        except Exception:  # whatever nbclient meets in a forged message
            return self._manager.session.stop("message")


class _Run:
    """One notebook on its way through a kernel."""

    def __init__(
        self,
        notebook: NotebookNode,
        names: tuple[str, ...],
        folders: Workspace,
        limits: Limits,
        settings: Settings,
        server: ForkServer | None,
        on_cell: OnCell | None,
        inputs: Inputs,
        takes: Taken,
    ) -> None:
        self.notebook, self.folders = notebook, folders
        self.names = tuple(name for name in names if not is_call(name))
        self.calls = tuple(name for name in names if is_call(name))
        self.limits, self.settings, self.server = limits, settings, server
        self.on_cell, self._inputs, self._takes = on_cell, inputs, takes
        self.after_cells: dict[str, Observation] = {}
        self.changed_at: dict[str, int] = {}
        self._seen: Mapping[str, int] = {}
        self._cell = 0
        self._clock: Clock | None = None
        self._is_over_time = False
        self._memory = MemoryShortage()

    async def to_the_end(self) -> tuple[Outcome, str]:
        """Run all cells; how it ended, with a sentence about where."""
        manager = KernelManager(self._launch(), self.server, self.limits.output_bytes)
        client: _Client = _Client(
            self.notebook,
            manager,
            lambda: self._evaluate(client, manager),
            allow_errors=True,
            timeout=None,
            startup_timeout=_STARTUP_SECONDS,
            iopub_timeout=_LAST_OUTPUT_SECONDS,
            shutdown_kernel="immediate",
            store_widget_state=False,
            record_timing=False,
            on_notebook_start=lambda **_: self._start_clock(client, manager),
            on_cell_start=self._cell_starts,
            on_cell_executed=self._cell_ends,
        )
        try:
            await client.async_execute(
                cleanup_kc=True, cwd=str(self.folders.work), env=manager.process_environment()
            )
        except (RuntimeError, TimeoutError, OSError) as error:  # DeadKernelError is a RuntimeError
            if is_cancelled():  # nbclient takes a cell that was broken off for a dead kernel
                raise asyncio.CancelledError from error
            if manager.server_died or self._clock is None:
                raise SandboxError(f"the student's kernel did not run: {error}") from error
            if self._is_over_time:
                return Outcome.TIMEOUT, f"{self._where()} was stopped: {self._clock.limit_in_words}"
            ended_by = manager.session.problem or manager.ended_by
            return early_end(ended_by, self._where(), self.limits)
        finally:
            self._stop_clock()
            # nbclient means to clean up at the end of this process where a kernel did not start.
            atexit.unregister(client._cleanup_kernel)
        return Outcome.FINISHED, ""

    async def _evaluate(self, client: _Client, manager: KernelManager) -> None:
        """Evaluate the expressions; whatever they do, the variables are what the cells left."""
        if not self.calls:
            return
        self._stop_clock()
        seen = self.observed(self.names)
        await manager.begin_calls()
        calls = CallRound(self.folders, self.limits, self.settings, self._inputs)
        for source in self.calls:
            seen[source] = await calls.observe(source, client.kc, manager)
        self.after_cells = seen
        if self.on_cell is not None:
            self.on_cell({source: seen[source] for source in self.calls})

    def observed(self, names: Iterable[str]) -> dict[str, Observation]:
        """What was seen last of those variables."""
        # Files with holes take less of the disk than of the memory of whoever reads them.
        most = self.limits.disk_bytes
        seen = read_observations(self.folders.observations, names, most)
        return with_pictures(seen, self.notebook, self.changed_at, self._takes.pictures)

    def _launch(self) -> Launch:
        settings, folders, limits = self.settings, self.folders, self.limits
        shared = base_environment(settings.threads, settings.device, settings.card)
        return Launch(
            connection_file=str(folders.runtime / "kernel.json"),
            folder=str(folders.root),
            work=str(folders.work),
            observations=str(folders.observations),
            names=list(self.names),
            takes=self._takes.as_json(),
            environment=kernel_environment(shared, folders.home, folders.fonts),
            seed=settings.seed,
            threads=settings.threads,
            open_files=limits.open_files,
            limits=TreeLimits(
                memory_bytes=limits.memory_bytes,
                disk_bytes=limits.disk_bytes,
                files=limits.files,
                processes=limits.processes,
            ),
            layers=[str(layer) for layer in settings.layers],
            gpu=settings.device == "cuda",
            cpu_for_gpu=asks_for_gpu(self.notebook),
            most_output_bytes=limits.output_bytes,
        )

    @property
    def machine_was_short(self) -> bool:
        """Whether the machine kept the kernel waiting, or had no memory left."""
        return (self._clock is not None and self._clock.was_busy) or self._memory.was_short()

    def _start_clock(self, client: _Client, manager: KernelManager) -> None:
        self._clock = Clock(self.limits, RunQueue(manager.pid).waited)
        self._keeping_time = asyncio.ensure_future(self._keep_time(self._clock, client, manager))

    async def _keep_time(self, clock: Clock, client: _Client, manager: KernelManager) -> None:
        """End the kernel when its time is up."""
        await clock.run_out()
        self._is_over_time = True
        await manager.kill_now()
        # nbclient would look whether the kernel still lives within a second; it does the same.
        if client.task_poll_for_reply is not None:
            client.task_poll_for_reply.cancel()

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._keeping_time.cancel()

    def _cell_starts(self, cell_index: int, **_: Any) -> None:
        self._cell = cell_index
        assert self._clock is not None, "the notebook starts before its cells"
        self._clock.start_cell()

    def _cell_ends(self, cell_index: int, **_: Any) -> None:
        now = last_changes(self.folders.observations, self.names)
        changed = [name for name, time in now.items() if self._seen.get(name) != time]
        self.changed_at.update(dict.fromkeys(changed, cell_index))
        self._seen = now
        if changed and self.on_cell is not None:
            self.on_cell(self.observed(changed))

    def _where(self) -> str:
        cells = self.notebook.cells
        line = first_line(cells[self._cell].source)
        return f"cell {self._cell + 1} of {len(cells)}" + (f" (`{line}`)" if line else "")
