"""One student's work: feedback, every correction, the notebook, and what was decided when."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from starlette.responses import Response

from autograder.desk.classroom import Member
from autograder.desk.history import earlier_in_words, history
from autograder.desk.visit import Visit, moved, named, page
from autograder.errors import UsageError
from autograder.judging.wording import beside_in_words, score_of
from autograder.model import Grade, Ungraded
from autograder.results.pages.attention import concerns
from autograder.results.pages.budget import PageBudget
from autograder.results.pages.feedback_view import questions_of, short
from autograder.results.pages.notebook_page import ShownCell, cells_of

_MOST_FACTOR = 10


def student(visit: Visit) -> Response:
    """The page of the member that the address names."""
    return student_page(visit, visit.member())


def student_page(visit: Visit, member: Member, told: str = "") -> Response:
    """A member's page; `told` says what was just written."""
    room = visit.room
    address = f"/student/{member.key}"
    visit.is_at(address, named(visit, member))
    grade = room.grade(member)
    keys = list(room.members)
    at = keys.index(member.key) if member.key in keys else 0
    return page(
        visit,
        "student.html.j2",
        member=member,
        name=named(visit, member),
        grade=grade,
        concerns=list(concerns(grade)) if grade else [],
        questions=questions_of(grade, room.assignment.questions) if grade else (),
        beside=list(beside_in_words(grade.decisions)) if grade else [],
        history=history(room, member),
        earlier=earlier_in_words(room, member),
        by_hand=_by_hand(visit, member),
        requests=room.standing(member).requests,
        answers=room.standing(member).answers,
        before=keys[at - 1] if at else "",
        after=keys[at + 1] if at + 1 < len(keys) else "",
        here=[o for o in visit.desk.presence.others(visit.session) if o.address == address],
        progress=visit.desk.reruns.progress(member),
        told=told,
    )


def _by_hand(visit: Visit, member: Member) -> list[tuple[str, float, float | None]]:
    """Each question with its most points and those given, where no program could grade."""
    if not isinstance(member.line.grade, Ungraded):
        return []
    grade = visit.room.grade(member)
    given = {question.name: question.score for question in grade.questions} if grade else {}
    return [(name, most, given.get(name)) for name, most in visit.room.most.items()]


@dataclass(frozen=True)
class Fold:
    """A part of the notebook: the cells that lead to a check, or what is left."""

    title: str
    score: str
    is_open: bool
    cells: tuple[ShownCell, ...]


def notebook(visit: Visit) -> Response:
    """The executed notebook, folded at its questions, for a page that is there already."""
    member = visit.member()
    text = visit.room.ledger.notebook(member.line.execution or "")
    cells = cells_of(text, PageBudget()) if text is not None else ()
    folds = list(folded(cells, visit.room.grade(member)))
    return page(visit, "notebook.html.j2", folds=folds, counts={"": 0})


def folded(cells: Sequence[ShownCell], grade: Grade | None) -> Iterator[Fold]:
    """The cells, a fold for each question that they check; open is what lacks points."""
    results = {question.name: question for question in grade.questions} if grade else {}
    begun = list[ShownCell]()
    for cell in cells:
        begun.append(cell)
        if checked := [results[name] for name in cell.checks if name in results]:
            lacking = any(question.score < question.max_score for question in checked)
            scores = ", ".join(map(score_of, checked))
            yield Fold(", ".join(short(q.name) for q in checked), scores, lacking, tuple(begun))
            begun = []
    if begun:
        whole = len(begun) == len(cells)
        yield Fold("The notebook" if whole else "The rest", "", whole, tuple(begun))


def rerun(visit: Visit) -> Response:
    """Begin to run the submission again."""
    factor = visit.number("factor") or 1.0
    if not 1 <= factor <= _MOST_FACTOR:
        raise UsageError(f"limits may be 1 to {_MOST_FACTOR} times what they are")
    member = visit.member()
    visit.desk.reruns.begin(visit.room, member, visit.who, factor)
    return moved(f"/student/{member.key}")


def progress(visit: Visit) -> Response:
    """How far the run is, for a page that is there already."""
    member = visit.member()
    return page(
        visit,
        "progress.html.j2",
        member=member,
        progress=visit.desk.reruns.progress(member),
        counts={"": 0},
    )
