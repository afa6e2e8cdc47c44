"""Import files, read by a referee that follows each platform's rules."""

import csv
import io
import itertools
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest
from lms_rules import (
    CanvasCourse,
    MoodleAssignment,
    Refused,
    brightspace_import,
    canvas_import,
    looks_like_formula,
    moodle_import,
)

from autograder.model import Grade, Graded, Outcome, Person, QuestionResult, Ungraded
from autograder.platforms.csv_writer import escape_formula, unescape_formula
from autograder.platforms.registry import import_file, read_roster
from autograder.platforms.roster import Roster
from autograder.results.tabular import as_csv

TITLE = "Assignment 1: how a convolution computes"
NASTY = 'Ærø, "Bo"\n=HYPERLINK("http://evil","x") Åse'
NAMES = [
    "Søren Nielsen",
    "O'Neil, Ana",
    'Anna "Ann" Li',
    "two\nlines",
    '=HYPERLINK("http://evil","x")',
    " =1+1",
    "\t@SUM(A1)",
    "\uff1d1+1",
    "-2+3|cmd",
    "'=quoted",
    NASTY,
]


def graded(person: str | Sequence[Person], score: float, most: float = 7, path: str = "") -> Graded:
    people = (Person(name=person),) if isinstance(person, str) else tuple(person)
    result = QuestionResult(name="q1", score=score, max_score=most, cases=())
    return Graded(
        submission=path or f"{people[0].name}.ipynb",
        student=people[0].name,
        people=people,
        outcome=Outcome.FINISHED,
        score=score,
        max_score=most,
        seconds=1.5,
        questions=(result,),
    )


def ungraded(person: Person) -> Ungraded:
    return Ungraded(
        submission=f"{person.name}.ipynb", student=person.name, people=(person,),
        reason="no notebook", max_score=7,
    )  # fmt: skip


def roster(tmp_path: Path, rows: Sequence[Sequence[str]], separator: str = ",") -> Roster:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator).writerows(rows)
    file = tmp_path / "roster.csv"
    file.write_text(text.getvalue(), "utf-8", newline="")
    return read_roster(file)


def made(
    sheet: Roster | None, grades: Sequence[Grade], kind: str = "folder", title: str = TITLE
) -> bytes:
    file = import_file(sheet, kind, title, grades)
    assert file is not None
    assert file.name == f"{sheet.kind if sheet else kind}.csv"
    assert file.marks == sum(1 for row in cells(file.content)[1:] if has_mark(file.name, row))
    return file.content


def has_mark(name: str, row: list[str]) -> bool:
    """Whether a row of an import file holds a mark."""
    column = {"moodle.csv": 1, "brightspace.csv": -2}.get(name, -1)
    return bool(row[column]) and "Points Possible" not in row[0]


def cells(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(), newline="")))


# --- Canvas -------------------------------------------------------------------------------------

PEOPLE = (
    ("101", "Lopez, Ana", "sis-1", "ana@uni.dk"),
    ("102", "Nielsen, Søren", "sis-2", "soren@uni.dk"),
    ("103", "Wu, Chidi", "sis-3", "chidi@uni.dk"),
    ("104", "Berg, Dora", "sis-4", "dora@uni.dk"),
)
HEADER = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]


def canvas_export(
    tmp_path: Path, column: str = f"{TITLE} (4711)", possible: str = "7", separator: str = ","
) -> Roster:
    head = [*HEADER, "Homework 0 (4700)", column, "Current Score", "Final Score"]
    rows = [[n, i, s, x, "A and B"] for i, n, s, x in PEOPLE]
    return roster(
        tmp_path,
        [
            head,
            [*[""] * 5, "", "Manual Posting", "", ""],
            ["    Points Possible", *[""] * 4, "5", possible, "(read only)", "(read only)"],
            *([*row, "4", "", "80", "75"] for row in rows),
            ["Student, Test", "999", "", "hash", "A", "", "", "", ""],
        ],
        separator,
    )


def canvas_course(**changes: object) -> CanvasCourse:
    students = (*PEOPLE, ("999", "Student, Test", "", "hash"))
    fields = {"students": students, "assignments": {"4700": "Homework 0", "4711": TITLE}}
    return CanvasCourse(**{**fields, **changes})  # type: ignore[arg-type]


