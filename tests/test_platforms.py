"""CONTRIBUTING's recipe for one more platform, followed with one that does not exist."""

import csv
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from conftest import ROOT
from test_sources import ANSWER, folder, notebook
from typer.testing import CliRunner

from autograder.cli import app
from autograder.model import Grade, Person
from autograder.platforms import registry
from autograder.platforms.marks import by_row, cell, points_of
from autograder.platforms.platform import Notebooks, Platform
from autograder.platforms.roster import Roster
from autograder.platforms.sheet import Sheet
from autograder.platforms.spreadsheet import Columns, Row, Table, named_columns
from autograder.submissions.handed_in import HandedIn
from autograder.submissions.tree import FileTree

_NAME = re.compile(r"(?P<id>its\d+) (?P<name>.+)")


class Toy(Platform):
    """Folders named `its1 Ana Sousa`; a table whose first column is `Toy id`."""

    kind = "toy"
    feedback_files = ("toy_feedback.txt",)

    def recognise(self, tree: FileTree) -> list[HandedIn] | None:
        """See `Platform`."""
        matches = [match for top in tree.top if (match := _NAME.fullmatch(top))]
        below = tree.by_top()
        return [
            HandedIn(m[0], m["name"], below[m[0]], (Person(name=m["name"], id=m["id"]),))
            for m in matches
        ] or None

    def columns(self, table: Table) -> Columns | None:
        """See `Platform`."""
        columns = named_columns(table.header)
        return Columns(name=columns.name, id=(0,)) if table.titles[0] == "toy id" else None

    def fill(self, roster: Roster, title: str, grades: Sequence[Grade]) -> Sheet | None:
        """See `Platform`."""
        marks = by_row(roster, grades)
        rows: list[Row] = [["Toy id", title]]
        for index, row in enumerate(roster.rows):
            rows.append([cell(row, 0), points_of(marks[index], 7) if index in marks else ""])
        return Sheet(rows, {row[0]: row[1] for row in rows[1:] if row[1]})

    def feedback(
        self,
        grades: Sequence[Grade],
        texts: Mapping[str, str],
        notebooks: Notebooks,
        pages: Mapping[str, Path] | None = None,
    ) -> Mapping[str, bytes]:
        """See `Platform`."""
        return {"toy_feedback.txt": "".join(texts.values()).encode()}


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The platform, put on the list."""
    monkeypatch.setattr(registry, "PLATFORMS", (*registry.PLATFORMS, Toy()))


def grade(submissions: Path, out: Path, *more: str) -> None:
    """Grade in this process; everything must have been graded."""
    arguments = ["grade", str(submissions), "--assignment", "assignment1", "--out", str(out)]
    done = CliRunner().invoke(app, [*arguments, "--course", str(ROOT), "--jobs", "1", *more])
    assert done.exit_code == 0, done.output


@pytest.mark.usefixtures("toy")
def test_one_file_and_one_line_are_enough_for_a_platform(tmp_path: Path) -> None:
    answer = notebook(ANSWER)
    download = folder(
        tmp_path / "download",
        {"its1 Ana Sousa/a.ipynb": answer, "its2 Bo Dahl/assignment1.ipynb": answer},
    )
    sheet = tmp_path / "class.csv"
    sheet.write_text("Toy id,Name\nits1,Ana Sousa\nits2,Bo Dahl\nits3,Cy Eck\n", "utf-8")
    out = tmp_path / "results"
    grade(download, out, "--roster", str(sheet))
    graded = json.loads((out / "grades.json").read_text("utf-8"))["grades"]
    assert [(g["student"], g["people"][0]["id"]) for g in graded] == [
        ("Ana Sousa", "its1"),
        ("Bo Dahl", "its2"),
    ]
    with (out / "toy.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert [row[0] for row in rows] == ["Toy id", "its1", "its2", "its3"]
    assert [row[1] for row in rows[1:]] == ["1", "1", ""]
    assert "Ana Sousa" in (out / "toy_feedback.txt").read_text("utf-8")

    plain = folder(tmp_path / "plain", {"Ana Sousa/a.ipynb": answer})
    (out / "roster.csv").unlink()
    grade(plain, out)
    assert not list(out.glob("toy*")), "a batch from elsewhere leaves nothing of it"


@pytest.mark.usefixtures("toy")
def test_no_table_is_taken_for_another_platform_s(tmp_path: Path) -> None:
    kinds = {
        "Toy id,Name\nits1,Ana\nits2,Bo\n": "toy",
        "ID,Name\nits1,Ana\nits2,Bo\n": "plain",
        "Number,Name,Group,Points\nstud 1,Ana,3,7\nstud 2,Bo,3,7\n": "plain",
        "Identifier,Full name,Status\nParticipant 301,Ana,x\n": "moodle",
    }
    for text, kind in kinds.items():
        sheet = tmp_path / "class.csv"
        sheet.write_text(text, "utf-8")
        roster = registry.read_roster(sheet)
        assert (roster.kind, roster.people[0].name) == (kind, "Ana")


def test_every_platform_has_a_kind_of_its_own() -> None:
    kinds = [platform.kind for platform in registry.PLATFORMS]
    assert len({*kinds, "plain", "folder"}) == len(kinds) + 2
    assert len(set(registry.all_uploads())) == len(registry.all_uploads())
