"""What the files of a results folder said when they were last written, kept in the ledger."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from pydantic import Field, TypeAdapter

from autograder.grading.ledger import Ledger
from autograder.model import Frozen, Grade
from autograder.results.similarity import Pair

_MARKS, _PAIRS = "handed", "pairs"
_pairs: TypeAdapter[tuple[Pair, ...]] = TypeAdapter(tuple[Pair, ...])


class Handed(Frozen):
    """The marks by submission as they were written, when, and the last decision in them."""

    at: str = ""
    decision: int = 0
    marks: dict[str, float | None] = Field(default_factory=dict)


def keep_handed(ledger: Ledger, grades: Sequence[Grade], pairs: Sequence[Pair]) -> None:
    """Keep what is being written: the marks, and the pairs that share unusual code."""
    made = ledger.decisions()
    handed = Handed(
        at=datetime.now().astimezone().strftime("%Y-%m-%d %H:%M"),
        decision=made[-1].id if made else 0,
        marks={grade.submission: grade.score for grade in grades},
    )
    ledger.note(_MARKS, handed.model_dump_json())
    ledger.note(_PAIRS, _pairs.dump_json(tuple(pairs)).decode("utf-8", "replace"))


def handed_of(ledger: Ledger) -> Handed:
    """What the files say; nothing where none were written."""
    return Handed.model_validate_json(ledger.fact(_MARKS) or "{}")


def pairs_of(ledger: Ledger) -> tuple[Pair, ...]:
    """The pairs that were found when the files were last written."""
    return _parsed(ledger.fact(_PAIRS) or "[]")


@lru_cache(maxsize=1)  # asked for with each page of the desk
def _parsed(text: str) -> tuple[Pair, ...]:
    return _pairs.validate_json(text)
