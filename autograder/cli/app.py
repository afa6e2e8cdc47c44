"""What all commands share: the application, its streams and how an error is said."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from autograder.entry import leave_current_folder
from autograder.errors import AutograderError
from autograder.results.table import one_line
from autograder.running.event_loop import killed_politely

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


STOPPED = 130
"""What shells give a command that Ctrl-C has ended."""


@contextmanager
def one_sentence() -> Iterator[None]:
    """Turn an error on purpose into its sentence and exit code 2, and Ctrl-C into a word.

    A polite `kill` is taken for Ctrl-C, unless who started this had it ignored.
    """
    try:
        with killed_politely():
            yield
    except AutograderError as error:
        err.print(Text(one_line(f"autograder: {error}", most=2_000)), soft_wrap=True)
        raise typer.Exit(2) from None
    except KeyboardInterrupt:
        err.print("Stopped.")
        raise typer.Exit(STOPPED) from None


def main() -> None:
    """Entry point of the console script."""
    leave_current_folder()
    for stream in (sys.stdout, sys.stderr):
        # A name that the terminal's alphabet lacks must not end the command.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    app(prog_name="autograder")
