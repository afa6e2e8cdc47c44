"""Downloads in which a mark could reach somebody else: groups, namesakes, ids of two kinds."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from lms_rules import (
    CanvasCourse,
    MoodleAssignment,
    Refused,
    canvas_import,
    moodle_feedback_owner,
    moodle_import,
)
from test_lms import graded
from test_sources import ANSWER, by_student, folder, gathered, notebook, refusal, students

from autograder.errors import UsageError
from autograder.model import Entry, Graded, Person
from autograder.platforms.moodle import Moodle
from autograder.platforms.names import holds, runs, spellings
from autograder.platforms.registry import import_file, read_roster
from autograder.platforms.roster import Reconciled, Roster, match, reconcile
from autograder.platforms.sheet import Upload
from autograder.results.left_out import left_out_csv

WORK = notebook(ANSWER)


def listed(tmp_path: Path, text: str) -> Roster:
    """The roster with that text."""
    file = tmp_path / "class.csv"
    file.write_text(text, "utf-8")
    return read_roster(file)


def found_by(roster: Roster, download: Path) -> Reconciled:
    """The entries of a download as the roster knows them."""
    return reconcile(roster, gathered(download).entries)


def marked(entries: Sequence[Entry], scores: Mapping[str, float]) -> list[Graded]:
    """Grades of entries by what their paths begin with."""
    return [
        graded(entry.people, score, path=entry.path)
        for entry in entries
        for start, score in scores.items()
        if entry.path.startswith(start)
    ]


def uploaded(roster: Roster, grades: Sequence[Graded], title: str = "CNN, part 1") -> Upload:
    """The file to import."""
    file = import_file(roster, "folder", title, grades)
    assert file is not None
    return file


# --- names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("王 David", "李 David"),
        ("रीमा", "राम"),
        ("สมหญิง ใจดี", "สมหญง ใจดี"),
        ("Иван Ильин", "Иван Ильйн"),
        ("Ana Sousa", "Ana Souza"),
        ("Ana Sousa", "Ana"),
        ("Ana Li", "Liana"),
        ("Søren Nielsen", "Sren Nielsen"),
        ("Ана", "Ana"),
    ],
)
def test_names_that_differ_by_a_letter_are_two(tmp_path: Path, one: str, other: str) -> None:
    roster = listed(tmp_path, f"name\n{one}\nSomebody Else\n")
    assert match(roster, Person(name=one)) == 0
    assert match(roster, Person(name=other)) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Müller-Lüdenscheid, Jürgen", "jurgen mueller ludenscheid".replace("ue", "u")),
        ("Anne-Marie O'Neill", "ONeill Annemarie"),
        ("Anne-Marie O'Neill", "o\u2019neill anne marie"),
        ("Nguyễn Thị Hương", "Nguyen Thi Huong"),
        ("de la Cruz, Inés María", "delacruzinésmaría"),
        ("Ødegård Åse", "Aase Oedegaard"),
        ("शर्मा, प्रिया", "शर्माप्रिया"),
        ("ใจดี, สมหญิง", "ใจดีสมหญิง"),
    ],
)
def test_order_case_accents_and_hyphens_may_differ(tmp_path: Path, one: str, other: str) -> None:
    roster = listed(tmp_path, f'name\n"{one}"\nSomebody Else\n')
    assert match(roster, Person(name=other)) == 0


def test_namesakes_are_reported_and_not_guessed(tmp_path: Path) -> None:
    roster = listed(tmp_path, "name,login\nAna Sousa,as1\nAna Sousa,as2\nBo,b\n")
    root = folder(tmp_path / "class", {"Ana Sousa/a.ipynb": WORK, "as2/a.ipynb": WORK})
    found = found_by(roster, root)
    assert [entry.path for entry in found.alike] == ["Ana Sousa/a.ipynb"]
    assert [entry.people[0].login for entry in found.entries] == ["", "as2"]
    assert [person.login for person in found.missing] == ["b"]
    # Whoever may have handed in what lies there is not said to have handed in nothing.
    assert [person.login for person in found.namesakes] == ["as1"]
    rows = left_out_csv([], found.missing, [], found.namesakes).splitlines()[1:]
    assert rows == [
        "not told apart,Ana Sousa,,several on the roster are called so",
        "nothing handed in,Bo,,on the roster",
    ]


def test_spellings_hold_every_letter() -> None:
    assert holds("Gruppe 2-Jürgen Müller", "Jürgen Müller")
    assert not holds("Gruppe 2", "Jürgen Müller")
    assert not spellings("王") & spellings("李")
    assert not runs("रीमा") & runs("राम")


# --- Moodle ---------------------------------------------------------------------------------------

TEAMS = (
    "Identifier,Full name,Status,Group,Grade,Maximum grade,Grade can be changed,"
    "Last modified (submission),Last modified (grade),Feedback comments\n"
    'Participant 41,Ana Berg,Submitted,"Reds & Co",,7.00,Yes,-,-,\n'
    'Participant 42,Bo Dahl,Submitted,"Reds & Co",,7.00,Yes,-,-,\n'
    "Participant 43,Cy Eck,Submitted,Blues,,7.00,Yes,-,-,\n"
    "Participant 44,Dan Falk,Submitted,Default group,,7.00,Yes,-,-,\n"
)
TEAM_FILES = {
    "Reds  Co_43_assignsubmission_file/assignment1.ipynb": WORK,  # the number is the group's
    "Blues_9_assignsubmission_file/assignment1.ipynb": WORK,
    "Default group_assignsubmission_file/assignment1.ipynb": WORK,
}


def test_groups_of_moodle_are_their_members_by_the_worksheet(tmp_path: Path) -> None:
    roster = listed(tmp_path, TEAMS)
    found = found_by(roster, folder(tmp_path / "moodle", TEAM_FILES))
    members = {
        entry.path.partition("_")[0]: [p.name for p in entry.people] for entry in found.entries
    }
    assert members == {
        "Reds  Co": ["Ana Berg", "Bo Dahl"], "Blues": ["Cy Eck"], "Default group": ["Dan Falk"],
    }  # fmt: skip
    assert (found.missing, found.unknown) == ((), ())
    grades = marked(found.entries, {"Reds": 7, "Blues": 3, "Default": 2})
    marks, _ = moodle_import(
        uploaded(roster, grades).content, MoodleAssignment(("41", "42", "43", "44"), 7)
    )
    assert marks == {"41": 7, "42": 7, "43": 3, "44": 2}


def feedback_owners(grades: Sequence[Graded], participants: tuple[str, ...]) -> dict[str, str]:
    """Whose each feedback text becomes in Moodle, by the texts' submissions."""

    content = Moodle().feedback(
        grades, {g.submission: g.submission for g in grades}, lambda _: None
    )
    owners = {}
    with zipfile.ZipFile(io.BytesIO(content["moodle_feedback.zip"])) as archive:
        for name in archive.namelist():
            owner = moodle_feedback_owner(name, participants)
            assert owner is not None, name
            owners[owner[0]] = archive.read(name).decode().partition("_")[0]
    return owners