def by_id(*numbers: str) -> list[Person]:
    return [Person(name=f"student {number}", id=number) for number in numbers]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_canvas_takes_its_own_export_filled_in(tmp_path: Path, separator: str) -> None:
    group = graded(by_id("101", "102"), 6.5)
    content = made(canvas_export(tmp_path, separator=separator), [group, ungraded(by_id("103")[0])])
    result = canvas_import(content, canvas_course())
    assert (result.assignment, result.is_new, result.points_possible) == (TITLE, False, 7)
    assert result.marks == {"101": 6.5, "102": 6.5}
    head, possible, *rows = cells(content)
    assert head == [*HEADER, f"{TITLE} (4711)"]
    assert possible[0] == "    Points Possible"
    assert [row[-1] for row in rows] == ["6.5", "6.5", "", "", ""]
    assert [row[:2] for row in rows[:4]] == [[name, number] for number, name, *_ in PEOPLE]


def test_canvas_makes_an_assignment_that_is_not_in_the_export(tmp_path: Path) -> None:
    sheet = canvas_export(tmp_path, column="Something else (4712)")
    content = made(sheet, [graded(by_id("101"), 6.5)])
    result = canvas_import(content, canvas_course(assignments={"4712": "Something else"}))
    assert (result.assignment, result.is_new, result.points_possible) == (TITLE, True, 7)
    assert result.marks == {"101": 6.5}


def test_canvas_columns_may_have_the_short_title_and_another_maximum(tmp_path: Path) -> None:
    sheet = canvas_export(tmp_path, column="Assignment 1 (4711)", possible="100.0")
    result = canvas_import(
        made(sheet, [graded(by_id("101"), 3.5), graded(by_id("102"), 4)]),
        canvas_course(assignments={"4711": "Assignment 1"}),
    )
    assert not result.is_new
    assert result.marks == {"101": 50, "102": 57.14}


def test_canvas_keeps_earlier_marks_of_those_without_one_now(tmp_path: Path) -> None:
    """An empty cell would take the mark away."""
    sheet = canvas_export(tmp_path)
    rows = [list(row) for row in sheet.rows]
    rows[3][6] = "3"
    sheet = roster(tmp_path, [sheet.header, *rows])
    content = made(sheet, [graded(by_id("101"), 7), ungraded(by_id("103")[0])])
    course = canvas_course(scores={"102": "3"})
    assert canvas_import(content, course).marks == {"101": 7}


def test_canvas_without_an_export_gets_a_file_by_the_ids_of_the_download() -> None:
    grades = [graded([Person(name="lopezana", id="101")], 5), graded("nobody", 3)]
    grades.append(graded([Person(name="nielsen", id="102")], 0))
    content = made(None, [*grades, ungraded(by_id("103")[0])], "canvas")
    result = canvas_import(content, canvas_course(assignments={}, scores={"103": "2"}))
    assert (result.is_new, result.points_possible) == (True, 7)
    assert result.marks == {"101": 5, "102": 0}
    assert import_file(None, "canvas", TITLE, [graded("nobody", 3)]) is None


def test_two_submissions_of_one_person_count_if_they_agree(tmp_path: Path) -> None:
    twice = [graded(by_id("101"), 5, path="a"), graded(by_id("101"), 6, path="b")]
    twice += [graded(by_id("102"), 5, path="c"), graded(by_id("102"), 5, path="d")]
    result = canvas_import(made(canvas_export(tmp_path), twice), canvas_course())
    assert result.marks == {"102": 5}


def test_a_class_without_marks_is_a_file_that_changes_nothing(tmp_path: Path) -> None:
    assert canvas_import(made(canvas_export(tmp_path), []), canvas_course()).marks == {}


# --- Moodle -------------------------------------------------------------------------------------

WORKSHEET = [
    "Identifier", "Full name", "Email address", "Status", "Grade", "Maximum Grade",
    "Grade can be changed", "Last modified (submission)", "Online text",
    "Last modified (grade)", "Feedback comments",
]  # fmt: skip
DANISH = [
    "Id", "Fulde navn", "E-mailadresse", "Status", "Karakter", "Højeste karakter",
    "Karakteren kan ændres", "Sidst ændret (aflevering)", "Onlinetekst",
    "Sidst ændret (karakter)", "Feedbackkommentarer",
]  # fmt: skip
FINNISH_LIKE = ["Tunniste", "Koko nimi", "S-posti", "Tila", "Pisteet", *DANISH[5:]]
TIME = "Friday, 20 September 2024, 10:15 PM"


def worksheet(
    tmp_path: Path,
    header: Sequence[str] = WORKSHEET,
    word: str = "Participant ",
    highest: str = "7.00",
    separator: str = ",",
) -> Roster:
    def row(number: str, name: str, *more: str) -> list[str]:
        return [f"{word}{number}", name, f"s{number}@uni.dk", "Submitted for grading", *more]

    return roster(
        tmp_path,
        [
            header,
            row("11", "Ana Lopez", "", highest, "Yes", TIME, "", "-", ""),
            row("12", "Søren Nielsen", "", highest, "Yes", TIME, "=1+1", "-", "- see page 2"),
            row("13", "Chidi Wu", "3.00", highest, "Yes", TIME, "", TIME, "=good"),
            row("14", "Dora Berg", "", highest, "Yes", "-", "", "-", ""),
        ],
        separator,
    )


