"""Grades for the eye, in a terminal."""

from collections.abc import Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from autograder.model import FlagKind, Grade, QuestionResult

# Between two columns, and around the table.
_GAP = 3
_LEAST_NAME = 12


def summary_table(questions: Sequence[str], grades: Sequence[Grade], width: int) -> Table:
    """A row a submission with the score of each question. Names are shown as they are.

    Where a terminal of `width` columns has no room for all questions, none is shown: who it is and
    the score matter most.
    """
    shown = questions if _least_width(questions, grades) <= width else []
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("student", overflow="fold", min_width=min(_LEAST_NAME, max(width // 2, 1)))
    for name in shown:
        table.add_column(_short(name), justify="right", no_wrap=True)
    table.add_column("score", justify="right", style="bold", no_wrap=True)
    for grade in grades:
        scores = {question.name: question for question in grade.questions}
        marks = [_mark(scores[n]) if n in scores else Text("") for n in shown]
        table.add_row(Text(one_line(grade.student)), *marks, _total(grade))
    return table


def _least_width(questions: Sequence[str], grades: Sequence[Grade]) -> int:
    """The columns that a table needs with every question, and with names of a few letters."""
    columns = {name: len(_short(name)) for name in questions}
    for grade in grades:
        for result in grade.questions:
            if result.name in columns:
                columns[result.name] = max(columns[result.name], len(_mark(result)))
    longest = max((len(one_line(grade.student)) for grade in grades), default=0)
    name = min(max(longest, len("student")), _LEAST_NAME)
    score = max((len(_total(grade)) for grade in grades), default=0)
    widths = [name, *columns.values(), max(score, len("score"))]
    return sum(widths) + _GAP * len(widths) + 1


def _short(question: str) -> str:
    return question.removeprefix("q").replace("_", ".")


def _total(grade: Grade) -> Text:
    return Text("-") if grade.score is None else Text(f"{grade.score:g}/{grade.max_score:g}")


def remarks(grades: Sequence[Grade]) -> list[Text]:
    """What a human should look at, a line each; those about whom one has to decide come first."""
    lines = []
    for grade in sorted(grades, key=lambda grade: not any(q.unjudged for q in grade.questions)):
        flags = tuple(f"not judged: {f}" if f.kind is FlagKind.UNJUDGED else str(f)
                      for f in grade.flags)  # fmt: skip
        for remark in (f"not graded: {grade.reason}",) if grade.reason else flags:
            style = "red" if grade.reason else "yellow"
            lines.append(
                Text.assemble((one_line(grade.submission), style), f": {one_line(remark)}")
            )
    return lines


def _mark(question: QuestionResult) -> Text:
    if question.unjudged:
        return Text(f"{question.score:g}?", style="magenta")
    full, none = question.score == question.max_score, question.score == 0
    return Text(f"{question.score:g}", style="green" if full else "red" if none else "yellow")


def one_line(text: str, most: int = 300) -> str:
    """Untrusted text that cannot steer a terminal or break a line."""
    return "".join(c if c.isprintable() else " " for c in text)[:most]
