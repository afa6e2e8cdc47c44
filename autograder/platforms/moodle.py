"""Moodle: a folder a student, or all of it in the name of each file; and the grading worksheet.

The importers are in https://github.com/moodle/moodle/tree/main/public/mod/assign/feedback
"""

import io
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from autograder.model import Grade, Person
from autograder.platforms.csv_writer import harmless
from autograder.platforms.marks import by_row, cell, number, points_of
from autograder.platforms.platform import Platform
from autograder.platforms.roster import Roster
from autograder.platforms.spreadsheet import Columns, Row, Table, named_columns, person_of
from autograder.submissions.handed_in import HandedIn
from autograder.submissions.tree import File, Tree

_NAME = re.compile(
    r"(?P<name>.+)_(?P<id>\d+)_assignsubmission_(?P<kind>[a-z]+)(?:_(?P<file>.*))?$", re.DOTALL
)
_IDENTIFIER = re.compile(r"\s*(?P<word>[^\W\d_][^\d]{2,}?)\s?(?P<id>\d+)\s*")
# Moodle's word in front of the number, `hiddenuser` in its language packs.
_PARTICIPANT = {
    "participant", "participant(e)", "deltager", "deltaker", "deltagare", "teilnehmer",
    "teilnehmer/in", "participante", "partecipante", "deelnemer", "osallistuja", "uczestnik",
    "участник", "учасник", "účastník", "résztvevő", "sodelujoči", "参加者",
    "参加者の", "参与者", "參與者", "참가자", "مشارك",
}  # fmt: skip
# Moodle's word for a grade in the languages of which it is known; elsewhere the column is found by
# its neighbour, the maximum.
_GRADE = {
    "grade", "karakter", "bewertung", "note", "calificación", "cijfer", "betyg", "arvosana",
    "valutazione", "nota", "ocena",
}  # fmt: skip
_TIME = re.compile(r"-|.*\b\d{4}\b.*\d\d?[:.]\d\d.*", re.S)
# How Moodle reads a path: name, participant and plugin are divided by underscores, and whatever
# else is in that part belongs to the file
# (https://github.com/moodle/moodle/blob/main/public/mod/assign/feedback/file/importziplib.php).
_OWNER = re.compile(
    r"(?P<name>[^_]*)(?P<plugin>_(?P<id>\d+)_assignsubmission_[a-z]+)(?P<rest>_.*|)",
    re.S,
)
# Windows refuses these in names; no underscore in their place, where Moodle would count it.
_UNSAFE = re.compile(r'[<>:"/\\|?*]+')
_EPOCH = (1980, 1, 1, 0, 0, 0)
_FEEDBACK = "moodle_feedback.zip"
_FEEDBACK_NAME = "feedback.md"


class Moodle(Platform):
    """Moodle's assignments."""

    kind = "moodle"
    feedback_files = (_FEEDBACK,)

    def recognise(self, tree: Tree) -> list[HandedIn] | None:
        """See `Platform`.

        Blind marking shows a word for "participant" in the place of every name.
        """
        tops = {top: match for top in tree.top if (match := _NAME.match(top))}
        if not tops:
            return None
        below = tree.by_top()
        owned: dict[tuple[str, str], list[tuple[str, tuple[File, ...]]]] = defaultdict(list)
        ids_of = defaultdict(set)
        for top, match in tops.items():
            files = below[top]
            if match["file"] and top not in tree.folders:
                files = tuple(replace(file, name=match["file"]) for file in files)
            owned[match["name"], match["id"]].append((top, files))
            ids_of[match["name"]].add(match["id"])
        found = []
        for (name, participant), parts in owned.items():
            blind = len(ids_of[name]) > 1 or name.endswith("Participant")
            shown = f"{name} {participant}" if blind else name
            found.append(_handed_in(shown, participant, parts))
        return found

    def columns(self, table: Table) -> Columns | None:
        """See `Platform`; a grading worksheet has an identifier, and blind marking no names."""
        if not _holds_participants(table):
            return None
        columns = named_columns(table.header)
        return replace(columns, id=(0, *(n for n in columns.id if n)))

    def person(self, row: Row, columns: Columns) -> Person | None:
        """See `Platform`; the id is the participant's number."""
        match = _IDENTIFIER.fullmatch(cell(row, 0))
        found = person_of(row, columns)
        if match is None:
            return found
        if found is None and not columns.name:
            return Person(name=cell(row, 0).strip(), id=match["id"])
        return found and found.model_copy(update={"id": match["id"]})

    def fill(self, roster: Roster, title: str, grades: Sequence[Grade]) -> list[Row]:
        """The TA's own grading worksheet with its grades filled in; no rows if it has no grades.

        Moodle reads three columns, by their names in the language of the moment: the identifier,
        the grade and when that was last changed. It passes over rows that are older than its own
        grade and over grades above the maximum, and says nothing. So the time stays as it is. The
        file is always separated by commas, the only sign that every version of Moodle takes; a
        decimal comma is kept where the sheet has one. Of the columns behind the maximum those are
        left out that are not safe as they are, such as online texts and comments: Moodle would
        store what makes them safe, and keeps what it has of a column that is not there.
        """
        column = _grade_column(roster)
        if column is None:
            return []
        highest = [cell(row, column + 1).strip() for row in roster.rows]
        if any(number(cell) is None for cell in highest):
            return []  # a scale of words
        marks = by_row(roster, grades)
        kept = [n for n in range(len(roster.header)) if n <= column + 1 or _is_safe(roster, n)]
        rows: list[Row] = [[roster.header[n] for n in kept]]
        for index, row in enumerate(roster.rows):
            filled = [cell(row, n) for n in kept]
            if index in marks:
                points = points_of(marks[index], number(highest[index]) or marks[index].max_score)
                filled[column] = points.replace(".", ",") if "," in highest[index] else points
            rows.append(filled)
        return rows

    def feedback(self, grades: Sequence[Grade], texts: Mapping[str, str]) -> Mapping[str, bytes]:
        """See `Platform`."""
        return {_FEEDBACK: _feedback_zip(grades, texts)}


