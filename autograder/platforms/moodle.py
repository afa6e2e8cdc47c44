"""Moodle: a folder a student or group, or all of it in the name of each file; grading worksheets.

What is read and written follows https://github.com/moodle/moodle, `mod/assign`: downloads come from
`classes/downloader.php`, marks go to `feedback/offline/importgradeslib.php` and feedback to
`feedback/file/importziplib.php`.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from autograder.model import Grade, Person
from autograder.platforms.marks import by_row, cell, number, points_of
from autograder.platforms.platform import Notebooks, Platform
from autograder.platforms.roster import Roster
from autograder.platforms.sheet import Sheet, SheetError, by_key, parsed, zipped
from autograder.platforms.spreadsheet import Columns, Row, Table, named_columns, person_of
from autograder.submissions.handed_in import HandedIn
from autograder.submissions.tree import File, FileTree

# Only a group of all who are in no group has no number, and only a name without letters is empty.
_NAME = re.compile(
    r"(?P<name>.*?)(?:_(?P<id>\d+))?_assignsubmission_(?P<kind>[a-z]+)(?:_(?P<file>.*))?$",
    re.DOTALL,
)
_IDENTIFIER = re.compile(r"\s*(?P<word>[^\W\d_][^\d]{2,}?)\s?(?P<id>\d+)\s*")
# Words of Moodle's language packs, in lower case: `hiddenuser`, which precedes a number,
_PARTICIPANT = {
    "participant", "participant(e)", "deltager", "deltaker", "deltagare", "teilnehmer",
    "teilnehmer/in", "participante", "partecipante", "deelnemer", "osallistuja", "uczestnik",
    "участник", "учасник", "účastník", "résztvevő", "sodelujoči", "参加者",
    "参加者の", "参与者", "參與者", "참가자", "مشارك",
}  # fmt: skip
# `grade`; in other languages the column is found by its neighbour, the maximum,
_GRADE = {
    "grade", "karakter", "bewertung", "note", "calificación", "cijfer", "betyg", "arvosana",
    "valutazione", "nota", "ocena",
}  # fmt: skip
# `submissionteam`,
_GROUP = {"group", "gruppe", "groupe", "grupo", "gruppo", "groep", "grupp", "ryhmä", "grupa"}
# `no`, of whether a grade can be changed, and how `submissionstatus_draft` begins.
_NO = {"no", "nej", "nein", "non", "nei", "nee", "ei", "não", "nie", "ne", "нет", "いいえ", "否"}
_DRAFT = ("draft", "kladde", "entwurf", "brouillon", "borrador", "utkast", "concept", "bozza",
          "rascunho", "luonnos", "szkic", "черновик")  # fmt: skip
_TIME = re.compile(r"-|.*\b\d{4}\b.*\d\d?[:.]\d\d.*", re.S)
_MOST_PAGE_BYTES = 100_000_000
_FEEDBACK, _FEEDBACK_NAME = "moodle_feedback.zip", "feedback.md"
# Windows refuses these in names; no underscore in their place, where Moodle would count it.
_UNSAFE = re.compile(r'[<>:"/\\|?*]+')


class Moodle(Platform):
    """Moodle's assignments, those of groups included."""

    kind = "moodle"
    feedback_files = (_FEEDBACK,)
    ids_need_names = True  # a group's number may be that of a participant, too
    advice = (
        "Moodle: import moodle.csv first, then moodle_feedback.zip. Feedback counts as a change, "
        'so to import marks a second time, tick "Allow updating records that have been modified '
        'more recently in Moodle".'
    )

    def recognise(self, tree: FileTree) -> list[HandedIn] | None:
        """See `Platform`. Blind marking shows a word for "participant" in place of names."""
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
            owned[match["name"], match["id"] or ""].append((top, files))
            ids_of[match["name"]].add(match["id"])
        of_groups = any(not match["id"] for match in tops.values())
        found = []
        for (name, participant), parts in owned.items():
            blind = len(ids_of[name]) > 1 or name.endswith("Participant") or not name
            shown = f"{name} {participant}".strip() if blind and not of_groups else name
            found.append(_handed_in(shown, "" if of_groups else participant, parts))
        return found

    def columns(self, table: Table) -> Columns | None:
        """See `Platform`; a grading worksheet has identifiers, and blind marking no names."""
        if not _holds_participants(table):
            return None
        columns = named_columns(table.header)
        groups = tuple(n for n, title in enumerate(table.titles) if title in _GROUP)
        return replace(columns, id=(0, *(n for n in columns.id if n)), group=groups)

    def person(self, row: Row, columns: Columns) -> Person | None:
        """See `Platform`; the id is the participant's number."""
        match = _IDENTIFIER.fullmatch(cell(row, 0))
        found = person_of(row, columns)
        if match is None:
            return found
        if found is None and not columns.name:
            return Person(name=cell(row, 0).strip(), id=match["id"])
        return found and found.model_copy(update={"id": match["id"]})

    def fill(self, roster: Roster, title: str, grades: Sequence[Grade]) -> Sheet | None:
        """Three columns of the TA's own grading worksheet; None if it holds no grades in points.

        These are the ones that Moodle needs, by their names in the language of the moment: the
        identifier, the grade and when that was last changed. More would do harm: a column of texts
        that ends with a backslash makes Moodle refuse the sheet, and comments would be stored anew.
        Moodle passes over rows that are older than its own grade, and says nothing, so that the
        time stays as it is. The file is separated by commas, the only sign that every version
        takes; a decimal comma is kept where the sheet has one.
        """
        grade, modified = _grade_column(roster), _modified_column(roster)
        if grade is None or modified is None:
            return None
        highest = [cell(row, grade + 1).strip() for row in roster.rows]
        if any(number(text) is None for text in highest):
            return None  # a scale of words
        marks = by_row(roster, grades)
        kept = (0, grade, modified)
        rows: list[Row] = [[roster.header[n] for n in kept]]
        told = []
        for index, row in enumerate(roster.rows):
            filled = [cell(row, n) for n in kept]
            if index in marks:
                if refusal := _closed(row, grade):
                    told.append(f"{cell(row, 1) or filled[0]} keeps what Moodle has: {refusal}")
                else:
                    points = points_of(marks[index], number(highest[index]) or 0)
                    filled[1] = points.replace(".", ",") if "," in highest[index] else points
            rows.append(filled)
        return Sheet(rows, {row[0]: row[1] for row in rows[1:] if row[1]}, tuple(told))

    def read(self, text: str) -> Mapping[str, str]:
        """See `Platform`; by `lib/csvlib.class.php`, to which a backslash is a sign of its own."""
        if "\\" in text:
            raise SheetError("a backslash stands in it, which Moodle reads as its own sign")
        header, rows = parsed(text)
        if len(set(header)) != len(header):
            raise SheetError("two of its columns have one name")
        return {key: mark for key, mark in by_key(rows, 0, 1).items() if mark}

    def feedback(
        self,
        grades: Sequence[Grade],
        texts: Mapping[str, str],
        notebooks: Notebooks,
        pages: Mapping[str, Path] | None = None,
    ) -> Mapping[str, bytes]:
        """See `Platform`; the zip for "Upload multiple feedback files in a zip".

        Moodle looks for participants' numbers alone, in team assignments, too. Hence a file goes
        into the folder of a download only where its number is that of somebody who gets the mark,
        and everybody else has a folder of their own.
        """
        files: dict[str, bytes | Callable[[], bytes]] = {}
        room = _MOST_PAGE_BYTES
        for grade in grades:
            page = (pages or {}).get(grade.submission)
            size = page.stat().st_size if page else 0
            for path in _feedback_paths(grade) if grade.submission in texts else ():
                files[path] = texts[grade.submission].encode()
                if page and size <= room:
                    room -= size
                    files[f"{path.removesuffix('.md')}.html"] = page.read_bytes
        return {_FEEDBACK: zipped(files)}


