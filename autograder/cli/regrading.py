"""The commands that work on results which are there already, without running student code."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from autograder.cli.app import app, need, one_sentence, out
from autograder.cli.outcome import (
    say_changes,
    say_disagreements,
    say_problems,
    say_unmatched,
    say_uploads,
)
from autograder.errors import UsageError
from autograder.model import Ungraded

if TYPE_CHECKING:
    from autograder.course.assignment import Assignment
    from autograder.grading.facts import ClassFacts
    from autograder.grading.ledger import Ledger

ResultsArgument = Annotated[Path, typer.Argument(help="The folder that `autograder grade` wrote.")]
MovedCourse = Annotated[
    Path | None, typer.Option("--course", help="The course, if it is not where it was.")
]


@app.command()
def rescore(results: ResultsArgument, course: MovedCourse = None) -> None:
    """Grade again from what was stored, after tests, points or written.csv have changed."""
    need("grade", "rescore")
    from autograder.grading.rescore import disagreements
    from autograder.grading.rescore import rescore as rescore_all
    from autograder.results.folder import (
        points_by_hand,
        unmatched_points,
        write_grades,
        write_reports,
    )

    with one_sentence(), _stored(results, course) as (ledger, batch, assignment):
        start = time.monotonic()
        by_hand = points_by_hand(results, assignment)
        grades, changes = rescore_all(ledger, assignment, by_hand)
        write_grades(results, batch, assignment, grades)
        say_changes(changes, grades, time.monotonic() - start)
        say_disagreements(list(disagreements(ledger)))
        paths = list(ledger.executions())
        say_unmatched(results, unmatched_points(by_hand, assignment, paths))
        made = write_reports(results, ledger, batch, assignment, grades)
        say_problems(made.problems)
    say_uploads(batch, made.uploads)
    _say_waiting(len(paths) - len(grades))
    raise typer.Exit(1 if any(isinstance(one, Ungraded) for one in grades) else 0)


@app.command()
def report(results: ResultsArgument, course: MovedCourse = None) -> None:
    """Write the pages, CSV files and feedback anew, for a batch that was stopped, too."""
    need("grade", "report")
    from autograder.grading.by_hand import take_up
    from autograder.results.folder import points_by_hand, write_grades, write_reports

    with one_sentence(), _stored(results, course) as (ledger, batch, assignment):
        take_up(ledger, points_by_hand(results, assignment), assignment.settings.written)
        waiting = len(ledger.executions())
        grades = ledger.grades()
        if not grades:
            raise UsageError(f"{results}: nothing is graded yet; run `autograder grade` again")
        write_grades(results, batch, assignment, grades)
        made = write_reports(results, ledger, batch, assignment, grades)
        say_problems(made.problems)
    say_uploads(batch, made.uploads)
    _say_waiting(waiting - len(grades))
    out.print(Text(f"Report: {results / 'report' / 'index.html'}"), soft_wrap=True)


def _say_waiting(count: int) -> None:
    if count:
        out.print(f"{count} submissions wait for `autograder grade`.", highlight=False)


@contextmanager
def _stored(
    results: Path, course: Path | None
) -> Iterator[tuple["Ledger", "ClassFacts", "Assignment"]]:
    """The ledger in a results folder with its batch and assignment; raises UsageError."""
    from autograder.course.assignment import Course
    from autograder.grading.facts import facts_of, keep_facts
    from autograder.grading.ledger import Ledger

    if not (results / "ledger.sqlite").is_file():
        raise UsageError(f"{results}: no results of `autograder grade` (no ledger.sqlite there)")
    with Ledger(results) as ledger:
        batch = facts_of(ledger)
        if batch is None:
            raise UsageError(f"{results}: nothing was graded here yet; run `autograder grade`")
        if course is not None:
            batch = batch.model_copy(update={"course": str(course.resolve())})
        assignment = Course.at(Path(batch.course)).assignment(batch.assignment)
        keep_facts(ledger, batch)
        yield ledger, batch, assignment
