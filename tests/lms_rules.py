"""How learning platforms read an import file, by their documents and sources: the tests' referee.

Each function takes the bytes of a file and the platform's own state, and returns what would be
stored. Refused raises what the platform would refuse, or pass over in silence where a mark is lost.
"""

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


class Refused(Exception):
    """The platform does not take the file, or does not take a mark that it holds."""


Marks = dict[str, float | None]
"""By the platform's own id of a person; None where an earlier mark is taken away."""


# --- Canvas: lib/gradebook_importer.rb ----------------------------------------------------------


@dataclass(frozen=True)
class CanvasCourse:
    """Students as (id, name, SIS id, login), titles of assignments by id, and scores by student."""

    students: tuple[tuple[str, str, str, str], ...]
    assignments: Mapping[str, str] = field(default_factory=dict)
    scores: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class CanvasImport:
    """What an import changes: marks in the one assignment of the file, which may be new."""

    assignment: str
    is_new: bool
    points_possible: float | None
    marks: Marks


def canvas_import(content: bytes, course: CanvasCourse) -> CanvasImport:
    """Import into a course; only files with a single assignment are taken here."""
    text = content.decode("utf-8")
    header, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=_canvas_separator(text))
    two = header[:2] == ["LastName", "FirstName"]  # an optional feature of a course
    if two and "ID" in header[2]:  # GradebookImporter#row_has_student_headers?
        joined = [[f"{first} {last}".strip(), *more] for last, first, *more in rows]
        header, rows = (
            ["Student", *header[2:]],
            [row if row[0] not in ("", " ") else ["", *row[1:]] for row in joined],
        )
    if not (len(header) > 3 and "Student" in header[0] and "ID" in header[1]):
        raise Refused(f"header: {header}")
    sis, login, students = _canvas_columns(header)
    if "Section" not in header[students - 1]:
        raise Refused(f"no section where Canvas looks for it: {header}")
    if len(header) != students + 1:
        raise Refused(f"columns beside the one assignment: {header[students:]}")
    titled = re.fullmatch(r"(.*)\s\((\d+)\)", header[students])
    known = course.assignments.get(titled[2]) if titled else None
    known = known or next((t for t in course.assignments.values() if t == header[students]), None)
    points, marks = None, Marks()
    for row in rows:
        if "Points Possible" in row[0]:
            if "read only" in row[students]:
                raise Refused("the column is read only")
            points = float(row[students]) if row[students] else None
            continue
        if all(re.fullmatch(r"\s*(Muted|Manual Posting.*)?\s*", c, re.I) for c in row):
            continue
        person = _canvas_student(row, course, sis, login)
        new, old = _canvas_number(row[students].strip()), course.scores.get(person, "")
        if new == old:
            continue
        if new.upper() == "EX" or old.upper() == "EX":  # #no_change_to_value? with an excuse
            raise Refused(f"an excuse is given or taken away: {row}")
        if new and not re.fullmatch(r"-?\d+(\.\d+)?", new):
            raise Refused(f"no score: {new!r}")
        marks[person] = float(new) if new else None
    return CanvasImport(known or header[students], known is None, points, marks)


def _canvas_separator(text: str) -> str:
    """By the first three lines as they are cut at line ends, quoted or not."""
    lines = text.splitlines()[:3]
    width = {}
    for separator in ";,":
        widths = set()
        for line in lines:
            if line.count('"') % 2:
                widths = {0, 1}  # Ruby finds the quotes malformed
                break
            widths.add(len(next(csv.reader([line], delimiter=separator), [])))
        width[separator] = widths.pop() if len(widths) == 1 else 0
    return ";" if width[";"] > width[","] else ","


def _canvas_columns(header: list[str]) -> tuple[int | None, int | None, int]:
    if re.search(r"SIS\s+Login\s+ID", header[2]):
        return None, 2, 4
    if re.search(r"SIS\s+User\s+ID", header[2]) and re.search(r"SIS\s+Login\s+ID", header[3]):
        further = 1 if re.search(r"Integration\s+ID", header[4]) else 0
        further += 1 if re.search(r"Root\s+Account", header[4 + further]) else 0
        return 2, 3, 5 + further
    return None, None, 3


def _canvas_student(
    row: list[str], course: CanvasCourse, sis: int | None, login: int | None
) -> str:
    for mine, column in ((0, 1), (2, sis), (3, login), (1, 0)):
        if column is not None and row[column]:
            found = [s[0] for s in course.students if s[mine] == row[column]]
            if found:
                return found[0]
    raise Refused(f"nobody in the course: {row}")


def _canvas_number(cell: str) -> str:
    """Points and commas alike: the last one is the decimal sign."""
    if not re.fullmatch(r"-?[0-9.,]+%?", cell):
        return cell
    *front, last = re.split("[,.]", cell)
    return f"{''.join(front)}.{last}" if front else last


# --- Moodle: mod/assign/feedback/offline --------------------------------------------------------


@dataclass(frozen=True)
class MoodleAssignment:
    """An assignment: its participants, the words of its language, its highest grade.

    `graded` are grades in Moodle with the time of their last change.
    """

    participants: tuple[str, ...]
    highest: float
    participant: str = "Participant "
    identifier: str = "Identifier"
    grade: str = "Grade"
    modified: str = "Last modified (grade)"
    feedback: str = "Feedback comments"
    graded: Mapping[str, tuple[float, datetime]] = field(default_factory=dict)
    locked: tuple[str, ...] = ()


