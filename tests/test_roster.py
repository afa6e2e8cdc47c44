"""The list of a class, however it was written, and who of it handed in."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import pytest

from autograder.errors import UsageError
from autograder.model import Entry, Limits, Person
from autograder.platforms.collect import collect
from autograder.platforms.names import runs, spellings, written
from autograder.platforms.registry import read_roster
from autograder.platforms.roster import Roster, match, reconcile

DOWNLOADS = Path(__file__).parent / "downloads"
FORMULA = '=HYPERLINK("http://x","y")'


def csv_of(rows: Sequence[Sequence[str]], separator: str = ",") -> str:
    """Rows as CSV."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator).writerows(rows)
    return text.getvalue()


def roster_of(tmp_path: Path, text: str, encoding: str = "utf-8") -> Roster:
    """The roster that a file with this text holds."""
    file = tmp_path / "class.csv"
    file.write_bytes(text.encode(encoding))
    return read_roster(file)


def entry(*people: Person) -> Entry:
    """An entry of these people."""
    name = people[0].name
    return Entry(path=f"{name}.ipynb", student=name, read=lambda: b"", people=people)


def test_canvas() -> None:
    roster = read_roster(DOWNLOADS / "canvas" / "gradebook.csv")
    assert roster.kind == "canvas"
    assert roster.header[:2] == ("Student", "ID")
    assert "Points Possible" in roster.rows[0][0]
    assert roster.people[0] == Person(name="Nielsen, Søren", id="4711", login="soren")
    assert [person.name for person in roster.people][-1] == f"{FORMULA}, Æble"  # no test student
    assert roster.rows[roster.places[1]][0] == "Sousa, Ana"
    assert match(roster, Person(name="", id="4712")) == 2
    assert match(roster, Person(name="", id="s204712")) == 2


def test_moodle() -> None:
    roster = read_roster(DOWNLOADS / "moodle" / "worksheet.csv")
    assert roster.kind == "moodle"
    assert roster.people[0] == Person(name="Søren Nielsen", id="301", email="soren@uni.example")
    assert roster.people[-1].name == f"{FORMULA}\nÆble"
    assert match(roster, Person(name=f"{FORMULA} æble")) == 5


@pytest.mark.parametrize(
    "word", ["Participant ", "Teilnehmer/in", "Deltager ", "Участник ", "参加者の"]
)
def test_moodle_in_any_language_and_marked_blindly(tmp_path: Path, word: str) -> None:
    roster = roster_of(tmp_path, f"Id,Status\n{word}301,x\n{word}302,y\n")
    assert roster.kind == "moodle"
    assert [person.id for person in roster.people] == ["301", "302"]
    assert roster.people[0].name == f"{word}301"


def test_brightspace() -> None:
    roster = read_roster(DOWNLOADS / "brightspace" / "grades.csv")
    assert roster.kind == "brightspace"
    soren = Person(name="Søren Nielsen", id="204711", email="soren@uni.example", login="soren")
    assert roster.people[0] == soren
    assert roster.people[-1].name == f'{FORMULA} Æble, "the" second'
    assert match(roster, Person(name="", id="#204713")) == 2


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("Name,E-mail,Student ID,Login", "Søren Nielsen,s@u.dk,s204711,sn"),
        ("login,NAME,id,email", "sn,Søren Nielsen,s204711,s@u.dk"),
        ("Fornavn;Efternavn;Studienummer;Brugernavn;E-mailadresse",
         "Søren;Nielsen;s204711;sn;s@u.dk"),
        ("Vorname\tNachname\tMatrikelnummer\tBenutzername\tE-Mail-Adresse",
         "Søren\tNielsen\ts204711\tsn\ts@u.dk"),
        ("sep=;\nnavn;studienummer;initialer;mail", "Søren Nielsen;s204711;sn;s@u.dk"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1", "cp1252"])
def test_plain_lists(tmp_path: Path, header: str, row: str, encoding: str) -> None:
    roster = roster_of(tmp_path, f"{header}\r\n{row}\r\n\r\n", encoding)
    assert roster.kind == "plain"
    assert roster.people == (
        Person(name="Søren Nielsen", id="s204711", email="s@u.dk", login="sn"),
    )


def test_odd_names_and_all_cells_stay_as_they_are(tmp_path: Path) -> None:
    names = ['O"Brien, "Al"', "Ana\nMaria", FORMULA, "Ærø Øster Ål", "  Bob  "]
    rows = [["Name", "Note"], *([name, " kept "] for name in names)]
    roster = roster_of(tmp_path, csv_of(rows))
    assert [person.name for person in roster.people] == [*names[:-1], "Bob"]
    assert [list(row) for row in (roster.header, *roster.rows)] == rows


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "the file is empty"),
        (b"\xef\xbb\xbf\n\n", "the file is empty"),
        (b"PK\x03\x04...", "an Excel workbook or a zip; export or save it as CSV"),
        (b"\xd0\xcf\x11\xe0\xa1", "an Excel workbook"),
        (b"<!DOCTYPE html>", "a web page"),
        (b"points,group\n1,2\n", "no column holds names; its columns are points, group"),
        (b'"points\n\x1b[1m",group\n1,2\n', "its columns are points .*, group"),
        (
            b"Student,ID,SIS Login ID,Section\n" + b'Ana,"4\n1",a,1\nBo,"4\n1",b,1\n',
            "4 1 stands in line 2, too",
        ),
        (b"name,email\n", "nobody on this list"),
        ("name\nAna\n".encode("utf-16-le"), "save it as CSV in UTF-8"),
        (b"name\n\x81\x8d\n", "save it as CSV in UTF-8"),
        (b"name\n" + b"x" * 200_000, "line 2: not a CSV file"),
        (b"name," + b"x" * 200_000, "line 1: not a CSV file"),
        (b'"name,email\n' + b"Ana,a\n" * 50_000, "not a CSV file"),
    ],
)  # fmt: skip
def test_what_is_no_list_is_one_sentence(tmp_path: Path, content: bytes, says: str) -> None:
    file = tmp_path / "class.csv"
    file.write_bytes(content)
    with pytest.raises(UsageError, match=says) as error:
        read_roster(file)
    assert "\n" not in str(error.value)


