"""`autograder check`: a student's own notebook, run from the top, with its public cases."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode

from autograder.course.data import as_inputs
from autograder.course.questions import variables
from autograder.errors import SubmissionError, UsageError
from autograder.judging.cases import judge
from autograder.judging.wording import ending
from autograder.model import Execution, Limits, Outcome, Settings
from autograder.networks.in_process import InProcess
from autograder.notebooks.packages import unlisted, warning
from autograder.notebooks.read import read_notebook, runnable
from autograder.observables import Taken
from autograder.student.calls import Inputs
from autograder.student.feedback import as_text, points_so_far, unanswered
from autograder.student.public_cases import public_tests


@dataclass(frozen=True)
class Report:
    """What the check found, in lines for the student."""

    text: str


def self_check(file: Path) -> Report:
    """Run the notebook and judge its public cases.

    Raises UsageError for a path that is no notebook with checks, CourseError for
    missing data and SandboxError when no kernel starts.
    """
    if not file.is_file():
        raise UsageError(f"{file}: there is no such notebook")
    content = file.read_bytes()
    limits = Limits(cell_seconds=600, total_seconds=3600)
    try:
        notebook = read_notebook(content, limits.notebook_bytes)
    except SubmissionError as error:
        raise UsageError(f"{file}: {error}") from error
    tests = public_tests(content)
    if not tests.questions:
        raise UsageError(
            f"{file}: this notebook carries no checks. Copy your answers into the notebook that "
            "was handed out and check that one."
        )
    folder = file.resolve().parent
    sets, files = tests.sets(folder), tests.files(folder)
    inputs = as_inputs({name: one.inputs for name, one in sets.items()})
    run = _executed(
        runnable(notebook), variables(tests.questions), files, limits, inputs, tests.takes
    )
    judged = judge(
        tests.questions, run.observations, sets, run.outcome, InProcess(), run.mishaps, tests.tasks
    )
    results = [judgement.result for judgement in judged]
    lines = [as_text(tests.questions, results, unanswered(run.observations)), ""]
    if run.outcome is not Outcome.FINISHED:
        lines.append(ending(run.outcome, run.detail))
    if said := warning(unlisted(c.source for c in notebook.cells if c.kind == "code")):
        lines.append(said)
    passed = sum(c.status == "passed" for q in results for c in q.cases)
    total = sum(len(q.cases) for q in results)
    unknown = sum(c.status == "unjudged" for q in results for c in q.cases)
    left = f", {unknown} not judged" if unknown else ""
    lines.append(f"{passed} of {total} public checks passed{left} in {run.seconds:.0f} s.")
    lines += filter(None, [points_so_far(results, tests.points)])
    return Report("\n".join(lines))


def _executed(
    notebook: NotebookNode,
    names: tuple[str, ...],
    files: tuple[Path, ...],
    limits: Limits,
    inputs: Inputs,
    takes: Taken,
) -> Execution:
    """The notebook after its run; the grader's own way takes Linux, elsewhere a process does."""
    if sys.platform == "linux" and hasattr(os, "fork"):
        from autograder.running.execute import execute

        return execute(notebook, names, files, limits, Settings(), inputs=inputs, takes=takes)
    from autograder.student.plain_run import run_plainly

    return run_plainly(notebook, names, files, limits, Settings(), inputs, takes)
