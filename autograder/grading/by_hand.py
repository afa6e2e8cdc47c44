"""Points and comments typed into a table become decisions, once."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from autograder.grading.decisions import Comment, Decision, Points
from autograder.grading.ledger import Ledger, Line
from autograder.grading.standing import Book, Standing, work_of

BY_TABLE = "written.csv"
"""Who decided, where all that is known is the table."""


class ByHand(NamedTuple):
    """What a human gave for a written answer: `points` is None as long as there are none."""

    points: float | None
    comment: str


Marks = Mapping[tuple[str, str], ByHand]
"""By submission and question."""


@dataclass(frozen=True)
class _Cell:
    """One answer's place in the table."""

    line: Line
    question: str
    most: float | None


def take_up(ledger: Ledger, marks: Marks, most: Mapping[str, float]) -> None:
    """Turn what a human has changed in the table since it was written into decisions.

    `most` are the points to be had by question; of a question without, only comments are taken up.
    """
    known = noted(ledger)
    changed = {key: given for key, given in marks.items() if known.get(key) != given}
    if not changed:
        return
    lines = [line for line in ledger.lines() if line.grade is not None]
    book = Book(ledger.decisions(), lines)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    made: list[Decision] = []
    for line in lines:
        for (path, question), given in changed.items():
            if path == line.path:
                cell = _Cell(line, question, most.get(question))
                made += _decisions(cell, given, known.get((path, question)), book, now)
                known[path, question] = given
    ledger.decide(made)
    note(ledger, known)


def _decisions(
    cell: _Cell, given: ByHand, known: ByHand | None, book: Book, now: str
) -> Iterator[Decision]:
    work = work_of(cell.line)
    stands = given_now(book.standing(work), book, cell.question)
    points = Points(points=_besides_items(given.points, book.standing(work), book, cell.question),
                    before=stands.points or 0.0, most=cell.most or 0.0)  # fmt: skip
    acts: list[Points | Comment] = []
    if cell.most is not None and given.points not in (stands.points, known and known.points):
        acts.append(points)
    if given.comment != stands.comment and not (known and given.comment == known.comment):
        acts.append(Comment(text=given.comment))
    for act in acts:
        yield Decision(at=now, who=BY_TABLE, work=work, question=cell.question, act=act)


def given_now(standing: Standing, book: Book, question: str) -> ByHand:
    """The points and the comment that stand for a written answer."""
    whole = standing.points.get((question, ""))
    items = _items(standing, book, question)
    given = whole.act.points if whole is not None and isinstance(whole.act, Points) else None
    comment = standing.comments.get(question)
    said = comment.act.text if comment is not None and isinstance(comment.act, Comment) else ""
    if given is None and not items:
        return ByHand(None, said)
    return ByHand((given or 0.0) + sum(items), said)


def _besides_items(
    points: float | None, standing: Standing, book: Book, question: str
) -> float | None:
    """The points that a human has to have given if those of the items are among `points`."""
    items = _items(standing, book, question)
    return points if points is None or not items else points - sum(items)


def _items(standing: Standing, book: Book, question: str) -> list[float]:
    on = standing.items.get(question, {})
    return [book.items[number].points for number in on if number in book.items]


# --- what the table held when it was last read or written ----------------------------------------


def noted(ledger: Ledger) -> dict[tuple[str, str], ByHand]:
    """The marks that the table held then."""
    rows = json.loads(ledger.fact(BY_TABLE) or "[]")
    return {(path, question): ByHand(points, said) for path, question, points, said in rows}


def note(ledger: Ledger, marks: Marks) -> None:
    """Remember what the table holds: only what differs is a human's."""
    rows = [[*key, *given] for key, given in marks.items()]
    ledger.note(BY_TABLE, json.dumps(rows))


def with_decisions(
    ledger: Ledger, marks: Marks, most: Mapping[str, float]
) -> dict[tuple[str, str], ByHand]:
    """What the table is to hold: `marks`, and in their place what has been decided since.

    Points of a question that is not in `most` are no decision; they stay as they were typed.
    """
    found = dict(marks)
    lines = list(ledger.lines())
    book = Book(ledger.decisions(), lines)
    for line in lines:
        standing = book.standing(work_of(line))
        for question in {d.question for d in standing.history if d.question}:
            stands = given_now(standing, book, question)
            typed = found.get((line.path, question))
            if question not in most:
                stands = ByHand(typed.points if typed else None, stands.comment)
            if typed or stands != ByHand(None, ""):
                found[line.path, question] = stands
    return found
