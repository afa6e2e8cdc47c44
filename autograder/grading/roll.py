"""Who is graded now, and with whom they are a class: downloads, roster and earlier results."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import UsageError
from autograder.grading.facts import ClassFacts, facts_of, keep_facts
from autograder.grading.ledger import Ledger, Line
from autograder.grading.part import Joined, Part, named
from autograder.model import Entry
from autograder.platforms.collect import Collection
from autograder.platforms.registry import read_roster
from autograder.platforms.roster import Roster, handed_in_otherwise, reconcile


@dataclass(frozen=True)
class Wish:
    """What a TA asked for: `only` these people, `add` to the class, `fresh` whatever is stored."""

    only: Sequence[str] = ()
    add: bool = False
    fresh: bool = False

    @property
    def is_part(self) -> bool:
        """Whether the rest of the class stays as it is."""
        return self.add or bool(self.only)


def roster_at(file: Path | None) -> Roster | None:
    """The roster; raises UsageError."""
    if file is not None and file.is_fifo():
        raise UsageError(f"{file}: a pipe can be read only once; save the roster as a file")
    return None if file is None else read_roster(file)


def call_the_roll(
    ledger: Ledger, found: Collection, batch: ClassFacts, roster: Roster | None, wish: Wish
) -> tuple[tuple[Entry, ...], ClassFacts, Part]:
    """Make the ledger that of this class: who is to be graded, what is known of all, and where.

    Raises UsageError where the folder holds another assignment's results, or another class.
    """
    folder = ledger.file.parent
    before = facts_of(ledger)
    if before is not None and before.assignment != batch.assignment:
        raise UsageError(
            f"{folder} holds results of {before.assignment}; name another folder with --out for "
            f"{batch.assignment}"
        )
    lines = tuple(ledger.lines())
    entries, left_out = list(found.entries), list(found.left_out)
    if roster is not None:
        there = [_entry_of(line) for line in lines] if wish.is_part else []
        others, left_out = handed_in_otherwise(roster, [*entries, *there], left_out)
        entries = list(reconcile(roster, [*entries, *others]).entries)
    if wish.only:
        entries = named(entries, wish.only)
    joined = Joined(lines, entries)
    kept: Sequence[Line] = joined.kept if wish.is_part else ()
    if not wish.is_part and 2 * joined.shared < len(lines):
        raise UsageError(
            f"{folder} holds {len(lines)} submissions, of which {joined.shared} are handed in "
            "here. Add --add to grade these and keep the rest, or name another folder with --out"
        )
    entries = list(joined.entries) if wish.is_part else entries
    batch = batch.model_copy(update={"left_out": tuple(left_out)})
    if wish.is_part and before is not None:
        batch = _with_earlier(batch, before)
    if roster is not None:
        batch = _by_roster(batch, roster, [*map(_entry_of, kept), *entries])
    if wish.fresh and not wish.is_part:
        ledger.forget()
    keep_facts(ledger, batch)
    positions = ledger.begin(entries, kept)
    return tuple(entries), batch, Part(ledger, positions, wish.fresh and wish.is_part)


def _with_earlier(batch: ClassFacts, before: ClassFacts) -> ClassFacts:
    """With what is known of the rest of the class."""
    paths = {item.path for item in batch.left_out}
    left_out = [item for item in before.left_out if item.path not in paths]
    return before.model_copy(
        update={
            "course": batch.course,
            "device": batch.device,
            "kind": batch.kind if before.kind == "folder" else before.kind,
            "left_out": (*left_out, *batch.left_out),
        }
    )


def _by_roster(batch: ClassFacts, roster: Roster, entries: Sequence[Entry]) -> ClassFacts:
    matched = reconcile(roster, entries)
    findings = {
        "missing": matched.missing,
        "unknown": tuple(entry.path for entry in matched.unknown),
        "alike": tuple(entry.path for entry in matched.alike),
        "namesakes": matched.namesakes,
        "twice": tuple((who, tuple(e.path for e in own)) for who, own in matched.twice),
    }
    return batch.model_copy(update=findings)


def _entry_of(line: Line) -> Entry:
    return Entry(line.path, line.student, _unread, line.people, line.late, line.remarks)


def _unread() -> bytes:
    raise AssertionError("what is kept is not read again")