def test_feedback_reaches_the_members_of_a_group(tmp_path: Path) -> None:
    found = found_by(listed(tmp_path, TEAMS), folder(tmp_path / "moodle", TEAM_FILES))
    grades = marked(found.entries, {"Reds": 7, "Blues": 3, "Default": 2})
    assert feedback_owners(grades, ("41", "42", "43", "44")) == {
        "41": "Reds  Co", "42": "Reds  Co", "43": "Blues", "44": "Default group",
    }  # fmt: skip


def test_groups_without_a_worksheet_give_nobody_feedback(tmp_path: Path) -> None:
    entries = gathered(folder(tmp_path / "moodle", TEAM_FILES)).entries
    assert feedback_owners(marked(entries, {"": 7}), ("41", "42", "43", "44")) == {}


def test_a_number_is_a_participant_only_where_the_name_fits(tmp_path: Path) -> None:
    sheet = TEAMS.replace(",Group,", ",Note,")
    roster = listed(tmp_path, sheet)
    files = {
        "Reds_43_assignsubmission_file/a.ipynb": WORK,
        "Lab 2-Ana Berg_41_assignsubmission_file/a.ipynb": WORK,
        "Bo Dahl_42_assignsubmission_file/a.ipynb": WORK,
    }
    found = found_by(roster, folder(tmp_path / "moodle", files))
    assert [entry.student for entry in found.entries] == ["Bo Dahl", "Ana Berg", "Reds"]
    assert [entry.path.partition("_")[0] for entry in found.unknown] == ["Reds"]
    assert found.unknown[0].people[0].id == "", "no feedback for participant 43"


