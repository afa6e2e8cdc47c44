"""Everything and everybody that a TA handed over and that has no mark: left_out.csv."""

from collections.abc import Iterator, Sequence

from autograder.model import Grade, Person, Ungraded
from autograder.platforms.csv_writer import csv_text
from autograder.submissions.tree import LeftOut

_HEAD = ("what", "student", "file", "why")


def left_out_csv(
    grades: Sequence[Grade],
    missing: Sequence[Person],
    left_out: Sequence[LeftOut],
    namesakes: Sequence[Person] = (),
) -> str:
    """A row for each: who could not be graded, who handed in nothing, and what was left out.

    The `namesakes` may have handed in what nobody can be told from.
    """
    return csv_text([_HEAD, *_rows(grades, missing, left_out, namesakes)])


def _rows(
    grades: Sequence[Grade],
    missing: Sequence[Person],
    left_out: Sequence[LeftOut],
    namesakes: Sequence[Person],
) -> Iterator[Sequence[str]]:
    for grade in grades:
        if isinstance(grade, Ungraded):
            yield "not graded", grade.student, grade.submission, grade.reason
    for person in namesakes:
        yield "not told apart", person.name, "", "several on the roster are called so"
    for person in missing:
        yield "nothing handed in", person.name, "", "on the roster"
    for item in left_out:
        yield "left out", item.student, item.path, item.why
