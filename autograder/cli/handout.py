"""The command that makes what students receive."""

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from autograder.cli.app import CourseOption, app, assignments_here, one_sentence, out


@app.command()
def handout(
    assignment: Annotated[
        str,
        typer.Argument(
            help="The assignment, such as assignment1.", autocompletion=assignments_here
        ),
    ],
    to: Annotated[
        Path | None, typer.Option("--out", help="The zip to write; ASSIGNMENT_handout.zip.")
    ] = None,
    with_wheel: Annotated[
        bool, typer.Option("--wheel", help="Put this package in, for courses without an index.")
    ] = False,
    course: CourseOption = Path(),
) -> None:
    """Make one zip of what students receive: notebook, data and a short text."""
    from autograder.course.assignment import Course
    from autograder.course.handout import default_place
    from autograder.course.handout import handout as zip_of
    from autograder.errors import UsageError

    with one_sentence():
        content = zip_of(Course.at(course), assignment, with_wheel=with_wheel)
        place = to or default_place(assignment)
        try:
            place.write_bytes(content)
        except OSError as error:
            raise UsageError(f"{place}: cannot be written: {error.strerror}") from error
    out.print(Text(f"{place}: {len(content) / 1e6:.1f} MB"), soft_wrap=True)
