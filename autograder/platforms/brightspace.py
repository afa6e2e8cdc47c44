"""Brightspace: folders or files named for attempts, and grades by OrgDefinedId or username.

The importer is described in
https://community.d2l.com/brightspace/kb/articles/3538-importing-grades
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from autograder.model import Grade, Person
from autograder.platforms.csv_writer import escape_formula
from autograder.platforms.marks import by_row, cell, highest, number, points_of, titled
from autograder.platforms.platform import Marked, Platform
from autograder.platforms.roster import Roster
from autograder.platforms.sheet import Sheet, SheetError, by_key, parsed
from autograder.platforms.spreadsheet import Columns, Row, Table, named_columns
from autograder.submissions.handed_in import HandedIn
from autograder.submissions.tree import File, FileTree

_NAME = re.compile(
    r"(?P<ids>\d+-\d+) - (?P<who>.+?) - (?P<date>[^-]*?\b(?:19|20)\d\d\b,? +"
    r"\d{1,2}[:.]?\d\d(?:[:.]?\d\d)?(?: ?[AP]\.?M\b\.?)?)(?: - (?P<file>.+))?$",
    re.IGNORECASE | re.DOTALL,
)
_TIME = re.compile(r"(\d{1,2})[:.]?(\d\d)(?:[:.]?\d\d)? ?(?:([AP])\.?M\.?)?$", re.IGNORECASE)
# English, Danish, German, French, Spanish and Dutch, by the letters that tell months apart.
_MONTHS = (
    r"jan|jän|ene|janv", r"feb|fév|fev", r"mar|mär|mrt|maa", r"apr|avr|abr", r"may|maj|mai|mei",
    r"jun|juin", r"jul|juil", r"aug|aoû|ago", r"sep", r"oct|okt", r"nov", r"dec|dez|déc|dic",
)  # fmt: skip
_END = "End-of-Line Indicator"
_KEYS = ("orgdefinedid", "username")


class Brightspace(Platform):
    """D2L Brightspace."""

    kind = "brightspace"
    own_files = frozenset({"index.html"})

    def recognise(self, tree: FileTree) -> list[HandedIn] | None:
        """See `Platform`; every attempt of every student or group."""
        tops = {top: match for top in tree.top if (match := _NAME.match(top))}
        if not tops:
            return None
        below = tree.by_top()
        attempts: dict[tuple[str, str, str], list[tuple[str, tuple[File, ...]]]] = defaultdict(list)
        for top, match in tops.items():
            files = below[top]
            if match["file"] and top not in tree.folders:
                files = tuple(replace(file, name=match["file"]) for file in files)
            attempts[match["ids"], match["who"], match["date"]].append((top, files))
        return [_handed_in(*whose, parts) for whose, parts in attempts.items()]

    def columns(self, table: Table) -> Columns | None:
        """See `Platform`."""
        titles = table.titles
        known = any(title.startswith("end-of-line indicator") for title in titles)
        return named_columns(table.header) if known or "orgdefinedid" in titles else None

    def fill(self, roster: Roster, title: str, grades: Sequence[Grade]) -> Sheet | None:
        """The keys of the export, the assignment's column and the sign that ends each line.

        Brightspace asks for nothing else, so that names are left out. It writes a number sign in
        front of ids and takes it off again; that keeps spreadsheets from reading them as numbers
        or formulas.
        """
        names = [cell.strip() for cell in roster.header]
        keys = [n for n, name in enumerate(names) if name.casefold() in _KEYS]
        if not keys:
            return None
        column = titled(title, [re.sub(r" Points Grade\b.*$", "", name) for name in names], 0)
        if column is not None and " Points Grade" not in names[column]:
            column = None
        most = highest(grades)
        name = f"{title} Points Grade"
        if column is not None:
            name = names[column]
            limit = re.search(r"MaxPoints:\s*([\d.,]+)", name)
            most = (number(limit[1]) if limit else None) or most
        marks = by_row(roster, grades)
        rows: list[Row] = [[*(names[n] for n in keys), name, _END]]
        for index, row in enumerate(roster.rows):
            before = "" if column is None else cell(row, column)
            mark = points_of(marks[index], most) if index in marks else before
            rows.append([*(_sharp(cell(row, n)) for n in keys), mark, "#"])
        return Sheet(rows, _taken(rows[1:]))

    def make(self, title: str, marked: Sequence[Marked]) -> Sheet | None:
        """See `Platform`; by id or username."""
        known = [(person, grade) for person, grade in marked if person.id or person.login]
        head = ["OrgDefinedId", "Username", f"{title} Points Grade", _END]
        rows = [[_sharp(p.id), _sharp(p.login), points_of(g, g.max_score), "#"] for p, g in known]
        return Sheet([head, *rows], _taken(rows)) if rows else None

    def read(self, text: str) -> Mapping[str, str]:
        """See `Platform`; numbers have a point, and each line its end."""
        header, rows = parsed(text)
        if header[-1] != _END or any(row[-1] != "#" for row in rows):
            raise SheetError("a line does not end with the sign that Brightspace looks for")
        found = by_key([["|".join(row[:-2]).strip("|"), row[-2]] for row in rows], 0, 1)
        return {key: mark for key, mark in found.items() if mark}


def _handed_in(
    ids: str, who: str, date: str, parts: list[tuple[str, tuple[File, ...]]]
) -> HandedIn:
    group, _, name = who.rpartition(" - ")
    person = Person(name=name)
    return HandedIn(
        path=parts[0][0],
        student=f"{group} ({name})" if group else name,
        files=tuple(file for _, files in parts for file in files),
        people=(person,),
        owner=("brightspace", ids, group or name),
        when=timestamp(date),
    )


def timestamp(date: str) -> str:
    """`Sep 24, 2024 926 PM` or `24 september 2024 2126` as `2024-09-24 21:26`.

    A month of an unknown language counts as the first one: the order within a month still holds.
    """
    year = re.search(r"\b(?:19|20)\d\d\b", date)
    assert year is not None  # the pattern of names asks for one
    before, after = date[: year.start()].lower(), date[year.end() :].strip(" ,")
    day = re.search(r"\d{1,2}", before)
    month = next((n for n, names in enumerate(_MONTHS, 1) if re.search(rf"\b({names})", before)), 1)
    hour, minute, half = _clock(after)
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return f"{year[0]}-{month:02}-{int(day[0]) if day else 1:02} {hour:02}:{minute:02}"


def _clock(text: str) -> tuple[int, int, str]:
    match = _TIME.match(text)
    return (int(match[1]), int(match[2]), (match[3] or "").lower()) if match else (0, 0, "")


def _taken(rows: Sequence[Row]) -> dict[str, str]:
    marked = ((*map(str, map(escape_formula, row[:-2])), row[-2]) for row in rows if row[-2])
    return {"|".join(keys).strip("|"): mark for *keys, mark in marked}


def _sharp(key: str) -> str:
    return f"#{key}" if key and not key.startswith("#") else key
