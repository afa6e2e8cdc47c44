"""All answers to a question, one after the other, or in groups that say the same."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from markupsafe import Markup
from starlette.background import BackgroundTask
from starlette.responses import Response

from autograder.desk import groups as grouping
from autograder.desk.classroom import Classroom, Member
from autograder.desk.history import history
from autograder.desk.visit import Visit, id_of, moved, named, page
from autograder.errors import LedgerError, UsageError
from autograder.grading.decisions import Act, Applied, Comment, Points
from autograder.model import Graded, NetworkSummary, QuestionResult
from autograder.results.pages.budget import PageBudget
from autograder.results.pages.feedback_view import QuestionView, questions_of
from autograder.results.pages.markdown import markdown
from autograder.results.pages.notebook_page import ShownCell, cells_of

_AROUND = 3  # cells shown on either side of an answer
_MOST_COMMENTS = 9
_MOST_GROUPS = 200


@dataclass(frozen=True)
class Way:
    """The answers on either side of one, and the next that nobody has read."""

    number: int
    count: int
    before: str
    after: str
    unread: str
    left: int


def grade(visit: Visit) -> Response:
    """One answer to a question; without a member, the first that nobody has read."""
    room, question = visit.room, _question(visit)
    members = list(room.readable())
    if not members:
        raise UsageError("no notebook of the class has run yet")
    if "key" not in visit.places:
        first = next((m for m in members if not room.is_read(m, question)), members[0])
        return moved(f"/grade/{question}/{first.key}")
    member = visit.member()
    answer = answer_page(visit, question, member)
    answer.background = BackgroundTask(_read_ahead, room, question, member)
    return answer


def _read_ahead(room: Classroom, question: str, member: Member) -> None:
    """Find the answers that a key may ask for next, while somebody reads this one."""
    way = _way(room, question, member)
    # Whoever opens such an answer is told what is wrong; nobody waits for it here.
    with suppress(LedgerError):
        for key in {way.after, way.unread} & room.members.keys():
            room.answer(room.members[key], question)


def answer_page(visit: Visit, question: str, member: Member, told: str = "") -> Response:
    """The page of one answer; `told` says what was just written."""
    room = visit.room
    address = f"/grade/{question}/{member.key}"
    visit.is_at(address, f"{question}, {named(visit, member)}")
    result = _result(room, member, question)
    standing = room.standing(member)
    own = standing.points.get((question, ""))
    said = standing.comments.get(question)
    return page(
        visit,
        "grade.html.j2",
        question=question,
        prompt=_prompt(room, question),
        member=member,
        name=named(visit, member),
        answer=_shown(room.answer(member, question)),
        is_written=_is_written(room, question),
        result=result,
        cases=_cases(room, member, question),
        networks=_networks(room, member, question),
        rubric=room.book.rubric(question),
        on=set(standing.items.get(question, {})),
        points=own.act.points if own and isinstance(own.act, Points) else None,
        comment=said.act.text if said and isinstance(said.act, Comment) else "",
        comments=_earlier_comments(room, question),
        history=history(room, member, question),
        way=_way(room, question, member),
        here=[o for o in visit.desk.presence.others(visit.session) if o.address == address],
        told=told,
    )


def around(visit: Visit) -> Response:
    """The cells of the notebook around an answer, for a page that is there already."""
    member, question = visit.member(), _question(visit)
    notebook = visit.room.ledger.notebook(member.line.execution or "")
    cells = cells_of(notebook, PageBudget()) if notebook is not None else ()
    return page(
        visit, "around.html.j2", cells=list(_near(cells, visit.room, question)), counts={"": 0}
    )


def _near(cells: tuple[ShownCell, ...], room: Classroom, question: str) -> Iterator[ShownCell]:
    """The cells near the one that names the question or holds the beginning of its text."""
    signs = [f'"{question}"', f"'{question}'"]
    if prompt := next((q.prompt for q in room.asked if q.name == question), ""):
        signs.append(" ".join(str(_shown(prompt).striptags()).split())[:40])
    for index, cell in enumerate(cells):
        text = " ".join(cell.source.striptags().split())
        if any(sign and sign in text for sign in signs):
            yield from cells[max(0, index - _AROUND) : index + _AROUND + 2]
            return
    yield from cells


def _question(visit: Visit) -> str:
    question = visit.places["question"]
    if question not in visit.room.questions:
        raise UsageError(f"the assignment has no question {question!r}")
    return question


def _prompt(room: Classroom, question: str) -> Markup:
    asked = next((q.prompt for q in room.asked if q.name == question), "")
    return _shown(asked)


def _shown(text: str) -> Markup:
    return markdown(text, PageBudget()) if text.strip() else Markup()


def _is_written(room: Classroom, question: str) -> bool:
    return any(asked.name == question for asked in room.asked)


def _result(room: Classroom, member: Member, question: str) -> QuestionResult | None:
    grade = room.grade(member)
    return next((q for q in grade.questions if q.name == question), None) if grade else None


def _cases(room: Classroom, member: Member, question: str) -> QuestionView | None:
    grade = room.grade(member)
    if grade is None or _is_written(room, question):
        return None
    views = questions_of(grade, room.assignment.questions)
    return next((view for view in views if view.name == question), None)


def _networks(room: Classroom, member: Member, question: str) -> list[NetworkSummary]:
    """The networks that a question looks at; a written one has those of all."""
    grade = room.grade(member)
    if not isinstance(grade, Graded):
        return []
    tested = next((q for q in room.assignment.questions if q.name == question), None)
    return [n for n in grade.networks if tested is None or n.name in tested.variables]


def _earlier_comments(room: Classroom, question: str) -> list[str]:
    """What was said about other answers to the question, the latest first."""
    return room.once(f"comments on {question}", lambda: _commented(room, question))


def _commented(room: Classroom, question: str) -> list[str]:
    said = [
        (decision.id, decision.act.text)
        for member in room.members.values()
        if (decision := room.standing(member).comments.get(question))
        and isinstance(decision.act, Comment)
    ]
    return list(dict.fromkeys(text for _, text in sorted(said, reverse=True)))[:_MOST_COMMENTS]


def _way(room: Classroom, question: str, member: Member) -> Way:
    members = list(room.readable())
    at = next((i for i, m in enumerate(members) if m.key == member.key), 0)
    left = room.once(
        f"unread answers to {question}",
        lambda: frozenset(m.key for m in room.readable() if not room.is_read(m, question)),
    )
    others = (*members[at + 1 :], *members[:at])
    return Way(
        number=at + 1,
        count=len(members),
        before=members[at - 1].key if at else "",
        after=members[at + 1].key if at + 1 < len(members) else "",
        unread=next((m.key for m in others if m.key in left), ""),
        left=len(left),
    )


# --- groups -------------------------------------------------------------------------------------


def groups(visit: Visit) -> Response:
    """The answers to a question in groups; a form for each."""
    room, question = visit.room, _question(visit)
    visit.is_at(f"/groups/{question}", f"{question}, in groups")
    texts = {member.key: room.answer(member, question) for member in room.readable()}
    found = grouping.groups(texts)
    shown = [
        (
            group,
            _shown(group.text),
            [(m, room.is_read(m, question)) for key in group.keys if (m := room.members.get(key))],
        )
        for group in found[:_MOST_GROUPS]
    ]
    return page(
        visit,
        "groups.html.j2",
        question=question,
        prompt=_prompt(room, question),
        groups=shown,
        more=len(found) - len(shown),
        rubric=room.book.rubric(question),
    )


def grade_group(visit: Visit) -> Response:
    """Give the chosen members of a group items, points or a comment, all or none."""
    room, question = visit.room, _question(visit)
    members = [m for key in visit.fields("member") if (m := room.members.get(key))]
    if not members:
        raise UsageError("nobody of the group is chosen")
    numbers = {id_of(text) for text in visit.fields("item")}
    chosen = [item for item in room.book.rubric(question) if item.id in numbers]
    if len(chosen) < len(numbers):
        raise UsageError("an item was removed meanwhile")
    acts: list[tuple[Member | None, str, Act]] = []
    for member in members:
        on = room.standing(member).items.get(question, {})
        acts += [
            (member, question, Applied(item=item.id, on=True))
            for item in chosen
            if item.id not in on
        ]
        if (points := visit.number("points")) is not None:
            acts.append((member, question, Points(points=points)))
        if comment := visit.field("comment"):
            acts.append((member, question, Comment(text=comment)))
    if not acts:
        raise UsageError("choose an item, or give points or a comment")
    room.decide(visit.who, acts, visit.seen())
    return moved(f"/groups/{question}")
