"""What humans decide: rows of the ledger that are only added, so that each says who, when and why.

A decision is tied to the student's work by its content and person: it follows a file that is moved
or renamed, and does not count for another attempt.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from autograder.errors import OvertakenError
from autograder.model import Frozen

TABLES = (
    "CREATE TABLE decisions ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, who TEXT NOT NULL,"
    " work TEXT NOT NULL, content TEXT NOT NULL, student TEXT NOT NULL, question TEXT NOT NULL,"
    " act TEXT NOT NULL)",
    "CREATE INDEX decisions_of_works ON decisions (student, content, question)",
    "CREATE TRIGGER decisions_stay BEFORE UPDATE ON decisions"
    " BEGIN SELECT RAISE(ABORT, 'decisions are only added'); END",
    "CREATE TRIGGER decisions_are_kept BEFORE DELETE ON decisions"
    " BEGIN SELECT RAISE(ABORT, 'decisions are only added'); END",
)
"""The statements that make room for decisions in a ledger."""


class Work(Frozen):
    """What somebody handed in: its content and whose it is.

    `content` is the fingerprint of the file, empty where it could not be read. `ids` are those by
    which the learning platform knows its people. `path` only tells apart what is alike in all else.
    """

    content: str
    student: str
    ids: tuple[str, ...] = ()
    path: str = ""


class Points(Frozen):
    """Points instead of what the tests give; None takes an earlier decision back.

    They are those of a case or, where `case` is empty, of the whole question. `before` is what
    counted until now. `tested` is what the tests gave, and `most` what was to be had.
    """

    kind: Literal["points"] = "points"
    case: str = ""
    points: float | None
    before: float = 0.0
    tested: float = 0.0
    most: float = 0.0
    reason: str = ""


class RubricItem(Frozen):
    """An item of a question's rubric, made or changed; `item` is the decision that made it.

    Changing an item changes every mark that has it. One that is `removed` counts nowhere.
    """

    kind: Literal["item"] = "item"
    item: int | None = None
    points: float
    text: str
    removed: bool = False


class Applied(Frozen):
    """An item put on a work, or taken off it."""

    kind: Literal["applied"] = "applied"
    item: int
    on: bool


class Comment(Frozen):
    """What the student reads about a question; it replaces an earlier one."""

    kind: Literal["comment"] = "comment"
    text: str


class Dismissed(Frozen):
    """A human has dealt with something; `cause` is its fingerprint: another cause is new."""

    kind: Literal["seen"] = "seen"
    cause: str
    note: str = ""


class Request(Frozen):
    """A student asks that a question, or where there is none all, be looked at again."""

    kind: Literal["request"] = "request"
    text: str


class Answer(Frozen):
    """The answer to a request, which the student reads."""

    kind: Literal["answer"] = "answer"
    request: int
    text: str


class Extra(Frozen):
    """Points for the whole work beside its questions, below zero for what was handed in late."""

    kind: Literal["extra", "late"] = "extra"
    points: float
    reason: str = ""


class Rerun(Frozen):
    """The work was run once more, perhaps with other limits; its mark was `before`."""

    kind: Literal["rerun"] = "rerun"
    before: float | None
    after: float | None
    reason: str = ""


class Undo(Frozen):
    """Takes a decision back; undoing that again restores it."""

    kind: Literal["undo"] = "undo"
    of: int


Act = Annotated[
    Points | RubricItem | Applied | Comment | Dismissed | Request | Answer | Extra | Rerun | Undo,
    Field(discriminator="kind"),
]
_act: TypeAdapter[Act] = TypeAdapter(Act)


class Decision(Frozen):
    """One row: who decided what and when (UTC), about which question of which work.

    Items belong to no work. `id` is given when the decision is written.
    """

    id: int = 0
    at: str
    who: str
    work: Work | None = None
    question: str = ""
    act: Act


def insert(
    base: sqlite3.Connection, decisions: Sequence[Decision], seen: int | None = None
) -> list[int]:
    """Add decisions, all or none; their ids.

    `seen` is the last decision that whoever decides has seen: raises OvertakenError where somebody
    else has decided about the same since then.
    """
    if seen is not None:
        for decision in decisions:
            _refuse_if_overtaken(base, decision, seen)
    return [_inserted(base, decision) for decision in decisions]


def _inserted(base: sqlite3.Connection, decision: Decision) -> int:
    work = decision.work
    row = (
        decision.at, decision.who, work.model_dump_json() if work else "",
        work.content if work else "", work.student if work else "", decision.question,
        decision.act.model_dump_json(),
    )  # fmt: skip
    query = (
        "INSERT INTO decisions (at, who, work, content, student, question, act)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)"
    )
    number = base.execute(query, row).lastrowid
    assert number is not None
    return number


def _refuse_if_overtaken(base: sqlite3.Connection, decision: Decision, seen: int) -> None:
    work, act = decision.work, decision.act
    if isinstance(act, Dismissed | Request) or (isinstance(act, RubricItem) and act.item is None):
        return
    student, content = (work.student, work.content) if work else ("", "")
    newer = base.execute(
        "SELECT who, act FROM decisions WHERE id > ? AND student = ? AND content = ?"
        " AND question = ? AND who <> ? ORDER BY id",
        (seen, student, content, decision.question, decision.who),
    ).fetchall()
    for who, text in newer:
        other = _act.validate_json(text)
        is_another = isinstance(act, RubricItem) and getattr(other, "item", None) != act.item
        if not is_another and not isinstance(other, Dismissed | Request):
            raise OvertakenError(
                f"{who} has decided about this meanwhile; look at it, then try again."
            )


def select(base: sqlite3.Connection, after: int = 0) -> Iterator[Decision]:
    """The decisions with a greater id, in the order in which they were made."""
    query = "SELECT id, at, who, work, question, act FROM decisions WHERE id > ? ORDER BY id"
    for number, at, who, work, question, act in base.execute(query, (after,)).fetchall():
        yield Decision(
            id=number,
            at=at,
            who=who,
            work=Work.model_validate_json(work) if work else None,
            question=question,
            act=_act.validate_json(act),
        )


def in_force(decisions: Iterable[Decision]) -> list[Decision]:
    """Those that are not undone, without the rows that undo."""
    undone: set[int] = set()
    kept: list[Decision] = []
    for decision in reversed(list(decisions)):
        if decision.id in undone:
            continue
        if isinstance(decision.act, Undo):
            undone.add(decision.act.of)
        else:
            kept.append(decision)
    return kept[::-1]