def _handed_in(name: str, number: str, parts: list[tuple[str, tuple[File, ...]]]) -> HandedIn:
    return HandedIn(
        path=parts[0][0],
        student=name,
        files=tuple(file for _, files in parts for file in files),
        people=(Person(name=name, id=number),),
        owner=("moodle", number, name),
    )


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
    columns = [[cell(row, n).strip() for row in table.rows if row]
               for n in range(2, len(table.header))]  # fmt: skip
    maximum = any(len(set(cells)) == 1 and number(cells[0]) for cells in columns)
    return maximum and any(all(_TIME.fullmatch(text[:100]) for text in cells) for cells in columns)


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


def _modified_column(roster: Roster) -> int | None:
    """The column that tells when a grade was last changed: the last one of times."""
    timed = [
        n
        for n in range(1, len(roster.header))
        if all(_TIME.fullmatch(cell(row, n).strip()[:100]) for row in roster.rows)
    ]
    return timed[-1] if timed else None


def _closed(row: Row, grade: int) -> str:
    """Why a grade is not to be written; empty where nothing speaks against it."""
    if cell(row, grade + 2).strip().casefold() in _NO:
        return "the grade cannot be changed there"
    before = [text.strip().casefold() for text in row[1:grade]]
    if any(text.startswith(_DRAFT) and "(" in text for text in before):
        return "the submission is a draft"
    return ""


def _feedback_paths(grade: Grade) -> Iterator[str]:
    left = {person.id: person for person in grade.people if person.id.isdecimal()}
    for part in grade.submission.split("/"):
        found = _NAME.fullmatch(part)
        if found and found["id"] in left:
            del left[found["id"]]
            ids = f"_{found['id']}_assignsubmission_{found['kind']}"
            folder = _safe_name(found["name"].replace("_", " ")) + ids
            rest = "_" if found["file"] == "" else ""
            yield (
                f"{folder}_{_FEEDBACK_NAME}"
                if found["file"]
                else f"{folder}{rest}/{_FEEDBACK_NAME}"
            )
            break
    for participant, person in left.items():
        name = _safe_name(person.name.replace("_", " "))
        yield f"{name}_{participant}_assignsubmission_file/{_FEEDBACK_NAME}"


def _safe_name(name: str) -> str:
    """A name for every system: no separators or control characters, no dots or tildes in front."""
    printable = "".join(c if c.isprintable() else " " for c in _UNSAFE.sub(" ", name))
    return printable.lstrip(".~ ")[:100].rstrip() or "Participant"
