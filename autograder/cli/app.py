"""What all commands share: the application, its streams and how an error is said."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from autograder.errors import AutograderError

app = typer.Typer(
    help="Grades the CNN Introduction lab: runs notebooks apart and judges what they leave behind.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
out = Console()
err = Console(stderr=True)

CourseOption = Annotated[
    Path, typer.Option("--course", help="The course: a folder with assignments/ and solutions/.")
]


@contextmanager
def one_sentence() -> Iterator[None]:
    """Turn an error on purpose into its sentence and exit code 2."""
    try:
        yield
    except AutograderError as error:
        err.print(Text(f"autograder: {error}"), soft_wrap=True)
        raise typer.Exit(2) from None


def main() -> None:
    """Entry point of the console script."""
    app(prog_name="autograder")
