"""Whatever somebody calls themselves and their files, nobody else's work is touched by it.

A class hands in on a platform, and one of them chooses names as strange as the platform lets them
be. Everybody else must be found as who they are, each with their own work and nothing besides.

FUZZ_EXAMPLES says how many are tried, as in test_fuzz.py.
"""

import io
import json
import os
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from autograder.errors import SubmissionError
from autograder.model import Entry, Limits
from autograder.platforms.collect import collect

FUZZ = settings(
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "40")),
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


class Student(NamedTuple):
    """Somebody on a platform: a name that they may choose, and what the platform gave them."""

    name: str
    login: str
    number: int


HONEST = (
    Student("Ana Sousa", "asousa", 4712),
    Student("Søren Nielsen", "b_nielsen", 4711),
    Student("王 David", "dwang7", 4713),
    Student("Kwame O'Neill", "kwame", 4714),
    Student("Inés María de la Cruz", "ines", 5),
    Student("Bo Ek", "bo", 10_000_001),
)
MALLORY = Student("Mallory Mole", "mmole", 4777)
LATER = "2024-12-24-21-26-11"
# What the names of downloads are made of, and what would be somebody else's in them.
PIECES = ("_4712_", "_90102_", "4712", "_question_1_55_", "sousaana", "Ana Sousa", "asousa",
          f"_asousa_attempt_{LATER}", f"_attempt_{LATER}_", "_4712_assignsubmission_file_",
          "_assignsubmission_file", "_assignsubmission_onlinetext_", "4712-1 - ", " - Ana Sousa - ",
          "Dec 24, 2024 926 PM", " - ", "late_", "_late", "anon_", "LATE_", "_text.html",
          "Sousa, Ana(asousa)", "asousa+assignment1+2024-12-24 21:26:11 UTC+x", "Version 1",
          "submission_metadata.yml", "index.html", "assignment1", "assignment2", "-1", "..", ".",
          "/", "_", "-", " ", "/timestamp.txt", "\u202e", "\0", "e\u0301")  # fmt: skip
CHOSEN = st.lists(
    st.sampled_from(PIECES) | st.text(max_size=4) | st.integers(0, 99_999).map(str), max_size=6
).map("".join)


IN_NO_NAME = '\0/\\:*?"<>|'


def work(owner: Student, number: int) -> bytes:
    """A notebook that tells whose it is."""
    cells = [{"cell_type": "code", "source": f"whose = {owner.login!r}, {number}"}]
    metadata = {"otter": {"assignment_name": "assignment1"}}
    notebook = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(notebook).encode()


def plain(text: str, instead: str = "", kept: str = "") -> str:
    """The text, with something in the place of what no file's name may hold."""
    taken = "".join(set(IN_NO_NAME) - set(kept))
    return re.sub(f"[{re.escape(taken)}]+", instead, text)


def on_canvas(one: Student, late: bool, name: str, number: int) -> str:
    """By `ContentZipper` of https://github.com/instructure/canvas-lms."""
    start = re.sub(r"\W", "", "_".join([sortable(one), *["LATE"] * late, str(one.number)]))
    return f"{start}_{attachment(one, number)}_{plain(name, '_')}"


def on_canvas_s_quiz(one: Student, late: bool, name: str, number: int) -> str:
    """By `Quizzes::QuizSubmissionZipper` of the same."""
    first, _, last = one.name.rpartition(" ")
    start = re.sub(r"_(\d+)_", r"-\1-", f"{last}, {first}") + str(one.number)
    start = re.sub(r"[^-\w]", "", start.replace(" ", "_"), flags=re.ASCII).lower()
    return f"{start}_question_3_{attachment(one, number)}_{plain(name, '_')}"


def sortable(one: Student) -> str:
    first, _, last = one.name.rpartition(" ")
    return re.sub(r"_(\d+)_", r"\1", f"{last}, {first}".lower())


def attachment(one: Student, number: int) -> int:
    return 90_000 + 10 * one.number + number


def on_moodle(one: Student, late: bool, name: str, number: int) -> str:
    """By `mod_assign\\downloader` of https://github.com/moodle/moodle."""
    return f"{folder_of(one)}/{re.sub(r'[.][.]+', '', plain(name, kept='/')) or 'x'}"


