"""Answers in a student's own words, which only a human can mark, and the CSV file to do it in."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.course.text import text_of
from autograder.errors import CourseError, UsageError
from autograder.grading.by_hand import ByHand, Marks
from autograder.platforms.csv_writer import csv_text, unescape_formula
from autograder.platforms.spreadsheet import table_of
from autograder.results.answer_cells import Reading, cells_of, template_places


@dataclass(frozen=True)
class WrittenQuestion:
    """A question without test cases; `prompt` is its text in the master."""

    name: str
    prompt: str


@dataclass(frozen=True)
class WrittenAnswer:
    """What a student wrote, as markdown, and the most points that it can get."""

    student: str
    submission: str
    question: str
    text: str
    most: float


def written_questions(master: Path) -> tuple[WrittenQuestion, ...]:
    """The questions of a master notebook that Otter calls manual, in order.

    Only `solutions/masters/<assignment>.ipynb` has their names: Otter Assign leaves them out of the
    notebooks that it makes. Raises CourseError for a file that is missing or no notebook.
    """
    text = text_of(master)
    try:
        cells = cells_of(text)
    except ValueError as error:
        raise CourseError(f"{master}: cannot be read as a notebook: {error}") from error
    found, name, prompt = [], "", list[str]()
    for cell in cells:
        first, _, settings = cell.source.strip().partition("\n")
        if cell.kind == "raw" and first == "# BEGIN QUESTION":
            fields = dict(re.findall(r"^(\w+):[ \t]*(.*?)[ \t]*$", settings, re.M))
            name = fields.get("name", "") if fields.get("manual") == "true" else ""
        elif cell.kind == "markdown" and name:
            prompt.append(cell.source)
        elif name:
            found.append(WrittenQuestion(name, "\n\n".join(prompt)))
            name = ""
        if not name:
            prompt = []
    return tuple(found)


def written_answers(
    template: str, notebook: str, questions: Sequence[WrittenQuestion]
) -> tuple[tuple[str, str], ...]:
    """Each question's name and the student's answer to it, empty where there is none.

    `template` is the notebook as it was handed out and `notebook` the student's, both as JSON. The
    template's cells are recognised by their text, also where it was changed a little; ids, tags and
    comments may be gone and cells in another place. The answer is what the student wrote into the
    question's own cell and into the cells below it, code included, up to the next cell of the
    template; where there is nothing below, the text right above; where the question itself is gone,
    the text between the cells of the template around it.
    Raises ValueError if one of the two is no notebook.
    """
    if not questions:
        return ()
    places = template_places(template, {q.name: q.prompt for q in questions})
    reading = Reading.of(notebook, places)
    return tuple((q.name, _bounded(reading.answer(q.name))) for q in questions)


def _bounded(text: str) -> str:
    if len(text) > _MOST_ANSWER:
        text = _PICTURE.sub("(a picture, left out)", text)
    return text if len(text) <= _MOST_ANSWER else f"{text[:_MOST_ANSWER]}…"


# An answer is kept for all pages at a time; what is longer loses its pictures, then its end.
_MOST_ANSWER = 200_000
_PICTURE = re.compile(r"data:image/[a-z]+;base64,[A-Za-z0-9+/=]+", re.IGNORECASE)
_COLUMNS = ("student", "submission", "question", "most", "answer", "points", "comment")
_SHOWN = 500


def as_csv(answers: Iterable[WrittenAnswer], marks: Marks | None = None) -> str:
    """A row an answer, with columns for points and a comment, to be filled in by a human.

    `marks` go into their rows; those whose answer is gone keep a row at the end. The text starts
    with a byte order mark: without it Excel takes æ for two other letters, and saves those.
    """
    left = dict(marks or {})
    rows: list[tuple[object, ...]] = []
    for answer in answers:
        mark = left.pop((answer.submission, answer.question), ByHand(None, ""))
        text = answer.text if len(answer.text) <= _SHOWN else answer.text[: _SHOWN - 1] + "…"
        who = (answer.student, answer.submission, answer.question)
        rows.append((*who, f"{answer.most:g}", text, _shown(mark.points), mark.comment))
    for (submission, question), mark in left.items():
        rows.append(("", submission, question, "", "", _shown(mark.points), mark.comment))
    return "\ufeff" + csv_text([_COLUMNS, *rows])


def read_points(file: Path) -> Marks:
    """Points and comments from a file as `as_csv` made it, also after a spreadsheet saved it.

    Raises UsageError with one sentence for a file without the columns needed, for a row of which
    something would be lost, and for points that are no number, below 0 or above the most that the
    row names.
    """
    header, rows, _ = table_of(file, strict=True)
    names = [name.strip().lower() for name in header]
    for needed in ("submission", "question", "points"):
        if needed not in names:
            raise UsageError(f"{file}: there is no column {needed!r} in the first row.")
    if twice := [name for name in _COLUMNS if names.count(name) > 1]:
        raise UsageError(f"{file}: there are two columns {twice[0]!r} in the first row.")
    marks: dict[tuple[str, str], ByHand] = {}
    for number, row in enumerate(rows, 2):
        cell = dict(zip(names, [*row, *[""] * (len(names) - len(row))], strict=False))
        key = unescape_formula(cell["submission"]), unescape_formula(cell["question"]).strip()
        where = f"{file}: row {number} ({key[0]}, {key[1]})"
        if any(part.strip() for part in row[len(names) :]):
            raise UsageError(f"{where}: it has more cells than the first row.")
        comment = unescape_formula(cell.get("comment", ""))
        if not all(key):
            if any((*key, cell["points"].strip(), comment.strip())):
                raise UsageError(f"{where}: it names no submission or no question.")
            continue
        if key in marks:
            raise UsageError(f"{where}, column submission: this answer has two rows.")
        marks[key] = ByHand(_points(cell, where), comment)
    return marks


def _points(cell: Mapping[str, str], where: str) -> float | None:
    points, most = _number(cell["points"]), _number(cell.get("most", ""))
    if points is None:
        return None
    if not math.isfinite(points):
        raise UsageError(f"{where}, column points: {cell['points']!r} is no number.")
    if points < 0:
        raise UsageError(f"{where}, column points: {points:g} is below 0.")
    if most is not None and points > most:
        raise UsageError(
            f"{where}, column points: {points:g} is above the most, {most:g}, which the settings "
            "of the assignment give under [written]."
        )
    return points


def _number(cell: str) -> float | None:
    """The number in a cell, with a decimal point or comma; None if empty, NaN if it is none."""
    text = cell.strip().removeprefix("'").replace(",", ".")
    if not text:
        return None
    return float(text) if re.fullmatch(r"[+-]?(\d++\.?+\d*+|\.\d++)", text, re.ASCII) else math.nan


def _shown(points: float | None) -> str:
    return "" if points is None else f"{points:g}"
