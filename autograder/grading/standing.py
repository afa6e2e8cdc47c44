"""What stands of all decisions, and marks with them: tests plus what humans decided."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
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
from autograder.judging.wording import BY_HAND
from autograder.model import CaseResult, Decided, Feedback, FlagKind, Grade, Person, QuestionResult


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
        # Works that nothing but their paths tells apart.
        self._alike = Counter(_key(work_of(line)) for line in lines)
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

    def undone(self, work: Work) -> list[Decision]:
        """What was decided about a work and undone, and who undid it, in order."""
        return [d for d in self._undone if d.work is not None and self._is_its(d.work, work)]

    def _is_its(self, decided: Work, work: Work) -> bool:
        same = (decided.content, decided.student) == (work.content, work.student)
        return same and self._is_about(decided, work)

    def _is_about(self, decided: Work, work: Work) -> bool:
        if decided.ids and work.ids and not set(decided.ids) & set(work.ids):
            return False
        one_of_many = self._alike[_key(work)] > 1 or not work.content
        return decided.path == work.path or not one_of_many

    def _change_item(self, decision: Decision, act: RubricItem) -> None:
        number = decision.id if act.item is None else act.item
        item = Item(number, decision.question, act.points, act.text, decision.who, decision.at)
        self.items[number] = item
        if act.removed:
            del self.items[number]


def _key(work: Work) -> tuple[str, str, tuple[str, ...]]:
    return work.content, work.student, work.ids


# --- marks --------------------------------------------------------------------------------------


def decided(grade: Grade, standing: Standing, book: Book) -> Grade:
    """A grade of the tests with what humans decided: the one place where both meet."""
    if grade.status == "ungraded" or standing is NOTHING:
        return grade
    asked = {question.name: question for question in grade.questions}
    # A question without points of its own may still have a comment or an answer.
    names = dict.fromkeys((*asked, *(d.question for d in standing.history if _is_told(d))))
    questions = tuple(
        _decided(asked.get(name) or QuestionResult(name=name, score=0, max_score=0, cases=()),
                 standing, book)
        for name in names if name
    )  # fmt: skip
    beside = tuple(_beside(standing))
    score = sum(q.score for q in questions) + sum(d.points or 0.0 for d in beside)
    is_open = any(question.unjudged for question in questions)
    flags = tuple(f for f in grade.flags if is_open or f.kind is not FlagKind.UNJUDGED)
    return grade.model_copy(
        update={
            "questions": questions, "decisions": beside, "score": max(0.0, score), "flags": flags
        }
    )  # fmt: skip


def _is_told(decision: Decision) -> bool:
    return bool(decision.question) and isinstance(decision.act, Comment | Request)


def _decided(question: QuestionResult, standing: Standing, book: Book) -> QuestionResult:
    decisions = tuple(_about(question, standing, book))
    whole = next((d.points for d in decisions if d.kind == "points" and not d.case), None)
    of_cases = {d.case: d.points for d in decisions if d.kind == "points" and d.case}
    items = [d.points or 0.0 for d in decisions if d.kind == "item"]
    base = question.score
    if whole is not None:
        base = whole
    elif of_cases:
        base = sum(of_cases.get(case.name, tested(case)) or 0.0 for case in question.cases)
    # Only who gives points for the question itself may give more than there are to be had.
    most = max(question.max_score, whole or 0.0)
    score = min(max(0.0, base + sum(items)), most) if items else base
    full = None if whole is None else whole >= question.max_score
    cases = tuple(
        _settled(case, full if (given := of_cases.get(case.name)) is None else given >= case.points)
        for case in question.cases
    )
    if [case.name for case in cases] == [BY_HAND]:
        was_read = whole is not None or bool(items)
        comment = next((d.text for d in decisions if d.kind == "comment"), "")
        cases = (_read(cases[0], score, comment, was_read=was_read),)
    return question.model_copy(update={"score": score, "cases": cases, "decisions": decisions})


def _settled(case: CaseResult, passed: bool | None) -> CaseResult:
    """A case that no test could judge, once a human has: None where nobody has."""
    if case.status != "unjudged" or passed is None:
        return case
    feedback = Feedback(notes=("Judged by your teachers.",))
    return case.model_copy(
        update={"status": "passed" if passed else "failed", "feedback": feedback}
    )


def tested(case: CaseResult) -> float:
    """What the tests alone give for a case."""
    return case.points if case.status == "passed" else 0.0


def given_by_tests(question: QuestionResult, case: str = "") -> float:
    """What the tests alone give for a case or, without one, for the question."""
    return sum(tested(c) for c in question.cases if not case or c.name == case)


def _read(case: CaseResult, score: float, comment: str, *, was_read: bool) -> CaseResult:
    """The one case of a question that a human reads, once that was done."""
    said = tuple(comment.splitlines())
    if not was_read:
        return case.model_copy(update={"feedback": Feedback(notes=said)}) if said else case
    status = "passed" if score >= case.points else "failed"
    feedback = Feedback(notes=said) if said else None
    return case.model_copy(update={"status": status, "feedback": feedback})


def _about(question: QuestionResult, standing: Standing, book: Book) -> Iterator[Decided]:
    for (name, case), decision in standing.points.items():
        if name == question.name and isinstance(decision.act, Points):
            now = given_by_tests(question, case)
            yield _told(decision, "points", case=case, points=decision.act.points,
                        tested=now, text=decision.act.reason)  # fmt: skip
    for number, decision in standing.items.get(question.name, {}).items():
        if (item := book.items.get(number)) is not None:
            yield _told(decision, "item", points=item.points, text=item.text)
    comment = standing.comments.get(question.name)
    if comment is not None and isinstance(comment.act, Comment):
        yield _told(comment, "comment", text=comment.act.text)
    yield from _answers(question.name, standing)


def _answers(question: str, standing: Standing) -> Iterator[Decided]:
    for asked in standing.requests:
        answer = standing.answers.get(asked.id)
        if (asked.question == question and answer is not None and isinstance(answer.act, Answer)
                and isinstance(asked.act, Request)):  # fmt: skip
            yield _told(answer, "answer", text=answer.act.text, request=asked.act.text)


def _beside(standing: Standing) -> Iterator[Decided]:
    for decision in standing.extras:
        if isinstance(decision.act, Extra):
            yield _told(decision, decision.act.kind, points=decision.act.points,
                        text=decision.act.reason)  # fmt: skip
    yield from _answers("", standing)


def _told(decision: Decision, kind: str, **more: object) -> Decided:
    about = {"id": decision.id, "kind": kind, "who": decision.who, "at": decision.at}
    return Decided.model_validate(about | more)
