"""Which of a student's notebooks is the one for the assignment."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import partial
from typing import NoReturn

from autograder.errors import SubmissionError
from autograder.model import Limits
from autograder.submissions.candidates import Candidate, Contents
from autograder.submissions.handed_in import HandedIn
from autograder.submissions.tree import LeftOut, Reason, clean, stem_of

_COPY = re.compile(r"^(?P<base>.*?)-(?P<number>\d{1,4})$", re.DOTALL)
_SHOWN = 5
_ENDINGS = {
    ".rar": "which is not opened; hand in the notebook or a zip",
    ".7z": "which is not opened; hand in the notebook or a zip",
    ".crdownload": "a download that broke off",
    ".part": "a download that broke off",
    ".partial": "a download that broke off",
    ".download": "a download that broke off",
    ".icloud": "which stayed in iCloud",
    "-checkpoint.ipynb": "Jupyter's checkpoint, not the notebook",
}
"""What names of files tell by their end, in lower case."""


class Likeness(IntEnum):
    """How surely a notebook is for the assignment, and by what."""

    ANOTHER = 0
    UNKNOWN = 1
    QUESTIONS = 2
    NAME = 3
    METADATA = 4


@dataclass(frozen=True)
class Choice:
    """The notebook that counts, or a `read` that says in one sentence why there is none.

    `matches` says that something for the assignment is there, readable or not; `broken` that it is
    a zip that cannot be opened.
    """

    path: str
    read: Callable[[], bytes]
    matches: bool = False
    broken: bool = False
    remarks: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


def named_assignment(stem: str, assignment: str) -> str | None:
    """The assignment of the course that a file's name such as `Assignment 2 (final)` names."""
    family = assignment.rstrip("0123456789")
    match = re.search(rf"{re.escape(family)}[ _]?0*(\d+)", stem.lower())
    if match:
        return family + match[1]
    return assignment if family == assignment and family in stem.lower() else None


def likeness(candidate: Candidate, assignment: str) -> tuple[Likeness, str]:
    """How surely a notebook is for the assignment; and for which other one it is, if it is."""
    facts = candidate.facts
    if facts.made_for is not None:
        same = facts.made_for == assignment
        return (Likeness.METADATA, "") if same else (Likeness.ANOTHER, facts.made_for)
    if named := named_assignment(stem_of(candidate.name), assignment):
        return (Likeness.NAME, "") if named == assignment else (Likeness.ANOTHER, named)
    family = assignment.rstrip("0123456789")
    numbers = {number for number, _ in facts.marks}
    if not numbers or family == assignment:
        return Likeness.UNKNOWN, ""
    if assignment[len(family) :] in numbers:
        return Likeness.QUESTIONS, ""
    return Likeness.ANOTHER, family + min(numbers)


def choose(handed_in: HandedIn, found: Contents, assignment: str, limits: Limits) -> Choice:
    """The notebook for the assignment among all that a student handed in. Never raises."""
    judged = [(c, *likeness(c, assignment)) for c in found.candidates]
    best = max((like for _, like, _ in judged), default=Likeness.ANOTHER)
    if best is Likeness.ANOTHER:
        return _nothing(handed_in, found, [(c, other) for c, _, other in judged])
    equal = [c for c, like, _ in judged if like is best]
    chosen = _narrowed(equal, assignment, handed_in.numbered)
    others = tuple(
        _left_out(c, other, chosen[0], handed_in.student)
        for c, _, other in judged
        # Files of one path are refused together, in one sentence.
        if c is not chosen[0] and c.path != chosen[0].path
    )
    if len(chosen) > 1:
        sentence = (
            f"{len(chosen)} notebooks could be the one for {assignment}: {_names(chosen)}; "
            "keep the one that counts"
        )
        return Choice(handed_in.path, partial(_raise, sentence), matches=True)
    (one,) = chosen
    remarks = _remarks(one, equal, found)
    return Choice(one.path, partial(one.read, limits), True, remarks=remarks, left_out=others)


