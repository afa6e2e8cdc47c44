"""The commands of those who make a course and run the machine."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from autograder.cli.app import CourseOption, app, one_sentence, out
from autograder.errors import UsageError


@app.command()
def build(
    names: Annotated[
        list[str] | None, typer.Argument(help="Assignments to build; all if none is named.")
    ] = None,
    course: CourseOption = Path(),
) -> None:
    """Build student notebooks, references and tests from the masters in solutions/."""
    from autograder.course.assignment import Course
    from autograder.course.build import build as build_one
    from autograder.course.build import write

    with one_sentence():
        chosen = Course.at(course)
        if unknown := set(names or ()) - set(chosen.names):
            known = ", ".join(chosen.names)
            raise UsageError(f"unknown assignment {sorted(unknown)[0]!r}; known: {known}")
        for name in names or chosen.names:
            changed = write(chosen, build_one(chosen, name))
            files = ", ".join(str(file) for file in changed) or "nothing changed"
            out.print(Text(f"{name}: {files}"))


@app.command()
def doctor() -> None:
    """Show versions and devices of this machine."""
    from autograder.running.machine import examine

    table = Table(show_header=False, box=None)
    marks = {True: Text("ok", "green"), False: Text("missing", "red"), None: Text("")}
    findings = examine()
    for finding in findings:
        table.add_row(marks[finding.fine], Text(finding.what), Text(finding.result))
    out.print(table)
    raise typer.Exit(1 if any(finding.fine is False for finding in findings) else 0)
