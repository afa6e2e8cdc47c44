"""Marks anew from stored executions, after a test or its points have changed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from autograder.course.assignment import Assignment
from autograder.errors import UsageError
from autograder.grading.blame import is_everybodys, ungraded
from autograder.grading.by_hand import Marks, take_up
from autograder.grading.decisions import Points
from autograder.grading.ledger import Ledger, Line
from autograder.grading.marks import given_by_tests
from autograder.judging.scoring import Scorer
from autograder.judging.wording import BY_HAND
from autograder.model import CaseResult, Grade, QuestionResult, Ungraded


@dataclass(frozen=True)
class Change:
    """A mark that is not what it was, and why: a sentence for each case that differs."""

    submission: str
    student: str
    before: float | None
    after: float | None
    why: tuple[str, ...]


def rescore(
    ledger: Ledger, assignment: Assignment, by_hand: Marks
) -> tuple[list[Grade], list[Change]]:
    """The grades of the batch by the tests as they are now, and what has changed.

    Runs no student code. What humans decided stays; `by_hand` is what a table of written answers
    holds, and becomes decisions. Submissions without a grade stay as they are; one that cannot be
    judged is not graded, whatever was raised, and the others are. Raises UsageError when a test
    looks at a variable that was not recorded, and LedgerError.
    """
    lines = {line.position: line for line in ledger.lines()}
    before = _by_position(ledger, lines)
    scorer = Scorer(assignment, ledger)
    new: list[tuple[int, Grade, str | None]] = []
    for line in lines.values():
        grade = _graded_anew(line, ledger, assignment, scorer)
        if grade is not None and grade != line.grade:
            new.append((line.position, grade, line.execution))
    ledger.record_all(new)
    take_up(ledger, by_hand, assignment.settings.written)
    after = _by_position(ledger, lines)
    changes = [_change(before.get(position), grade) for position, grade in after.items()]
    return list(after.values()), [change for change in changes if change]


def _by_position(ledger: Ledger, known: Mapping[int, Line]) -> dict[int, Grade]:
    """The grades as they count: tests plus decisions."""
    standings = ledger.standings(known)
    return {line.position: grade for line, _, grade in standings if grade is not None}


def _graded_anew(
    line: Line, ledger: Ledger, assignment: Assignment, scorer: Scorer
) -> Grade | None:
    run = ledger.run(line.execution) if line.execution else None
    if run is None or line.execution is None:
        return line.grade
    unseen = set(assignment.variables) - set(run.names)
    if unseen:
        raise UsageError(
            f"the tests look at `{sorted(unseen)[0]}`, which was not recorded when the notebooks "
            "ran; run `autograder grade` again"
        )
    try:
        return scorer.score(line, run)
    except Exception as error:
        if is_everybodys(error):
            raise
        return ungraded(line, assignment, error, run.seconds)


@dataclass(frozen=True)
class Disagreement:
    """Points that a human gave where the tests have changed their mind since.

    `tested` is what they gave then, and `now` what they give today.
    """

    line: Line
    question: str
    case: str
    points: float
    tested: float
    now: float


def disagreements(ledger: Ledger) -> Iterator[Disagreement]:
    """Where a test and a decision disagree in another way than when it was made."""
    for line, standing, _ in ledger.standings():
        grade = line.grade
        results = {q.name: q for q in grade.questions} if grade is not None else {}
        for (name, case), decision in standing.points.items():
            act = decision.act
            if name in results and isinstance(act, Points) and act.points is not None:
                now = given_by_tests(results[name], case)
                if now != act.tested and now != act.points:
                    yield Disagreement(line, name, case, act.points, act.tested, now)


def _change(before: Grade | None, after: Grade) -> Change | None:
    """What differs in the marks; None where only words have changed."""
    if isinstance(after, Ungraded):
        reason = before.reason if before is not None else None
        score = before.score if before is not None else None
        if reason == after.reason:
            return None
        return Change(after.submission, after.student, score, None, (after.reason,))
    old = dict(_cases(before)) if before is not None else {}
    new = dict(_cases(after))
    why = tuple(_in_words(name, old.get(name), new.get(name)) for name in {**old, **new}
                if _worth(old.get(name)) != _worth(new.get(name)))  # fmt: skip
    if before is not None:
        why += tuple(_by_hand_in_words(before, after))
    score = before.score if before is not None else None
    if score == after.score and not why:
        return None
    return Change(after.submission, after.student, score, after.score, why)


def _cases(grade: Grade) -> Iterator[tuple[str, CaseResult]]:
    for question in grade.questions:
        if not _is_by_hand(question):
            yield from ((f"{question.name} {case.name}", case) for case in question.cases)


def _worth(case: CaseResult | None) -> tuple[str, float] | None:
    """What counts of a case: the points of one that is not passed are no matter."""
    if case is None:
        return None
    return case.status, case.points if case.status == "passed" else 0.0


def _by_hand_in_words(before: Grade, after: Grade) -> Iterator[str]:
    """Points of a human that have changed: a case only says whether they are all or not."""
    old, new = ({q.name: q.score for q in g.questions if _is_by_hand(q)} for g in (before, after))
    for name in {**old, **new}:
        if old.get(name, 0.0) != new.get(name, 0.0):
            yield f"{name}: {old.get(name, 0.0):g} points before, now {new.get(name, 0.0):g}"


def _is_by_hand(question: QuestionResult) -> bool:
    return [case.name for case in question.cases] == [BY_HAND]


def _in_words(name: str, before: CaseResult | None, after: CaseResult | None) -> str:
    if after is None:
        return f"{name} is no longer a test"
    if before is None:
        return f"{name} is new: {after.status}"
    if before.status == after.status:
        return f"{name} now counts {after.points:g} instead of {before.points:g}"
    found = after.feedback.found if after.feedback else ""
    return f"{name}: {before.status} before, now {after.status}" + (
        f" (Found: {found})" if found else ""
    )
