"""The commands of those who make a course and run the machine."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from autograder.cli.app import CourseOption, app, assignments_here, need, one_sentence, out
from autograder.cli.extras import require_unix
from autograder.errors import UsageError
from autograder.model import Settings

if TYPE_CHECKING:
    from autograder.grading.proof import CourseTrial


@app.command()
def build(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            help="Assignments to build; all if none is named.", autocompletion=assignments_here
        ),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--no-run", help="Run nothing: do not prove what is built.")
    ] = False,
    course: CourseOption = Path(),
) -> None:
    """Build and prove notebooks, references and tests from the masters in solutions/."""
    need("grade", "build")
    from autograder.course.assignment import Course
    from autograder.course.build import build as build_one
    from autograder.course.build import write
    from autograder.grading.proof import CourseTrial

    with one_sentence():
        chosen = Course.at(course)
        if unknown := set(names or ()) - set(chosen.names):
            known = ", ".join(chosen.names)
            raise UsageError(f"unknown assignment {sorted(unknown)[0]!r}; known: {known}")
        for name in names or chosen.names:
            built = build_one(chosen, name)
            trial = CourseTrial(chosen.root, chosen.assignment(name, built.questions), built)
            trial.inspect()
            if not quick and not trial.is_proved():
                _prove(trial, course / "assignments" / f"{name}.ipynb")
                out.print(f"{name}: the reference gets all points, the untouched notebook none")
            changed = write(chosen, built)
            files = ", ".join(str(file) for file in changed) or "nothing changed"
            out.print(Text(f"{name}: {files}"))


def _prove(trial: "CourseTrial", handed_out: Path) -> None:
    """Run what was built as a grader does. Raises CourseError and SandboxError."""
    from autograder.kernel.isolation import best_layers
    from autograder.running.manager import fork_server
    from autograder.running.preload import imports_of

    settings = Settings(layers=best_layers())
    with fork_server(settings, imports_of(handed_out)) as server:
        trial.prove(settings, server)


@app.command()
def new(course: Annotated[Path, typer.Argument(help="The folder to make.")]) -> None:
    """Make a course to begin with: one assignment that builds, grades and packs at once."""
    from autograder.course.new import new_course

    with one_sentence():
        for file in new_course(course):
            out.print(Text(str(file)))
    out.print(Text(f"Next: autograder build --course {course}"), soft_wrap=True)


@app.command()
def adopt(
    master: Annotated[
        Path, typer.Argument(help="A master of Otter Assign's, or an nbgrader source notebook.")
    ],
    course: Annotated[
        Path, typer.Option("--course", help="The course; made where there is none yet.")
    ] = Path(),
) -> None:
    """Take over an existing master as an assignment, and list what a human has to decide."""
    from autograder.course.adopt import adopt as adopt_one
    from autograder.course.adopt import write_adoption

    with one_sentence():
        adoption = adopt_one(master)
        for file in write_adoption(adoption, course):
            out.print(Text(f"{adoption.name}: {file}"))
    for sentence in adoption.decisions:
        out.print(Text(f"decide: {sentence}"), soft_wrap=True)
    out.print(Text(f"Next: autograder build {adoption.name} --course {course}"), soft_wrap=True)


@app.command()
def doctor() -> None:
    """Show versions and devices of this machine."""
    with one_sentence():
        require_unix("doctor")
    from autograder.running.machine import examine

    table = Table(show_header=False, box=None)
    marks = {True: Text("ok", "green"), False: Text("missing", "red"), None: Text("")}
    findings = examine()
    for finding in findings:
        table.add_row(marks[finding.fine], Text(finding.what), Text(finding.result))
    out.print(table)
    raise typer.Exit(1 if any(finding.fine is False for finding in findings) else 0)
