"""Students' questions about their marks, pasted as text or as a table."""

import csv
import io
from collections.abc import Iterator

from autograder.desk.classroom import Classroom, Member
from autograder.errors import UsageError
from autograder.grading.decisions import Act, Request
from autograder.platforms.csv_writer import unescape_formula
from autograder.platforms.names import written

_MOST_ROWS = 5_000
_COLUMNS = ("student", "question", "text")


def from_table(room: Classroom, table: str) -> list[tuple[Member | None, str, Act]]:
    """The requests of a CSV table with the columns student, question (may be empty) and text.

    A student is named, or by the address or number that the platform knows. Raises UsageError, and
    takes up nothing, where a row cannot be made out.
    """
    rows = _rows(table)
    header = [name.strip().lower() for name in rows[0]] if rows else []
    if missing := [name for name in ("student", "text") if name not in header]:
        raise UsageError(f"there is no column {missing[0]!r} in the first row")
    if len(rows) > _MOST_ROWS:
        raise UsageError(f"these are more than {_MOST_ROWS:,} rows")
    return [
        _request(room, dict(zip(header, row, strict=False)), number)
        for number, row in enumerate(rows[1:], 2)
        if any(cell.strip() for cell in row)
    ]


def _rows(table: str) -> list[list[str]]:
    # A line may end in any way, within what a student wrote, too.
    lines = io.StringIO(table.strip(), newline=None)
    reader = csv.reader(lines, delimiter=_separator(table))
    try:
        return list(reader)
    except csv.Error as error:
        raise UsageError(
            f"line {reader.line_num} cannot be read as a row ({error}); shorten what is in it, or "
            "take up that question by itself"
        ) from None


def _separator(table: str) -> str:
    first = table.strip().partition("\n")[0]
    return max(",;\t", key=first.count)


def _request(room: Classroom, row: dict[str, str], number: int) -> tuple[Member | None, str, Act]:
    who, question, text = (unescape_formula(row.get(name, "")).strip() for name in _COLUMNS)
    members = list(_called(room, who))
    if len(members) != 1:
        why = "several submissions are" if members else "nobody is"
        raise UsageError(f"row {number}: {why} called {who!r}; write the submission's path")
    if question and question not in room.questions:
        raise UsageError(f"row {number}: there is no question {question!r}")
    if not text:
        raise UsageError(f"row {number}: there is no text")
    return members[0], question, Request(text=text)


def _called(room: Classroom, who: str) -> Iterator[Member]:
    """The members of that name, path, number, address or login."""
    for member in room.members.values():
        people = member.line.people
        keys = {key for p in people for key in (p.id, p.email, p.login) if key}
        names = {written(name) for name in (member.name, member.line.student)}
        names |= {written(p.name) for p in people}
        if who and (who in keys or who == member.line.path or written(who) in names):
            yield member
