"""Whatever a TA names is found: folders, zips and the downloads in `tests/downloads/`.

Those are written as each learning platform writes them, to be read as folders and as zips.
"""

import json
import os
import time
import zipfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from autograder.errors import SubmissionError, UsageError
from autograder.model import Entry, Limits, Person
from autograder.platforms.brightspace import timestamp
from autograder.platforms.collect import Collection, collect
from autograder.submissions.tree import LeftOut, Reason

DOWNLOADS = Path(__file__).parent / "downloads"
ANSWER = "pooled_features = 25"


def notebook(*sources: str, made_for: str | None = "assignment1", run: bool = False) -> bytes:
    """A small notebook, with Otter's note of its assignment or without."""
    count = 1 if run else None
    cells = [{"cell_type": "code", "execution_count": count, "source": s} for s in sources]
    metadata: dict[str, Any] = {"otter": {"assignment_name": made_for}} if made_for else {}
    document = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(document).encode()


def folder(root: Path, files: dict[str, bytes]) -> Path:
    """A folder with these files."""
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return root


def zip_of(root: Path, target: Path) -> Path:
    """A folder's content as a zip."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(root.rglob("*")):
            archive.write(path, path.relative_to(root).as_posix())
    return target


def open_files() -> int:
    """How many descriptors this process has."""
    return len(list(Path("/proc/self/fd").iterdir()))


def gathered(*paths: Path, assignment: str = "assignment1") -> Collection:
    """What is collected there."""
    return collect(paths, assignment, Limits())


def refusal(entry: Entry) -> str:
    """The sentence that stands in the place of an entry's notebook."""
    with pytest.raises(SubmissionError) as error:
        entry.read()
    assert "\n" not in str(error.value)
    return str(error.value)


def students(found: Collection) -> list[str]:
    """Whose the entries are."""
    return [entry.student for entry in found.entries]


