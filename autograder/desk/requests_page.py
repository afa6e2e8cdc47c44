"""Where students' questions about their marks are taken up."""

from starlette.responses import Response

from autograder.desk.classroom import Member
from autograder.desk.requests import from_table
from autograder.desk.visit import Visit, moved, page
from autograder.errors import UsageError
from autograder.grading.decisions import Act, Request


def requests(visit: Visit) -> Response:
    """Forms for one question, and for a table of them."""
    visit.is_at("/requests", "questions of students")
    return page(visit, "requests.html.j2", members=list(visit.room.members.values()))


def take_up(visit: Visit) -> Response:
    """Put what was pasted into the queue."""
    table = visit.field("table")
    made = from_table(visit.room, table) if table else [_one(visit)]
    visit.room.decide(visit.who, made, None)
    return moved("/")


def _one(visit: Visit) -> tuple[Member | None, str, Act]:
    member = visit.room.members.get(visit.field("member"))
    text = visit.field("text")
    if member is None or not text:
        raise UsageError("say who asks, and what")
    return member, visit.field("question"), Request(text=text)
