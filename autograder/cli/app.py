"""What all commands share: the application, its streams and how an error is said."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from autograder.cli.extras import Extra, require
from autograder.entry import leave_current_folder
from autograder.errors import AutograderError
from autograder.results.table import one_line
from autograder.running.event_loop import killed_politely

app = typer.Typer(
    help="Grades the CNN Introduction lab: runs notebooks apart and judges what they leave behind.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
out = Console()
err = Console(stderr=True)

CourseOption = Annotated[
    Path, typer.Option("--course", help="The course: a folder with assignments/ and solutions/.")
]


def devices(incomplete: str) -> list[str]:
    """The devices, for a shell that completes one."""
    return [device for device in DEVICES if device.startswith(incomplete)]


def assignments_here(incomplete: str) -> list[str]:
    """The assignments of the course in the current folder, for a shell that completes a name."""
    return sorted(p.stem for p in Path("solutions").glob("*.toml") if p.stem.startswith(incomplete))


def _say_version(wanted: bool) -> None:
    if wanted:
        out.print(f"cnn-autograder {metadata.version('cnn-autograder')}", highlight=False)
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_say_version, is_eager=True, help="Say the version."),
    ] = False,
) -> None:
    """Options of the command itself, without one of its commands."""


DEVICES = ("auto", "cpu", "cuda")
"""Where student code may compute."""

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


def need(extra: Extra, command: str) -> None:
    """End a command in one sentence where the packages that it takes are not installed."""
    with one_sentence():
        require(extra, command)


def main() -> None:
    """Entry point of the console script."""
    leave_current_folder()
    # Beside JupyterLab, nbformat builds a grammar of addresses as it is loaded, which nothing here
    # asks for: it takes more than a second.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    for stream in (sys.stdout, sys.stderr):
        # A name that the terminal's alphabet lacks must not end the command.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    app(prog_name="autograder")