def _holds_participants(table: Table) -> bool:
    """Whether the first column has Moodle's identifiers: one word and a number each.

    The word is one that Moodle is known to use, or the table has what every worksheet has: grades
    beside one maximum for all, and a column of times.
    """
    cells = [row[0] for row in table.rows if row and row[0].strip()]
    matches = [_IDENTIFIER.fullmatch(cell) for cell in cells]
    words = {match["word"].strip() for match in matches if match}
    if not (cells and all(matches) and len(words) == 1):
        return False
    return words.pop().casefold() in _PARTICIPANT or _has_maximum_and_times(table)


def _has_maximum_and_times(table: Table) -> bool:
    columns = [
        [cell(row, n).strip() for row in table.rows if row] for n in range(2, len(table.header))
    ]
    maximum = any(len(set(cells)) == 1 and number(cells[0]) for cells in columns)
    times = any(all(_TIME.fullmatch(text[:100]) for text in cells) for cells in columns)
    return maximum and times


def _handed_in(name: str, number: str, parts: list[tuple[str, tuple[File, ...]]]) -> HandedIn:
    return HandedIn(
        path=parts[0][0],
        student=name,
        files=tuple(file for _, files in parts for file in files),
        people=(Person(name=name, id=number),),
        owner=("moodle", number, name),
    )


def _grade_column(roster: Roster) -> int | None:
    """The column of grades: by its name, or since the maximum, the same for all, follows it."""
    named = [n for n, cell in enumerate(roster.header) if cell.strip().casefold() in _GRADE]
    if len(named) == 1:
        return named[0]
    for n in range(2, len(roster.header)):
        cells = {cell(row, n).strip() for row in roster.rows}
        if len(cells) == 1 and number(cells.pop()):
            return n - 1
    return None


def _is_safe(roster: Roster, column: int) -> bool:
    """Whether the column can be written as it is; Moodle takes a backslash for its own sign."""
    cells = [cell(row, column) for row in (roster.header, *roster.rows)]
    return all(harmless(cell) == cell and "\\" not in cell for cell in cells)


def _feedback_zip(grades: Sequence[Grade], texts: Mapping[str, str]) -> bytes:
    """The zip that Moodle takes under "Upload multiple feedback files in a zip".

    `texts` are the feedback by submission. A file goes into the folder that the submission came
    from, or has its name as prefix where the download had no folders; each further member of a
    group gets one of their own. The same feedback gives the same bytes.
    """
    files: dict[str, str] = {}
    for grade in grades:
        if grade.submission in texts:
            for path in _feedback_paths(grade):
                files[path] = texts[grade.submission]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        for path in sorted(files):
            entry = zipfile.ZipInfo(path, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # else it tells which system made it
            entry.external_attr = 0o100644 << 16
            zipped.writestr(entry, files[path])
    return archive.getvalue()


def _feedback_paths(grade: Grade) -> Iterator[str]:
    owner = None
    for part in grade.submission.split("/"):
        if found := _OWNER.fullmatch(part):
            owner = found["id"]
            is_folder = found["rest"] in ("", "_")
            folder = _safe_name(found["name"]) + found["plugin"]
            yield (
                f"{folder}{found['rest']}/{_FEEDBACK_NAME}"
                if is_folder
                else f"{folder}_{_FEEDBACK_NAME}"
            )
            break
    for person in grade.people:
        if person.id.isdecimal() and person.id != owner:
            name = _safe_name(person.name.replace("_", " "))
            yield f"{name}_{person.id}_assignsubmission_file/{_FEEDBACK_NAME}"


def _safe_name(name: str) -> str:
    """A name for every system: no separators or control characters, no dots or tildes in front.

    Moodle passes over hidden files, and looks at nothing but the participant's number.
    """
    printable = "".join(c if c.isprintable() else " " for c in _UNSAFE.sub(" ", name))
    return printable.lstrip(".~ ")[:100].rstrip() or "Participant"
