"""All that needs a human in one list; what was dealt with stays so until its cause changes."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from autograder.desk.classroom import Classroom, Member
from autograder.desk.history import earlier_in_words
from autograder.grading.decisions import Points, Request
from autograder.grading.marks import given_by_tests
from autograder.judging import fingerprint
from autograder.model import FlagKind, Graded
from autograder.results.handed import pairs_of
from autograder.results.similarity import Pair

KINDS = {
    "request": "Open questions of students",
    "ungraded": "Not graded",
    "unjudged": "Not judged",
    "disagreement": "Tests that have changed their mind",
    "earlier": "Decided about an earlier attempt",
    "borderline": "Borderline",
    "flagged": "Flagged",
    "written": "Written answers without points",
    "pair": "Pairs that share unusual code",
}
"""The kinds as they are listed, the most urgent first."""


@dataclass(frozen=True)
class Matter:
    """One thing for a human: `cause` is its fingerprint, which names it in addresses, too."""

    kind: str
    member: Member
    text: str
    cause: str
    question: str = ""
    request: int = 0
    pair: Pair | None = None
    other: Member | None = None


def open_matters(room: Classroom) -> Iterator[Matter]:
    """What nobody has dealt with yet, by kinds in their order."""
    found = [matter for matter in _all(room) if not _is_done(room, matter)]
    order = list(KINDS)
    yield from sorted(found, key=lambda matter: order.index(matter.kind))


def counts(room: Classroom) -> dict[str, int]:
    """How many of each kind are open, of those that there are."""
    return room.once("counts", lambda: _counted(room))


def _counted(room: Classroom) -> dict[str, int]:
    number = Counter[str]()
    for member in room.members.values():
        number.update(_of_member(room, member).still_open)
    number.update(pair.kind for pair in _pairs(room) if not _is_done(room, pair))
    return {kind: number[kind] for kind in KINDS if number[kind]}


def matter_of(room: Classroom, cause: str) -> Matter | None:
    """The matter of that cause, dealt with or not; None where the cause has gone."""
    return next((matter for matter in _all(room) if matter.cause == cause), None)


class _OfMember(NamedTuple):
    matters: tuple[Matter, ...]
    still_open: dict[str, int]


def _of_member(room: Classroom, member: Member) -> _OfMember:
    """A member's matters, made once as long as nobody decides about the work."""
    if (known := room.derived.get(member.key)) is None:
        matters = (*_of_tests(room, member), *_of_decisions(room, member))
        is_open = Counter(matter.kind for matter in matters if not _is_done(room, matter))
        known = room.derived[member.key] = _OfMember(matters, dict(is_open))
    assert isinstance(known, _OfMember), "nobody else derives anything"
    return known


def _is_done(room: Classroom, matter: Matter) -> bool:
    if matter.kind == "written":
        return False
    if matter.kind == "unjudged" and not _is_open(room, matter):
        return True
    grade = room.grade(matter.member)
    if matter.kind == "ungraded" and grade is not None and grade.score is not None:
        return True
    return matter.cause in room.standing(matter.member).seen


def _is_open(room: Classroom, matter: Matter) -> bool:
    """Whether a question still has points that neither a test nor a human has decided about."""
    grade = room.grade(matter.member)
    return grade is not None and any(
        question.unjudged for question in grade.questions if question.name == matter.question
    )


def _all(room: Classroom) -> Iterator[Matter]:
    for member in room.members.values():
        yield from _of_member(room, member).matters
    yield from _pairs(room)


def _matter(kind: str, member: Member, text: str, question: str = "") -> Matter:
    cause = fingerprint.of_parts(kind, member.line.path, member.line.content, question, text)
    return Matter(kind, member, text, cause[:20], question)


def _of_tests(room: Classroom, member: Member) -> Iterator[Matter]:
    grade = member.line.grade
    if grade is None:
        return
    if grade.reason is not None:
        yield _matter("ungraded", member, grade.reason)
    for flag in grade.flags:
        if flag.kind is FlagKind.UNJUDGED:  # told with the question that has no points for it
            continue
        is_near = flag.kind is FlagKind.BORDERLINE
        yield _matter("borderline" if is_near else "flagged", member, flag.text)
    for question in grade.questions:
        if question.unjudged:
            names = ", ".join(case.name for case in question.unjudged)
            feedback = question.unjudged[0].feedback
            text = f"{names}: {feedback.mistake if feedback else ''}"
            yield _matter("unjudged", member, text, question.name)
    if isinstance(grade, Graded):
        for name in room.assignment.settings.written:
            if not room.is_read(member, name):
                yield _matter("written", member, "No points yet.", name)


def _of_decisions(room: Classroom, member: Member) -> Iterator[Matter]:
    standing = room.standing(member)
    for asked in standing.requests:
        if isinstance(asked.act, Request) and asked.id not in standing.answers:
            matter = _matter("request", member, asked.act.text, asked.question)
            yield Matter(**(vars(matter) | {"request": asked.id}))
    if earlier := earlier_in_words(room, member):
        yield _matter("earlier", member, f"It does not count for this one: {'; '.join(earlier)}")
    results = {q.name: q for q in member.line.grade.questions} if member.line.grade else {}
    for (name, case), decision in standing.points.items():
        act = decision.act
        if name not in results or not isinstance(act, Points) or act.points is None:
            continue
        now = given_by_tests(results[name], case)
        if now not in (act.tested, act.points):
            text = (
                f"{case or 'The question'}: the tests gave {act.tested:g} and give {now:g} now; "
                f"{decision.who} gave {act.points:g}, which counts."
            )
            yield _matter("disagreement", member, text, name)


def _pairs(room: Classroom) -> Iterator[Matter]:
    by_name: dict[str, Member] = {}
    for member in room.members.values():
        by_name.setdefault(member.line.student, member)
    for pair in pairs_of(room.ledger):
        first, second = by_name.get(pair.first), by_name.get(pair.second)
        if first is not None and second is not None:
            matter = _matter("pair", first, f"{pair.second}: {pair.share:.0%} of the unusual code")
            yield Matter(**(vars(matter) | {"pair": pair, "other": second}))
