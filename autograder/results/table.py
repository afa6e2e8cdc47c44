"""Grades for the eye, in a terminal."""

from collections.abc import Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from autograder.model import FlagKind, Grade, QuestionResult


def summary_table(title: str, questions: Sequence[str], grades: Sequence[Grade]) -> Table:
    """A row a submission with the score of each question. Names are shown as they are."""
    table = Table(title=Text(title, "bold"), title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("student", overflow="fold")
    for name in questions:
        table.add_column(name.removeprefix("q").replace("_", "."), justify="right", no_wrap=True)
    table.add_column("score", justify="right", style="bold", no_wrap=True)
    for grade in grades:
        scores = {question.name: question for question in grade.questions}
        marks = [_mark(scores[n]) if n in scores else Text("") for n in questions]
        total = Text("-") if grade.score is None else Text(f"{grade.score:g}/{grade.max_score:g}")
        table.add_row(Text(one_line(grade.student)), *marks, total)
    return table


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
