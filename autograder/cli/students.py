"""The command for students."""

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from autograder.cli.app import app, one_sentence, out


@app.command()
def check(
    notebook: Annotated[Path, typer.Argument(help="Your notebook, with its data beside it.")],
) -> None:
    """Check your own notebook before you hand it in: run it and show the public cases."""
    from autograder.student.check import self_check

    with one_sentence():
        report = self_check(notebook)
    out.print(Text(report.text), soft_wrap=True)
    raise typer.Exit(0)