def listed(*numbers: str) -> list[Person]:
    names = {"11": "Ana Lopez", "12": "Søren Nielsen", "13": "Chidi Wu", "14": "Dora Berg"}
    return [Person(name=names[number], id=number) for number in numbers]


def moodle(**changes: object) -> MoodleAssignment:
    fields: dict[str, object] = {"participants": ("11", "12", "13", "14"), "highest": 7.0}
    return MoodleAssignment(**{**fields, **changes})  # type: ignore[arg-type]


def test_moodle_takes_the_worksheet_filled_in(tmp_path: Path) -> None:
    sheet = worksheet(tmp_path)
    grades: list[Grade] = [graded(listed("11", "12"), 6.5), ungraded(listed("14")[0])]
    grades.append(graded([Person(name="Chidi Wu", id="13")], 0))
    content = made(sheet, grades, "moodle")
    before = {"13": (3.0, datetime(2024, 9, 20, 22, 15, 40))}
    marks, comments = moodle_import(content, moodle(graded=before))
    assert marks == {"11": 6.5, "12": 6.5, "13": 0}
    assert comments == {}, "Moodle keeps what it has of a column that is not there"
    head, *rows = cells(content)
    assert head == [WORKSHEET[0], WORKSHEET[4], WORKSHEET[9]]
    for row, old in zip(rows, sheet.rows, strict=True):
        assert (row[0], row[2]) == (old[0], old[9])


def test_moodle_passes_over_what_was_graded_meanwhile(tmp_path: Path) -> None:
    """The referee would see it: the time in the file must be the one that Moodle wrote."""
    content = made(worksheet(tmp_path), [graded(listed("13"), 5)], "moodle")
    later = {"13": (4.0, datetime(2024, 9, 21))}
    with pytest.raises(Refused, match="stale"):
        moodle_import(content, moodle(graded=later))


@pytest.mark.parametrize(
    ("header", "word"), [(DANISH, "Deltager "), (FINNISH_LIKE, "Osallistuja ")], ids=["da", "other"]
)
@pytest.mark.parametrize("separator", [",", ";"])
def test_moodle_in_another_language(
    tmp_path: Path, header: list[str], word: str, separator: str
) -> None:
    sheet = worksheet(tmp_path, header, word, "100,00", separator)
    content = made(sheet, [graded(listed("11"), 6.5)], "moodle")
    assert cells(content)[1][1] == "92,86"
    names = dict(
        zip(("identifier", "grade", "modified"), (header[0], header[4], header[9]), strict=True)
    )
    marks, _ = moodle_import(
        content, moodle(highest=100.0, participant=word, feedback=header[10], **names)
    )
    assert marks == {"11": 92.86, "13": 3}


def test_moodle_needs_its_worksheet_and_points(tmp_path: Path) -> None:
    grades = [graded(listed("11"), 6.5)]
    assert import_file(None, "moodle", TITLE, grades) is None
    scale = worksheet(tmp_path, highest="Fail, Pass")
    assert import_file(scale, "moodle", TITLE, grades) is None
    bare = roster(tmp_path, [["Identifier", "Full name"], ["Participant 11", "Ana Lopez"]])
    assert import_file(bare, "moodle", TITLE, grades) is None


def test_moodle_marked_blindly(tmp_path: Path) -> None:
    columns = [0, 3, 4, 5, 6, 7, 9]
    full = worksheet(tmp_path)
    sheet = roster(tmp_path, [[row[n] for n in columns] for row in (full.header, *full.rows)])
    content = made(sheet, [graded([Person(name="Participant 11", id="11")], 7)], "moodle")
    assert moodle_import(content, moodle())[0] == {"11": 7, "13": 3}


# --- Brightspace --------------------------------------------------------------------------------

STUDENTS = {"0011": "ana.lopez", "0012": "+4512345678", "0013": "=chidi"}


def brightspace_export(tmp_path: Path, item: str, sharp: str = "#") -> Roster:
    head = ["OrgDefinedId", "Username", "Last Name", "First Name", item, "End-of-Line Indicator"]
    people = zip(STUDENTS.items(), ["Lopez", "Nielsen", "=Wu"], strict=True)
    rows = [[f"{sharp}{n}", f"{sharp}{u}", last, "=X", "", "#"] for (n, u), last in people]
    return roster(tmp_path, [head, *rows])


