"""The command line: exit codes, files, and one clear sentence for each wrong use."""

import csv
import importlib.util
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from conftest import ROOT, notebook_of
from rich.console import Console

from autograder import __version__, programs
from autograder.cli.app import one_sentence
from autograder.cli.progress import Live, shown
from autograder.errors import UsageError
from autograder.grading.roll import roster_at
from autograder.kernel.prepare import after_import
from autograder.model import Entry, Graded, Limits, Outcome, QuestionResult
from autograder.platforms.collect import collect
from autograder.results.table import summary_table
from autograder.running.preload import imports_of

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
        ([*GRADE, "assignment1", "docs/images"], "no notebook for"),
        ([*GRADE, "quiz", "assignments"], "no assignment 'quiz'"),
        ([*GRADE, "assignment1", "assignments", "--out", "README.md"], "README.md"),
        ([*GRADE, "assignment1", "assignments", "--course", "docs"], "is not a course"),
        (["grade", "assignments", "--assignment", "assignment1", "--out", "assignments"], "--out"),
        (["check", "nowhere.ipynb"], "no such notebook"),
        (["check", "README.md"], "is not a notebook"),
        (["check", "solutions/reference/assignment1.ipynb"], "carries no checks"),
        (["build", "quiz"], "unknown assignment 'quiz'"),
        ([*GRADE, "assignment1", "assignments", "--device", "gpu"], "use auto, cpu or cuda"),
        ([*GRADE, "assignment1", "assignments", "--jobs", "0"], "--jobs 0: at least one"),
        (["gradescope", "assignment1", "--out", "{tmp}/x.txt"], "x.zip"),
        (["desk", "assignments", "--port", "70000"], "from 1 to 65535"),
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
    put(tmp_path, "assignments/mnist.npz", (ROOT / "assignments" / "mnist.npz").read_bytes())
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
    from autograder.running.machine import cuda_devices

    if cuda_devices():
        pytest.skip("this machine has a CUDA device")
    done = autograder(
        "grade", "assignments", "--assignment", "assignment1", "--out", tmp_path, "--device", "cuda"
    )
    assert done.returncode == 2
    assert "no CUDA device" in done.stderr