def on_moodle_without_folders(one: Student, late: bool, name: str, number: int) -> str:
    """As `on_moodle`; no file has another folder."""
    return f"{folder_of(one)}_{plain(name)}"


def folder_of(one: Student) -> str:
    shown = plain(one.name.replace("_", " ")).strip(". ")
    return f"{shown}_{one.number}_assignsubmission_file"


def on_brightspace(one: Student, late: bool, name: str, number: int) -> str:
    """As Brightspace's downloads are; an organisation says how its people are called."""
    time = f"Sep 24, 2024 92{number} PM"
    return f"{one.number}-{one.number + 1} - {plain(one.name)} - {time} - {plain(name)}"


def on_blackboard(one: Student, late: bool, name: str, number: int) -> str:
    """As Blackboard's downloads are, in which nobody chooses what stands before their file."""
    login = one.login.rpartition("_")[2]
    return f"Lab_1_{login}_attempt_2024-09-24-21-26-1{number}_{plain(name)}"


Named = Callable[[Student, bool, str, int], str]
PLATFORMS: Mapping[str, tuple[str, Named, Callable[[Entry], object], Callable[[Student], object]]]
PLATFORMS = {
    "canvas": ("canvas", on_canvas, lambda e: e.people[0].id, lambda s: str(s.number)),
    "quiz": ("canvas", on_canvas_s_quiz, lambda e: e.people[0].id, lambda s: str(s.number)),
    "moodle": ("moodle", on_moodle, lambda e: e.people[0].id, lambda s: str(s.number)),
    "flat moodle": (
        "moodle", on_moodle_without_folders, lambda e: e.people[0].id, lambda s: str(s.number),
    ),
    "brightspace": ("brightspace", on_brightspace, lambda e: e.people[0].name, lambda s: s.name),
    "blackboard": (
        "blackboard", on_blackboard, lambda e: e.people[0].login,
        lambda s: s.login.rpartition("_")[2],
    ),
}  # fmt: skip


def packed(members: Sequence[tuple[str, bytes]]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in members:
            archive.writestr(name, content)
    return made.getvalue()


def owner_of(entry: Entry) -> str:
    """The login of whoever wrote an entry's notebook; empty where none was chosen."""
    try:
        source = json.loads(entry.read())["cells"][0]["source"]
    except SubmissionError:
        return ""
    return str(source).split("'")[1]


@pytest.mark.parametrize("platform", PLATFORMS)
@FUZZ
@given(data=st.data())
def test_nobody_s_name_takes_another_s_place(
    tmp_path_factory: Any, platform: str, data: st.DataObject
) -> None:
    kind, named, known_by, known = PLATFORMS[platform]
    mallory = MALLORY._replace(name=data.draw(st.just(MALLORY.name) | CHOSEN))
    who = [known(one) for one in (*HONEST, mallory)]
    assume(len({str(one).casefold() for one in who}) == len(who))
    # Canvas itself would take the number at the end of such a name for a user's.
    shown = re.sub(r"\W", "", sortable(mallory), flags=re.ASCII)
    assume(kind != "canvas" or not re.search(r"_\d+(_late)*_*$", shown))
    files = data.draw(st.lists(st.tuples(CHOSEN, st.booleans()), min_size=1, max_size=2))
    late = data.draw(st.booleans())
    members = [(named(one, late, "assignment1.ipynb", 0), work(one, 0)) for one in HONEST]
    for number, (name, is_notebook) in enumerate(files):
        end = ".ipynb" if is_notebook else ""
        members.append((named(mallory, late, (name or "x") + end, number), work(mallory, number)))
    assume(len({name for name, _ in members}) == len(members))
    file = Path(tmp_path_factory.mktemp("names"), "class.zip")
    file.write_bytes(packed(data.draw(st.permutations(members))))
    found = collect([file], "assignment1", Limits())
    assert found.kind == kind
    owned = [(known_by(entry), owner_of(entry)) for entry in found.entries]
    for one in HONEST:
        assert [whose for who, whose in owned if who == known(one)] == [one.login]
    assert {whose for who, whose in owned if who not in map(known, HONEST)} <= {"", mallory.login}