@pytest.fixture(params=["folder", "zip"])
def packed(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """Gives a download as the folder that it is, or zipped."""

    def give(name: str) -> Path:
        root = DOWNLOADS / name
        return root if request.param == "folder" else zip_of(root, tmp_path / "download.zip")

    return give


def by_student(found: Collection) -> dict[str, Entry]:
    """The entries by the students' names."""
    return {entry.student: entry for entry in found.entries}


# --- learning platforms ---------------------------------------------------------------------------


def test_canvas(packed: Any) -> None:
    found = gathered(packed("canvas/submissions"))
    entries = by_student(found)
    assert found.kind == "canvas"
    assert list(entries) == [
        "delacruzinésmaría", "müllerjürgen", "nielsensøren", "okaforchidi", "oneillkwame",
        "rossigiulia", "sousaana",
    ]  # fmt: skip
    assert entries["nielsensøren"].people == (Person(name="nielsensøren", id="4711"),)
    assert [student for student, entry in entries.items() if entry.late] == ["delacruzinésmaría"]
    assert b"[8, 20]" in entries["nielsensøren"].read()
    assert refusal(entries["müllerjürgen"]).endswith("report.pdf, notes.txt")
    assert refusal(entries["rossigiulia"]).endswith("an online text")
    assert entries["oneillkwame"].path.endswith("_my work.zip/my work/assignment1.ipynb")
    assert entries["oneillkwame"].remarks == ("The notebook was taken out of my work.zip.",)
    assert entries["sousaana"].path == "sousaana_4712_90102_assignment1-1.ipynb"
    assert "2 notebooks" in entries["sousaana"].remarks[0]
    assert [(left.path, left.why) for left in found.left_out] == [
        ("okaforchidi_4716_90108_assignment2.ipynb", "made for assignment2"),
        (
            "sousaana_4712_90099_assignment1.ipynb",
            "sousaana_4712_90102_assignment1-1.ipynb counts",
        ),
    ]


def test_canvas_without_names(packed: Any) -> None:
    found = gathered(packed("canvas/anonymous"))
    assert found.kind == "canvas"
    assert [(e.student, e.late, e.people[0].id) for e in found.entries] == [
        ("anon_k7PqZ", True, ""),
        ("anon_Ab3x9", False, ""),
    ]


def test_moodle(packed: Any) -> None:
    found = gathered(packed("moodle/submissions"))
    entries = by_student(found)
    assert found.kind == "moodle"
    assert entries["Søren Nielsen"].people == (Person(name="Søren Nielsen", id="301"),)
    assert entries["Ana Sousa"].path == (
        "Ana Sousa_302_assignsubmission_file/lab/assignment1.ipynb"
    )
    assert refusal(entries["Kwame O'Neill"]).endswith("work.py")
    assert entries["Gruppe 2-Jürgen Müller"].people[0].id == "305"


def test_moodle_without_folders(packed: Any) -> None:
    found = gathered(packed("moodle/flat"))
    assert found.kind == "moodle"
    assert [entry.student for entry in found.entries] == ["Ana Sousa", "Søren Nielsen"]
    assert all(entry.read() for entry in found.entries)


def test_moodle_marked_blindly(packed: Any) -> None:
    found = gathered(packed("moodle/blind"))
    assert students(found) == ["Deltager 301", "Deltager 302"]
    assert [entry.people[0].id for entry in found.entries] == ["301", "302"]


def test_brightspace(packed: Any) -> None:
    found = gathered(packed("brightspace/submissions"))
    entries = by_student(found)
    assert found.kind == "brightspace"
    assert list(entries) == [
        "Søren Nielsen", "Ana Sousa", "Team 7 (Inés María de la Cruz)", "Kwame O'Neill",
    ]  # fmt: skip
    assert b"25" in entries["Ana Sousa"].read()  # the later attempt; the earlier one says 13
    assert "2024-09-24 00:01 counts" in entries["Ana Sousa"].remarks[0]
    assert [left.path for left in found.left_out] == [
        "20118-881 - Ana Sousa - Sep 23, 2024 1158 AM/assignment1.ipynb"
    ]
    assert refusal(entries["Kwame O'Neill"]).endswith("report.docx")
    assert entries["Team 7 (Inés María de la Cruz)"].people[0].name == "Inés María de la Cruz"


def test_brightspace_without_folders(packed: Any) -> None:
    found = gathered(packed("brightspace/flat"))
    assert found.kind == "brightspace"
    assert students(found) == ["Søren Nielsen", "Ana Sousa"]
    assert all(entry.read() for entry in found.entries)


@pytest.mark.parametrize(
    ("date", "time"),
    [
        ("Sep 24, 2024 926 PM", "2024-09-24 21:26"),
        ("Sep 24 2024 9:26 PM", "2024-09-24 21:26"),
        ("September 24, 2024 1201 AM", "2024-09-24 00:01"),
        ("Sep 24, 2024 1201 PM", "2024-09-24 12:01"),
        ("24 september, 2024 2126", "2024-09-24 21:26"),
        ("1. Mai 2024 859", "2024-05-01 08:59"),
        ("1. März 2024 8.59", "2024-03-01 08:59"),
        ("2 dec. 2024 0005", "2024-12-02 00:05"),
    ],
)
def test_dates_of_brightspace(date: str, time: str) -> None:
    assert timestamp(date) == time


def test_gradescope(packed: Any) -> None:
    found = gathered(packed("gradescope"))
    group, ana, formula = found.entries
    assert found.kind == "gradescope"
    assert group.path == "assignment_4321_export/submission_900001/assignment1.ipynb"
    assert group.student == 'Søren Nielsen, Æble, "the" second'
    assert [person.id for person in group.people] == ["204711", "204718"]
    assert group.people[0].email == "soren@uni.example"
    assert "earlier attempts (1)" in group.remarks[0]
    assert ana.path.endswith("submission_900003/assignment1.ipynb")
    assert "Earlier attempts left out: 1" in ana.remarks[0]
    assert [left.path for left in found.left_out] == [
        "assignment_4321_export/submission_900002/assignment1.ipynb"
    ]
    assert formula.student == '=HYPERLINK("http://x","y")'
    assert refusal(formula).endswith("answers.pdf")


def test_gradescope_lists_what_is_not_there_and_ruby_s_own_types(tmp_path: Path) -> None:
    metadata = (
        "submission_1: !ruby/hash:ActiveSupport::HashWithIndifferentAccess\n"
        "  :submitters:\n  - :name: Ana\n  :created_at: !ruby/object:Odd 2024-09-24 10:00:00 UTC\n"
    )
    path = folder(tmp_path, {"submission_metadata.yml": metadata.encode()})
    (entry,) = gathered(path).entries
    assert (entry.student, entry.path) == ("Ana", "submission_1")
    assert refusal(entry) == "nothing was handed in: the folder is empty"


@pytest.mark.parametrize("metadata", [b"a: [1", b"- 1\n", b"", b"\xff\xfe\x00", b"a: !!python/x 1"])
def test_gradescope_metadata_that_is_broken_is_said(tmp_path: Path, metadata: bytes) -> None:
    with pytest.raises(UsageError, match=r"submission_metadata\.yml"):
        gathered(folder(tmp_path, {"submission_metadata.yml": metadata}))


def test_a_download_in_a_folder_of_its_own_is_recognised(tmp_path: Path) -> None:
    inner = "week 3/submissions/Ana Sousa_302_assignsubmission_file/a.ipynb"
    found = gathered(folder(tmp_path, {inner: notebook(ANSWER), ".DS_Store": b""}))
    assert (found.kind, found.entries[0].path) == ("moodle", inner)


def test_an_older_attempt_counts_where_the_newest_has_no_notebook(tmp_path: Path) -> None:
    start = "1-2 - Ana - "
    files = {
        f"{start}Sep 1, 2024 900 AM/a.ipynb": notebook(ANSWER),
        f"{start}Sep 2, 2024 900 AM/letter.pdf": b"%PDF",
    }
    found = gathered(folder(tmp_path, files))
    (entry,) = found.entries
    assert entry.read() == notebook(ANSWER)
    assert entry.remarks == ("Later attempts without a notebook: 1.",)
    assert [left.path for left in found.left_out] == [f"{start}Sep 2, 2024 900 AM"]


def test_dates_in_names_are_no_download_from_canvas(tmp_path: Path) -> None:
    names = [f"assignment1_2024_10_{student}.ipynb" for student in ("ana", "bob")]
    found = gathered(folder(tmp_path, dict.fromkeys(names, notebook(ANSWER))))
    assert (found.kind, len(found.entries)) == ("folder", 2)


# --- folders, and zips of them --------------------------------------------------------------------

CLASS = {
    "ana/assignment1.ipynb": notebook(ANSWER),
    "ana/assignment2.ipynb": notebook("x = 1", made_for="assignment2"),
    "bob/final version.ipynb": notebook(ANSWER, made_for=None),
    "lab A/cleo.ipynb": notebook(ANSWER),
    "lab A/123456.ipynb": notebook(ANSWER),
    "dan.ipynb": notebook(ANSWER),
    "cut/assignment1.ipynb": notebook(ANSWER)[:40],
    "conflict/assignment1.ipynb": b"<<<<<<< HEAD\n" + notebook(ANSWER),
    "empty/assignment1.ipynb": b"",
    "__MACOSX/ana/._assignment1.ipynb": b"junk",
    "ana/.ipynb_checkpoints/assignment1-checkpoint.ipynb": notebook(ANSWER),
    ".hidden/assignment1.ipynb": notebook(ANSWER),
    "notes.txt": b"for the TA",
}


@pytest.mark.parametrize("as_zip", [False, True])
def test_a_plain_folder(tmp_path: Path, as_zip: bool) -> None:
    root = folder(tmp_path / "class", CLASS)
    found = gathered(zip_of(root, tmp_path / "class.zip") if as_zip else root)
    assert found.kind == "folder"
    assert [(entry.path, entry.student) for entry in found.entries] == [
        ("ana/assignment1.ipynb", "ana"),
        ("bob/final version.ipynb", "bob"),
        ("conflict/assignment1.ipynb", "conflict"),
        ("cut/assignment1.ipynb", "cut"),
        ("dan.ipynb", "dan"),
        ("empty/assignment1.ipynb", "empty"),
        ("lab A/123456.ipynb", "123456"),
        ("lab A/cleo.ipynb", "cleo"),
    ]
    assert [entry.people[0].name for entry in found.entries] == students(found)
    assert [entry.read() for entry in found.entries] == [CLASS[e.path] for e in found.entries]
    assert found.left_out == (
        LeftOut("ana/assignment2.ipynb", Reason.ANOTHER_ASSIGNMENT, "assignment2", "ana"),
        LeftOut("notes.txt", Reason.NO_NOTEBOOK, student="notes"),
    )


def test_names_before_what_says_nothing_are_those_of_students(tmp_path: Path) -> None:
    """Google Classroom writes a student's name before that of the file."""
    files = ["Ana Sousa - assignment1", "Anne-Marie Lee - Copy of assignment1 - final", "Bo - v2"]
    others = ["Cy - my work", "assignment1 - Dan", "assignment1 - final"]
    root = folder(tmp_path / "class", {f"{n}.ipynb": notebook(ANSWER) for n in files + others})
    assert students(gathered(root)) == ["Ana Sousa", "Anne-Marie Lee", "Bo", *others]


def test_a_notebook_by_itself_is_taken_as_it_is(tmp_path: Path) -> None:
    files = {"ana.ipynb": notebook("x = 1", made_for="assignment2")}
    (entry,) = gathered(folder(tmp_path, files) / "ana.ipynb").entries
    assert (entry.path, entry.student, entry.read()) == ("ana.ipynb", "ana", files["ana.ipynb"])


def test_students_who_zipped_their_work(tmp_path: Path) -> None:
    work = folder(tmp_path / "work", {"lab/assignment1.ipynb": notebook(ANSWER)})
    nested = folder(
        tmp_path / "nested", {"inner.zip": zip_of(work, tmp_path / "w.zip").read_bytes()}
    )
    root = tmp_path / "class"
    folder(
        root,
        {
            "ana/assignment1.zip": zip_of(work, tmp_path / "a.zip").read_bytes(),
            "bob.zip": zip_of(nested, tmp_path / "b.zip").read_bytes(),
            "cleo/assignment1.ipynb": notebook(ANSWER),
            "cleo/data.zip": b"PK broken",
            "dan/work.zip": b"PK broken",
            "photos.zip": zip_of(DOWNLOADS / "moodle" / "none", tmp_path / "e.zip").read_bytes(),
        },
    )
    found = gathered(root)
    ana, bob, cleo, dan = found.entries
    assert ana.path == "ana/assignment1.zip/lab/assignment1.ipynb"
    assert bob.path == "bob.zip/inner.zip/lab/assignment1.ipynb"
    assert students(found) == ["ana", "bob", "cleo", "dan"]
    assert ana.read() == bob.read() == cleo.read() == notebook(ANSWER)
    assert "work.zip: the zip is damaged or no zip" in refusal(dan)
    assert {left.path for left in found.left_out} == {"cleo/data.zip", "photos.zip"}


def test_many_zips_are_named_for_their_students(tmp_path: Path) -> None:
    work = folder(tmp_path / "work", {"lab/assignment1.ipynb": notebook(ANSWER)})
    zips = [zip_of(work, tmp_path / f"{name}.zip") for name in ("ana", "bob")]
    found = gathered(*zips, zips[0])
    assert [(entry.student, entry.path) for entry in found.entries] == [
        ("ana", "ana.zip/lab/assignment1.ipynb"),
        ("bob", "bob.zip/lab/assignment1.ipynb"),
    ]


def test_equal_paths_below_several_folders_are_told_apart(tmp_path: Path) -> None:
    file = {"ana/assignment1.ipynb": notebook(ANSWER)}
    found = gathered(folder(tmp_path / "monday", file), folder(tmp_path / "friday", file))
    assert [entry.path for entry in found.entries] == [
        "monday/ana/assignment1.ipynb",
        "friday/ana/assignment1.ipynb",
    ]


def test_links_pipes_and_devices(tmp_path: Path) -> None:
    outside = folder(tmp_path / "outside", {"secret.ipynb": notebook("secret")})
    root = folder(tmp_path / "class", {"ana/assignment1.ipynb": notebook(ANSWER)})
    (root / "mallory").mkdir()
    (root / "mallory" / "assignment1.ipynb").symlink_to(outside / "secret.ipynb")
    (root / "trent").symlink_to(outside)
    (root / "loop").symlink_to(root)
    os.mkfifo(root / "pipe.ipynb")
    found = gathered(root)
    assert students(found) == ["ana", "mallory"]
    assert refusal(found.entries[1]) == "nothing was handed in: the folder is empty"
    assert {left.path for left in found.left_out} == {
        "mallory/assignment1.ipynb", "trent", "loop", "pipe.ipynb",
    }  # fmt: skip


def test_a_file_swapped_for_a_link_after_the_search_is_not_followed(tmp_path: Path) -> None:
    root = folder(tmp_path / "class", {"ana/assignment1.ipynb": notebook(ANSWER)})
    (entry,) = gathered(root).entries
    (root / "ana" / "assignment1.ipynb").unlink()
    (root / "ana" / "assignment1.ipynb").symlink_to(folder(tmp_path, {"x": b"secret"}) / "x")
    assert "cannot be read" in refusal(entry)


def test_names_are_shown_as_clean_text(tmp_path: Path) -> None:
    names = [b"s\xf8ren", "So\u0308ren\u202etxt".encode(), b"a\nb", b"x" * 250]
    for name in names:
        target = os.path.join(os.fsencode(tmp_path), name)  # noqa: PTH118 - names that are bytes
        os.mkdir(target)  # noqa: PTH102
        Path(os.fsdecode(target), "assignment1.ipynb").write_bytes(notebook(ANSWER))
    found = gathered(tmp_path)
    shown = {"s\ufffdren", "S\u00f6ren\ufffdtxt", "a b", "x" * 159 + "…" + "x" * 40}
    assert set(students(found)) == shown
    assert all(entry.read() == notebook(ANSWER) for entry in found.entries)


@pytest.mark.parametrize(
    ("name", "says"),
    [("nowhere", "no such"), ("empty", "no notebook for"), ("broken.zip", "damaged"),
     ("pipe", "neither"), ("x" * 300, "cannot be read"), ("loop", "no such")],
)  # fmt: skip
def test_paths_that_cannot_be_used(tmp_path: Path, name: str, says: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 and no more")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match=says):
        gathered(tmp_path / name)


# --- the one notebook for the assignment ----------------------------------------------------------


def chosen(tmp_path: Path, files: dict[str, bytes]) -> tuple[Entry, Sequence[LeftOut]]:
    """What counts of the files in one submission."""
    root = tmp_path / "Ana_1_assignsubmission_file_"
    found = gathered(folder(root, files).parent)
    (entry,) = found.entries
    return entry, found.left_out


UNNAMED = notebook("q = 1", made_for=None)


@pytest.mark.parametrize(
    ("files", "counts"),
    [
        ({"x.ipynb": notebook("a"), "assignment1.ipynb": UNNAMED}, "x.ipynb"),
        (
            {"Assignment_01 (2).ipynb": UNNAMED, "y.ipynb": UNNAMED + b" "},
            "Assignment_01 (2).ipynb",
        ),
        ({"y.ipynb": UNNAMED, "x.ipynb": notebook('g.check("q1_1_1")', made_for=None)}, "x.ipynb"),
        ({"x.ipynb": notebook("a", run=True), "assignment1.ipynb": notebook("a = ...")}, "x.ipynb"),
        ({"a.ipynb": notebook("a"), "b.ipynb": notebook("a")}, "a.ipynb"),
        ({"a.ipynb": notebook("a"), "assignment1.ipynb": notebook("b")}, "assignment1.ipynb"),
        ({"x.ipynb.txt": notebook("a")}, "x.ipynb.txt"),
        ({"only.ipynb": UNNAMED, "notes.md": b""}, "only.ipynb"),
        ({"sub/deep/X.IPYNB": notebook("a")}, "sub/deep/X.IPYNB"),
    ],
)
def test_the_notebook_for_the_assignment_counts(
    tmp_path: Path, files: dict[str, bytes], counts: str
) -> None:
    entry, left_out = chosen(tmp_path, files)
    assert entry.path.endswith(f"_/{counts}")
    assert entry.read() == files[counts]
    assert len(left_out) == sum(".ipynb" in name.lower() for name in files) - 1


@pytest.mark.parametrize(
    ("files", "says"),
    [
        (
            {"a.ipynb": notebook("a"), "b.ipynb": notebook("b")},
            "2 notebooks could be the one for assignment1: a.ipynb, b.ipynb; keep the one that "
            "counts",
        ),
        (
            {"x/a.ipynb": notebook("a"), "y/a.ipynb": notebook("b")},
            "2 notebooks could be the one for assignment1: Ana_1_assignsubmission_file_/x/a.ipynb, "
            "Ana_1_assignsubmission_file_/y/a.ipynb; keep the one that counts",
        ),
        (
            {"a.ipynb": notebook("a", made_for="assignment2")},
            "a.ipynb is made for assignment2",
        ),
        ({"assignment3.ipynb": b"{broken"}, "assignment3.ipynb is made for assignment3"),
        ({"a.ipynb": notebook("q2_1", "q2_2", made_for=None)}, "a.ipynb is made for assignment2"),
        ({"a.pdf": b"", "b.py": b""}, "no notebook was handed in, but a.pdf, b.py"),
    ],
)
def test_submissions_without_the_notebook_say_what_is_there(
    tmp_path: Path, files: dict[str, bytes], says: str
) -> None:
    assert refusal(chosen(tmp_path, files)[0]) == says


def test_an_empty_folder_of_a_student_is_an_entry(tmp_path: Path) -> None:
    (tmp_path / "Ana_1_assignsubmission_file_").mkdir()
    (entry,) = gathered(tmp_path).entries
    assert refusal(entry) == "nothing was handed in: the folder is empty"


def test_one_student_s_copies_in_a_plain_folder(tmp_path: Path) -> None:
    files = {
        "ana/assignment1.ipynb": notebook("a = ..."),
        "ana/assignment1-Copy1.ipynb": notebook("a = 1"),
        "ana/Untitled.ipynb": notebook("b", made_for=None),
    }
    found = gathered(folder(tmp_path, files))
    (entry,) = found.entries
    assert (entry.student, entry.read()) == ("ana", files["ana/assignment1-Copy1.ipynb"])
    assert len(found.left_out) == 2


# --- a class of a thousand ------------------------------------------------------------------------


def test_a_thousand_are_collected_quickly_and_read_by_many_threads(tmp_path: Path) -> None:
    content = notebook(*(f"x = {n}\n" * 10 for n in range(40)))
    path = tmp_path / "class.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for n in range(1_000):
            archive.writestr(f"name{n}_{1000 + n}_{5000 + n}_assignment1.ipynb", content)
    started, descriptors = time.process_time(), open_files()
    found = gathered(path)
    assert time.process_time() - started < 4  # about 0.5 s; the rest is for slow machines
    with ThreadPoolExecutor(8) as threads:
        contents = list(threads.map(lambda entry: entry.read(), found.entries))
    assert contents == [content] * 1_000
    assert open_files() <= descriptors