def test_locked_grades_and_drafts_are_told(tmp_path: Path) -> None:
    sheet = TEAMS.replace("Cy Eck,Submitted,Blues,,7.00,Yes", "Cy Eck,Submitted,Blues,1.00,7.00,No")
    sheet = sheet.replace("Dan Falk,Submitted", "Dan Falk,Draft (not submitted)")
    roster = listed(tmp_path, sheet)
    grades = [graded([person], 5, path=person.name) for person in roster.people]
    file = uploaded(roster, grades)
    rules = MoodleAssignment(("41", "42", "43", "44"), 7, locked=("43",))
    with pytest.raises(Refused, match="locked"):
        moodle_import(file.content.replace(b"1.00", b"5"), rules)
    marks, _ = moodle_import(file.content.replace(b"1.00", b""), rules)
    assert marks == {"41": 5, "42": 5}
    assert file.told == (
        "Cy Eck keeps what Moodle has: the grade cannot be changed there",
        "Dan Falk keeps what Moodle has: the submission is a draft",
    )


def test_what_students_wrote_cannot_break_the_sheet(tmp_path: Path) -> None:
    text = TEAMS.replace("Submitted,Blues", '"print(""a\\"")\\",Blues')
    file = uploaded(listed(tmp_path, text), [graded([Person(name="Bo Dahl", id="42")], 5)])
    assert b"\\" not in file.content
    assert moodle_import(file.content, MoodleAssignment(("41", "42", "43", "44"), 7))[0] == {
        "42": 5
    }


# --- Canvas ---------------------------------------------------------------------------------------

GRADEBOOK = (
    "LastName,FirstName,ID,SIS Login ID,Section,Notes,CNN part 1 (8123),Final Score\n"
    ",,,,,,Manual Posting,\n"
    "    Points Possible,,,,,,14.00,(read only)\n"
    "Berg,Ana,41,ana,A,x,EX,\n"
    "Dahl,Bo,42,bo,A and B,,3.00,\n"
    "Eck,Cy,43,cy,A,,,\n"
    "Student,Test,99,t,A,,,\n"
)


def test_a_gradebook_with_two_columns_of_names(tmp_path: Path) -> None:
    roster = listed(tmp_path, GRADEBOOK)
    assert (roster.kind, [p.name for p in roster.people]) == (
        "canvas",
        ["Ana Berg", "Bo Dahl", "Cy Eck"],
    )
    files = {f"{name}_{n}_9{n}_assignment1.ipynb": WORK for name, n in
             {"bergana": 41, "dahlbo": 42, "eckcy": 43}.items()}  # fmt: skip
    found = found_by(roster, folder(tmp_path / "canvas", files))
    grades = marked(found.entries, {"berg": 7, "dahl": 3.5, "eck": 7})
    file = uploaded(roster, grades, "CNN part 1")
    course = CanvasCourse(
        students=(("41", "Ana Berg", "", "ana"), ("42", "Bo Dahl", "", "bo"),
                  ("43", "Cy Eck", "", "cy"), ("99", "Test Student", "", "t")),
        assignments={"8123": "CNN part 1"}, scores={"41": "EX", "42": "3.00"},
    )  # fmt: skip
    assert canvas_import(file.content, course).marks == {"42": 7, "43": 14}
    assert len(file.told) == 1
    assert "stays excused" in file.told[0]


def test_members_of_a_group_have_one_attachment_and_each_their_own_mark(tmp_path: Path) -> None:
    files = {
        "bergana_41_90099_assignment1.ipynb": WORK,
        "dahlbo_LATE_42_90099_assignment1.ipynb": WORK,
        "eckcy_43_90100_assignment1.ipynb": WORK,
    }
    found = gathered(folder(tmp_path / "canvas", files))
    assert found.kind == "canvas"
    assert [(e.people[0].id, e.late) for e in found.entries] == [
        ("41", False),
        ("42", True),
        ("43", False),
    ]