def _narrowed(equal: list[Candidate], assignment: str, numbered: bool) -> list[Candidate]:
    """Those of equally likely notebooks that cannot be told apart further."""
    by_content = {c.facts.digest or c.path.encode(): c for c in reversed(equal)}
    left = [c for c in equal if c in by_content.values()]
    if numbered:
        left = _newest_numbers(left)
    rules: Sequence[Callable[[Candidate], int]] = (
        # An untouched template beside a notebook that has been worked on is not what was meant.
        lambda c: c.facts.answered,
        lambda c: named_assignment(stem_of(c.name), assignment) == assignment,
        lambda c: len(c.facts.marks),
    )
    for rule in rules:
        most = max(map(rule, left))
        left = [c for c in left if rule(c) == most]
    return left


def _newest_numbers(candidates: list[Candidate]) -> list[Candidate]:
    """Without those that the same name with a higher `-1`, `-2` at its end has replaced."""
    newest: dict[str, tuple[int, Candidate]] = {}
    for candidate in candidates:
        stem = stem_of(candidate.name)
        match = _COPY.match(stem)
        base, number = (match["base"], int(match["number"])) if match else (stem, 0)
        if base not in newest or newest[base][0] < number:
            newest[base] = (number, candidate)
    return [candidate for _, candidate in newest.values()]


def _nothing(
    handed_in: HandedIn, found: Contents, for_others: list[tuple[Candidate, str]]
) -> Choice:
    if found.troubles:
        path, sentence = found.troubles[0]
        return Choice(path, partial(_raise, sentence), matches=True, broken=True)
    if for_others:
        first, made_for = for_others[0]
        sentence = f"{first.name} is made for {clean(made_for)}"
        if len(for_others) > 1:
            sentence += f", and {len(for_others) - 1} more are for other assignments"
        left_out = tuple(
            LeftOut(c.path, Reason.ANOTHER_ASSIGNMENT, clean(other), handed_in.student)
            for c, other in for_others
        )
        return Choice(handed_in.path, partial(_raise, sentence), left_out=left_out)
    sentence = "nothing was handed in: the folder is empty"
    if others := [*found.others, *handed_in.traces]:
        sentence = f"no notebook was handed in, but {_listed(list(map(_described, others)))}"
    return Choice(handed_in.path, partial(_raise, sentence))


def _described(name: str) -> str:
    """A file's name, with what it is where that helps whoever handed it in."""
    lower = name.lower()
    return next((f"{name} ({what})" for end, what in _ENDINGS.items() if lower.endswith(end)), name)


def _raise(sentence: str) -> NoReturn:
    raise SubmissionError(sentence)


def _remarks(chosen: Candidate, equal: list[Candidate], found: Contents) -> tuple[str, ...]:
    said = []
    if chosen.inside:
        said.append(f"The notebook was taken out of {chosen.root.name}.")
    if len(equal) > 1:
        said.append(f"{len(equal)} notebooks were handed in; {chosen.name} counts.")
    said.extend(f"Left out: {sentence}." for _, sentence in found.troubles)
    return tuple(said)


def _left_out(candidate: Candidate, other: str, chosen: Candidate, student: str) -> LeftOut:
    if other:
        reason, detail = Reason.ANOTHER_ASSIGNMENT, clean(other)
    elif candidate.facts.digest and candidate.facts.digest == chosen.facts.digest:
        reason, detail = Reason.SAME, chosen.path
    else:
        reason, detail = Reason.ANOTHER_COUNTS, chosen.path
    return LeftOut(candidate.path, reason, detail, student)


def _names(candidates: Iterable[Candidate]) -> str:
    """Names, or paths where names are the same."""
    candidates = list(candidates)
    names = [c.name for c in candidates]
    return _listed(names if len(set(names)) == len(names) else [c.path for c in candidates])


def _listed(names: list[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
