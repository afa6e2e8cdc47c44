"""The commands of those who grade a class."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from autograder.cli.app import STOPPED, CourseOption, app, err, one_sentence
from autograder.cli.outcome import say_astray, say_grades, say_problems, say_uploads
from autograder.cli.progress import shown
from autograder.errors import UsageError
from autograder.grading.pool import grade_all, in_threads
from autograder.model import Layer, Settings, Ungraded

if TYPE_CHECKING:
    from autograder.grading.ledger import Ledger


class Device(StrEnum):
    """Where student code may compute."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"


@app.command()
def grade(
    submissions: Annotated[
        list[Path],
        typer.Argument(help="Notebooks, folders, zips or downloads of a learning platform."),
    ],
    assignment: Annotated[str, typer.Option(help="The assignment, such as assignment1.")],
    to: Annotated[Path, typer.Option("--out", help="The folder for the results.")],
    jobs: Annotated[
        int, typer.Option(min=1, help="How many submissions run at a time; a core each.")
    ] = os.cpu_count() or 1,
    device: Annotated[Device, typer.Option(help="Where student code computes.")] = Device.AUTO,
    roster: Annotated[
        Path | None,
        typer.Option(help="The class as a CSV file: your gradebook export, worksheet or own list."),
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Run everything anew, whatever is stored.")
    ] = False,
    add: Annotated[
        bool, typer.Option("--add", help="Grade these and keep the rest of the class.")
    ] = False,
    only: Annotated[
        list[str] | None,
        typer.Option(help="Of these submissions only this person's; the class stays. Repeatable."),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show no progress and no table.")] = False,
    trust: Annotated[
        bool, typer.Option("--trust", help="Grade even where student code cannot be confined.")
    ] = False,
    course: CourseOption = Path(),
) -> None:
    """Grade submissions: run each notebook and judge the answers and networks it leaves."""
    from autograder.running.fork_client import ForkServer
    from autograder.running.manager import base_environment
    from autograder.running.preload import imports_of
    from autograder.running.shortage import allow_open_files
    from autograder.running.workspace import remove_left_behind

    with one_sentence():
        settings = Settings(device=_device(device), layers=_layers(trust))
        shared = base_environment(threads=settings.threads, device=settings.device)
        preload = imports_of(course / "assignments" / f"{assignment}.ipynb")
        allow_open_files(jobs)
        with ForkServer(shared, preload) as server:
            # The server warms up while Otter and ONNX are imported here and the files are read.
            server.start()
            remove_left_behind()
            from autograder.cli.class_list import Wish, begin_class, roster_at
            from autograder.course.assignment import Course
            from autograder.grading.by_hand import take_up
            from autograder.grading.ledger import Ledger
            from autograder.grading.pipeline import Grader
            from autograder.grading.private_files import make_folder
            from autograder.judging.scoring import Scorer
            from autograder.platforms.collect import collect
            from autograder.results.folder import (
                Batch,
                astray,
                keep_roster,
                points_by_hand,
                roster_for,
                write_grades,
                write_reports,
            )

            chosen = Course.at(course).assignment(assignment)
            chosen.images("cpu")  # a broken image file is the course's fault: say so before any run
            if to.resolve() in {path.resolve() for path in submissions}:
                raise UsageError(f"{to}: holds the submissions; name another folder with --out")
            wish = Wish(tuple(only or ()), add, fresh)
            listed = roster_at(roster_for(to, roster) if wish.is_part else roster)
            found = collect(submissions, assignment, chosen.settings.limits)
            batch = Batch(
                assignment=assignment,
                course=str(course.resolve()),
                device=settings.device,
                kind=found.kind,
            )
            make_folder(to)
            with Ledger(to) as ledger:
                # Points that cannot be read must not cost the grades that are there already.
                by_hand = points_by_hand(to, chosen)
                entries, batch, part = begin_class(ledger, found, batch, listed, wish)
                keep_roster(to, roster)
                paths = {entry.path for entry in entries}
                scorer = Scorer(chosen, ledger)
                grader = Grader(chosen, settings, scorer, part)
                with _stopped_in_order(ledger):
                    with (
                        shown(len(entries), err, quiet=quiet) as watcher,
                        ThreadPoolExecutor(jobs) as pool,
                    ):
                        try:
                            start = in_threads(pool, server)
                            grade_all(entries, grader, start, jobs, watcher)
                        except BaseException:
                            server.close()
                            raise
                    take_up(ledger, by_hand, chosen.settings.written)
                    whole = ledger.grades()
                    grades = [one for one in whole if one.submission in paths]
                    write_grades(to, batch, chosen, whole)
                    made = write_reports(to, ledger, batch, chosen, whole)
    say_grades(to, batch, chosen, grades, whole, quiet=quiet)
    say_problems(made.problems)
    say_uploads(batch, made.uploads)
    say_astray(to, astray(by_hand, chosen, [grade.submission for grade in whole]))
    raise typer.Exit(1 if any(isinstance(one, Ungraded) for one in grades) else 0)


@contextmanager
def _stopped_in_order(ledger: "Ledger") -> Iterator[None]:
    """Let Ctrl-C, or a polite `kill`, end the batch, with a word on how far it is.

    The first one counts: an impatient second one would break off what puts things in order.
    """
    numbers = [n for n in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(n) != signal.SIG_IGN]

    def interrupt(*_: object) -> None:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in numbers}
    try:
        yield
    except KeyboardInterrupt:
        lines = list(ledger.lines())
        done = sum(line.grade is not None for line in lines)
        err.print(
            f"Stopped: {done} of {len(lines)} submissions are graded. Run the same command again "
            "to go on from here.",
            highlight=False,
            soft_wrap=True,
        )
        raise typer.Exit(STOPPED) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _device(wanted: Device) -> Literal["cpu", "cuda"]:
    """The device to use; raises UsageError where CUDA is asked for and absent."""
    if wanted is Device.CPU:
        return "cpu"
    from autograder.running.machine import cuda_devices

    if cuda_devices():
        return "cuda"
    if wanted is Device.CUDA:
        raise UsageError("--device cuda: torch finds no CUDA device here; use --device cpu")
    return "cpu"


def _layers(trust: bool) -> tuple[Layer, ...]:
    """The isolation of this run; raises UsageError where there is none and nobody said so."""
    from autograder.kernel.isolation import available, best_layers
    from autograder.kernel.seats import user_range

    try:
        user_range()
    except ValueError as error:
        raise UsageError(str(error)) from error
    here = available()
    if not (here.files_are_closed and here.seccomp) and not trust:
        raise UsageError(
            f"student code cannot be confined here ({here.reason}). Grade on Linux 5.13 or newer "
            "with libseccomp, or add --trust if you trust every submission."
        )
    return best_layers()
