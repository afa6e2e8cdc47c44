"""The command line: reads arguments, writes files, turns errors into one sentence each."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from autograder.errors import AutograderError, UsageError
from autograder.model import Grade, Layer, Settings, Ungraded

app = typer.Typer(
    help="Grades the CNN Introduction lab: runs notebooks apart and judges what they leave behind.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
_out = Console()
_err = Console(stderr=True)

CourseOption = Annotated[
    Path, typer.Option("--course", help="The course: a folder with assignments/ and solutions/.")
]


class Device(StrEnum):
    """Where student code may compute."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"


@contextmanager
def _one_sentence() -> Iterator[None]:
    """Turn an error on purpose into its sentence and exit code 2."""
    try:
        yield
    except AutograderError as error:
        _err.print(Text(f"autograder: {error}"), soft_wrap=True)
        raise typer.Exit(2) from None


@app.command()
def grade(
    submissions: Annotated[list[Path], typer.Argument(help="Notebooks, or folders of notebooks.")],
    assignment: Annotated[str, typer.Option(help="The assignment, such as assignment1.")],
    out: Annotated[Path, typer.Option(help="The folder for grades.json and grades.csv.")],
    jobs: Annotated[
        int, typer.Option(min=1, help="How many submissions run at a time; a core each.")
    ] = os.cpu_count() or 1,
    device: Annotated[Device, typer.Option(help="Where student code computes.")] = Device.AUTO,
    trust: Annotated[
        bool, typer.Option("--trust", help="Grade even where student code cannot be confined.")
    ] = False,
    course: CourseOption = Path(),
) -> None:
    """Grade submissions: run each notebook and judge the answers and networks it leaves."""
    from autograder.kernel.client import ForkServer
    from autograder.kernel.manager import base_environment

    with _one_sentence():
        settings = Settings(device=_device(device), layers=_layers(trust))
        shared = base_environment(threads=settings.threads, device=settings.device)
        with ForkServer(shared) as server:
            # The server warms up while Otter and ONNX are imported here and the files are read.
            server.start()
            from autograder.batch import grade_all
            from autograder.course import Course
            from autograder.grade import grade_one
            from autograder.reports import as_csv, as_json, remarks, summary_table
            from autograder.sources import collect

            chosen = Course.at(course).assignment(assignment)
            chosen.images("cpu")  # a broken image file is the course's fault: say so before any run
            most_bytes = chosen.settings.limits.notebook_bytes
            handed_in = collect(submissions, assignment, most_bytes)
            _make_folder(out)
            work = partial(grade_one, assignment=chosen, settings=settings, server=server)
            with _progress(len(handed_in)) as advance, ThreadPoolExecutor(jobs) as executor:
                grades = grade_all(handed_in, work, executor, advance)
    names = [question.name for question in chosen.questions]
    (out / "grades.json").write_text(as_json(assignment, settings.device, grades), "utf-8")
    (out / "grades.csv").write_text(as_csv(names, grades), "utf-8")
    _out.print(summary_table(chosen.settings.title, names, grades))
    for line in remarks(grades):
        _out.print(line, soft_wrap=True)
    failed = sum(isinstance(grade, Ungraded) for grade in grades)
    _out.print(f"{len(grades) - failed} graded, {failed} not graded.", highlight=False)
    _out.print(Text(f"Results: {out / 'grades.json'} and {out / 'grades.csv'}"), soft_wrap=True)
    raise typer.Exit(1 if failed else 0)


@app.command()
def check(
    notebook: Annotated[Path, typer.Argument(help="Your notebook; mnist.npz lies beside it.")],
) -> None:
    """Check your own notebook before you hand it in: run it and show the public cases."""
    from autograder.self_check import self_check

    with _one_sentence():
        report = self_check(notebook)
    _out.print(Text(report.text), soft_wrap=True)
    raise typer.Exit(0)


@app.command()
def build(
    names: Annotated[
        list[str] | None, typer.Argument(help="Assignments to build; all if none is named.")
    ] = None,
    course: CourseOption = Path(),
) -> None:
    """Build student notebooks, references and tests from the masters in solutions/."""
    from autograder.build import build as build_one
    from autograder.build import write
    from autograder.course import Course

    with _one_sentence():
        chosen = Course.at(course)
        if unknown := set(names or ()) - set(chosen.names):
            known = ", ".join(chosen.names)
            raise UsageError(f"unknown assignment {sorted(unknown)[0]!r}; known: {known}")
        for name in names or chosen.names:
            changed = write(chosen, build_one(chosen, name))
            files = ", ".join(str(file) for file in changed) or "nothing changed"
            _out.print(Text(f"{name}: {files}"))


@app.command()
def doctor() -> None:
    """Show versions and devices of this machine."""
    from autograder.doctor import examine

    table = Table(show_header=False, box=None)
    marks = {True: Text("ok", "green"), False: Text("missing", "red"), None: Text("")}
    findings = examine()
    for finding in findings:
        table.add_row(marks[finding.fine], Text(finding.what), Text(finding.result))
    _out.print(table)
    raise typer.Exit(1 if any(finding.fine is False for finding in findings) else 0)


def _device(wanted: Device) -> Literal["cpu", "cuda"]:
    """The device to use; raises UsageError where CUDA is asked for and absent."""
    if wanted is Device.CPU:
        return "cpu"
    from autograder.doctor import cuda_devices

    if cuda_devices():
        return "cuda"
    if wanted is Device.CUDA:
        raise UsageError("--device cuda: torch finds no CUDA device here; use --device cpu")
    return "cpu"


def _layers(trust: bool) -> tuple[Layer, ...]:
    """The isolation of this run; raises UsageError where there is none and nobody said so."""
    from autograder.kernel.isolation import available, best_layers

    here = available()
    if not (here.files_are_closed and here.seccomp) and not trust:
        raise UsageError(
            f"student code cannot be confined here ({here.reason}). Grade on Linux 5.13 or newer "
            "with libseccomp, or add --trust if you trust every submission."
        )
    return best_layers()


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder}: cannot be used for results: {error.strerror}") from error


@contextmanager
def _progress(total: int) -> Iterator[partial[None]]:
    columns = (TextColumn("grading"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=_err, transient=True) as bar:
        task = bar.add_task("", total=total)

        def advance(_grade: Grade) -> None:
            bar.advance(task)

        yield partial(advance)


def main() -> None:
    """Entry point of the console script."""
    app(prog_name="autograder")
