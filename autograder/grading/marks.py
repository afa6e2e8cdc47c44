"""Marks: what the tests give plus what humans decided."""

from collections.abc import Iterator

from autograder.grading.decisions import Answer, Comment, Decision, Extra, Points, Request
from autograder.grading.standing import NOTHING, Book, Standing
from autograder.judging.wording import BY_HAND
from autograder.model import (
    CaseResult,
    Decided,
    Feedback,
    FlagKind,
    Grade,
    Graded,
    Outcome,
    QuestionResult,
    Ungraded,
)


def decided(grade: Grade, standing: Standing, book: Book) -> Grade:
    """A grade of the tests with what humans decided: the one place where both meet.

    What could not be graded is, once a human has given points for its questions.
    """
    if standing is NOTHING:
        return grade
    if grade.status == "ungraded":
        if not (given := tuple(_given_questions(standing))):
            return grade
        grade = _read_by_hand(grade, given)
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


def _given_questions(standing: Standing) -> Iterator[QuestionResult]:
    """The questions for which a human has given points, as if no test had looked at them."""
    for (name, case), decision in standing.points.items():
        if not case and isinstance(decision.act, Points):
            yield QuestionResult(name=name, score=0, max_score=decision.act.most, cases=())


def _read_by_hand(grade: Ungraded, questions: tuple[QuestionResult, ...]) -> Graded:
    """The grade of a work that no program could grade."""
    return Graded(
        submission=grade.submission,
        student=grade.student,
        people=grade.people,
        late=grade.late,
        remarks=grade.remarks,
        outcome=Outcome.FINISHED,
        ended=f"it was not run: {grade.reason}",
        score=0,
        max_score=grade.max_score,
        seconds=grade.seconds,
        questions=questions,
    )


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