@pytest.mark.parametrize("sharp", ["#", ""])
def test_brightspace_takes_its_own_export_filled_in(tmp_path: Path, sharp: str) -> None:
    item = f"{TITLE} Points Grade <Numeric MaxPoints:14 Weight:10 Category:Labs CategoryWeight:50>"
    grades = [graded(by_id("0011"), 6.5), graded([Person(name="Nielsen", login="+4512345678")], 7)]
    content = made(brightspace_export(tmp_path, item, sharp), [*grades, ungraded(by_id("0013")[0])])
    assert brightspace_import(content, STUDENTS, {TITLE: 14}) == (TITLE, {"0011": 13, "0012": 14})
    assert not any(looks_like_formula(cell) for row in cells(content) for cell in row)


def test_brightspace_makes_an_item_that_is_not_in_the_export(tmp_path: Path) -> None:
    sheet = brightspace_export(tmp_path, "Other Points Grade <Numeric MaxPoints:5>")
    content = made(sheet, [graded(by_id("0011"), 6.5)])
    assert brightspace_import(content, STUDENTS, {}) == (TITLE, {"0011": 6.5})


def test_brightspace_without_an_export_needs_ids_or_logins() -> None:
    people = [Person(name="Ana", id="0011"), Person(name="Søren", login="+4512345678")]
    content = made(None, [graded(people, 6.5), ungraded(by_id("0013")[0])], "brightspace")
    assert brightspace_import(content, STUDENTS, {}) == (TITLE, {"0011": 6.5, "0012": 6.5})
    assert import_file(None, "brightspace", TITLE, [graded("Ana", 3)]) is None


@pytest.mark.parametrize("kind", ["folder", "gradescope"])
def test_other_platforms_take_no_file(tmp_path: Path, kind: str) -> None:
    assert import_file(None, kind, TITLE, [graded(by_id("1"), 3)]) is None
    plain = roster(tmp_path, [["Name", "Student number"], ["Ana Lopez", "1"]])
    assert import_file(plain, kind, TITLE, [graded(by_id("1"), 3)]) is None


# --- names --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_any_name_comes_through_intact_and_harmless(tmp_path: Path, name: str) -> None:
    person = Person(name=name, id="11")
    grades = [graded([person], 6.5)]
    contents = {
        "grades": as_csv(["q1"], grades).encode(),
        "canvas": made(
            roster(tmp_path, [[*HEADER, TITLE], [name, "11", name, name, name, ""]]), grades
        ),
        "canvas by id": made(None, grades, "canvas"),
        "moodle": made(
            roster(
                tmp_path,
                [
                    WORKSHEET,
                    ["Participant 11", name, "", name, "", "7", "Yes", TIME, name, "-", ""],
                ],
            ),
            grades,
        ),
        "brightspace": made(None, grades, "brightspace"),
    }
    for kind, content in contents.items():
        shown = [cell for row in cells(content) for cell in row]
        assert not any(map(looks_like_formula, shown)), kind
        if kind not in ("brightspace", "moodle"):  # which have no names
            assert name in map(unescape_formula, shown), kind
    course = CanvasCourse(students=(("11", name, name, name),))
    assert canvas_import(contents["canvas"], course).marks == {"11": 6.5}
    assert canvas_import(contents["canvas by id"], course).marks == {"11": 6.5}
    assert moodle_import(contents["moodle"], moodle(participants=("11",)))[0] == {"11": 6.5}
    assert brightspace_import(contents["brightspace"], {"11": name}, {})[1] == {"11": 6.5}


def test_apostrophes_are_taken_off_where_they_were_put() -> None:
    for letters in itertools.product("'=-a \t\n\uff0b", repeat=4):
        text = "".join(letters)
        cell = str(escape_formula(text))
        assert unescape_formula(cell) == text
        assert not looks_like_formula(cell)
    assert [escape_formula(value) for value in (-1, 2.5, None, "-", "", "a=b")] == [
        -1, 2.5, None, "-", "", "a=b",
    ]  # fmt: skip


def test_grades_csv_says_who_was_late_and_who_belongs_to_a_group() -> None:
    people = [Person(name="Ana", id="11"), Person(name="Bo", email="bo@uni.dk"), Person(name="Cy")]
    grade = graded(people, 6.5).model_copy(update={"late": True, "remarks": ("one", "two")})
    row = next(csv.DictReader(io.StringIO(as_csv(["q1"], [grade]))))
    assert list(row)[:6] == ["student", "submission", "status", "outcome", "score", "max_score"]
    assert list(row)[6:] == ["q1", "seconds", "flags", "reason", "late", "remarks", "people",
                             "unjudged"]  # fmt: skip
    assert (row["late"], row["remarks"]) == ("yes", "one; two")
    assert row["people"] == "Ana <11>; Bo <bo@uni.dk>; Cy"
