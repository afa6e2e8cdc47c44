"""A machine that is short of something is blamed by one true sentence, and no student for it."""

import errno
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, notebook_of

from autograder.errors import SandboxError
from autograder.running.shortage import machine_fault

ANSWER = "# %%\nconvolved_features = [[8, 20], [14, 25]]\n"


def grade(folder: Path, *options: str, **parts: Any) -> tuple[int, str, list[dict[str, Any]]]:
    """What `autograder grade` answers, says and writes for one submission."""
    (folder / "ana").mkdir()
    (folder / "ana" / "assignment1.ipynb").write_bytes(notebook_of(ANSWER))
    command = [
        sys.executable, "-m", "autograder", "grade", str(folder / "ana"), "--assignment",
        "assignment1", "--out", str(folder / "results"), "--course", str(ROOT), *options,
    ]  # fmt: skip
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=300, check=False, cwd=ROOT, **parts
    )
    made = folder / "results" / "grades.json"
    grades = json.loads(made.read_text(encoding="utf-8"))["grades"] if made.exists() else []
    return done.returncode, " ".join((done.stdout + done.stderr).split()), grades


def only_files(most: int) -> dict[str, Any]:
    """Options for a process that may open so many files and may not raise that."""
    return {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))}


def test_256_open_files_are_enough(tmp_path: Path) -> None:
    code, said, grades = grade(tmp_path, "--jobs", "2", **only_files(256))
    assert (code, grades[0]["score"]) == (0, 1.0), said


@pytest.mark.parametrize(("most", "advice"), [(100, "or use --jobs 2"), (45, "raise `ulimit -n`")])
def test_too_few_open_files_are_refused(tmp_path: Path, most: int, advice: str) -> None:
    code, said, grades = grade(tmp_path, "--jobs", "8", **only_files(most))
    assert code == 2
    assert grades == []
    assert f"this machine allows {most} open files, and --jobs 8 needs 240" in said
    assert advice in said
    assert "Traceback" not in said


# --- a full temporary folder ----------------------------------------------------------------------


@pytest.fixture(params=["size=200k", "size=3m"])
def full_folder(request: pytest.FixtureRequest) -> Iterator[Path]:
    """A folder with room for next to nothing, or for the data and nothing else."""
    # The sockets of a kernel need a short path.
    folder = Path(tempfile.mkdtemp(prefix="full-", dir="/tmp"))
    mount = ["mount", "-t", "tmpfs", "-o", request.param, "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small disk can only be made by root")
    try:
        yield folder
    finally:
        with suppress(OSError):
            subprocess.run(["umount", "-l", str(folder)], check=False)
            folder.rmdir()


def test_a_full_temporary_folder_is_no_zero(full_folder: Path, tmp_path: Path) -> None:
    environment = os.environ | {"TMPDIR": str(full_folder)}
    code, said, grades = grade(tmp_path, env=environment)
    assert code == 1
    assert (grades[0]["status"], grades[0]["score"]) == ("ungraded", None)
    assert f"the temporary folder of this machine, {full_folder}, is full" in grades[0]["reason"]
    assert "please report it" not in said


def test_the_cause_of_an_error_tells_whose_fault_it_is() -> None:
    late = SandboxError("the student's kernel did not run")
    late.__cause__ = OSError(errno.EMFILE, "Too many open files")
    assert "allows too few open files" in (machine_fault(late) or "")
    assert machine_fault(ValueError("something else")) is None


# --- Python without assertions --------------------------------------------------------------------

PLAIN = '''
from autograder.course.questions import load_question
from autograder.judging.cases import judge_question
from autograder.model import Numbers, Outcome

question = load_question("""
from otter.test_files import test_case
OK_FORMAT = False
name = "q"
points = 1

@test_case(points=1, hidden=False)
def test_plain(answer):
    "Is it two?"
    assert answer.value == 2, "it is not two"
""", "q.py")
for value in (2, 3):
    seen = {"answer": Numbers(name="answer", type_name="int", value=value)}
    print(judge_question(question, seen, {}, Outcome.FINISHED).result.cases[0].status)
'''


@pytest.mark.parametrize("level", ["", "1", "2"])
def test_plain_assertions_hold_however_python_runs(level: str) -> None:
    environment = os.environ | {"PYTHONOPTIMIZE": level}
    done = subprocess.run(
        [sys.executable, "-c", PLAIN], capture_output=True, text=True, check=False, cwd=ROOT,
        env=environment,
    )  # fmt: skip
    assert done.stdout.split() == ["passed", "failed"], done.stderr
