"""What stands of all that humans decided: rubrics, and the decisions about each work."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from autograder.grading.decisions import (
    Answer,
    Applied,
    Comment,
    Decision,
    Dismissed,
    Extra,
    Points,
    Request,
    RubricItem,
    Work,
    in_force,
)
from autograder.model import Person


class Remembered(Protocol):
    """A submission as the ledger remembers it."""

    @property
    def path(self) -> str: ...
    @property
    def student(self) -> str: ...
    @property
    def people(self) -> tuple[Person, ...]: ...
    @property
    def content(self) -> str: ...


def work_of(line: Remembered) -> Work:
    """The work that decisions about a submission are tied to."""
    ids = tuple(sorted(person.id for person in line.people if person.id))
    return Work(content=line.content, student=line.student, ids=ids, path=line.path)


@dataclass(frozen=True)
class Item:
    """An item of a rubric as it is now."""

    id: int
    question: str
    points: float
    text: str
    who: str
    at: str


@dataclass
class Standing:
    """What stands for one work; `history` is all that stands, in order."""

    points: dict[tuple[str, str], Decision] = field(default_factory=dict)
    items: dict[str, dict[int, Decision]] = field(default_factory=lambda: defaultdict(dict))
    comments: dict[str, Decision] = field(default_factory=dict)
    extras: list[Decision] = field(default_factory=list)
    seen: dict[str, Decision] = field(default_factory=dict)
    requests: list[Decision] = field(default_factory=list)
    answers: dict[int, Decision] = field(default_factory=dict)
    history: list[Decision] = field(default_factory=list)

    def take(self, decision: Decision) -> None:
        """Let a decision stand; a later one replaces an earlier one about the same."""
        self.history.append(decision)
        match decision.act:
            case Points(case=case, points=points):
                self.points[decision.question, case] = decision
                if points is None:
                    del self.points[decision.question, case]
            case Applied(item=item, on=on):
                self.items[decision.question][item] = decision
                if not on:
                    del self.items[decision.question][item]
            case Comment(text=text):
                self.comments[decision.question] = decision
                if not text:
                    del self.comments[decision.question]
            case Extra():
                self.extras.append(decision)
            case Dismissed(cause=cause):
                self.seen[cause] = decision
            case Request():
                self.requests.append(decision)
            case Answer(request=request):
                self.answers[request] = decision


NOTHING = Standing()
"""What stands for a work that nobody has decided about."""


class Book:
    """All decisions of a batch, read once: rubrics, and what stands for each work."""

    def __init__(self, decisions: Sequence[Decision], lines: Iterable[Remembered] = ()) -> None:
        self.last = decisions[-1].id if decisions else 0
        self.items: dict[int, Item] = {}
        self._by_person: dict[tuple[str, str], list[Decision]] = defaultdict(list)
        works = [work_of(line) for line in lines]
        # Works that nothing but their paths tells apart.
        self._alike = Counter(map(_key, works))
        self._handed_in = {(work.content, work.student) for work in works}
        standing = in_force(decisions)
        for decision in standing:
            self._take(decision)
        left = {decision.id for decision in standing}
        self._undone = [d for d in decisions if d.id not in left]

    def add(self, decision: Decision) -> None:
        """Let one more decision stand; not one that undoes, after which all is read anew."""
        self.last = decision.id
        self._take(decision)

    def _take(self, decision: Decision) -> None:
        if isinstance(decision.act, RubricItem):
            self._change_item(decision, decision.act)
        elif decision.work is not None:
            self._by_person[decision.work.content, decision.work.student].append(decision)

    def rubric(self, question: str) -> list[Item]:
        """The items of a question in the order in which they were made."""
        return [item for item in self.items.values() if item.question == question]

    def standing(self, work: Work) -> Standing:
        """What stands for a work."""
        found = self._by_person.get((work.content, work.student))
        if not found:
            return NOTHING
        standing = Standing()
        for decision in found:
            if decision.work is not None and self._is_about(decision.work, work):
                standing.take(decision)
        return standing

    def earlier(self, work: Work) -> list[Decision]:
        """What stands about works of the same person that are not among those handed in now."""
        return sorted(
            (
                decision
                for key, found in self._by_person.items()
                if key[1] == work.student and key not in self._handed_in
                for decision in found
                if decision.work is not None and not _of_others(decision.work, work)
            ),
            key=lambda decision: decision.id,
        )

    def undone(self, work: Work) -> list[Decision]:
        """What was decided about a work and undone, and who undid it, in order."""
        return [d for d in self._undone if d.work is not None and self._is_its(d.work, work)]

    def _is_its(self, decided: Work, work: Work) -> bool:
        same = (decided.content, decided.student) == (work.content, work.student)
        return same and self._is_about(decided, work)

    def _is_about(self, decided: Work, work: Work) -> bool:
        if _of_others(decided, work):
            return False
        one_of_many = self._alike[_key(work)] > 1 or not work.content
        return decided.path == work.path or not one_of_many

    def _change_item(self, decision: Decision, act: RubricItem) -> None:
        number = decision.id if act.item is None else act.item
        item = Item(number, decision.question, act.points, act.text, decision.who, decision.at)
        self.items[number] = item
        if act.removed:
            del self.items[number]


def _of_others(decided: Work, work: Work) -> bool:
    """Whether the platform knows that two works are of different people of one name."""
    return bool(decided.ids and work.ids) and not set(decided.ids) & set(work.ids)


def _key(work: Work) -> tuple[str, str, tuple[str, ...]]:
    return work.content, work.student, work.ids
