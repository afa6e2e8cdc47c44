"""CSV files for people: whatever reads them finds the rows that were written, and no formula."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lms_rules import looks_like_formula

from autograder.errors import UsageError
from autograder.grading.by_hand import ByHand
from autograder.model import Flag, FlagKind, Graded, Outcome, Person, QuestionResult
from autograder.platforms.csv_writer import csv_text, escape_formula, unescape_formula
from autograder.platforms.registry import import_file, read_roster
from autograder.results import tabular, written
from autograder.results.written import WrittenAnswer, read_points

# The signs that matter come often; the rest of Unicode comes as well.
TEXTS = st.text(
    st.one_of(st.sampled_from("=+-@\uff1d;,\"'\t\r\n \u00b6\u2028\x85\u200b\0a1"), st.characters()),
    max_size=12,
)
NAMES = TEXTS.filter(lambda text: bool(text.strip()))


def readings(text: str) -> Iterator[tuple[str, list[list[str]]]]:
    """The rows as different readers find them, each with its name."""
    for separator in ",;\t":
        for end in ("\n", "\r", "\r\n"):
            content = io.StringIO(text.replace("\n", end), newline="")
            yield f"{separator!r} {end!r}", list(csv.reader(content, delimiter=separator))
        # Those that cut lines first, at every sign that Unicode has for their end.
        yield f"{separator!r} cut", list(csv.reader(text.splitlines(), delimiter=separator))


def assert_safe(text: str, rows: int) -> None:
    for reader, found in readings(text.removeprefix("\ufeff")):
        assert len(found) == rows, reader
        for row in found:
            formulas = [cell for cell in row if looks_like_formula(cell)]
            assert not formulas, reader


@settings(max_examples=500, deadline=None)
@given(st.lists(st.lists(TEXTS, min_size=2, max_size=4), min_size=1, max_size=4))
@example([["a", "x;=1+1;99"], ["b", "y"]])
@example([["a", 'x;"'], ["b", "y"]])
@example([["a", "x,;"], ["b", '"']])
@example([["a", "one\r=two"], ["b", "\x85=3"]])
@example([["-", "=1"], ["+5", "-5"]])
def test_no_reader_finds_a_formula_or_another_number_of_rows(rows: list[list[str]]) -> None:
    text = csv_text(rows)
    assert_safe(text, len(rows))
    read = list(csv.reader(io.StringIO(text, newline="")))
    assert [[unescape_formula(cell) for cell in row] for row in read] == rows


@given(TEXTS)
def test_text_made_harmless_can_be_made_out_again(text: str) -> None:
    cell = str(escape_formula(text))
    assert unescape_formula(cell) == text
    assert len(cell.splitlines()) <= 1
    assert "\t" not in cell


@settings(max_examples=100, deadline=None)
@given(name=NAMES, other=TEXTS)
def test_every_file_is_safe(
    tmp_path_factory: pytest.TempPathFactory, name: str, other: str
) -> None:
    folder = tmp_path_factory.mktemp("csv")
    flags = tuple(Flag(kind=FlagKind.NETWORK, text=text) for text in (other, name))
    grade = Graded(
        submission=f"{name}/a.ipynb", student=name, people=(Person(name=name, id="11"),),
        outcome=Outcome.CELL_ERROR, score=1.5, max_score=2, seconds=1, flags=flags,
        remarks=(other,), questions=(QuestionResult(name="q1", score=1.5, max_score=2, cases=()),),
    )  # fmt: skip
    assert_safe(tabular.as_csv(["q1"], [grade]), 2)
    answers = [WrittenAnswer(name, grade.submission, "q1", other, 2.0)] * 2
    marks = {(other or "gone", "q1"): ByHand(None, other), (name, "q1"): ByHand(2.0, name)}
    assert_safe(written.as_csv(answers, marks), 3 + len(marks))
    sheets: dict[str, tuple[str, list[str]]] = {
        "canvas": ("Student,ID,SIS Login ID,Section,Title", [other, "11", other, name, ""]),
        "moodle": (
            "Identifier,Full name,Grade,Maximum grade,Last modified (grade),Feedback comments",
            ["Participant 11", name, "", "2.00", "-", other],
        ),
        "brightspace": (
            "OrgDefinedId,Username,Title Points Grade,End-of-Line Indicator",
            ["#11", other, "", "#"],
        ),
    }
    for kind, (header, row) in sheets.items():
        out = io.StringIO(newline="")
        csv.writer(out, quoting=csv.QUOTE_ALL).writerows([header.split(","), row])
        file = folder / f"{kind}.csv"
        file.write_bytes(out.getvalue().encode("utf-8", "replace"))
        try:
            roster = read_roster(file)
        except UsageError:
            continue  # nobody is on this list, or it is no text
        made = import_file(roster, kind, "Title", [grade])
        assert made is not None
        assert made.name == f"{kind}.csv"
        assert_safe(made.content.decode(), len(made.content.decode().splitlines()))
        assert len(made.content.decode().splitlines()) == (3 if kind == "canvas" else 2)
    for kind in ("canvas", "brightspace"):
        made = import_file(None, kind, other, [grade])
        assert made is not None
        assert_safe(made.content.decode(), 3 if kind == "canvas" else 2)


# --- what a human filled in ---------------------------------------------------------------------

HEAD = "student,submission,question,most,answer,points,comment\n"
KEPT = "Ana,a.ipynb,q1,2,text,1.5,fine\n"


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ("Bo,,q1,2,text,2,good\n", "row 3 (, q1): it names no submission or no question."),
        (",,,,,,good\n", "row 3 (, ): it names no submission or no question."),
        ("Bo,b.ipynb,,2,text,2,\n", "row 3 (b.ipynb, ): it names no submission or no question."),
        (
            "Bo,b.ipynb,q1,2,text,2,good, but late\n",
            "row 3 (b.ipynb, q1): it has more cells than the first row.",
        ),
        ('Bo,b.ipynb,q1,2,"text,2,good\nCy,c.ipynb,q1,2,text,1,\n', "line 4: not a CSV file: "),
        (
            'Bo,b.ipynb,q1,2,"text,2,good\nCy,c.ipynb,q1,2,"text",1,\n',
            "line 4: not a CSV file: ",
        ),
    ],
)
def test_a_row_of_which_something_would_be_lost_is_refused(
    tmp_path: Path, rows: str, why: str
) -> None:
    file = tmp_path / "written.csv"
    file.write_text(HEAD + KEPT + rows, "utf-8")
    with pytest.raises(UsageError) as caught:
        written.read_points(file)
    assert str(caught.value).startswith(f"{file}: {why}")
    assert file.read_text("utf-8") == HEAD + KEPT + rows


def test_two_columns_of_points_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "written.csv"
    file.write_text("submission,question,points,Points\na.ipynb,q1,,2\n", "utf-8")
    with pytest.raises(UsageError, match="two columns 'points'"):
        read_points(file)


def test_comments_of_several_lines_stay_what_they_are(tmp_path: Path) -> None:
    file = tmp_path / "written.csv"
    file.write_text(HEAD + 'Ana,a.ipynb,q1,2,text,1.5,"- first\n- second; =third"\n', "utf-8")
    for _ in range(3):
        marks = read_points(file)
        assert marks == {("a.ipynb", "q1"): ByHand(1.5, "- first\n- second; =third")}
        file.write_text(written.as_csv([], marks), "utf-8")
