"""Runs one submission again, confined as in a batch, with other limits if a human says so."""

import threading
from dataclasses import dataclass, replace

from autograder.desk.classroom import Classroom, Member
from autograder.errors import AutograderError, UsageError
from autograder.grading.decisions import Rerun
from autograder.grading.private_files import locked
from autograder.judging.scoring import Run, Scorer
from autograder.kernel.isolation import available, best_layers
from autograder.model import Execution, Grade, Settings


@dataclass(frozen=True)
class Progress:
    """How far a run is: `cells` that have ended; `problem` is a sentence where it failed."""

    cells: int = 0
    is_done: bool = False
    problem: str = ""


class Reruns:
    """The runs that the desk has begun, one at a time: it is for a case, not for a class."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._progress: dict[str, Progress] = {}
        self._thread: threading.Thread | None = None

    def progress(self, member: Member) -> Progress | None:
        """How far the member's run is; None where there was none."""
        return self._progress.get(member.key)

    def begin(self, room: Classroom, member: Member, who: str, factor: float) -> None:
        """Start a run with so many times the limits on time and memory.

        Raises UsageError where that cannot be; what goes wrong later is told by `progress`.
        """
        content = room.ledger.notebook(member.line.execution or "")
        if content is None:
            raise UsageError("there is no notebook to run; run `autograder grade` again")
        here = available()
        if not (here.files_are_closed and here.seccomp):
            raise UsageError(f"student code cannot be confined here ({here.reason})")
        with self._turn:
            if self._thread is not None and self._thread.is_alive():
                raise UsageError("another submission runs; wait for its end")
            self._progress[member.key] = Progress()
            self._thread = threading.Thread(
                target=self._run, args=(room, member, who, factor, content), daemon=True
            )
            self._thread.start()

    def _run(self, room: Classroom, member: Member, who: str, factor: float, content: str) -> None:
        try:
            # Nobody else may write marks meanwhile: a batch would not know of this one.
            with locked(room.folder):
                execution = self._executed(room, member, factor, content)
                before, after = _kept(room, member, execution)
            reason = f"With {factor:g} times the limits." if factor != 1 else ""
            act = Rerun(before=before.score if before else None, after=after.score, reason=reason)
            room.reread()
            room.decide(who, [(room.members.get(member.key, member), "", act)], None)
            end = Progress(self._progress[member.key].cells, is_done=True)
        except AutograderError as error:
            end = Progress(is_done=True, problem=str(error))
        except Exception as error:  # ours, not the student's: it is said on the page
            end = Progress(is_done=True, problem=f"a fault of the autograder ({error!r})")
        self._progress[member.key] = end

    def _executed(self, room: Classroom, member: Member, factor: float, content: str) -> Execution:
        # What only a run needs takes a part of a second: the desk opens without it.
        from autograder.grading.pipeline import job_of
        from autograder.running.manager import fork_server
        from autograder.running.preload import imports_of

        assignment = room.assignment
        settings = Settings(layers=best_layers())
        limits = assignment.settings.limits
        limits = limits.model_copy(update={
            "cell_seconds": limits.cell_seconds * factor,
            "total_seconds": limits.total_seconds * factor,
            "memory_bytes": int(limits.memory_bytes * factor),
        })  # fmt: skip

        def ended(*_: object) -> None:
            known = self._progress[member.key]
            self._progress[member.key] = replace(known, cells=known.cells + 1)

        with fork_server(settings, imports_of(assignment.handed_out)) as server:
            limited = assignment.settings.model_copy(update={"limits": limits})
            job = job_of(content.encode(), replace(assignment, settings=limited), settings)
            return job.run(server, ended)


def _kept(room: Classroom, member: Member, execution: Execution) -> tuple[Grade | None, Grade]:
    """Keep the run in the place of the earlier one; the grades by tests before and after."""
    line, ledger = member.line, room.ledger
    assert line.execution is not None, "there was a notebook to run"
    run = Run.of(execution, room.assignment.variables)
    grade = Scorer(room.assignment, ledger).score(line, run)
    ledger.keep(line.execution, execution, run)
    ledger.record(line.position, grade, line.execution)
    return line.grade, grade
