"""Marks as a platform's table takes them.

Common to all import files: every member of a group gets the mark. Who has no mark, since the
submission could not be graded, was never handed in, or was handed in twice with different marks,
keeps what the sheet holds, which is nothing at first, never a zero. Where the sheet names another
maximum than the assignment has, marks are scaled to it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from autograder.model import Grade, Graded, Person
from autograder.platforms.roster import Roster, match
from autograder.platforms.spreadsheet import Row


def by_row(roster: Roster, grades: Iterable[Grade]) -> dict[int, Graded]:
    """By row of the sheet the mark that goes there; none where two submissions disagree."""
    found: dict[int, Graded] = {}
    unclear = set[int]()
    for row, grade in _placed(roster, grades):
        if row in found and found[row].score != grade.score:
            unclear.add(row)
        found[row] = grade
    return {row: grade for row, grade in found.items() if row not in unclear}


def _placed(roster: Roster, grades: Iterable[Grade]) -> Iterator[tuple[int, Graded]]:
    for grade in grades:
        if isinstance(grade, Graded):
            for person in grade.people or (Person(name=grade.student),):
                if (row := match(roster, person)) is not None:
                    yield row, grade


def titled(title: str, names: Sequence[str], start: int) -> int | None:
    """The one column of that title, or of the part of it before a colon; None if there is none."""
    for wanted in (title, title.partition(":")[0]):
        found = [n for n, name in enumerate(names) if n >= start and _same(name, wanted)]
        if len(found) == 1:
            return found[0]
    return None


def _same(name: str, other: str) -> bool:
    """Whether two names have the same words: platforms differ in the signs that they allow."""
    return re.findall(r"\w+", name.casefold()) == re.findall(r"\w+", other.casefold())


def highest(grades: Sequence[Grade]) -> float:
    """The points to be had in the assignment."""
    return max((grade.max_score for grade in grades), default=0.0)


def points_of(grade: Graded, most: float) -> str:
    """The mark, out of `most`, with a decimal point."""
    if most == grade.max_score or not grade.max_score:
        return f"{grade.score:.10g}"
    return f"{round(grade.score * most / grade.max_score, 2):.10g}"


def number(cell: str) -> float | None:
    """The number in a cell, with a decimal point or comma; None if it holds something else."""
    text = cell.strip().replace(",", ".")
    return float(text) if re.fullmatch(r"\d+(\.\d+)?", text, re.ASCII) else None


def cell(row: Row, column: int) -> str:
    """The cell in that column; empty where the row is too short."""
    return row[column] if column < len(row) else ""