def test_a_gpu_that_no_kernel_can_use_is_no_silent_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a GPU here, the answers of the process that looks for it are made up."""
    from autograder.cli import places
    from autograder.running import machine

    monkeypatch.setattr(machine, "cuda_devices", tuple)
    monkeypatch.setattr(machine, "closed_devices", lambda: ("NVIDIA H200",))
    with pytest.raises(UsageError, match="NVIDIA H200, but not under the isolation of kernels"):
        places._device("cuda")
    (finding,) = [one for one in machine.examine() if one.what == "CUDA"]
    assert finding.fine is False
    assert "NVIDIA H200: closed to isolated kernels" in finding.result


def test_devices_are_looked_for_from_behind_the_layers() -> None:
    """Torch is imported where kernels are, and finds no card or only ones that it computed on."""
    looked = programs.result(
        programs.python("autograder.running.devices", "confined"), programs.environment()
    )
    assert looked.returncode == 0, looked.stderr
    assert isinstance(json.loads(looked.stdout), list)


def test_a_student_checks_their_notebook(tmp_path: Path) -> None:
    student = tmp_path / "my answers.ipynb"
    text = (ROOT / "assignments" / "assignment1.ipynb").read_text("utf-8")
    student.write_text(text.replace("convolved_features = ...", "convolved_features = [[1, 2]]"))
    done = autograder("check", student, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "q1_1_1: 0 of 1 public checks passed" in done.stdout
    assert "1 x 2" in done.stdout
    assert "q1_1_2: no answer yet\n  … " in done.stdout


def test_doctor_names_versions_and_devices() -> None:
    done = autograder("doctor")
    assert done.returncode == 0, done.stdout
    assert __version__ in done.stdout
    assert "CUDA" in done.stdout


def test_help_names_every_command() -> None:
    done = autograder("--help")
    assert all(name in done.stdout for name in ("grade", "check", "build", "doctor"))


def test_grading_without_confinement_has_to_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    from autograder.cli import places
    from autograder.errors import UsageError
    from autograder.kernel import isolation
    from autograder.model import Layer

    reasons = {Layer.SECCOMP: "Unable to find libseccomp"}
    bare = isolation.Layers(landlock=7, seccomp=False, user=False, reasons=reasons)
    monkeypatch.setattr(isolation, "available", lambda: bare)
    with pytest.raises(UsageError, match="Unable to find libseccomp"):
        places._layers(trust=False)
    assert places._layers(trust=True) == (Layer.LANDLOCK,)


def test_an_error_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended, one_sentence():
        raise UsageError("\x1b[31mred\x07\nnext [bold]line")
    assert ended.value.exit_code == 2
    assert capsys.readouterr().err == "autograder:  [31mred  next [bold]line\n"


def test_ctrl_c_before_the_batch_is_no_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended, one_sentence():
        raise KeyboardInterrupt
    assert ended.value.exit_code == 130
    assert capsys.readouterr().err == "Stopped.\n"


def test_a_name_is_no_markup_for_the_live_display() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=120)
    name = r"\[/bold] [red]x"
    with shown(console, quiet=False) as watcher:
        watcher.begins(1)
        watcher.started(Entry("a.ipynb", name, read=bytes))
        assert isinstance(watcher, Live)
        watcher._bar.refresh()
    assert isinstance(console.file, io.StringIO)
    assert name in console.file.getvalue()


def test_a_terminal_without_the_letters_of_a_name() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "autograder", "report", "学生"],
        cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert "autograder: ??: no results" in done.stderr


def test_a_roster_from_a_pipe_is_refused_before_anything_runs(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "roster")
    with pytest.raises(UsageError, match="a pipe can be read only once"):
        roster_at(tmp_path / "roster")


def test_what_lies_in_a_folder_that_is_named_too_is_not_graded_twice(tmp_path: Path) -> None:
    put(tmp_path, "in/ana/assignment1.ipynb", notebook_of(RIGHT))
    whole, part = tmp_path / "in", tmp_path / "in" / "ana"
    with pytest.raises(UsageError, match=r"ana lies in .*in, which is named as well"):
        collect([part, whole], "assignment1", Limits())


def test_results_among_the_submissions_are_none_of_them(tmp_path: Path) -> None:
    put(tmp_path, "doejane_1234_567890_assignment1.ipynb", notebook_of(RIGHT))
    put(tmp_path, "smithjo_LATE_1235_567891_assignment1-1.ipynb", notebook_of(RIGHT))
    put(tmp_path, "results/ledger.sqlite", b"")
    put(tmp_path, "results/report/index.html", b"")
    found = collect([tmp_path], "assignment1", Limits())
    assert (found.kind, found.left_out) == ("canvas", ())
    assert [(entry.student, entry.late) for entry in found.entries] == [
        ("doejane", False), ("smithjo", True),
    ]  # fmt: skip


def test_the_modules_of_a_notebook_are_those_that_can_be_imported_by_name(tmp_path: Path) -> None:
    source = "import torch.nn as nn\nfrom . import own\nfrom .own import x\nfrom 5 to 6\nimport re"
    put(tmp_path, "a.ipynb", json.dumps(
        {"cells": [{"cell_type": "code", "source": source}]}
    ).encode())  # fmt: skip
    assert imports_of(tmp_path / "a.ipynb") == ("torch.nn", "re")


def test_what_follows_an_import_waits_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    before, done = list(sys.meta_path), []
    after_import("colorsys", lambda: done.append("colorsys"))
    assert importlib.util.find_spec("colorsys") is not None
    assert done == [], "notebooks look for modules before they install them"
    importlib.import_module("colorsys")
    assert done == ["colorsys"]
    assert sys.meta_path == before


@pytest.mark.parametrize("width", [40, 60, 79, 80, 120])
def test_a_narrow_table_keeps_who_it_is_and_the_score(width: int) -> None:
    names = [f"q1_{part}_{number}" for part in (1, 2) for number in range(1, 6)]
    questions = tuple(QuestionResult(name=name, score=0.5, max_score=1, cases=()) for name in names)
    people = ["Ana Lucía Hernández de la Cruz", "Bo"]
    grades = [
        Graded(submission=who, student=who, outcome=Outcome.FINISHED, questions=questions,
               score=5, max_score=10, seconds=1)
        for who in people
    ]  # fmt: skip
    console = Console(file=io.StringIO(), width=width)
    console.print(summary_table(names, grades, console.width))
    assert isinstance(console.file, io.StringIO)
    lines = console.file.getvalue().splitlines()
    assert max(len(line) for line in lines) <= width
    assert "…" not in console.file.getvalue()
    assert sum("5/10" in line for line in lines) == len(people)
    whole = "".join("".join(line.split()) for line in lines)
    assert "Bo" in whole
    assert all(part in whole for part in ("Ana", "Hernández", "Cruz"))
    shown = [name for name in names if name.removeprefix("q").replace("_", ".") in whole]
    assert shown == (names if width >= 96 else [])


def test_the_title_of_an_assignment_is_not_broken(tmp_path: Path) -> None:
    put(tmp_path, "in/ana/assignment1.ipynb", notebook_of(RIGHT))
    done = subprocess.run(
        [sys.executable, "-m", "autograder", "grade", tmp_path / "in", "--assignment",
         "assignment1", "--out", tmp_path / "out"],
        cwd=ROOT, capture_output=True, text=True, check=True, env={**os.environ, "COLUMNS": "30"},
    )  # fmt: skip
    assert "Assignment 1: how a convolution computes" in done.stdout.splitlines()
    assert [line.split() for line in done.stdout.splitlines() if "2/7" in line] == [["ana", "2/7"]]


def test_it_says_its_version() -> None:
    done = autograder("--version")
    assert (done.returncode, done.stdout) == (0, f"cnn-autograder {__version__}\n")


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("autograder gra", ["grade", "gradescope"]),
        ("autograder grade x --assignment assignment", [f"assignment{n}" for n in (1, 2, 3)]),
        ("autograder grade x --device c", ["cpu", "cuda"]),
        ("autograder build assignment", [f"assignment{n}" for n in (1, 2, 3)]),
    ],
)
def test_a_shell_completes_commands_and_names(words: str, offered: list[str]) -> None:
    script = Path(sys.executable).with_name("autograder")
    done = subprocess.run(
        [script], cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "_AUTOGRADER_COMPLETE": "complete_bash", "COMP_WORDS": words,
             "COMP_CWORD": str(len(words.split()) - 1)},
    )  # fmt: skip
    assert done.stdout.split() == offered


def test_the_wrong_assignment_is_told_from_an_empty_folder(tmp_path: Path) -> None:
    for who in ("ana", "bo", "caro"):
        put(tmp_path, f"in/{who}/assignment2.ipynb", notebook_of(RIGHT))
    put(tmp_path, "in/dan/assignment3.ipynb", notebook_of(RIGHT))
    with pytest.raises(
        UsageError,
        match=r"no notebook for assignment1 .*; "
        r"3 notebooks for assignment2 and 1 notebook for assignment3 are here",
    ):
        collect([tmp_path / "in"], "assignment1", Limits())


def test_commands_do_not_wait_for_a_grammar_that_nobody_asks_for() -> None:
    """Beside JupyterLab, jsonschema builds one with Lark for a second and more."""
    pytest.importorskip("rfc3987_syntax", reason="JupyterLab is not installed")
    script = (
        "import sys\nfrom autograder.cli.app import main\nsys.argv[1:] = ['--version']\n"
        "try:\n    main()\nexcept SystemExit:\n    import nbformat, nbclient\n"
        "print('lark' in sys.modules, 'jsonschema' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.splitlines()[-1] == "False True"
