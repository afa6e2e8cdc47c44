"""What was decided about a work, row by row: who, when, from what to what and why."""

from collections.abc import Iterator
from dataclasses import dataclass

from autograder.desk.classroom import Classroom, Member
from autograder.grading.decisions import (
    Act,
    Answer,
    Applied,
    Comment,
    Decision,
    Dismissed,
    Extra,
    Points,
    Request,
    Rerun,
    Undo,
)


@dataclass(frozen=True)
class HistoryRow:
    """One decision in words; `can_undo` while it stands."""

    decision: Decision
    words: str
    can_undo: bool


def history(room: Classroom, member: Member, question: str | None = None) -> list[HistoryRow]:
    """What was decided about a member's work, the latest first; about one question if named.

    What was undone is told as well, and who undid it.
    """
    stands = [
        HistoryRow(d, _words(room, d), not isinstance(d.act, Dismissed | Rerun | Request))
        for d in room.standing(member).history
    ]
    undone = room.book.undone(member.work)
    words = {d.id: _words(room, d) for d in undone}
    gone = [
        HistoryRow(d, f"undid {words.get(d.act.of, 'a decision')}", False)
        if isinstance(d.act, Undo)
        else HistoryRow(d, f"{words[d.id]} (undone)", False)
        for d in undone
    ]
    rows = sorted((*stands, *gone), key=lambda row: -row.decision.id)
    return [row for row in rows if question is None or row.decision.question == question]


def earlier_in_words(room: Classroom, member: Member) -> list[str]:
    """What was decided about an earlier attempt of the member and counts for marks no more."""
    return [
        f"{decision.who}, {decision.at[:10]}: {_words(room, decision)}"
        for decision in room.book.earlier(member.work)
        if isinstance(decision.act, Points | Applied | Comment | Extra)
    ]


def _words(room: Classroom, decision: Decision) -> str:
    where = f"{decision.question}: " if decision.question else ""
    return where + "".join(_of(room, decision.act))


def _of(room: Classroom, act: Act) -> Iterator[str]:
    match act:
        case Points(case=case, points=points, before=before, reason=reason):
            what = f"{case} " if case else ""
            given = "as the tests say" if points is None else f"{points:g} points"
            yield f"{what}{given}, {before:g} before"
            yield f": {reason}" if reason else ""
        case Applied(item=number, on=on):
            item = room.book.items.get(number)
            name = f"{item.points:+g} {item.text}" if item else "an item that was removed"
            yield f"{'with' if on else 'without'} {name}"
        case Comment(text=text):
            yield f"comment: {text}" if text else "no comment"
        case Dismissed(note=note):
            yield f"seen{': ' if note else ''}{note}"
        case Request(text=text):
            yield f"asked: {text}"
        case Answer(text=text):
            yield f"answered: {text}"
        case Extra(kind=kind, points=points, reason=reason):
            yield f"{'late' if kind == 'late' else 'extra'} {points:+g} points"
            yield f": {reason}" if reason else ""
        case Rerun(before=before, after=after, reason=reason):
            yield f"run again: tests gave {_or_none(before)}, now {_or_none(after)}. {reason}"
        case Undo():
            yield "undone"


def _or_none(points: float | None) -> str:
    return "none" if points is None else f"{points:g}"
