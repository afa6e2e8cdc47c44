"""What a human should look at, gathered from a class's grades."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from autograder.model import FlagKind, Grade

_LONGEST = 300
KINDS = {
    "ungraded": "Not graded",
    "unjudged": "Not judged: give the points yourself",
    "borderline": "Borderline",
    "flagged": "Flagged",
    "late": "Handed in late",
    "mended": "Mended or left out",
    "unknown": "Not on the roster, or not told apart",
    "twice": "Handed in twice",
}
"""Why a submission is looked at: the kind as rows carry it, and as people read it."""


@dataclass(frozen=True)
class Concern:
    """One reason to look at a submission; `text` says what was noticed."""

    kind: str
    text: str = ""


def concerns(grade: Grade) -> Iterator[Concern]:
    """The reasons to look at one submission, the gravest first."""
    if grade.reason is not None:
        yield Concern("ungraded", grade.reason)
    for question in grade.questions:
        for case in question.unjudged:
            why = case.feedback.mistake if case.feedback else ""
            yield Concern("unjudged", f"{question.name} {case.name}: {why}")
    for flag in grade.flags:
        if flag.kind is FlagKind.UNJUDGED:
            continue
        borderline = flag.kind is FlagKind.BORDERLINE
        yield Concern("borderline" if borderline else "flagged", flag.text)
    if grade.late:
        yield Concern("late")
    for remark in grade.remarks:
        yield Concern("mended", remark)


def person(grade: Grade) -> str:
    """Whose work it is, as a page names them: the people who get the mark, else the student."""
    names = ", ".join(person.name for person in grade.people)
    return named(names or grade.student or "(no name)")


def named(name: str) -> str:
    """A name, or a path, as far as a line has room for it."""
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"


def by_kind(grades: Sequence[Grade]) -> dict[str, list[tuple[Grade, list[str]]]]:
    """For each kind the submissions that it concerns, with what was noticed."""
    found: dict[str, list[tuple[Grade, list[str]]]] = {}
    for grade in grades:
        for concern in concerns(grade):
            group = found.setdefault(concern.kind, [])
            if not group or group[-1][0] is not grade:
                group.append((grade, []))
            if concern.text:
                group[-1][1].append(concern.text)
    return found
