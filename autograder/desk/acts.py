"""From a form that somebody sent to decisions, and back to the page that it came from."""

from collections.abc import Callable, Mapping

from starlette.responses import Response

from autograder.desk import grading_page, queue_page, student_page
from autograder.desk.classroom import Member
from autograder.desk.visit import Visit, moved
from autograder.errors import UsageError
from autograder.grading.decisions import (
    Act,
    Answer,
    Applied,
    Comment,
    Dismissed,
    Extra,
    Points,
    RubricItem,
    Undo,
)
from autograder.grading.marks import given_by_tests, tested
from autograder.model import QuestionResult, Ungraded

_MOST_TEXT = 10_000

Acts = list[tuple[Member | None, str, Act]]


def decide(visit: Visit) -> Response:
    """What a form decides about one member, written; then the page that it came from."""
    member, question = visit.member(), visit.field("question")
    if question and question not in visit.room.questions:
        raise UsageError(f"the assignment has no question {question!r}")
    made = _OF_FORMS.get(visit.field("act"), _unknown)(visit, member, question)
    visit.room.decide(visit.who, made, visit.seen())
    return _back(visit, member, question)


def _back(visit: Visit, member: Member, question: str) -> Response:
    view = visit.field("view")
    if view == "queue":
        return queue_page.next_of(visit, visit.field("kind"))
    address = f"/grade/{question}/{member.key}" if view == "grade" else f"/student/{member.key}"
    if not visit.by_script:
        return moved(address)
    # The page at once, without another journey.
    if view == "grade":
        answer = grading_page.answer_page(visit, question, member, "Saved.")
    else:
        answer = student_page.student_page(visit, member, "Saved.")
    answer.headers["HX-Push-Url"] = address
    return answer


def _text(visit: Visit, name: str) -> str:
    text = visit.field(name).replace("\r\n", "\n")
    if len(text) > _MOST_TEXT:
        raise UsageError(f"a text may have {_MOST_TEXT:,} characters")
    return text


def _unknown(visit: Visit, member: Member, question: str) -> Acts:
    raise UsageError("this form is none of the desk's")


def _applied(visit: Visit, member: Member, question: str) -> Acts:
    number = visit.id("item")
    if number is None or number not in visit.room.book.items:
        raise UsageError("this item was removed meanwhile")
    return [(member, question, Applied(item=number, on=visit.field("on") == "1"))]


def _points(visit: Visit, member: Member, question: str) -> Acts:
    """Full, none, other points, or those of the tests again."""
    case, room = visit.field("case"), visit.room
    grade = room.grade(member)
    result = next((q for q in grade.questions if q.name == question), None) if grade else None
    by_tests = member.line.grade
    of_tests = (
        next((q for q in by_tests.questions if q.name == question), None) if by_tests else None
    )
    if result is None or of_tests is None:
        raise UsageError(f"{question} has no points here; only comments count")
    most = _most(of_tests, case)
    choice = visit.field("choice")
    points = {"full": most, "none": 0.0, "tests": None}.get(choice, visit.number("points"))
    if points is not None and points < 0:
        raise UsageError("points may not be below 0")
    act = Points(
        case=case,
        points=points,
        before=_before(visit, member, question, case, result),
        tested=given_by_tests(of_tests, case),
        most=most,
        reason=_text(visit, "reason"),
    )
    return [(member, question, act)]


def _by_hand(visit: Visit, member: Member, question: str) -> Acts:
    """Points for each question of a work that could not be graded; what is left out is none."""
    if not isinstance(member.line.grade, Ungraded):
        raise UsageError("tests have graded this work: correct its questions one by one")
    grade, reason = visit.room.grade(member), _text(visit, "reason")
    before = {q.name: q.score for q in grade.questions} if grade else {}
    made: Acts = []
    for name, most in visit.room.most.items():
        points = visit.number(f"points-{name}") or 0.0
        if points < 0:
            raise UsageError("points may not be below 0")
        act = Points(points=points, before=before.get(name, 0.0), most=most, reason=reason)
        made.append((member, name, act))
    return made


def _most(result: QuestionResult, case: str) -> float:
    if not case:
        return result.max_score
    found = next((c for c in result.cases if c.name == case), None)
    if found is None:
        raise UsageError(f"{result.name} has no test case {case!r}")
    return found.points


def _before(
    visit: Visit, member: Member, question: str, case: str, result: QuestionResult
) -> float:
    """What counted until now."""
    if not case:
        return result.score
    stands = visit.room.standing(member).points.get((question, case))
    if stands is not None and isinstance(stands.act, Points) and stands.act.points is not None:
        return stands.act.points
    return next(tested(c) for c in result.cases if c.name == case)


def _comment(visit: Visit, member: Member, question: str) -> Acts:
    return [(member, question, Comment(text=_text(visit, "comment")))]


def _item(visit: Visit, member: Member, question: str) -> Acts:
    """A new item, which is put on this work at once, or a change of one."""
    text, points = _text(visit, "text"), visit.number("points")
    number = visit.field("item")
    removed = visit.field("removed") == "1"
    if not text and not removed:
        raise UsageError("an item needs a sentence")
    if number:
        known = visit.room.book.items.get(visit.id("item") or 0)
        if known is None:
            raise UsageError("this item was removed meanwhile")
        act = RubricItem(
            item=known.id,
            points=known.points if points is None else points,
            text=text or known.text,
            removed=removed,
        )
        return [(None, question, act)]
    new = RubricItem(points=points or 0.0, text=text)
    (made,) = visit.room.decide(visit.who, [(None, question, new)], None)
    return [(member, question, Applied(item=made, on=True))]


def _seen(visit: Visit, member: Member, question: str) -> Acts:
    return [(member, question, Dismissed(cause=visit.field("cause"), note=_text(visit, "note")))]


def _extra(visit: Visit, member: Member, question: str) -> Acts:
    points = visit.number("points")
    if not points:
        raise UsageError("say how many points")
    reason = _text(visit, "reason")
    if visit.field("kind") == "late":
        return [(member, "", Extra(kind="late", points=-abs(points), reason=reason))]
    return [(member, "", Extra(points=points, reason=reason))]


def _undo(visit: Visit, member: Member, question: str) -> Acts:
    known = {decision.id: decision for decision in visit.room.standing(member).history}
    decision = known.get(visit.id("of") or 0)
    if decision is None:
        raise UsageError("this has been undone meanwhile")
    return [(member, decision.question, Undo(of=decision.id))]


def _answered(visit: Visit, member: Member, question: str) -> Acts:
    number, text = visit.id("request"), _text(visit, "text")
    asked = {request.id: request for request in visit.room.standing(member).requests}
    if number is None or number not in asked:
        raise UsageError("nobody has asked this")
    if not text:
        raise UsageError("an answer needs a text")
    request = asked[number]
    return [(member, request.question, Answer(request=request.id, text=text))]


_OF_FORMS: Mapping[str, Callable[[Visit, Member, str], Acts]] = {
    "applied": _applied,
    "points": _points,
    "by_hand": _by_hand,
    "comment": _comment,
    "item": _item,
    "seen": _seen,
    "extra": _extra,
    "undo": _undo,
    "answer": _answered,
}