def test_a_group_under_its_own_name_is_said(tmp_path: Path) -> None:
    files = {"group7_42_90099_assignment1.ipynb": WORK, "eckcy_43_90100_assignment1.ipynb": WORK}
    found = found_by(listed(tmp_path, GRADEBOOK), folder(tmp_path / "canvas", files))
    remarks = {entry.student: entry.remarks for entry in found.entries}
    assert remarks["Cy Eck"] == ()
    assert "Handed in under the name group7, as groups do" in remarks["Bo Dahl"][0]


def test_names_in_any_script_and_answers_to_a_quiz(tmp_path: Path) -> None:
    files = {
        "शर्माप्रिया_41_90201_assignment1.ipynb": WORK,
        "ใจดีสมหญิง_LATE_42_90202_assignment1.ipynb": WORK,
        "أحمدمحمد_43_90203_assignment1.ipynb": WORK,
    }
    found = gathered(folder(tmp_path / "canvas", files))
    assert {(e.student, e.people[0].id) for e in found.entries} == {
        ("शर्माप्रिया", "41"), ("ใจดีสมหญิง", "42"), ("أحمدمحمد", "43"),
    }  # fmt: skip
    quiz = folder(tmp_path / "quiz", {"berg, ana41_question_77_90201_work.ipynb": WORK})
    (entry,) = gathered(quiz).entries
    assert (entry.people[0].name, entry.people[0].id) == ("berg, ana", "41")


# --- names that a student chose -------------------------------------------------------------------

HONEST_ON_CANVAS = {
    f"{name}_{number}_9010{number}_work.ipynb": WORK
    for number, name in enumerate(("sousaana", "nielsensøren", "okafor", "ekbo", "dahlbo"), 41)
}
OTHERS = notebook("x = 1")


@pytest.mark.parametrize(
    "chosen",
    [
        "x_assignsubmission_file_work.ipynb",
        "Ana Sousa_41_assignsubmission_file_work.ipynb",
        "_sousaana_attempt_2024-12-24-21-26-11_work.ipynb",
        "sousaana41_question_3_90999_work.ipynb",
        "_41_901041_work.ipynb",
    ],
)
def test_a_file_s_name_gives_it_to_nobody_else_on_canvas(tmp_path: Path, chosen: str) -> None:
    files = HONEST_ON_CANVAS | {f"molemallory_77_90177_{chosen}": OTHERS}
    found = gathered(folder(tmp_path / "canvas", files))
    assert found.kind == "canvas"
    assert {e.people[0].id: e.read() for e in found.entries} == {
        **dict.fromkeys(("41", "42", "43", "44", "45"), WORK), "77": OTHERS,
    }  # fmt: skip


def test_numbers_in_a_name_keep_no_quiz_from_being_recognised(tmp_path: Path) -> None:
    files = {f"{name}{n}_question_3_9010{n}_a.ipynb": WORK for n, name in ((41, "a"), (42, "b"))}
    files |= {f"x_24_2024_y77_question_3_{n}_a.ipynb": WORK for n in (90177, 90178)}
    files["cy_43_question_3_90103_a.ipynb"] = WORK
    found = gathered(folder(tmp_path / "quiz", files))
    assert found.kind == "canvas"
    assert {entry.people[0].id for entry in found.entries} == {"41", "42", "43", "77"}


def test_names_without_a_letter_and_with_a_number_at_the_end_are_people_on_canvas(
    tmp_path: Path,
) -> None:
    files = HONEST_ON_CANVAS | {
        "_78_90178_work.ipynb": WORK,  # a name of emoji alone
        "lab_3_79_90179_work.ipynb": WORK,
        "lab_3_79_90180_notes.txt": b"",
    }
    found = gathered(folder(tmp_path / "canvas", files))
    assert found.kind == "canvas"
    known = {(e.student, e.people[0].id) for e in found.entries}
    assert {("78", "78"), ("lab_3", "79"), ("sousaana", "41")} <= known
    assert len(known) == 7


