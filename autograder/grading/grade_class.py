"""The library's one call: a class is graded into a results folder, nothing lost, nothing twice."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from autograder.course.assignment import Assignment, Course
from autograder.grading.cards import on_cards_here
from autograder.grading.facts import ClassFacts, keep_roster, roster_for
from autograder.grading.ledger import Ledger
from autograder.grading.pipeline import Grader
from autograder.grading.pool import Machines, Watcher, grade_all, in_threads
from autograder.grading.private_files import make_folder
from autograder.grading.roll import Wish, call_the_roll, roster_at
from autograder.judging.scoring import Scorer
from autograder.model import Entry, Frozen, Grade, Settings
from autograder.platforms.collect import Collection
from autograder.running.fork_client import ForkServer
from autograder.running.machine import cards
from autograder.running.manager import fork_server
from autograder.running.preload import imports_of
from autograder.running.shortage import allow_open_files
from autograder.running.workspace import remove_left_behind


class Options(Frozen):
    """How a class is graded: which assignment, into which folder, and how many at a time, on a GPU
    at most `per_gpu`.

    `only` names people of the class, `add` keeps the rest of it, and `fresh` runs everything anew,
    whatever is stored. `settings` say how runs are set up; without layers they are not confined.
    """

    assignment: str
    results: Path
    jobs: int = Field(default=1, ge=1)
    per_gpu: int = Field(default=4, ge=1)
    settings: Settings = Settings()
    roster: Path | None = None
    only: tuple[str, ...] = ()
    add: bool = False
    fresh: bool = False


@dataclass(frozen=True)
class Batch:
    """What has been graded: `paths` of what was handed in now, and what is known of all.

    The grades lie in the ledger of the folder `results`.
    """

    assignment: Assignment
    facts: ClassFacts
    results: Path
    paths: frozenset[str]

    @property
    def grades(self) -> tuple[Grade, ...]:
        """The grades of what was handed in now, read from the ledger. Raises LedgerError."""
        with Ledger(self.results) as ledger:
            return self.of(ledger.grades())

    def of(self, whole: Iterable[Grade]) -> tuple[Grade, ...]:
        """Those of a class's grades that were handed in now."""
        return tuple(grade for grade in whole if grade.submission in self.paths)


def grade_class(
    course: Course,
    entries: Collection | Sequence[Entry],
    options: Options,
    watcher: Watcher | None = None,
    server: ForkServer | None = None,
    machines: Machines | None = None,
) -> Batch:
    """Grade submissions into the ledger of `options.results`; run again, it goes on from there.

    `watcher` is told how it goes on. Kernels are forks of `server`, which is closed when the batch
    is broken off; without one, a server is started for the batch. With `machines` all runs are
    theirs, and so is their number. Pages and files are made of the ledger by `results.folder`.
    Raises UsageError, CourseError, LedgerError and ClusterError; whatever else goes wrong is one
    submission's, and stands in its grade.
    """
    found = entries if isinstance(entries, Collection) else Collection(tuple(entries), (), "folder")
    assignment = course.assignment(options.assignment)
    assignment.check_data()  # a broken file is the course's fault: say so before any run
    wish = Wish(options.only, options.add, options.fresh)
    roster = roster_for(options.results, options.roster) if wish.is_part else options.roster
    listed = roster_at(roster)
    facts = ClassFacts(
        assignment=assignment.name,
        course=str(course.root.resolve()),
        device=options.settings.device,
        kind=found.kind,
    )
    make_folder(options.results)
    allow_open_files(options.jobs)
    with Ledger(options.results) as ledger:
        remove_left_behind()
        roll, facts, part = call_the_roll(ledger, found, facts, listed, wish)
        keep_roster(options.results, options.roster)
        grader = Grader(assignment, options.settings, Scorer(assignment, ledger), part)
        if machines is not None:
            with _closed_early(machines):
                grade_all(roll, grader, machines.start, machines.slots, watcher)
        else:
            with _serving(server, assignment, options) as forks:
                _grade_here(roll, grader, forks, options, watcher)
    return Batch(assignment, facts, options.results, frozenset(entry.path for entry in roll))


def _grade_here(
    roll: Sequence[Entry],
    grader: Grader,
    forks: ForkServer,
    options: Options,
    watcher: Watcher | None,
) -> None:
    with ThreadPoolExecutor(options.jobs) as pool, _closed_early(forks):
        start = in_threads(pool, forks)
        if options.settings.device == "cuda":
            start = on_cards_here(pool, forks, options.jobs, options.per_gpu, cards())
        grade_all(roll, grader, start, options.jobs, watcher)


@contextmanager
def _closed_early(place: ForkServer | Machines) -> Iterator[None]:
    """End all runs when a batch is broken off."""
    try:
        yield
    except BaseException:
        place.close()
        raise


def _serving(
    server: ForkServer | None, assignment: Assignment, options: Options
) -> AbstractContextManager[ForkServer]:
    """The server that was given, which stays open, else one of the batch's own."""
    if server is not None:
        return nullcontext(server)
    return fork_server(options.settings, imports_of(assignment.handed_out))