def test_a_list_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_roster(tmp_path / "none.csv")
    with pytest.raises(UsageError, match="cannot be read"):
        read_roster(tmp_path)


# --- who is who -----------------------------------------------------------------------------------

CLASS = (
    "name,id,email,login\n"
    '"Nielsen, Søren",1,soren@u.dk,sn\n'
    "Ana Sousa,2,ana@u.dk,asou\n"
    "Ana Sousa,3,ana2@u.dk,asou2\n"
    "Jürgen Müller-Lüdenscheid,4,jm@u.dk,jm\n"
    "Ærø Åse Ødegård,5,ao@u.dk,ao\n"
    "de la Cruz,6,dlc@u.dk,dlc\n"
)


@pytest.mark.parametrize(
    ("person", "row"),
    [
        (Person(name="?", id="1"), 0),
        (Person(name="?", email="SOREN@u.dk"), 0),
        (Person(name="?", login="SN"), 0),
        (Person(name="søren  NIELSEN"), 0),
        (Person(name="Soren Nielsen"), 0),
        (Person(name="Soeren Nielsen"), 0),
        (Person(name="nielsensøren"), 0),
        (Person(name="nielsensoren"), 0),
        (Person(name="nielsensren"), None),  # a letter is missing
        (Person(name="Ana Sousa"), None),  # two of the name
        (Person(name="Ana Sousa", id="3"), 2),
        (Person(name="Ana Sousa", email="ana@u.dk"), 1),
        (Person(name="sousaana"), None),
        (Person(name="Jurgen Muller Ludenscheid"), 3),
        (Person(name="müllerlüdenscheidjürgen"), 3),
        (Person(name="mullerludenscheidjurgen"), 3),
        (Person(name="oedegaardaeroeaase"), 4),
        (Person(name="cruzdela"), 5),
        (Person(name="ao"), 4),  # a folder named for a login
        (Person(name="jm@u.dk"), 3),
        (Person(name="5"), 4),
        (Person(name="Jürgen Müller-Lüdenscheid", id="1"), None),  # ids of two systems
        (Person(name="Nobody Here"), None),
        (Person(name=""), None),
    ],
)
def test_match(tmp_path: Path, person: Person, row: int | None) -> None:
    assert match(roster_of(tmp_path, CLASS), person) == row


def test_names_are_turned_round_and_evened_out() -> None:
    assert written("Nielsen,  SØREN ") == written("Søren\nNielsen") == "søren nielsen"
    assert not spellings("Ana Sousa") & spellings("Ana Souza")
    assert not spellings("")
    assert not runs("")


def test_reconcile(tmp_path: Path) -> None:
    roster = roster_of(tmp_path, CLASS)
    soren, again = entry(Person(name="nielsensøren", id="1")), entry(Person(name="sn"))
    group = entry(Person(name="Ærø Åse Ødegård"), Person(name="Somebody Else"))
    pair = entry(Person(name="?", id="4"), Person(name="?", id="6"))
    nobody = Entry(path="x.ipynb", student="Ana Sousa", read=lambda: b"")
    found = reconcile(roster, [soren, again, group, pair, nobody])
    assert [e.student for e in found.entries] == [
        "Nielsen, Søren", "Nielsen, Søren", "Ærø Åse Ødegård",
        "Jürgen Müller-Lüdenscheid, de la Cruz", "Ana Sousa",
    ]  # fmt: skip
    assert found.entries[0].people == (roster.people[0],)
    assert [person.name for person in found.entries[2].people] == [
        "Ærø Åse Ødegård",
        "Somebody Else",
    ]
    assert [person.id for person in found.namesakes] == ["2", "3"]
    assert found.missing == ()
    assert [e.path for e in found.unknown] == [group.path, nobody.path]
    ((person, entries),) = found.twice
    assert person.id == "1"
    assert [e.path for e in entries] == [soren.path, again.path]


@pytest.mark.parametrize(
    ("download", "roster", "missing"),
    [
        ("canvas/submissions", "canvas/gradebook.csv", [f"{FORMULA}, Æble"]),
        ("moodle/submissions", "moodle/worksheet.csv", [f"{FORMULA}\nÆble"]),
        ("brightspace/submissions", "brightspace/grades.csv", [f'{FORMULA} Æble, "the" second']),
        ("moodle/submissions", "brightspace/grades.csv", [f'{FORMULA} Æble, "the" second']),
    ],
)
def test_downloads_and_their_rosters(download: str, roster: str, missing: list[str]) -> None:
    found = collect([DOWNLOADS / download], "assignment1", Limits())
    reconciled = reconcile(read_roster(DOWNLOADS / roster), found.entries)
    assert [person.name for person in reconciled.missing] == missing
    assert reconciled.twice == ()
    # The roster of another platform does not list everybody, nor know of its groups.
    strangers = {"Gruppe 2-Jürgen Müller"} if download.split("/")[0] not in roster else set()
    assert {e.student for e in reconciled.unknown} == strangers