def test_a_file_s_name_is_no_attempt_of_somebody_else_on_blackboard(tmp_path: Path) -> None:
    start, later = "Lab_1_{}_attempt_2024-09-24-12-00-00_{}", "_attempt_2024-12-24-00-00-00_x.ipynb"
    files = {
        start.format("asousa", "work.ipynb"): WORK,
        start.format("mmole", f"Lab_1_asousa{later}"): OTHERS,
    }
    found = gathered(folder(tmp_path / "blackboard", files))
    assert {e.student: e.read() for e in found.entries} == {"asousa": WORK, "mmole": OTHERS}


def test_a_name_without_a_letter_takes_nobody_s_number_on_moodle(tmp_path: Path) -> None:
    files = {
        "Ana Sousa_41_assignsubmission_file/work.ipynb": WORK,
        "_77_assignsubmission_file/work.ipynb": OTHERS,
    }
    found = gathered(folder(tmp_path / "moodle", files))
    assert {e.people[0].id: e.read() for e in found.entries} == {"41": WORK, "77": OTHERS}


# --- other platforms ------------------------------------------------------------------------------


def test_blackboard(tmp_path: Path) -> None:
    def text(name: str, login: str) -> bytes:
        return f"Name: {name} ({login})\nAssignment: Lab 1\n\nComments:\nnone\n".encode()

    first, second = (
        "Lab_1_asousa_attempt_2024-09-23-10-00-00",
        "Lab_1_asousa_attempt_2024-09-24-21-26-11",
    )
    bo, cy = "Lab_1_b_dahl_attempt_2024-09-24-12-00-00", "Lab_1_cy_attempt_2024-09-24-12-00-00"
    root = folder(
        tmp_path / "blackboard",
        {
            f"{first}.txt": text("Ana Sousa", "asousa"), f"{first}_work.ipynb": notebook("x = 1"),
            f"{second}.txt": text("Ana Sousa", "asousa"), f"{second}_work.ipynb": WORK,
            f"{bo}.txt": text("Bo Dahl", "b_dahl"), f"{bo}_work.ipynb": WORK,
            f"{cy}.txt": text("Cy Eck", "cy"),
            "by mail.ipynb": WORK,
        },
    )  # fmt: skip
    found = gathered(root)
    entries = by_student(found)
    assert found.kind == "blackboard"
    assert sorted(entries) == ["Ana Sousa", "Bo Dahl", "Cy Eck", "by mail"]
    assert entries["Ana Sousa"].read() == WORK
    assert entries["Bo Dahl"].people[0].login == "b_dahl"
    assert refusal(entries["Cy Eck"]).endswith("but what Blackboard itself notes of an attempt")
    assert [left.path for left in found.left_out] == [f"{first}_work.ipynb"]
    roster = listed(
        tmp_path,
        "Last Name,First Name,Username,Student ID,Last Access,Availability,"
        "Lab 1 [Total Pts: 14 Score] |123456\n"
        'Sousa,Ana,asousa,1,2024,Yes,"Needs Grading(0.00)"\nDahl,Bo,b_dahl,2,2024,Yes,\n',
    )
    assert roster.kind == "blackboard"
    matched = reconcile(roster, found.entries)
    file = uploaded(roster, marked(matched.entries, {second: 7, bo: 3.5}), "Lab 1")
    assert (file.name, file.marks) == ("blackboard.csv", 2)
    assert file.content.decode() == (
        "Username,Lab 1 [Total Pts: 14 Score] |123456\nasousa,14\nb_dahl,7\n"
    )


def test_blackboard_with_one_name_for_all_goes_by_logins(tmp_path: Path) -> None:
    files: dict[str, bytes] = {}
    for login in ("asousa", "bdahl"):
        start = f"Lab_{login}_attempt_2024-09-24-12-00-00"
        files |= {f"{start}.txt": f"Name: Ana Sousa ({login})\n".encode(), f"{start}_a.ipynb": WORK}
    assert students(gathered(folder(tmp_path / "blackboard", files))) == ["asousa", "bdahl"]


