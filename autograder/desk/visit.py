"""What a page is made from: the desk, and who asks it for what."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse, Response

from autograder.desk import queue
from autograder.desk.classroom import Classroom, Member
from autograder.desk.guard import Door
from autograder.desk.presence import Presence, Whereabouts
from autograder.desk.rerun import Reruns
from autograder.errors import UsageError
from autograder.results.pages import sanitise
from autograder.results.pages.charts import gauge
from autograder.results.pages.feedback_view import short
from autograder.results.pages.render import FORBIDDEN


@dataclass(frozen=True)
class Desk:
    """One desk on one results folder."""

    room: Classroom
    door: Door
    presence: Presence = field(default_factory=Presence)
    reruns: Reruns = field(default_factory=Reruns)


@dataclass(frozen=True)
class Visit:
    """One request by somebody; `session` is their browser's, `names` whether they see names."""

    desk: Desk
    path: str
    places: Mapping[str, str]
    query: Mapping[str, str]
    form: tuple[tuple[str, str], ...]
    who: str
    session: str
    names: bool = True
    by_script: bool = False

    @property
    def room(self) -> Classroom:
        """The class that it is about."""
        return self.desk.room

    def field(self, name: str) -> str:
        """What was typed into a field of the form; empty where there is none."""
        return next((value for key, value in self.form if key == name), "").strip()

    def fields(self, name: str) -> list[str]:
        """All values of a field that a form may have several times."""
        return [value for key, value in self.form if key == name]

    def number(self, name: str) -> float | None:
        """The number in a field, with a decimal point or comma; None where it is empty.

        Raises UsageError for anything else.
        """
        text = self.field(name).replace(",", ".")
        if not text:
            return None
        try:
            found = float(text)
        except ValueError:
            found = float("nan")
        if not abs(found) <= _MOST_POINTS:
            raise UsageError(f"{self.field(name)!r} is no number of points")
        return found

    def seen(self) -> int | None:
        """The last decision that the form was made from; None where it names none.

        Raises UsageError where it names what cannot be one.
        """
        if not self.field("seen"):
            return None
        if (found := self.id("seen")) is None:
            raise UsageError("this form is none of the desk's")
        return found

    def id(self, name: str) -> int | None:
        """The id in a field; None where there is none that a row can have."""
        return id_of(self.field(name))

    def member(self) -> Member:
        """Whom the address names; raises UsageError where there is nobody."""
        member = self.room.members.get(self.places.get("key", ""))
        if member is None:
            raise UsageError("this submission is not in the class any more")
        return member

    def is_at(self, address: str, words: str) -> None:
        """Tell the others where this is."""
        self.desk.presence.note(self.session, Whereabouts(self.who, address, words))


_MOST_POINTS = 10_000
_MOST_DIGITS = 18  # what SQLite counts its rows with


def id_of(text: str) -> int | None:
    """The id of a row; None for what no row can have."""
    return int(text) if text.isdecimal() and len(text) <= _MOST_DIGITS else None


def named(visit: Visit, member: Member) -> str:
    """A member's name, or a number instead where names are not to be seen."""
    if visit.names:
        return member.name
    return f"Submission {member.line.position + 1}"


def page(visit: Visit, template: str, status: int = 200, **values: Any) -> Response:
    """A page as the person who asked sees it."""
    text = (
        _environment()
        .get_template(template)
        .render(
            visit=visit,
            room=visit.room,
            token=visit.desk.door.token,
            last=visit.room.book.last,
            counts=values.pop("counts", None) or queue.counts(visit.room),
            others=visit.desk.presence.others(visit.session),
            **values,
        )
    )
    return HTMLResponse(FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text), status)


def moved(address: str) -> Response:
    """To another page, after something was written."""
    return RedirectResponse(address, 303)


def asset(name: str) -> str:
    """A file of the pages' own; the report's come first where both have one."""
    own = files("autograder.desk").joinpath("assets", name)
    return own.read_text(encoding="utf-8")


def report_asset(name: str) -> str:
    """A file that the report's pages are made with."""
    return files("autograder.results.pages").joinpath("assets", name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("autograder.desk"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(gauge=gauge, kinds=queue.KINDS, named=named)
    environment.filters.update(
        short=short, quoted=sanitise.quoted, points=lambda points: f"{points:g}"
    )
    return environment
