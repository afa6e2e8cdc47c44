"""No file of the current folder becomes part of any process, and one module starts them all."""

import ast
import importlib.metadata
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT, notebook_of

from autograder import programs

RIGHT = """
# %%
convolved_features = [[8, 20], [14, 25]]
# %%
import matplotlib.pyplot as plt
plt.plot([0, 1])
# %%
import helper_of_mine
"""
# What libraries look for and do without.
OPTIONAL = ("triton", "uvloop", "cupy", "lz4", "numexpr", "bottleneck", "brotli", "sitecustomize",
            "usercustomize", "setproctitle", "IPython_genutils", "helper_of_mine")  # fmt: skip

# --- every call that starts a process -------------------------------------------------------------

_STARTERS = {
    "os": {"system", "popen", "startfile", "posix_spawn", "posix_spawnp", "fork", "forkpty"},
    "pty": {"spawn", "fork"},
    "asyncio": {"create_subprocess_exec", "create_subprocess_shell"},
}
_OF_THE_SYSTEM = ("exec", "spawn")
_MODULES = {"subprocess", "multiprocessing", "pty", "pexpect", "_posixsubprocess"}
# Types and errors of `subprocess` start nothing.
_HARMLESS = {"DEVNULL", "PIPE", "STDOUT", "TimeoutExpired", "CompletedProcess", "SubprocessError"}
# A fork is the same program. The last runs a student's own shell command, in the kernel's walls.
ALLOWED = {
    ("programs.py", "subprocess.Popen"),
    ("programs.py", "subprocess.run"),
    ("networks/worker.py", "os.fork"),
    ("kernel/calls.py", "os.fork"),
    ("kernel/forkserver.py", "os.fork"),
    ("kernel/privileges.py", "os.fork"),
    ("kernel/installers.py", "subprocess.Popen"),
    # It makes pools of threads of them.
    ("kernel/pools.py", "multiprocessing.BaseContext"),
    ("kernel/pools.py", "multiprocessing.pool"),
}


def starters(source: str) -> Iterator[str]:
    """The calls in some code that start a process, as `module.function`."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            room = node.module.partition(".")[0]
            for alias in node.names:
                if _starts(room, alias.name):
                    yield f"{room}.{alias.name}"
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
            if _starts(called.value.id, called.attr):
                yield f"{called.value.id}.{called.attr}"
        elif isinstance(called, ast.Attribute) and called.attr.startswith("subprocess_"):
            yield f"loop.{called.attr}"


def _starts(module: str, name: str) -> bool:
    if module == "os" and name.startswith(_OF_THE_SYSTEM):
        return True
    if module in _MODULES:
        return name not in _HARMLESS
    return name in _STARTERS.get(module, ())


def test_one_module_starts_all_processes() -> None:
    package = ROOT / "autograder"
    found = {
        (path.relative_to(package).as_posix(), call)
        for path in package.rglob("*.py")
        for call in starters(path.read_text("utf-8"))
    }
    assert found == ALLOWED


@pytest.mark.parametrize(
    "source",
    ["import os\nos.execv('a', [])", "from subprocess import run", "import pty\npty.spawn('a')",
     "import subprocess\nsubprocess.check_output(['a'])", "import os\nos.system('a')",
     "import asyncio\nasyncio.create_subprocess_exec('a')",
     "from multiprocessing import Process"],
)  # fmt: skip
def test_other_ways_to_start_one_would_be_found(source: str) -> None:
    assert list(starters(source))


def test_a_process_has_a_safe_path_and_folder(tmp_path: Path) -> None:
    (tmp_path / "autograder").mkdir()
    (tmp_path / "autograder" / "__init__.py").write_text("whose = 'a copy of it'\n")
    (tmp_path / "autograder" / "told.py").write_text(
        "import os, sys\nimport autograder\n"
        "def main(): print(autograder.whose, sys.argv[1:], os.getcwd(), sys.path, *os.environ)\n"
    )
    command = programs.python("autograder.told", "a b", package=tmp_path / "autograder")
    done = programs.result(command, programs.environment(OURS="1"))
    assert done.stdout.startswith("a copy of it ['a b'] / "), done.stderr
    assert f"'{tmp_path}'" not in done.stdout
    assert f"'{ROOT}'" not in done.stdout
    assert "'', " not in done.stdout
    assert "OURS" in done.stdout
    assert "HOME" not in done.stdout


# --- commands in a folder of traps ----------------------------------------------------------------


@pytest.fixture(scope="module")
def traps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course with one assignment, and a trap for every name that could be imported.

    A trap that is imported leaves its name in the file `sprung`.
    """
    folder = tmp_path_factory.mktemp("traps")
    names = {
        *sys.stdlib_module_names,
        *(name for name in importlib.metadata.packages_distributions() if name.isidentifier()),
        *OPTIONAL,
    } - {"autograder", "__main__"}
    sprung = str(folder / "sprung")
    trap = f"open({sprung!r}, 'a').write(__name__ + ' ')\nraise ImportError('a trap')\n"
    for name in names:
        (folder / f"{name}.py").write_text(trap)
    (folder / "class").mkdir()
    (folder / "class" / "ana.ipynb").write_bytes(notebook_of(RIGHT))
    (folder / "class" / "random.py").write_text(trap)
    shutil.copytree(ROOT / "solutions", folder / "solutions")
    shutil.copytree(ROOT / "assignments", folder / "assignments")
    # Without a reference solution a trial hands in only what is quick.
    shutil.rmtree(folder / "solutions" / "reference")
    return folder


def commanded(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """The console script, run in that folder."""
    script = Path(sys.executable).with_name("autograder")
    return subprocess.run(
        [sys.executable, script, *arguments] if not script.exists() else [script, *arguments],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_no_command_imports_from_the_current_folder(traps: Path) -> None:
    grade = ("grade", "class", "--assignment", "assignment1", "--out", "out", "--jobs", "1")
    commands = (
        grade,
        ("rescore", "out"),
        ("report", "out"),
        ("doctor",),
        ("check", "assignments/assignment1.ipynb"),
        ("gradescope", "assignment1", "--out", "assignment1.zip"),
        ("preflight", "assignment1.zip"),
    )
    for command in commands:
        done = commanded(traps, *command)
        assert not (traps / "sprung").exists(), (command, (traps / "sprung").read_text())
        assert "Traceback" not in done.stderr, (command, done.stderr)
        assert done.returncode == 0, (command, done.stdout, done.stderr)


def test_the_module_is_as_safe_as_python_lets_it_be(tmp_path: Path) -> None:
    """Python itself takes a few of its own modules from the current folder before any of ours."""
    for name in ("numpy", "typer", "rich", "matplotlib", "random"):
        (tmp_path / f"{name}.py").write_text("open('sprung', 'w')\nraise ImportError('a trap')\n")
    command = [sys.executable, "-m", "autograder", "doctor"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "sprung").exists()
