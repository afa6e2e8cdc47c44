"""Files that a learning platform imports marks from.

Each follows what the platform's importer reads:
Canvas    https://github.com/instructure/canvas-lms/blob/master/lib/gradebook_importer.rb
Moodle    https://github.com/moodle/moodle/tree/main/public/mod/assign/feedback/offline
Brightspace    https://community.d2l.com/brightspace/kb/articles/3538-importing-grades

Common to all: every member of a group gets the mark. Who has no mark, since the submission could
not be graded, was never handed in, or was handed in twice with different marks, keeps what the
sheet holds, which is nothing at first, never a zero. Where the sheet names another maximum than the
assignment has, marks are scaled to it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from autograder.model import Grade, Graded, Person
from autograder.platforms.csv_writer import csv_text, harmless
from autograder.platforms.roster import Roster, match

_Row = Sequence[str]


def import_file(
    roster: Roster | None, kind: str, title: str, grades: Sequence[Grade]
) -> tuple[str, str] | None:
    """The import file's name and text; None where none can be made.

    `roster` is an export of the platform's gradebook or, for Moodle, its grading worksheet: the
    file is that sheet, filled in. Without one `kind` names the platform of the download, and Canvas
    and Brightspace get a file by the ids of `people`. `title` names the assignment's column.
    """
    if roster is not None and roster.kind in _FILLED:
        rows = _FILLED[roster.kind](roster, title, grades)
        return (f"{roster.kind}.csv", csv_text(rows)) if rows else None
    marked = [(p, g) for g in grades if isinstance(g, Graded) for p in g.people]
    if kind in _MADE and (rows := _MADE[kind](title, marked)):
        return f"{kind}.csv", csv_text(rows)
    return None


# --- Canvas -------------------------------------------------------------------------------------

_POINTS_POSSIBLE = "Points Possible"
_CANVAS_KEYS = ("ID", "SIS User ID", "SIS Login ID", "Integration ID", "Root Account")


def _canvas_filled(roster: Roster, title: str, grades: Sequence[Grade]) -> list[_Row]:
    """The students' columns of the export and the assignment's, which may be new.

    Other assignments are left out: importing them again would undo what was changed since.
    Canvas looks at the login and at the name only where the row has no ID.
    """
    header = [cell.strip() for cell in roster.header]
    people = header.index("Section") + 1 if "Section" in header else len(header)
    column = _titled(title, [re.sub(r"\s*\(\d+\)$", "", cell) for cell in header], people)
    marks = _marks(roster, grades)
    most = _most(grades)
    possible = next((row for row in roster.rows if _POINTS_POSSIBLE in _cell(row, 0)), None)
    if column is not None and possible is not None:
        most = _number(_cell(possible, column)) or most
    rows: list[_Row] = [[*roster.header[:people], title if column is None else header[column]]]
    if column is None or possible is None:
        rows.append([f"    {_POINTS_POSSIBLE}", *[""] * (people - 1), f"{most:g}"])
    for index, row in enumerate(roster.rows):
        if row is possible:
            if column is not None:
                rows.append([_cell(row, n) for n in (*range(people), column)])
            continue
        who = dict(zip(header[:people], row, strict=False))
        if not any(who.get(key, "").strip() for key in (*_CANVAS_KEYS, header[0])):
            continue  # the line that says which assignments are posted by hand
        before = "" if column is None else _cell(row, column)
        mark = _points(marks[index], most) if index in marks else before
        rows.append([*who.values(), mark])
    return rows


def _canvas_made(title: str, marked: Sequence[tuple[Person, Graded]]) -> list[_Row]:
    known = [(person, grade) for person, grade in marked if person.id]
    if not known:
        return []
    head = ["Student", "ID", "Section", title]
    possible = [f"    {_POINTS_POSSIBLE}", "", "", f"{known[0][1].max_score:g}"]
    rows = [[p.name, p.id, "", _points(g, g.max_score)] for p, g in known]
    return [head, possible, *rows]


# --- Moodle -------------------------------------------------------------------------------------

# Moodle's word for a grade in the languages of which it is known; elsewhere the column is found by
# its neighbour, the maximum.
_GRADE = {
    "grade", "karakter", "bewertung", "note", "calificación", "cijfer", "betyg", "arvosana",
    "valutazione", "nota", "ocena",
}  # fmt: skip


def _moodle_filled(roster: Roster, title: str, grades: Sequence[Grade]) -> list[_Row]:
    """The TA's own grading worksheet with its grades filled in; no rows if it has no such column.

    Moodle reads three columns, by their names in the language of the moment: the identifier, the
    grade and when that was last changed. It passes over rows that are older than its own grade and
    over grades above the maximum, and says nothing. So the time stays as it is. The file is always
    separated by commas, the only sign that every version of Moodle takes; a decimal comma is kept
    where the sheet has one. Of the columns behind the maximum those are left out that are not safe
    as they are, such as online texts and comments: Moodle would store what makes them safe, and
    keeps what it has of a column that is not there.
    """
    column = _moodle_grade(roster)
    if column is None:
        return []
    highest = [_cell(row, column + 1).strip() for row in roster.rows]
    if any(_number(cell) is None for cell in highest):
        return []  # a scale of words
    marks = _marks(roster, grades)
    kept = [n for n in range(len(roster.header)) if n <= column + 1 or _is_safe(roster, n)]
    rows: list[_Row] = [[roster.header[n] for n in kept]]
    for index, row in enumerate(roster.rows):
        filled = [_cell(row, n) for n in kept]
        if index in marks:
            points = _points(marks[index], _number(highest[index]) or marks[index].max_score)
            filled[column] = points.replace(".", ",") if "," in highest[index] else points
        rows.append(filled)
    return rows


def _moodle_grade(roster: Roster) -> int | None:
    """The column of grades: by its name, or since the maximum, the same for all, follows it."""
    named = [n for n, cell in enumerate(roster.header) if cell.strip().casefold() in _GRADE]
    if len(named) == 1:
        return named[0]
    for n in range(2, len(roster.header)):
        cells = {_cell(row, n).strip() for row in roster.rows}
        if len(cells) == 1 and _number(cells.pop()):
            return n - 1
    return None


def _is_safe(roster: Roster, column: int) -> bool:
    """Whether the column can be written as it is; Moodle takes a backslash for its own sign."""
    cells = [_cell(row, column) for row in (roster.header, *roster.rows)]
    return all(harmless(cell) == cell and "\\" not in cell for cell in cells)


# --- Brightspace --------------------------------------------------------------------------------

_END = "End-of-Line Indicator"
_BRIGHTSPACE_KEYS = ("orgdefinedid", "username")


def _brightspace_filled(roster: Roster, title: str, grades: Sequence[Grade]) -> list[_Row]:
    """The keys of the export, the assignment's column and the sign that ends each line.

    Brightspace asks for nothing else, so that names are left out. It writes a number sign in front
    of ids and takes it off again; that keeps spreadsheets from reading them as numbers or formulas.
    """
    names = [cell.strip() for cell in roster.header]
    keys = [n for n, name in enumerate(names) if name.casefold() in _BRIGHTSPACE_KEYS]
    if not keys:
        return []
    column = _titled(title, [re.sub(r" Points Grade\b.*$", "", name) for name in names], 0)
    if column is not None and " Points Grade" not in names[column]:
        column = None
    most = _most(grades)
    name = f"{title} Points Grade"
    if column is not None:
        name = names[column]
        limit = re.search(r"MaxPoints:\s*([\d.,]+)", name)
        most = (_number(limit[1]) if limit else None) or most
    marks = _marks(roster, grades)
    rows: list[_Row] = [[*(names[n] for n in keys), name, _END]]
    for index, row in enumerate(roster.rows):
        before = "" if column is None else _cell(row, column)
        mark = _points(marks[index], most) if index in marks else before
        rows.append([*(_sharp(_cell(row, n)) for n in keys), mark, "#"])
    return rows


def _brightspace_made(title: str, marked: Sequence[tuple[Person, Graded]]) -> list[_Row]:
    known = [(person, grade) for person, grade in marked if person.id or person.login]
    head = ["OrgDefinedId", "Username", f"{title} Points Grade", _END]
    rows = [[_sharp(p.id), _sharp(p.login), _points(g, g.max_score), "#"] for p, g in known]
    return [head, *rows] if rows else []


def _sharp(key: str) -> str:
    return f"#{key}" if key and not key.startswith("#") else key


# --- what they share ----------------------------------------------------------------------------

_FILLED = {"canvas": _canvas_filled, "moodle": _moodle_filled, "brightspace": _brightspace_filled}
_MADE = {"canvas": _canvas_made, "brightspace": _brightspace_made}


def _marks(roster: Roster, grades: Iterable[Grade]) -> dict[int, Graded]:
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


def _titled(title: str, names: Sequence[str], start: int) -> int | None:
    """The one column of that title, or of the part of it before a colon; None if there is none."""
    for wanted in (title, title.partition(":")[0]):
        found = [n for n, name in enumerate(names) if n >= start and _same(name, wanted)]
        if len(found) == 1:
            return found[0]
    return None


def _same(name: str, other: str) -> bool:
    """Whether two names have the same words: platforms differ in the signs that they allow."""
    return re.findall(r"\w+", name.casefold()) == re.findall(r"\w+", other.casefold())


def _most(grades: Sequence[Grade]) -> float:
    return max((grade.max_score for grade in grades), default=0.0)


def _points(grade: Graded, most: float) -> str:
    """The mark, out of `most`, with a decimal point."""
    if most == grade.max_score or not grade.max_score:
        return f"{grade.score:.10g}"
    return f"{round(grade.score * most / grade.max_score, 2):.10g}"


def _number(cell: str) -> float | None:
    text = cell.strip().replace(",", ".")
    return float(text) if re.fullmatch(r"\d+(\.\d+)?", text, re.ASCII) else None


def _cell(row: _Row, column: int) -> str:
    return row[column] if column < len(row) else ""