def moodle_import(content: bytes, assignment: MoodleAssignment) -> tuple[Marks, dict[str, str]]:
    """Marks and feedback comments by participant; the file is separated by commas."""
    text = content.decode("utf-8").removeprefix("\ufeff")
    header, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    # lib/csvlib.class.php, load_csv_content: PHP reads a backslash as an escape for quotation
    # marks, so that rows have other columns than the header, refused as csvweirdcolumns.
    if any(cell.endswith("\\") or '\\"' in cell for row in rows for cell in row):
        raise Refused("csvweirdcolumns")
    needed = (assignment.identifier, assignment.grade, assignment.modified)
    if any(header.count(name) != 1 for name in needed):
        raise Refused(f"header: {header}")
    identifier, grade, modified = map(header.index, needed)
    marks, comments = Marks(), dict[str, str]()
    for row in rows:
        if len(row) != len(header):
            raise Refused(f"the row has {len(row)} columns: {row}")
        person = row[identifier][len(assignment.participant) :]
        if person not in assignment.participants:
            raise Refused(f"no participant: {row[identifier]}")
        if assignment.feedback in header:
            comments[person] = row[header.index(assignment.feedback)]
        cell = row[grade].replace(" ", "").replace(",", ".")
        if not cell:
            continue
        new = float(cell)
        before = assignment.graded.get(person)
        if before is not None and before[0] == new:
            continue
        if before is not None and (before[1] - _moodle_time(row[modified])).total_seconds() > 60:
            raise Refused(f"stale: {row}")
        if person in assignment.locked:  # assign::grading_disabled
            raise Refused(f"the grade is locked: {row}")
        if not 0 <= new <= assignment.highest:
            raise Refused(f"out of range: {new}")
        marks[person] = new
    return marks, comments


def _moodle_time(cell: str) -> datetime:
    try:
        return datetime.strptime(cell, "%A, %d %B %Y, %I:%M %p")
    except ValueError:
        return datetime(1970, 1, 1)


def moodle_feedback_owner(path: str, participants: tuple[str, ...]) -> tuple[str, str] | None:
    """Whose feedback a file of the zip is, and what Moodle calls it; None if it is passed over."""
    if path.rpartition("/")[2].startswith((".", "~")):
        return None
    parts = path.split("/")
    while parts:
        info = parts.pop(0).split("_", 4)
        if len(info) < 4 or not info[1].isdecimal() or info[1] not in participants:
            continue
        if (info[2], info[3]) not in {
            ("assignsubmission", "file"),
            ("assignsubmission", "onlinetext"),
        }:
            continue
        return info[1], "/".join([*info[4:], *parts]).lstrip("/")
    return None


# --- Canvas: AbstractAssignment#infer_comment_context_from_filename -----------------------------


def canvas_comment_owner(
    name: str, attachments: Mapping[str, tuple[str, ...]]
) -> tuple[str, str] | None:
    """Whose submission a file of "Upload submissions" comments on, and by which attachment.

    `attachments` are the ids of attachments by user. None if Canvas ignores the file.
    """
    base = name.rpartition("/")[2]
    if base.startswith("."):
        return None
    numbers = [part for part in base.split("_") if re.fullmatch(r"\d+", part)]
    if len(numbers) < 2 or numbers[1] not in attachments.get(numbers[0], ()):
        return None
    return numbers[0], numbers[1]


# --- Brightspace: community.d2l.com/brightspace/kb/articles/3538-importing-grades ---------------


def brightspace_import(
    content: bytes, students: Mapping[str, str], highest: Mapping[str, float]
) -> tuple[str, Marks]:
    """The grade item and the marks by OrgDefinedId; `students` are usernames by that id.

    An item that is not in `highest` is made anew. Marks above its maximum would be cut.
    """
    text = content.decode("utf-8").removeprefix("\ufeff")
    header, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    keys = [name for name in header if name in ("OrgDefinedId", "Username")]
    if not keys or header[: len(keys)] != keys:
        raise Refused(f"the keys do not come first: {header}")
    if header[-1] != "End-of-Line Indicator" or len(header) != len(keys) + 2:
        raise Refused(f"header: {header}")
    item = re.fullmatch(r"(.+) Points Grade(?: <Numeric .*>)?", header[-2], re.S)
    if item is None:
        raise Refused(f"no grade item: {header[-2]}")
    by_login = {login: number for number, login in students.items()}
    marks = Marks()
    for row in rows:
        if len(row) != len(header) or row[-1] != "#":
            raise Refused(f"the line does not end where it should: {row}")
        who = {name: cell.removeprefix("#") for name, cell in zip(keys, row, strict=False)}
        person = who.get("OrgDefinedId") or by_login.get(who.get("Username", ""), "")
        if person not in students:
            raise Refused(f"nobody in the course: {row}")
        if row[-2]:
            mark = float(row[-2])
            if not 0 <= mark <= highest.get(item[1], mark):
                raise Refused(f"above the maximum: {row}")
            marks[person] = mark
    return item[1], marks


# --- spreadsheets -------------------------------------------------------------------------------


def looks_like_formula(cell: str) -> bool:
    """Whether a spreadsheet that opens a CSV file may compute this cell."""
    start = cell.lstrip(" \t\r\n\u3000\ufeff")
    return len(start) > 1 and start[0] in "=+-@\uff1d\uff0b\uff0d\uff20" and not _is_number(start)


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[+-]?\d+([.,]\d+)?", text) is not None
