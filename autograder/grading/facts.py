"""What is known of a class besides its submissions: the ledger and the results folder keep it."""

from pathlib import Path

from pydantic import field_validator

from autograder.grading.ledger import Ledger
from autograder.grading.private_files import write
from autograder.model import Frozen, Person
from autograder.submissions.tree import LeftOut, Reason

_FACTS = "batch"
ROSTER = "roster.csv"
"""The file in a results folder that keeps the roster."""


class ClassFacts(Frozen):
    """What is known of a batch besides its submissions; the ledger keeps it.

    `course` is the course's folder and `kind` the kind of download. With a roster, `missing` are
    people on it who handed in nothing, `unknown` the submissions of people who are not on it, or,
    if in `alike`, are called as several there, of whom the `namesakes` may be meant, and `twice`
    people with more than one submission.
    """

    assignment: str
    course: str
    device: str
    kind: str = "folder"
    left_out: tuple[LeftOut, ...] = ()
    missing: tuple[Person, ...] = ()
    unknown: tuple[str, ...] = ()
    alike: tuple[str, ...] = ()
    namesakes: tuple[Person, ...] = ()
    twice: tuple[tuple[Person, tuple[str, ...]], ...] = ()

    @field_validator("left_out", mode="before")
    @classmethod
    def _with_reasons(cls, given: object) -> object:
        """Ledgers of earlier versions keep the reason as a sentence."""
        if not isinstance(given, list):
            return given
        return [
            {"path": one["path"], "reason": Reason.OTHER, "detail": one["why"]}
            if isinstance(one, dict) and "why" in one
            else one
            for one in given
        ]


def facts_of(ledger: Ledger) -> ClassFacts | None:
    """The batch that a ledger keeps; None in a new one."""
    kept = ledger.fact(_FACTS)
    return None if kept is None else ClassFacts.model_validate_json(kept)


def keep_facts(ledger: Ledger, batch: ClassFacts) -> None:
    """Keep it in the ledger."""
    ledger.note(_FACTS, batch.model_dump_json())


def keep_roster(folder: Path, roster: Path | None) -> None:
    """Keep a copy of the roster for the files that are made of it later; raises UsageError."""
    if roster is not None and roster.resolve() != (folder / ROSTER).resolve():
        write(folder, ROSTER, roster.read_bytes())


def roster_for(folder: Path, roster: Path | None) -> Path | None:
    """The roster that a TA named, else the one that an earlier batch left in the folder."""
    kept = folder / ROSTER
    return roster if roster is not None or not kept.is_file() else kept
