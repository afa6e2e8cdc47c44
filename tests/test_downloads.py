"""Downloads as learning platforms write them, graded with one command, their files uploaded."""

import csv
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from lms_rules import (
    CanvasCourse,
    MoodleAssignment,
    brightspace_import,
    canvas_import,
    looks_like_formula,
    moodle_feedback_owner,
    moodle_import,
)
from markupsafe import escape

from autograder.platforms.csv_writer import unescape_formula

DOWNLOADS = Path(__file__).parent / "downloads"
# Of each download: its folder, the list of the class that belongs to it, the scores.
PLATFORMS: dict[str, tuple[str, str | None, dict[str, float | None]]] = {
    "canvas": (
        "canvas/submissions",
        "canvas/gradebook.csv",
        {
            "de la Cruz, Inés María": 2, "Müller, Jürgen": None, "Nielsen, Søren": 7,
            "Okafor, Chidi": 1, "O'Neill, Kwame": 7, "Rossi, Giulia": None, "Sousa, Ana": 2,
        },
    ),
    "moodle": (
        "moodle/submissions",
        "moodle/worksheet.csv",
        {
            "Søren Nielsen": 7, "Ana Sousa": 2, "Inés María de la Cruz": 1,
            "Kwame O'Neill": None, "Jürgen Müller": 2,
        },
    ),
    "brightspace": (
        "brightspace/submissions",
        "brightspace/grades.csv",
        {
            "Søren Nielsen": 7, "Ana Sousa": 2, "Inés María de la Cruz": 2, "Kwame O'Neill": None,
        },
    ),
    "gradescope": (
        "gradescope",
        None,
        {
            'Søren Nielsen, Æble, "the" second': 7, "Ana Sousa": 2,
            '=HYPERLINK("http://x","y")': None,
        },
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The course of this repository, with another name in the gradebook."""
    folder = tmp_path_factory.mktemp("course")
    shutil.copytree(ROOT / "solutions", folder / "solutions")
    (folder / "assignments").symlink_to(ROOT / "assignments")
    settings = folder / "solutions" / "assignment1.toml"
    settings.write_text('gradebook = "CNN, part 1"\n' + settings.read_text("utf-8"), "utf-8")
    return folder


@pytest.fixture(scope="module")
def results(course: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """The results of every download, each graded by one command."""
    folders = {}
    for kind, (download, roster, _) in PLATFORMS.items():
        out = tmp_path_factory.mktemp(kind)
        listed = ["--roster", DOWNLOADS / roster] if roster else []
        command = [DOWNLOADS / download, "--assignment", "assignment1", "--out", out]
        done = subprocess.run(
            [sys.executable, "-m", "autograder", "grade", *map(str, command + listed)],
            cwd=course, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode == 1, done.stderr  # somebody in each handed in no notebook
        folders[kind] = out
    return folders


def grades(out: Path) -> list[dict[str, Any]]:
    """The grades in grades.json."""
    found: list[dict[str, Any]] = json.loads((out / "grades.json").read_text("utf-8"))["grades"]
    return found


@pytest.mark.parametrize("kind", PLATFORMS)
def test_everybody_has_their_mark(results: Mapping[str, Path], kind: str) -> None:
    found = {grade["student"]: grade["score"] for grade in grades(results[kind])}
    assert found == PLATFORMS[kind][2]


def test_canvas_takes_the_file(results: Mapping[str, Path]) -> None:
    exported = (DOWNLOADS / "canvas/gradebook.csv").read_text("utf-8-sig")
    rows = list(csv.reader(exported.splitlines()))
    students = tuple((r[1], r[0], r[2], r[3]) for r in rows[2:])
    taken = canvas_import(
        (results["canvas"] / "canvas.csv").read_bytes(),
        CanvasCourse(students=students, assignments={"8123": "CNN, part 1"}),
    )
    assert (taken.assignment, taken.is_new) == ("CNN, part 1", False)
    assert {k: v for k, v in taken.marks.items() if v is not None} == {
        "4711": 7, "4712": 2, "4713": 2, "4714": 7, "4716": 1,
    }  # fmt: skip


def test_moodle_takes_the_files(results: Mapping[str, Path]) -> None:
    participants = ("301", "302", "303", "304", "305", "306")
    sheet = (results["moodle"] / "moodle.csv").read_bytes()
    marks, _ = moodle_import(
        sheet,
        MoodleAssignment(
            participants, 7, "Deltager ", "Identifikator", "Karakter", "Senest ændret (karakter)",
            "Feedbackkommentarer",
        ),
    )  # fmt: skip
    assert marks == {"301": 7, "302": 2, "303": 1, "305": 2}
    unpacked = results["moodle"] / "unpacked"
    shutil.unpack_archive(results["moodle"] / "moodle_feedback.zip", unpacked)
    names = [str(f.relative_to(unpacked)) for f in unpacked.rglob("*") if f.is_file()]
    owners = [moodle_feedback_owner(name, participants) for name in names]
    assert {owner[0] for owner in owners if owner is not None} >= {"301", "302", "303", "305"}
    assert None not in owners


def test_brightspace_takes_the_file(results: Mapping[str, Path]) -> None:
    students = {"204711": "soren", "204712": "ana", "204713": "ines", "204714": "kwame",
                "204715": "aeble"}  # fmt: skip
    content = (results["brightspace"] / "brightspace.csv").read_bytes()
    item, marks = brightspace_import(content, students, {"CNN part 1": 7})
    assert marks == {"204711": 7, "204712": 2, "204713": 2}
    assert item == "CNN part 1"


@pytest.mark.parametrize("kind", PLATFORMS)
def test_names_come_through_every_file_whole_and_harmless(
    results: Mapping[str, Path], kind: str
) -> None:
    out, names = results[kind], set(PLATFORMS[kind][2])
    with (out / "grades.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {unescape_formula(row["student"]) for row in rows} == names
    for sheet in out.glob("*.csv"):
        if sheet.name != "roster.csv":  # the TA's own, as it came
            with sheet.open(encoding="utf-8-sig", newline="") as file:
                assert not [c for row in csv.reader(file) for c in row if looks_like_formula(c)]
    page = (out / "report" / "index.html").read_text("utf-8")
    for name in names:
        assert str(escape(name)) in page
    for ending in ("md", "html"):
        files = list((out / "feedback").glob(f"*.{ending}"))
        assert len(files) == len(names)
        assert all(re.fullmatch(rf"[a-z0-9-]+\.{ending}", file.name) for file in files)
