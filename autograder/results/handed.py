"""What the files of a results folder said when they were last written, kept in the ledger."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache

from pydantic import Field, TypeAdapter

from autograder.grading.ledger import Ledger
from autograder.model import Frozen, Grade
from autograder.results.similarity import Pair

_MARKS, _PAIRS, _FOUND_IN = "handed", "pairs", "pairs found in"
_pairs: TypeAdapter[tuple[Pair, ...]] = TypeAdapter(tuple[Pair, ...])


class Handed(Frozen):
    """The marks by submission as they were written, when, and the last decision in them."""

    at: str = ""
    decision: int = 0
    marks: dict[str, float | None] = Field(default_factory=dict)


def keep_handed(ledger: Ledger, grades: Sequence[Grade]) -> None:
    """Keep the marks that are being written."""
    made = ledger.decisions()
    handed = Handed(
        at=datetime.now().astimezone().strftime("%Y-%m-%d %H:%M"),
        decision=made[-1].id if made else 0,
        marks={grade.submission: grade.score for grade in grades},
    )
    ledger.note(_MARKS, handed.model_dump_json())


def pairs_once(
    ledger: Ledger, made_from: str, find: Callable[[], tuple[Pair, ...]]
) -> tuple[Pair, ...]:
    """The pairs that share unusual code: those that were found in the same work, or found now."""
    if ledger.fact(_FOUND_IN) == made_from:
        return pairs_of(ledger)
    pairs = find()
    ledger.note(_FOUND_IN, "")  # if this is broken off, they are looked for again
    ledger.note(_PAIRS, _pairs.dump_json(pairs).decode("utf-8", "replace"))
    ledger.note(_FOUND_IN, made_from)
    return pairs


def handed_of(ledger: Ledger) -> Handed:
    """What the files say; nothing where none were written."""
    return Handed.model_validate_json(ledger.fact(_MARKS) or "{}")


def pairs_of(ledger: Ledger) -> tuple[Pair, ...]:
    """The pairs that were found when the files were last written."""
    return _parsed(ledger.fact(_PAIRS) or "[]")


@lru_cache(maxsize=1)  # asked for with each page of the desk
def _parsed(text: str) -> tuple[Pair, ...]:
    return _pairs.validate_json(text)
