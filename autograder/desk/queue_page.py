"""The queue: what is open, by kinds, and one matter after the other."""

from itertools import groupby

from markupsafe import Markup
from starlette.responses import Response

from autograder.desk import queue
from autograder.desk.queue import Matter
from autograder.desk.visit import Visit, moved, named, page
from autograder.errors import UsageError
from autograder.results.pages.budget import PageBudget
from autograder.results.pages.feedback_view import questions_of
from autograder.results.pages.sanitise import code

_MOST_LISTED = 200


def overview(visit: Visit) -> Response:
    """All kinds with their counts, and what is open in each."""
    visit.is_at("/", "the queue")
    found = {k: list(ms) for k, ms in groupby(queue.open_matters(visit.room), lambda m: m.kind)}
    waiting = sum(member.line.grade is None for member in visit.room.members.values())
    return page(
        visit,
        "queue.html.j2",
        counts={kind: len(matters) for kind, matters in found.items()},
        found={kind: matters[:_MOST_LISTED] for kind, matters in found.items()},
        by_question=_by_question(found.get("written", [])),
        first=_address(next(iter(found.values()))[0]) if found else "",
        waiting=waiting,
    )


def _by_question(matters: list[Matter]) -> dict[str, int]:
    found: dict[str, int] = {}
    for matter in matters:
        found[matter.question] = found.get(matter.question, 0) + 1
    return found


def _address(matter: Matter) -> str:
    if matter.kind == "written":
        return f"/grade/{matter.question}"
    return f"/matter/{matter.cause}"


def next_of(visit: Visit, kind: str) -> Response:
    """To the next open matter of a kind, else of any, else to the empty queue."""
    matters = list(queue.open_matters(visit.room))
    same = [matter for matter in matters if matter.kind == kind]
    return moved(_address((same or matters)[0]) if matters else "/")


def after(visit: Visit) -> Response:
    """To the open matter that follows one, which stays open."""
    matters = list(queue.open_matters(visit.room))
    causes = [matter.cause for matter in matters]
    cause = visit.places["cause"]
    at = causes.index(cause) + 1 if cause in causes else 0
    return moved(_address(matters[at]) if at < len(matters) else "/")


def matter(visit: Visit) -> Response:
    """One matter with what a human has to know about it."""
    room, found = visit.room, queue.matter_of(visit.room, visit.places["cause"])
    if found is None:
        raise UsageError("its cause has gone: there is nothing to decide here any more")
    visit.is_at(
        f"/matter/{found.cause}", f"{queue.KINDS[found.kind]}, {named(visit, found.member)}"
    )
    matters = [m for m in queue.open_matters(room) if m.kind == found.kind]
    grade = room.grade(found.member)
    views = questions_of(grade, room.assignment.questions) if grade else ()
    seen = room.standing(found.member).seen.get(found.cause)
    return page(
        visit,
        "matter.html.j2",
        matter=found,
        grade=grade,
        name=named(visit, found.member),
        left=len(matters),
        seen=seen,
        views=[v for v in views if v.name == found.question] if found.question else list(views),
        passages=_passages(found),
        budget=PageBudget,
    )


def _passages(matter: Matter) -> list[tuple[Markup, Markup]]:
    passages = matter.pair.passages if matter.pair else ()
    return [(code(passage.first), code(passage.second)) for passage in passages]
