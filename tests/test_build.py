"""What is handed out is current, runs untouched, and holds nothing of the staff's."""

import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import numpy as np
import pytest
from conftest import ROOT, assignment, grade_bytes

from autograder.course.assignment import Course
from autograder.course.build import build
from autograder.errors import CourseError
from autograder.model import Outcome

ASSIGNMENTS = ("assignment1", "assignment2", "assignment3")

# Expected answers as a student, or a careless test, would write them.
ANSWERS = [r"8\s*,\s*20", r"14\s*,\s*25", r"16\s*,\s*24\s*,\s*24", r"24\s*,\s*30\s*,\s*30",
           r"3\s*,\s*16\s*,\s*16", r"7\s*,\s*4\s*,\s*8", r"112\s*,\s*256\s*,\s*256"]  # fmt: skip


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_committed_files_are_current(course: Course, name: str) -> None:
    for path, content in build(course, name).files.items():
        assert (ROOT / path).read_text(encoding="utf-8") == content, (
            f"run `autograder build {name}`"
        )


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_untouched_notebook_runs_and_scores_nothing(name: str) -> None:
    grade = grade_bytes(name, (ROOT / "assignments" / f"{name}.ipynb").read_bytes())
    assert grade.outcome is Outcome.FINISHED, grade.flags
    assert grade.score == 0


# Fewer epochs than are handed out: what has learned enough in these has learned enough in all.
# `autograder build` proves the reference solutions as they are.
EPOCHS = {"assignment2": (50, 15), "assignment3": (10, 5)}


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_reference_solution_scores_everything(name: str) -> None:
    text = (ROOT / "solutions" / "reference" / f"{name}.ipynb").read_text("utf-8")
    if name in EPOCHS:
        whole, few = (f"num_epochs={number}," for number in EPOCHS[name])
        assert text.count(whole) == 1
        text = text.replace(whole, few)
    grade = grade_bytes(name, text.encode())
    assert grade.outcome is Outcome.FINISHED, grade.flags
    assert grade.score == grade.max_score == assignment(name).max_score
    assert not grade.flags


def handed_out() -> dict[str, bytes]:
    """Every file of `assignments/` and of a freshly built wheel."""
    files = {str(f.relative_to(ROOT)): f.read_bytes() for f in ROOT.glob("assignments/**/*.*")}
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", "{folder}"]
    return files | _wheel(command)


def _wheel(command: list[str]) -> dict[str, bytes]:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [part.format(folder=folder) for part in command],
            cwd=ROOT,
            check=True,
            capture_output=True,
        )
        with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as wheel:
            return {f"wheel:{name}": wheel.read(name) for name in wheel.namelist()}


def test_nothing_of_the_staff_is_handed_out() -> None:
    files = handed_out()
    assert any(name.startswith("wheel:") for name in files)
    assert not [name for name in files if "solutions" in name or "hidden" in Path(name).name]
    with np.load(ROOT / "solutions" / "hidden_images.npz") as hidden:
        rows = {image.tobytes() for image in hidden["images"].reshape(len(hidden["images"]), -1)}
    with np.load(ROOT / "assignments" / "mnist.npz") as student:
        for split in ("train", "valid", "test"):
            pixels = np.round(student[f"X_{split}"].astype(np.float32) * 256).astype(np.uint8)
            assert not rows.intersection(image.tobytes() for image in pixels), split
    for name, content in files.items():
        if name.endswith((".py", ".ipynb", ".md", ".toml")):
            text = content.decode()
            assert "hidden=True" not in text, name
            assert "# SOLUTION" not in text, name
            for answer in ANSWERS:
                assert not re.search(answer, text), (name, answer)


def test_student_notebook_holds_public_cases_only() -> None:
    for name in ASSIGNMENTS:
        notebook = json.loads((ROOT / "assignments" / f"{name}.ipynb").read_text("utf-8"))
        tests = notebook["metadata"]["otter"]["tests"]
        assert set(tests) == {question.name for question in assignment(name).questions}
        for source in tests.values():
            assert "hidden=False" in source
            assert "hidden=True" not in source


@pytest.fixture
def copied_course(tmp_path: Path) -> Course:
    """A copy of the course's staff side that a test may break."""
    for part in ("masters", "images"):
        shutil.copytree(ROOT / "solutions" / part, tmp_path / "solutions" / part)
    for settings in (ROOT / "solutions").glob("*.toml"):
        shutil.copy(settings, tmp_path / "solutions")
    return Course.at(tmp_path)


def _break(course: Course, old: str, new: str) -> None:
    master = course.root / "solutions" / "masters" / "assignment1.ipynb"
    notebook = nbformat.read(master, as_version=4)
    hits = [cell for cell in notebook.cells if old in cell.source]
    assert hits, f"{old!r} is not in the master"
    for cell in hits:
        cell.source = cell.source.replace(old, new)
    nbformat.write(notebook, master)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("# END QUESTION", "# NO END", "refuses this master"),
        ("def test_shape(", "def test_shape", "refuses this master"),
        ("images/exercise.png", "images/nowhere.png", "no such file"),
    ],
)
def test_broken_master_is_named(copied_course: Course, old: str, new: str, says: str) -> None:
    _break(copied_course, old, new)
    with pytest.raises(CourseError, match=says):
        build(copied_course, "assignment1")


def test_missing_master_is_named(copied_course: Course) -> None:
    (copied_course.root / "solutions" / "masters" / "assignment1.ipynb").unlink()
    with pytest.raises(CourseError, match=r"assignment1\.ipynb: there is no such master"):
        build(copied_course, "assignment1")
