"""The commands of those who grade a class."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.app import (
    STOPPED,
    CourseOption,
    app,
    assignments_here,
    devices,
    err,
    need,
    one_sentence,
)
from autograder.cli.outcome import say_grades, say_problems, say_unmatched, say_uploads
from autograder.errors import UsageError
from autograder.model import Ungraded


@app.command()
def grade(
    submissions: Annotated[
        list[Path],
        typer.Argument(help="Notebooks, folders, zips or downloads of a learning platform."),
    ],
    assignment: Annotated[
        str,
        typer.Option(help="The assignment, such as assignment1.", autocompletion=assignments_here),
    ],
    to: Annotated[Path, typer.Option("--out", help="The folder for the results.")],
    jobs: Annotated[
        int | None,
        typer.Option(help="How many submissions run at a time; with --cluster, a worker."),
    ] = None,
    device: Annotated[
        str,
        typer.Option(
            metavar="auto|cpu|cuda", help="Where student code computes.", autocompletion=devices
        ),
    ] = "auto",
    per_gpu: Annotated[
        int, typer.Option(help="How many submissions share a GPU, where there is one.")
    ] = 4,
    cluster: Annotated[
        str | None,
        typer.Option(help="Run them at a Dask cluster: tcp://…, tls://… or a scheduler file."),
    ] = None,
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
    need("grade", "grade")
    from autograder.cli.places import place_at, place_here
    from autograder.cli.progress import shown
    from autograder.running.preload import imports_of

    with one_sentence():
        if per_gpu < 1:
            raise UsageError(f"--per-gpu {per_gpu}: at least one submission has to run on a GPU")
        preload = imports_of(course / "assignments" / f"{assignment}.ipynb")
        with (
            place_here(device, preload, jobs, trust=trust)
            if cluster is None
            else place_at(cluster, device, preload, jobs, per_gpu, trust=trust)
        ) as place:
            from autograder.course.assignment import Course
            from autograder.grading.by_hand import take_up
            from autograder.grading.grade_class import Options, grade_class
            from autograder.grading.ledger import Ledger
            from autograder.platforms.collect import collect
            from autograder.results.folder import (
                points_by_hand,
                unmatched_points,
                write_grades,
                write_reports,
            )

            here = Course.at(course)
            chosen = here.assignment(assignment)
            if to.resolve() in {path.resolve() for path in submissions}:
                raise UsageError(f"{to}: holds the submissions; name another folder with --out")
            options = Options(
                assignment=assignment, results=to, jobs=place.jobs, per_gpu=per_gpu,
                settings=place.settings, roster=roster,
                only=tuple(only or ()), add=add, fresh=fresh,
            )  # fmt: skip
            found = collect(submissions, assignment, chosen.settings.limits)
            # Points that cannot be read must not cost the grades that are there already.
            by_hand = points_by_hand(to, chosen)
            with _stopped_in_order(to):
                with shown(err, quiet=quiet, where=place.running) as watcher:
                    batch = grade_class(here, found, options, watcher, place.server, place.machines)
                with Ledger(to) as ledger:
                    take_up(ledger, by_hand, chosen.settings.written)
                    whole = ledger.grades()
                    graded_now = batch.of(whole)
                    write_grades(to, batch.facts, chosen, whole)
                    made = write_reports(to, ledger, batch.facts, chosen, whole)
    say_grades(to, batch.facts, chosen, graded_now, whole, quiet=quiet)
    say_problems(made.problems)
    say_uploads(batch.facts, made.uploads)
    say_unmatched(to, unmatched_points(by_hand, chosen, [grade.submission for grade in whole]))
    raise typer.Exit(1 if any(isinstance(one, Ungraded) for one in graded_now) else 0)


@contextmanager
def _stopped_in_order(results: Path) -> Iterator[None]:
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
        from autograder.grading.ledger import Ledger

        with Ledger(results) as ledger:
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
