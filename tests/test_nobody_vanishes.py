"""Everything that a TA hands over is graded, not graded, or left out: by name, with the reason."""

import bz2
import csv
import gzip
import io
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from conftest import ROOT
from test_sources import ANSWER, folder, gathered, notebook, refusal, students, zip_of

from autograder.errors import SubmissionError, UsageError
from autograder.grading.facts import ClassFacts
from autograder.model import Entry, Limits
from autograder.platforms.collect import collect
from autograder.platforms.registry import read_roster
from autograder.platforms.roster import handed_in_otherwise, reconcile
from autograder.submissions.archive import Allowance
from autograder.submissions.tarball import tar_tree
from autograder.submissions.tree import LeftOut, Reason

WORK = notebook(ANSWER)


def tar_of(files: Mapping[str, bytes], mode: str = "w") -> bytes:
    """A tar of these files; `mode` as for tarfile."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


# --- in a plain folder ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"work.rar": b"Rar!"}, "work.rar (which is not opened; hand in the notebook or a zip)"),
        ({"work.7z": b"7z"}, "work.7z (which is not opened; hand in the notebook or a zip)"),
        ({"assignment1.json": b"{}"}, "assignment1.json"),
        ({"assignment1.py": b"x = 1"}, "assignment1.py"),
        ({"report.html": b"", "report.pdf": b""}, "report.html, report.pdf"),
        ({"a.ipynb.crdownload": b"{"}, "a.ipynb.crdownload (a download that broke off)"),
        ({".assignment1.ipynb.icloud": b""}, ".assignment1.ipynb.icloud (which stayed in iCloud)"),
        (
            {".ipynb_checkpoints/a-checkpoint.ipynb": WORK},
            "a-checkpoint.ipynb (Jupyter's checkpoint, not the notebook)",
        ),
        ({"work.zip": b"PK\x05\x06" + bytes(18)}, "the folder is empty"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_who_handed_in_no_notebook_is_named(
    tmp_path: Path, files: dict[str, bytes], says: str, packed: bool
) -> None:
    root = tmp_path / "class"
    folder(root / "lab 1" / "Ana Sousa", {"assignment1.ipynb": WORK})
    folder(root / "lab 1" / "Bo Dahl", files)
    found = gathered(zip_of(root, tmp_path / "class.zip") if packed else root)
    assert students(found) == ["Ana Sousa", "Bo Dahl"]
    assert refusal(found.entries[1]).endswith(says)


def test_an_empty_folder_beside_students_is_a_student_s(tmp_path: Path) -> None:
    root = folder(tmp_path / "class", {"ana.ipynb": WORK, "data/mnist.npz": b"", "img/x.png": b""})
    (root / "bo").mkdir()
    found = gathered(root)
    assert students(found) == ["ana", "bo"]
    assert {left.path for left in found.left_out} == {"data/mnist.npz", "img/x.png"}


def test_files_beside_notebooks_are_left_out_by_name(tmp_path: Path) -> None:
    files = {"ana.ipynb": WORK, "bo.pdf": b"%PDF", "lab/cy.ipynb": WORK, "lab/dan.rar": b"Rar!"}
    found = gathered(folder(tmp_path / "class", files))
    assert [(left.student, left.path, left.reason) for left in found.left_out] == [
        ("bo", "bo.pdf", Reason.NO_NOTEBOOK),
        ("dan", "lab/dan.rar", Reason.NO_NOTEBOOK),
    ]


def test_a_folder_of_its_own_gives_its_name_to_the_student(tmp_path: Path) -> None:
    root = folder(tmp_path / "class", {"Ana Sousa/my last try.ipynb": WORK, "Ana Sousa/a.pdf": b""})
    (entry,) = gathered(root / "Ana Sousa").entries
    assert (entry.student, entry.path) == ("Ana Sousa", "my last try.ipynb")
    (entry,) = gathered(folder(root / "Bo Dahl", {"work.rar": b"Rar!"})).entries
    assert entry.student == "Bo Dahl"
    (entry,) = gathered(folder(tmp_path / "submissions", {"cy.ipynb": WORK})).entries
    assert entry.student == "cy", "a folder of a class with one hand-in is no student"


@pytest.mark.parametrize(
    "paths",
    [
        [f"{name}/lab/work.ipynb" for name in ("ana", "bo", "cy")],
        [
            f"{name}/CNN lab one/Version {n}/work.ipynb"
            for n, name in enumerate(("ana", "bo", "cy"))
        ],
        [f"week 1/{name}/work.ipynb" for name in ("ana", "bo", "cy")],
        [f"{name}/assignment1/work.ipynb" for name in ("ana", "bo", "cy")],
        [f"assignment1/{name}/work.ipynb" for name in ("ana", "bo", "cy")],
    ],
)
def test_folders_that_everybody_has_name_nobody(tmp_path: Path, paths: list[str]) -> None:
    assert students(gathered(folder(tmp_path / "class", dict.fromkeys(paths, WORK)))) == [
        "ana", "bo", "cy",
    ]  # fmt: skip


def test_people_of_one_name_in_two_groups_are_two(tmp_path: Path) -> None:
    paths = ["monday/ana/a.ipynb", "monday/bo/a.ipynb", "friday/ana/a.ipynb", "friday/cy/a.ipynb"]
    found = gathered(folder(tmp_path / "class", dict.fromkeys(paths, WORK)))
    assert sorted(students(found)) == ["ana", "ana", "bo", "cy"]


@pytest.mark.parametrize("name", ["{}", "{}_30{}_assignsubmission_file_"])
def test_whoever_handed_in_only_hidden_files_is_named_in_a_zip_as_well(
    tmp_path: Path, name: str
) -> None:
    """A zip need not list its folders: these are known from what lies in them."""
    hidden = [".ipynb_checkpoints/a-checkpoint.ipynb", "__MACOSX/._a.ipynb", ".DS_Store"]
    whose = [name.format(who, n) for n, who in enumerate(["Ana", "Bo Dahl", "Cy Eck", "Dan Falk"])]
    files = dict(zip(whose, ["a.ipynb", *hidden], strict=True))
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
        for who, file in files.items():
            archive.writestr(f"{who}/{file}", WORK)
    found = gathered(tmp_path / "class.zip")
    assert students(found) == ["Ana", "Bo Dahl", "Cy Eck", "Dan Falk"]
    _, bo, cy, dan = found.entries
    assert "Jupyter's checkpoint" in refusal(bo)
    assert refusal(cy) == refusal(dan) == "nothing was handed in: the folder is empty"


def test_files_that_a_ta_put_beside_a_download_are_graded_or_listed(tmp_path: Path) -> None:
    files = {
        "Ana Sousa_302_assignsubmission_file/assignment1.ipynb": WORK,
        "Bo Dahl_303_assignsubmission_file/.ipynb_checkpoints/a-checkpoint.ipynb": WORK,
        "Cy Eck.ipynb": WORK,
        "Dan Falk/assignment1.ipynb": WORK,
        "Eva Gade/work.rar": b"Rar!",
        "Finn Holm.pdf": b"%PDF",
    }
    found = gathered(folder(tmp_path / "moodle", files))
    assert found.kind == "moodle"
    assert sorted(students(found)) == ["Ana Sousa", "Bo Dahl", "Cy Eck", "Dan Falk", "Eva Gade"]
    by_name = {entry.student: entry for entry in found.entries}
    assert "Jupyter's checkpoint" in refusal(by_name["Bo Dahl"])
    assert "work.rar" in refusal(by_name["Eva Gade"])
    assert [(left.student, left.path) for left in found.left_out] == [
        ("Finn Holm", "Finn Holm.pdf")
    ]


def test_a_folder_without_any_work_is_still_refused(tmp_path: Path) -> None:
    files = dict.fromkeys((f"chapter {n}.md" for n in range(9)), b"text")
    with pytest.raises(UsageError, match="no notebook for assignment1"):
        gathered(folder(tmp_path / "book", files))


# --- tars -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("work.tar", tar_of({"lab/assignment1.ipynb": WORK})),
        ("work.tar.gz", tar_of({"lab/assignment1.ipynb": WORK}, "w:gz")),
        ("work.tgz", gzip.compress(tar_of({"lab/assignment1.ipynb": WORK}))),
        ("work.tar.bz2", bz2.compress(tar_of({"lab/assignment1.ipynb": WORK}))),
    ],
)
def test_tars_are_opened(tmp_path: Path, name: str, content: bytes) -> None:
    (entry,) = gathered(folder(tmp_path / "class", {f"ana/{name}": content})).entries
    assert (entry.student, entry.read()) == ("ana", WORK)
    assert entry.path == f"ana/{name}/lab/assignment1.ipynb"


def hostile(kind: bytes, size: int, link: str = "") -> bytes:
    """A tar with a member of that kind that claims that size, and a notebook."""
    member = tarfile.TarInfo("assignment1.ipynb")
    member.type, member.size, member.linkname = kind, size, link
    return member.tobuf() + bytes(1_024)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (gzip.compress(bytes(101_000_000)), "too large unpacked"),
        (bz2.compress(bytes(101_000_000)), "too large unpacked"),
        (tar_of({f"{n}.txt": b"" for n in range(2_001)}), "more files than allowed"),
        (hostile(tarfile.SYMTYPE, 0, "/etc/passwd"), "it is no regular file"),
        (hostile(tarfile.LNKTYPE, 0, "../other"), "it is no regular file"),
        (hostile(tarfile.FIFOTYPE, 0), "it is no regular file"),
        (hostile(tarfile.XHDTYPE, 90_000_000), "a header of unusual size"),
        (tar_of({"../assignment1.ipynb": WORK}), "leads out of the zip"),
        (tar_of({"/assignment1.ipynb": WORK}), "leads out of the zip"),
        (b"no tar at all" * 100, "damaged or no tar"),
        (gzip.compress(tar_of({"a.ipynb": WORK}))[:-20], "damaged or no tar"),
        (b"", "damaged or no tar"),
    ],
)
def test_a_hostile_tar_is_one_sentence(content: bytes, says: str) -> None:
    limits = Limits()
    with pytest.raises(SubmissionError, match=says) as error:
        tar_tree(content, Allowance(limits.zip_members, limits.zip_bytes))
    assert "\n" not in str(error.value)


def test_a_member_that_claims_more_than_there_is_is_cut() -> None:
    content = hostile(tarfile.REGTYPE, 50_000_000)
    try:
        tree = tar_tree(content, Allowance(100, 500_000_000))
    except SubmissionError:
        return
    assert all(len(file.read(100_000_000)) <= len(content) for file in tree.files)


# --- in the results -------------------------------------------------------------------------------


def test_the_count_of_the_list_is_that_of_the_people(tmp_path: Path) -> None:
    root = folder(
        tmp_path / "class",
        {
            "Ana Sousa/assignment1.ipynb": WORK,
            "Bo Dahl/work.rar": b"Rar!",
            "Cy Eck.pdf": b"%PDF",
            "Stranger/assignment1.ipynb": WORK,
            "Ana Sousa/assignment2.ipynb": notebook("x = 1", made_for="assignment2"),
        },
    )
    roster = tmp_path / "class.csv"
    roster.write_text("name\nAna Sousa\nBo Dahl\nCy Eck\nDan Falk\n", "utf-8")
    out = tmp_path / "results"
    done = subprocess.run(
        [sys.executable, "-m", "autograder", "grade", str(root), "--assignment", "assignment1",
         "--out", str(out), "--roster", str(roster), "--jobs", "1"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "2 graded" in done.stdout
    assert "2 not graded" in done.stdout
    assert "1 handed in nothing; files left out: 1; left_out.csv names all." in done.stdout
    with (out / "left_out.csv").open(encoding="utf-8", newline="") as file:
        rows = [(row["what"], row["student"], row["file"]) for row in csv.DictReader(file)]
    assert rows == [
        ("not graded", "Bo Dahl", "Bo Dahl"),
        ("not graded", "Cy Eck", "Cy Eck.pdf"),
        ("nothing handed in", "Dan Falk", ""),
        ("left out", "Ana Sousa", "Ana Sousa/assignment2.ipynb"),
    ]
    page = (out / "report" / "index.html").read_text("utf-8")
    for text in ("Bo Dahl", "Cy Eck.pdf", "Dan Falk", "Ana Sousa/assignment2.ipynb"):
        assert text in page


def test_a_batch_of_an_earlier_version_keeps_its_reasons() -> None:
    kept = '{"assignment": "a", "course": "c", "device": "cpu", "left_out": '
    batch = ClassFacts.model_validate_json(f'{kept}[{{"path": "x.ipynb", "why": "y counts"}}]}}')
    assert batch.left_out[0].why == "y counts"
    again = ClassFacts.model_validate_json(batch.model_dump_json())
    assert again.left_out == (LeftOut("x.ipynb", Reason.OTHER, "y counts"),)


def test_a_thousand_folders_without_notebooks_are_named_quickly(tmp_path: Path) -> None:
    root = tmp_path / "class"
    for n in range(1_000):
        folder(root / f"student {n}", {"work.rar": b"Rar!"} if n % 2 else {"a.ipynb": WORK})
    assert len(collect([root], "assignment1", Limits()).entries) == 1_000


# --- a class of a thousand with one of each trouble -----------------------------------------------

TROUBLES: dict[str, dict[str, bytes]] = {
    "Rar": {"work.rar": b"Rar!"},
    "Seven": {"work.7z": b"7z"},
    "Json": {"assignment1.json": b"{}"},
    "Script": {"assignment1.py": b"x = 1"},
    "Page": {"assignment1.html": b"<p>"},
    "Broken Off": {"assignment1.ipynb.crdownload": b"{"},
    "Icloud": {".assignment1.ipynb.icloud": b""},
    "Checkpoint": {".ipynb_checkpoints/assignment1-checkpoint.ipynb": WORK},
    "Broken Zip": {"work.zip": b"PK broken"},
    "Zip Of Nothing": {"work.zip": b"PK\x05\x06" + bytes(18)},
    "Bomb": {"work.tar.gz": gzip.compress(bytes(101_000_000))},
    "Undecided": {"a.ipynb": WORK, "b.ipynb": notebook(ANSWER, "x = 1")},
}
SOUND: dict[str, dict[str, bytes]] = {
    "Tar": {"work.tar.gz": tar_of({"assignment1.ipynb": WORK}, "w:gz")},
    "Deep": {"lab/Version 1/assignment1.ipynb": WORK},
    "शर्मा प्रिया": {"assignment1.ipynb": WORK},
    "Text": {"assignment1.ipynb.txt": WORK},
}


def test_a_thousand_with_one_of_each_trouble_are_all_there(tmp_path: Path) -> None:
    root, nobody = tmp_path / "class", ["Missing One", "Missing Two"]
    plain_ones = [f"Student {n:04}" for n in range(1_000 - len(TROUBLES) - len(SOUND) - 5)]
    for name in plain_ones:
        folder(root / name, {"assignment1.ipynb": WORK})
    for name, files in {**TROUBLES, **SOUND}.items():
        folder(root / name, files)
    (root / "Empty").mkdir()
    folder(root, {"Only A Pdf.pdf": b"%PDF", "Other/assignment2.ipynb": notebook(made_for="other")})
    folder(root / "Stranger", {"assignment1.ipynb": WORK})
    (root / "Linked").symlink_to(tmp_path)
    people = [*plain_ones, *TROUBLES, *SOUND, *nobody, "Empty", "Only A Pdf", "Other"]
    assert len(people) == 1_000
    sheet = tmp_path / "class.csv"
    sheet.write_text("\n".join(["name", *people]) + "\n", "utf-8")
    roster = read_roster(sheet)
    found = gathered(root)
    others, left_out = handed_in_otherwise(roster, found.entries, found.left_out)
    matched = reconcile(roster, [*found.entries, *others])
    strangers = len(matched.unknown)
    assert strangers == 1
    assert len(matched.entries) + len(matched.missing) == len(people) + strangers
    assert {person.name for person in matched.missing} == {*nobody, "Other"}
    assert matched.twice == ()
    refused = {entry.student for entry in matched.entries if not is_read(entry)}
    assert refused == {*TROUBLES, "Empty", "Only A Pdf"}
    assert {item.path for item in left_out} >= {"Other/assignment2.ipynb", "Linked"}


def is_read(entry: Entry) -> bool:
    """Whether an entry's notebook is there."""
    try:
        return bool(entry.read())
    except SubmissionError:
        return False
