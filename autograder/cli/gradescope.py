"""Commands for courses on Gradescope."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from autograder.cli.app import CourseOption, app, assignments_here, err, need, one_sentence, out


@app.command()
def gradescope(
    assignment: Annotated[
        str,
        typer.Argument(
            help="The assignment, such as assignment1.", autocompletion=assignments_here
        ),
    ],
    to: Annotated[Path, typer.Option("--out", help="The zip to write.")],
    course: CourseOption = Path(),
) -> None:
    """Make the zip that Gradescope takes as the autograder of an assignment."""
    need("grade", "gradescope")
    from autograder.course.assignment import Course
    from autograder.errors import UsageError
    from autograder.gradescope.bundle import build_zip

    with one_sentence():
        if to.suffix.lower() != ".zip":
            raise UsageError(f"{to}: Gradescope takes a zip; write --out {to.with_suffix('.zip')}")
        content = build_zip(Course.at(course), assignment)
        try:
            to.write_bytes(content)
        except OSError as error:
            raise UsageError(f"{to}: cannot be written: {error.strerror}") from error
    where = "" if course == Path() else f" --course {course}"
    tip = f"Try it: autograder preflight {to}{where}"
    out.print(Text(f"{to}: {len(content) / 1e6:.1f} MB. {tip}"), soft_wrap=True)


@app.command()
def preflight(
    archive: Annotated[
        Path, typer.Argument(metavar="ZIP", help="The zip made by `autograder gradescope`.")
    ],
    submissions: Annotated[
        list[Path] | None, typer.Argument(help="Notebooks, zips or folders to hand in as well.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option(help="A page to write: what students would see.")
    ] = None,
    course: CourseOption = Path(),
) -> None:
    """Try a zip under Gradescope's limits, with good, empty and broken submissions."""
    need("grade", "preflight")
    from autograder.gradescope.page import page
    from autograder.gradescope.preflight import unpacked

    table = Table("submission", "score", "time", "memory", "run", "result", box=None)
    trials = []
    with one_sentence(), unpacked(archive, submissions or [], course) as trial_run:
        for line in trial_run.findings:
            out.print(Text(line), soft_wrap=True)
        for trial in trial_run.trials():
            err.print(Text(f"tried: {trial.name}"))
            trials.append(trial)
            style = "" if trial.fine else "red"
            table.add_row(*(Text(cell, style) for cell in trial.row))
    out.print(table)
    if html is not None:
        html.write_text(page((trial.name, trial.results) for trial in trials), "utf-8")
    raise typer.Exit(0 if all(trial.fine for trial in trials) else 1)