def test_nbgrader(tmp_path: Path) -> None:
    stamp = b"2024-09-24 21:26:11.527142 UTC"
    files: dict[str, bytes] = {}
    for name in ("ana", "bo"):
        files |= {
            f"submitted/{name}/ps1/work.ipynb": WORK,
            f"submitted/{name}/ps1/timestamp.txt": stamp,
            f"submitted/{name}/ps2/work.ipynb": notebook("x = 1", made_for="assignment2"),
            f"submitted/{name}/ps2/timestamp.txt": stamp,
        }
    found = gathered(folder(tmp_path / "course", files))
    assert (found.kind, students(found)) == ("nbgrader", ["ana", "bo"])
    assert {left.why for left in found.left_out} == {"made for assignment2"}
    times = ("2024-09-23 10:00:00.000001 UTC", "2024-09-24 10:00:00.000001 UTC")
    inbound = {
        f"inbound/ana+ps1+{times[0]}+bWFk/work.ipynb": notebook("x = 1"),
        f"inbound/ana+ps1+{times[1]}+aGFr/work.ipynb": WORK,
        f"inbound/bo+ps1+{times[0]}/work.ipynb": WORK,
    }
    found = gathered(folder(tmp_path / "exchange", inbound))
    assert (found.kind, students(found)) == ("nbgrader", ["ana", "bo"])
    assert all(entry.read() == WORK for entry in found.entries)


def test_sakai(tmp_path: Path) -> None:
    sheet = (
        '"Lab 1","SCORE_GRADE_TYPE"\n""\n'
        '"Display ID","ID","Last Name","First Name","grade"\n'
        '"asousa","asousa","Sousa","Ana",""\n"bdahl","bdahl","Dahl","Bo",""\n'
    )
    root = folder(
        tmp_path / "sakai",
        {
            "Lab 1/grades.csv": sheet.encode(),
            "Lab 1/Sousa, Ana(asousa)/Submission attachment(s)/work.ipynb": WORK,
            "Lab 1/Sousa, Ana(asousa)/timestamp.txt": b"20240924212611000",
            "Lab 1/Sousa, Ana(asousa)/Feedback Attachment(s)/old.ipynb": WORK,
            "Lab 1/Dahl, Bo(bdahl)/timestamp.txt": b"20240924212611000",
        },
    )
    found = gathered(root)
    assert (found.kind, students(found), found.left_out) == ("sakai", ["Bo Dahl", "Ana Sousa"], ())
    matched = reconcile(listed(tmp_path, sheet), found.entries)
    assert (matched.missing, matched.unknown) == ((), ())


@pytest.mark.parametrize(
    ("kind", "path"),
    [("teams", "{}/CNN lab/Version {}/work.ipynb"), ("vocareum", "{}/{}/work.ipynb")],
)
def test_numbered_attempts(tmp_path: Path, kind: str, path: str) -> None:
    files = {
        path.format(name, n): notebook("x = 1") for name in ("Ana Sousa", "Bo") for n in (1, 9)
    }
    newest = {"Ana Sousa": 10, "Bo": 100}
    files |= {path.format("Bo", 99): notebook("x = 1")}
    files |= {path.format(name, number): WORK for name, number in newest.items()}
    found = gathered(folder(tmp_path / "class", files))
    assert (found.kind, students(found)) == (kind, ["Ana Sousa", "Bo"])
    assert all(entry.read() == WORK for entry in found.entries)
    assert len(found.left_out) == 5
    assert {left.why.split(" of ")[1] for left in found.left_out} == {
        "version 10 counts",
        "version 100 counts",
    }


# --- sheets that cannot be filled safely ----------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (TEAMS + "Participant 45,Eva,Submitted\n", "line 6: 3 columns, where the header has 10"),
        (TEAMS + TEAMS.splitlines()[1] + "\n", "line 6: Participant 41 stands in line 2, too"),
        (GRADEBOOK + "Eck,Dan,43,dan,A,,,\n", "line 8: 43 stands in line 6, too"),
        (
            GRADEBOOK.replace("Berg,Ana", '"Berg\nII",Ana') + "Eck,Dan,44,dan\n",
            "line 9: 4 columns",
        ),
    ],
)
def test_a_broken_sheet_is_refused_with_the_line(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        listed(tmp_path, text)


def test_a_list_of_a_ta_is_not_moodle_s_because_its_ids_have_letters(tmp_path: Path) -> None:
    roster = listed(tmp_path, "Number,Name,Points\nstud 1,Ana,7\nstud 2,Bo,7\n")
    assert roster.kind == "plain"
    assert listed(tmp_path, "Id,Navn\nelev101,Ana\nelev102,Bo\n").kind == "plain"
