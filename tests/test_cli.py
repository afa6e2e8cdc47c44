"""The command line: exit codes, files, and one clear sentence for each wrong use."""

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, notebook_of

from autograder import __version__

RIGHT = "# %%\nconvolved_features = [[8, 20], [14, 25]]\npooled_features = 25\n"


GRADE = ["grade", "--out", "{tmp}/out", "--assignment"]


def autograder(*arguments: str | Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user does."""
    command = [sys.executable, "-m", "autograder", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def put(folder: Path, path: str, content: bytes) -> None:
    """Write a file, with its folders."""
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_bytes(content)


def test_a_folder_is_graded_and_the_broken_are_named(tmp_path: Path) -> None:
    handed_in, out = tmp_path / "in", tmp_path / "out"
    put(handed_in, "ana/assignment1.ipynb", notebook_of(RIGHT))
    put(handed_in, '=cmd, "x"/assignment1.ipynb', notebook_of("# %%\npooled_features = 25\n"))
    put(handed_in, "cut/assignment1.ipynb", notebook_of(RIGHT)[:100])
    put(handed_in, "empty/assignment1.ipynb", b"")
    put(handed_in, "list/assignment1.ipynb", b"[1, 2]")
    put(handed_in, "picture/assignment1.ipynb", b"\x89PNG\r\n\x1a\n\x00\xff")
    put(handed_in, "ana/.ipynb_checkpoints/assignment1-checkpoint.ipynb", b"old")
    put(handed_in, "__MACOSX/ana/assignment1.ipynb", b"junk")
    put(handed_in, "other/assignment2.ipynb", notebook_of("# %%\nx = 1\n"))
    done = autograder("grade", handed_in, "--assignment", "assignment1", "--out", out)
    assert done.returncode == 1, done.stderr
    results = json.loads((out / "grades.json").read_text("utf-8"))
    grades = {grade["student"]: grade for grade in results["grades"]}
    assert list(grades) == sorted(grades)
    assert set(grades) == {"ana", '=cmd, "x"', "cut", "empty", "list", "picture"}
    assert grades["ana"]["submission"] == "ana/assignment1.ipynb"
    assert (grades["ana"]["score"], grades["ana"]["max_score"]) == (2.0, 7.0)
    for broken in ("cut", "empty", "list", "picture"):
        assert grades[broken]["status"] == "ungraded"
        assert grades[broken]["score"] is None
        assert grades[broken]["reason"].startswith("the file ")
    rows = list(csv.DictReader((out / "grades.csv").read_text("utf-8").splitlines()))
    assert [row["student"] for row in rows if row["score"] == "1.0"] == ['\'=cmd, "x"']
    assert "4 not graded" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([*GRADE, "assignment1", "nowhere"], "no such file"),
        ([*GRADE, "assignment1", "docs"], "no notebook for"),
        ([*GRADE, "quiz", "assignments"], "no assignment 'quiz'"),
        ([*GRADE, "assignment1", "assignments", "--out", "README.md"], "README.md"),
        ([*GRADE, "assignment1", "assignments", "--course", "docs"], "is not a course"),
        (["check", "nowhere.ipynb"], "no such notebook"),
        (["check", "README.md"], "is not a notebook"),
        (["check", "solutions/reference/assignment1.ipynb"], "carries no checks"),
        (["build", "quiz"], "unknown assignment 'quiz'"),
    ],
)  # fmt: skip
def test_wrong_use_is_one_sentence(tmp_path: Path, arguments: list[str], says: str) -> None:
    done = autograder(*(argument.format(tmp=tmp_path) for argument in arguments))
    assert done.returncode == 2, done.stdout + done.stderr
    assert says in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("file", "content", "says"),
    [
        ("tests/assignment1/q1_1_1.py", "def broken(:\n", "does not load"),
        ("tests/assignment1/q1_1_1.py", "name = 'q'\n", "no test case"),
        ("assignment1.toml", "title = \n", "not valid TOML"),
        ("assignment1.toml", 'title = "t"\n[limits]\ncell_seconds = -1\n', "limits.cell_seconds"),
        ("hidden_images.npz", "no archive", "hidden_images.npz: cannot read"),
    ],
)
def test_broken_course_is_named(tmp_path: Path, file: str, content: str, says: str) -> None:
    for part in ("tests", "assignment1.toml", "assignment2.toml", "hidden_images.npz"):
        source, target = ROOT / "solutions" / part, tmp_path / "solutions" / part
        target.parent.mkdir(exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copy(source, target)
    (tmp_path / "solutions" / file).write_text(content, "utf-8")
    put(tmp_path, "in/assignment1.ipynb", notebook_of(RIGHT))
    name = "assignment2" if file.endswith(".npz") else "assignment1"
    put(tmp_path, f"in/{name}.ipynb", notebook_of(RIGHT))
    done = autograder(
        "grade", tmp_path / "in", "--assignment", name, "--out", tmp_path / "out",
        "--course", tmp_path,
    )  # fmt: skip
    assert done.returncode == 2, done.stdout + done.stderr
    assert says in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_cuda_that_is_not_there_is_said(tmp_path: Path) -> None:
    from autograder.doctor import cuda_devices

    if cuda_devices():
        pytest.skip("this machine has a CUDA device")
    done = autograder(
        "grade", "assignments", "--assignment", "assignment1", "--out", tmp_path, "--device", "cuda"
    )
    assert done.returncode == 2
    assert "no CUDA device" in done.stderr


def test_a_student_checks_their_notebook(tmp_path: Path) -> None:
    student = tmp_path / "my answers.ipynb"
    text = (ROOT / "assignments" / "assignment1.ipynb").read_text("utf-8")
    student.write_text(text.replace("convolved_features = ...", "convolved_features = [[1, 2]]"))
    done = autograder("check", student, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "q1_1_1: 0 of 1 public checks passed" in done.stdout
    assert "1 x 2" in done.stdout
    assert "no answer yet" in done.stdout


def test_doctor_names_versions_and_devices() -> None:
    done = autograder("doctor")
    assert done.returncode == 0, done.stdout
    assert __version__ in done.stdout
    assert "CUDA" in done.stdout


def test_help_names_every_command() -> None:
    done = autograder("--help")
    assert all(name in done.stdout for name in ("grade", "check", "build", "doctor"))


def test_grading_without_confinement_has_to_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    from autograder.cli import grading
    from autograder.errors import UsageError
    from autograder.kernel import isolation
    from autograder.model import Layer

    reasons = {Layer.SECCOMP: "Unable to find libseccomp"}
    bare = isolation.Layers(landlock=7, seccomp=False, user=False, reasons=reasons)
    monkeypatch.setattr(isolation, "available", lambda: bare)
    with pytest.raises(UsageError, match="Unable to find libseccomp"):
        grading._layers(trust=False)
    assert grading._layers(trust=True) == (Layer.LANDLOCK,)
