"""What students use needs nothing that only Unix has: it is taken away, and their checks still run.

Libraries choose by the system's name what they import, and so keep all of it: only this package is
refused. It stands in a file that Python reads when it starts, so that kernels have it as well.
"""

from pathlib import Path

import pytest
from small_environment import Environment, small_environment, taking_away
from test_small_install import RUN, code, put, with_answers, with_networks

ABSENT = ("fcntl", "grp", "posix", "pwd", "resource", "termios")
ATTRIBUTES = {
    "os": ("fork", "geteuid", "killpg", "setsid", "memfd_create", "pidfd_open", "chown"),
    "signal": ("pidfd_send_signal", "SIGXCPU"),
    "select": ("poll",),
    "socket": ("send_fds", "recv_fds", "SOCK_SEQPACKET"),
}


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment like that of a student whose system is no Unix."""
    small = small_environment(tmp_path_factory.mktemp("elsewhere"))
    (site,) = small.folder.glob("lib/python*/site-packages")
    (site / "without_unix.py").write_text(taking_away(ABSENT, ATTRIBUTES))
    (site / "without_unix.pth").write_text("import without_unix\n")
    return small


def test_the_hook_takes_away_what_it_says(elsewhere: Environment, tmp_path: Path) -> None:
    done = elsewhere.run("-c", "import autograder.running.scratch", folder=tmp_path)
    assert "No module named 'fcntl'" in done.stderr
    assert elsewhere.run("-c", "import os; os.fork", folder=tmp_path).returncode == 1


def test_the_command_checks_a_notebook(elsewhere: Environment, tmp_path: Path) -> None:
    notebook = with_answers()
    # What a cell leaves is seen even where a later one raises, and what a check evaluates, too.
    notebook["cells"].append(code("undefined_name"))
    put(tmp_path, "assignment1", notebook)
    done = elsewhere.run("-m", "autograder", "check", "assignment1.ipynb", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "3 of 7 public checks passed" in done.stdout
    assert "NameError" in done.stdout


def test_the_command_follows_networks(elsewhere: Environment, tmp_path: Path) -> None:
    put(tmp_path, "assignment3", with_networks("assignment3"))
    done = elsewhere.run("-m", "autograder", "check", "assignment3.ipynb", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("of 1,000 test images of mnist.npz") >= 3
    assert "Points: 2 won" in done.stdout


@pytest.mark.parametrize("name", ["assignment1", "assignment2"])
def test_checks_run_in_the_notebook(elsewhere: Environment, tmp_path: Path, name: str) -> None:
    notebook = with_networks(name) if name == "assignment2" else with_answers()
    if name == "assignment1":
        notebook["cells"].append(code("grader.check_all()"))
    done = elsewhere.run("-c", RUN, str(put(tmp_path, name, notebook)), folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Points: " in done.stdout
    assert "could not" not in done.stdout


@pytest.mark.parametrize("command", ["grade", "build", "desk", "doctor"])
def test_other_commands_say_where_they_run(
    elsewhere: Environment, tmp_path: Path, command: str
) -> None:
    arguments = {"grade": [".", "--assignment", "a", "--out", "o"], "desk": ["results"]}
    done = elsewhere.run("-m", "autograder", command, *arguments.get(command, []), folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"autograder: `autograder {command}` runs on Linux.")


def test_help_is_there(elsewhere: Environment, tmp_path: Path) -> None:
    done = elsewhere.run("-m", "autograder", "--help", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
