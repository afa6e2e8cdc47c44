"""Canvas: a flat folder whose file names tell everything, and a gradebook to fill in.

The importer is https://github.com/instructure/canvas-lms/blob/master/lib/gradebook_importer.rb
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from autograder.model import Grade, Graded, Person
from autograder.platforms.csv_writer import escape_formula
from autograder.platforms.marks import by_row, cell, highest, number, points_of, titled
from autograder.platforms.platform import Marked, Notebooks, Platform
from autograder.platforms.roster import Roster
from autograder.platforms.sheet import Sheet, SheetError, by_key, parsed, zipped
from autograder.platforms.spreadsheet import Columns, Row, Table, named_columns, person_of
from autograder.submissions.handed_in import HandedIn
from autograder.submissions.tree import File, FileTree

_MOST_STRANGERS = 0.2  # the share of files that a TA may have put beside a download
_REST = r"(?:(?P<attachment>[0-9]{2,})_(?P<file>.+)|(?P<page>text|link)\.html)$"
# Canvas keeps what Ruby takes for a part of a word, the vowel signs of Hindi and Thai included. Of
# a name without any, such as one of emoji, nothing is left. Numerals are ASCII's, as in Ruby.
_OWNED = rf"(?P<late>_late)?_(?P<user>[0-9]+)_{_REST}"
_NAMED = re.compile(rf"(?P<name>[^\s./]*?){_OWNED}", re.IGNORECASE)
_NUMBERED = re.compile(rf"(?P<name>[^\s./]*?_[0-9]+){_OWNED}", re.IGNORECASE)
_QUIZ = re.compile(
    r"(?P<name>[^/]*?(?<![0-9]))(?P<user>[0-9]+)_question_(?P<question>[0-9]+)_(?P<attachment>[0-9]+)"
    r"_(?P<file>.+)(?P<page>)$",
    re.IGNORECASE,
)
# What follows two numbers in an assignment's download is a student's choice.
_ASSIGNMENT = re.compile(r"[^/]*?_[0-9]+_[0-9]{2,}_[^/]*_question_")
_ANONYMOUS = re.compile(
    rf"(?P<late>late_)?(?P<name>anon(?:ymous)?)_(?P<late_2>late_)?(?P<user>[a-z0-9]+)_"
    rf"(?P<late_3>late_)?{_REST}",
    re.IGNORECASE,
)
_PAGES = {"text": "an online text", "link": "a link to a web page"}
_FEEDBACK = "canvas_feedback.zip"
_POINTS_POSSIBLE, _EXCUSED = "Points Possible", "EX"
_NOBODY = re.compile(r"\s*points possible", re.IGNORECASE)
_KEYS = ("ID", "SIS User ID", "SIS Login ID", "Integration ID", "Root Account")


class Canvas(Platform):
    """Instructure Canvas."""

    kind = "canvas"
    feedback_files = (_FEEDBACK,)
    advice = (
        'Canvas: import canvas.csv in the gradebook; "Upload submissions" of the assignment takes '
        "canvas_feedback.zip, whose comments stay hidden until grades are posted."
    )

    def recognise(self, tree: FileTree) -> list[HandedIn] | None:
        """See `Platform`."""
        matches = _matches(tree)
        if not matches or len(tree.files) - len(matches) > _MOST_STRANGERS * len(tree.files):
            return None
        owned: dict[tuple[str, str], list[tuple[File, re.Match[str]]]] = defaultdict(list)
        for file, match in matches:
            owned[match["user"], match["name"]].append((file, match))
        return [_handed_in(user, name, files) for (user, name), files in owned.items()]

    def columns(self, table: Table) -> Columns | None:
        """See `Platform`."""
        titles = table.titles
        known = any(title.startswith("sis ") or title == "section" for title in titles)
        heads = titles[:2] == ["student", "id"] or titles[:3] == ["lastname", "firstname", "id"]
        return named_columns(table.header) if heads and known else None

    def person(self, row: Row, columns: Columns) -> Person | None:
        """See `Platform`."""
        return None if _NOBODY.match(cell(row, 0)) else person_of(row, columns)

    def fill(self, roster: Roster, title: str, grades: Sequence[Grade]) -> Sheet | None:
        """The students' columns of the export and the assignment's, which may be new.

        Other assignments are left out: importing them again would undo what was changed since.
        Canvas looks at the login and at the name only where the row has no ID.
        """
        header = [cell.strip() for cell in roster.header]
        people = header.index("Section") + 1 if "Section" in header else len(header)
        column = titled(title, [re.sub(r"\s*\(\d+\)$", "", cell) for cell in header], people)
        marks = by_row(roster, grades)
        most = highest(grades)
        possible = next((row for row in roster.rows if _POINTS_POSSIBLE in cell(row, 0)), None)
        if column is not None and possible is not None:
            most = number(cell(possible, column)) or most
        rows: list[Row] = [[*header[:people], title if column is None else header[column]]]
        told: list[str] = []
        taken: dict[str, str] = {}
        if column is None or possible is None:
            rows.append([f"    {_POINTS_POSSIBLE}", *[""] * (people - 1), f"{most:g}"])
        for index, row in enumerate(roster.rows):
            if row is possible:
                if column is not None:
                    rows.append([cell(row, n) for n in (*range(people), column)])
                continue
            who = dict(zip(header[:people], row, strict=False))
            if not any(who.get(key, "").strip() for key in (*_KEYS, header[0])):
                continue  # the line that says which assignments are posted by hand
            mark = "" if column is None else cell(row, column)
            if index in marks and mark.strip().upper() == _EXCUSED:
                told.append(f"{' '.join(filter(None, row[:people][:1]))} stays excused (EX)")
            elif index in marks:
                mark = points_of(marks[index], most)
            rows.append([*who.values(), mark])
            key = who.get("ID") or "|".join(str(escape_formula(value)) for value in who.values())
            taken |= {key: mark} if mark else {}
        return Sheet(rows, taken, tuple(told))

    def make(self, title: str, marked: Sequence[Marked]) -> Sheet | None:
        """See `Platform`; by the user ids of the download."""
        known = [(person, grade) for person, grade in marked if person.id]
        if not known:
            return None
        head = ["Student", "ID", "Section", title]
        possible = [f"    {_POINTS_POSSIBLE}", "", "", f"{known[0][1].max_score:g}"]
        rows = [[p.name, p.id, "", points_of(g, g.max_score)] for p, g in known]
        return Sheet([head, possible, *rows], {row[1]: row[3] for row in rows})

    def read(self, text: str) -> Mapping[str, str]:
        """See `Platform`; by `GradebookImporter#process_header` and `#process_student`."""
        header, rows = parsed(text)
        start = 3 if header[:2] == ["LastName", "FirstName"] else 2
        if header[start - 1] != "ID" or header[-2:-1] != ["Section"]:
            raise SheetError("Canvas finds its columns ID and Section in other places")
        people = [row for row in rows if _POINTS_POSSIBLE not in row[0]]
        by_id = [row for row in people if row[start - 1]]
        found = by_key(by_id, start - 1, -1)
        others = by_key([["|".join(row[:-1]), row[-1]] for row in people if row not in by_id], 0, 1)
        return {key: mark for key, mark in (found | others).items() if mark}

    def feedback(
        self,
        grades: Sequence[Grade],
        texts: Mapping[str, str],
        notebooks: Notebooks,
        pages: Mapping[str, Path] | None = None,
    ) -> Mapping[str, bytes]:
        """See `Platform`; the zip for "Upload submissions", each notebook under its own name.

        By `AbstractAssignment#infer_comment_context_from_filename`, the first two numbers in a name
        are user and attachment; the file becomes a comment on that submission.
        """
        files: dict[str, bytes | Callable[[], bytes]] = {}
        for grade in grades:
            if grade.submission in texts and (start := _start_of(grade.submission)):
                if isinstance(grade, Graded):
                    files[f"{start}feedback.ipynb"] = partial(_content, notebooks, grade, texts)
                else:
                    files[f"{start}feedback.md"] = texts[grade.submission].encode()
        return {_FEEDBACK: zipped(files)} if files else {}


def _content(notebooks: Notebooks, grade: Grade, texts: Mapping[str, str]) -> bytes:
    notebook = notebooks(grade.submission)
    if notebook is None:  # nothing has been executed under this path
        notebook = json.dumps({
            "cells": [{"id": "feedback", "cell_type": "markdown", "metadata": {},
                       "source": texts[grade.submission]}],
            "metadata": {}, "nbformat": 4, "nbformat_minor": 5,
        })  # fmt: skip
    return notebook.encode()


def _start_of(path: str) -> str:
    """How the name of a downloaded file begins, before what its student called it; else empty."""
    found = (_NAMED.match(part) for part in path.split("/"))
    match = next((match for match in found if match and match["attachment"]), None)
    return match[0][: match.start("file")] if match else ""


def _matches(tree: FileTree) -> list[tuple[File, re.Match[str]]]:
    """The files that are somebody's. Members of a group have one attachment in common.

    What several files have as user and attachment are dates, or the number at the end of a name
    and the user's.
    """
    at_top = [file.path for file in tree.files if "/" not in file.path]
    of_quiz = [p for p in at_top if _QUIZ.match(p) and not _ASSIGNMENT.match(p)]
    is_quiz = len(of_quiz) * 2 > len(at_top)
    first = [(file, match) for file in tree.files if (match := _match(file, is_quiz=is_quiz))]
    given = Counter(map(_given, (match for _, match in first)))
    later = [
        (file, again)
        for file, match in first
        if (again := match if given[_given(match)] == 1 else _NUMBERED.match(file.path))
    ]
    given = Counter(map(_given, (match for _, match in later)))
    return [(file, match) for file, match in later if given[_given(match)] == 1]


def _given(match: re.Match[str]) -> tuple[str, str]:
    return match["user"], match["attachment"] or match["page"]


def _match(file: File, *, is_quiz: bool) -> re.Match[str] | None:
    if "/" in file.path:
        return None
    patterns = (_ANONYMOUS, _QUIZ, _NAMED) if is_quiz else (_ANONYMOUS, _NAMED)
    return next((match for pattern in patterns if (match := pattern.match(file.path))), None)


def _handed_in(user: str, name: str, files: Iterable[tuple[File, re.Match[str]]]) -> HandedIn:
    late = any(value for _, match in files for key, value in match.groupdict().items()
               if key.startswith("late"))  # fmt: skip
    own = tuple(
        replace(f, name=match["file"] or _PAGES[match["page"].lower()]) for f, match in files
    )
    # An anonymous id is not the user id that Canvas wants to have back.
    anonymous = name.lower().startswith("anon") and not user.isdigit()
    person = Person(name=f"anon_{user}") if anonymous else Person(name=name or user, id=user)
    return HandedIn(
        path=own[0].path,
        student=person.name,
        files=own,
        people=(person,),
        late=late,
        owner=("canvas", user, name),
        numbered=True,
    )
