"""Writes the files of a results folder from grades and the ledger."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

from autograder.course.assignment import Assignment
from autograder.course.text import text_of
from autograder.errors import CourseError
from autograder.grading.by_hand import Marks, note, noted, with_decisions
from autograder.grading.facts import ClassFacts
from autograder.grading.ledger import Ledger
from autograder.grading.private_files import remove_others, write
from autograder.model import Grade
from autograder.platforms.sheet import Upload
from autograder.results.answers import Answers
from autograder.results.handed import keep_handed, pairs_once
from autograder.results.left_out import left_out_csv
from autograder.results.made_from import MadeFrom, pairs_made_from
from autograder.results.own_files import OwnFiles
from autograder.results.pages import ClassReport, site
from autograder.results.pages.shown import ShownNotebooks
from autograder.results.parts import Parts
from autograder.results.remembered import RememberedFiles
from autograder.results.similarity import Pair, similar
from autograder.results.statistics import clusters, statistics
from autograder.results.tabular import as_csv, as_json
from autograder.results.uploads import write_uploads
from autograder.results.written import (
    WrittenAnswer,
    read_points,
    written_questions,
)
from autograder.results.written import as_csv as written_csv

_WRITTEN = "written.csv"
_LEFT_OUT = "left_out.csv"


def points_by_hand(folder: Path, assignment: Assignment) -> Marks:
    """The points and comments that a human wrote into written.csv.

    Raises UsageError for what cannot be read there, and CourseError where the assignment's settings
    give points for a question that its master does not ask.
    """
    if assignment.settings.written:
        asked = [question.name for question in written_questions(assignment.master)]
        if unknown := set(assignment.settings.written) - set(asked):
            raise CourseError(
                f"{assignment.name}.toml: written.{sorted(unknown)[0]}: the master asks no such "
                f"question; it asks {', '.join(asked) or 'none that a human reads'}"
            )
    file = folder / _WRITTEN
    return read_points(file) if file.is_file() else {}


def unmatched_points(
    by_hand: Marks, assignment: Assignment, paths: Iterable[str]
) -> list[tuple[str, str]]:
    """Submission and question of points that count nowhere: no such submission, or question."""
    counted = {(path, name) for path in paths for name in assignment.settings.written}
    return [key for key, given in by_hand.items() if given.points and key not in counted]


def write_grades(
    folder: Path, batch: ClassFacts, assignment: Assignment, grades: list[Grade]
) -> None:
    """grades.json and grades.csv."""
    names = [question.name for question in assignment.questions]
    names += assignment.settings.written
    _write(folder, "grades.json", as_json(batch.assignment, batch.device, grades))
    _write(folder, "grades.csv", as_csv(names, grades))


class Reports(NamedTuple):
    """The files for a platform, and a sentence for each part that is not what it should be."""

    uploads: tuple[Upload, ...]
    problems: tuple[str, ...]


def write_reports(
    folder: Path, ledger: Ledger, batch: ClassFacts, assignment: Assignment, grades: Sequence[Grade]
) -> Reports:
    """All that is made of the grades: pages, feedback, files for the learning platform.

    What is there and would come out the same stays as it is. A part that cannot be made is named,
    and costs no other.
    """
    executions = {path: key for path, key in ledger.executions().items() if key}
    notebooks = {path: ledger.notebook_print(key) for path, key in executions.items()}
    file = assignment.handed_out
    template = text_of(file) if file.is_file() else None
    parts = Parts()

    def notebook_of(path: str) -> str | None:
        return ledger.notebook(executions[path]) if path in executions else None

    written = tuple(_written(parts, grades, executions, ledger, template, assignment))
    if written:
        most = assignment.settings.written
        parts.made(_WRITTEN, lambda: _write_written(folder, ledger, written, most), None)
    left_out = partial(
        left_out_csv, grades, batch.missing, batch.left_out, namesakes=batch.namesakes
    )
    parts.made(_LEFT_OUT, lambda: _write(folder, _LEFT_OUT, left_out()), None)

    def found() -> tuple[Pair, ...]:
        works = ((g.student, n) for g in grades if (n := notebook_of(g.submission)) is not None)
        return tuple(similar(works, template)) if template else ()

    def pairs() -> tuple[Pair, ...]:
        return pairs_once(ledger, pairs_made_from(grades, notebooks, template), found)

    report = ClassReport(
        title=assignment.settings.title,
        assignment=batch.assignment,
        device=batch.device,
        made=datetime.now().astimezone().strftime("%Y-%m-%d %H:%M"),
        questions=assignment.questions,
        grades=tuple(grades),
        statistics=parts.made("statistics", lambda: statistics(assignment.questions, grades), ()),
        clusters=parts.made("wrong answers in common", lambda: clusters(grades), ()),
        pairs=parts.made("pairs with unusual code in common", pairs, ()),
        written=written,
        left_out=batch.left_out,
        missing=batch.missing,
        unknown=batch.unknown,
        alike=batch.alike,
        namesakes=batch.namesakes,
        twice=batch.twice,
    )  # fmt: skip
    parts.made("what the desk shows", lambda: keep_handed(ledger, grades), None)
    made_from = MadeFrom(report, notebooks)
    files = RememberedFiles(folder, ledger)
    own = OwnFiles(folder, files, parts, assignment, grades)
    _write_pages(folder, files, parts, report, own, made_from, ShownNotebooks(notebook_of))
    files.keep()
    uploads = write_uploads(
        folder, ledger, parts, batch, assignment, grades, made_from, own, notebook_of
    )
    return Reports(uploads, tuple(parts.problems))


def _write_pages(
    folder: Path,
    files: RememberedFiles,
    parts: Parts,
    report: ClassReport,
    own: OwnFiles,
    made_from: MadeFrom,
    notebooks: ShownNotebooks,
) -> None:
    """The pages for staff, and beside each student's the files that are the student's own."""
    names = []
    for page in site(report, notebooks):
        if page.grade is not None:
            own.write(page.grade, made_from, notebooks)
        name, key = f"report/{page.path}", made_from.page(page.path, page.grade)
        names.append(page.path)
        if not files.is_current(name, key):
            made = page.made()
            files.write(name, key, made.text, remember=not made.problem)
            if made.problem:
                parts.miss(str(folder / name), made.problem)
    own.remove_others()
    remove_others(folder, "report", "*.html", names)
    students = (name.removeprefix("students/") for name in names)
    remove_others(folder, "report/students", "*.html", students)


def _write_written(
    folder: Path, ledger: Ledger, answers: Sequence[WrittenAnswer], most: Mapping[str, float]
) -> None:
    """The table of written answers with what stands; what a human typed into it is kept."""
    file = folder / _WRITTEN
    typed = read_points(file) if file.exists() else {}
    marks = with_decisions(ledger, typed, most)
    _write(folder, _WRITTEN, written_csv(answers, marks))
    known = noted(ledger)
    # What was typed for a submission that has no grade yet waits until it has one.
    note(ledger, {k: m for k, m in marks.items() if k in known or m != typed.get(k)})


def _written(
    parts: Parts,
    grades: Iterable[Grade],
    keys: Mapping[str, str],
    ledger: Ledger,
    template: str | None,
    assignment: Assignment,
) -> Iterator[WrittenAnswer]:
    if template is None or not assignment.master.is_file():
        return
    asked = parts.made("written answers", lambda: written_questions(assignment.master), ())
    if not asked:
        return
    answers = Answers(ledger, template, asked)
    for grade in grades:
        if grade.submission not in keys:
            continue
        what = f"written answers in {grade.submission}"
        of_one = partial(answers.of, keys[grade.submission])
        for name, text in parts.made(what, of_one, dict[str, str]()).items():
            most = assignment.settings.written.get(name, 0.0)
            yield WrittenAnswer(grade.student, grade.submission, name, text, most)


def _write(folder: Path, name: str, text: str) -> None:
    write(folder, name, text.encode("utf-8", "replace"))
