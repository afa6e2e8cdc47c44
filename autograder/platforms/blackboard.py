"""Blackboard: flat files named for assignment, login and time, with a text for each attempt.

How marks are uploaded is described in
https://help.blackboard.com/Learn/Instructor/Original/Grade/Grading_Tasks/Work_Offline_With_Grade_Data
"""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from autograder.errors import SubmissionError
from autograder.model import Grade, Person
from autograder.platforms.marks import by_row, cell, highest, number, points_of, titled
from autograder.platforms.platform import Platform
from autograder.platforms.roster import Roster
from autograder.platforms.sheet import Sheet
from autograder.platforms.spreadsheet import Columns, Row, Table, named_columns
from autograder.submissions.handed_in import HandedIn
from autograder.submissions.tree import File, FileTree

# The first attempt that is named counts: a student chooses what stands behind it.
_NAME = re.compile(
    r"(?P<title>.*?)_(?P<login>[^_]+)_attempt_(?P<time>\d{4}(?:-\d\d){5})(?:_(?P<file>.+)|\.txt)$",
    re.DOTALL,
)
_WHO = re.compile(
    r"[^:\n]{1,40}:\s*+(?P<name>[^\n]{0,200}?)\((?P<login>[^()\n]{1,200})\)[ \t\r]*+$", re.MULTILINE
)
_MOST_TEXT = 1_000_000
_NOTE = "what Blackboard itself notes of an attempt"
_COLUMN = re.compile(r"(?<!\s)\s*+\[[^][\d]*+(?P<most>\d[\d.,]*+)[^][]*+\]\s*+\|\s*+\d++\s*+$")


@dataclass
class _Attempt:
    """One attempt: the files of a student at a time, and the text that Blackboard adds."""

    login: str
    time: str
    name: str = ""
    text: str = ""
    files: list[File] = field(default_factory=list)


class Blackboard(Platform):
    """Blackboard Learn."""

    kind = "blackboard"

    def recognise(self, tree: FileTree) -> list[HandedIn] | None:
        """See `Platform`; each attempt of each student."""
        attempts: dict[str, _Attempt] = {}
        for file in tree.files:
            match = None if "/" in file.path else _NAME.match(file.path)
            if match is None:
                continue
            key = file.path[: match.end("time")]
            one = attempts.setdefault(key, _Attempt(match["login"], match["time"]))
            if match["file"]:
                one.files.append(replace(file, name=match["file"]))
            else:
                one.text = file.path
                one.name, one.login = _who(file, key, one.login)
        # Names that several logins have say nothing about who it is.
        logins: dict[str, set[str]] = defaultdict(set)
        for one in attempts.values():
            logins[one.name].add(one.login)
        times = Counter({name: len(own) for name, own in logins.items()})
        return [
            _handed_in(one, one.name if times[one.name] == 1 else "") for one in attempts.values()
        ] or None

    def columns(self, table: Table) -> Columns | None:
        """See `Platform`; a download of the Grade Center, whose columns end with their numbers."""
        titles = table.titles
        known = any(map(_COLUMN.search, table.header)) or "last access" in titles
        named = {"last name", "first name", "username"} <= set(titles)
        return named_columns(table.header) if named and known else None

    def fill(self, roster: Roster, title: str, grades: Sequence[Grade]) -> Sheet | None:
        """The usernames and the assignment's column, of those alone who have a mark.

        Blackboard changes what is in the file, and knows a column by the number in its header.
        """
        names = [_COLUMN.sub("", text) for text in roster.header]
        login, column = roster.columns.login[0], titled(title, names, 0)
        match = None if column is None else _COLUMN.search(roster.header[column])
        most = (number(match["most"]) if match else None) or highest(grades)
        head = title if column is None else roster.header[column]
        rows: list[Row] = [[roster.header[login], head]]
        for index, grade in sorted(by_row(roster, grades).items()):
            rows.append([cell(roster.rows[index], login), points_of(grade, most)])
        return Sheet(rows, {row[0]: row[1] for row in rows[1:]})


def _who(file: File, key: str, login: str) -> tuple[str, str]:
    """Name and login in the first line of the text, which has a login whole."""
    try:
        match = _WHO.match(file.read(_MOST_TEXT).decode("utf-8-sig", "replace"))
    except SubmissionError:
        return "", login
    if match is None or f"_{match['login']}_attempt_" not in key:
        return "", login
    return match["name"].strip(), match["login"]


def _handed_in(attempt: _Attempt, name: str) -> HandedIn:
    person = Person(name=name or attempt.login, login=attempt.login)
    date, hour, minute, second = attempt.time.rsplit("-", 3)
    return HandedIn(
        path=attempt.files[0].path if attempt.files else attempt.text,
        student=person.name,
        files=tuple(attempt.files),
        people=(person,),
        owner=("blackboard", attempt.login),
        when=f"{date} {hour}:{minute}:{second}",
        traces=() if attempt.files else (_NOTE,),
        own_files=(attempt.text,) if attempt.text else (),
    )
