"""In a browser, as in JupyterLite, checks of answers run; what Pyodide has not is taken away.

It is Python without threads and processes, and what the wheel requires there is all that there is.
"""

import json
import re
import threading
import zipfile
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from small_environment import Environment, small_environment, taking_away
from test_small_install import code, handed_out, put, with_answers

from autograder.course.otter_assign import first_cell
from autograder.student import status_line

ABSENT = (
    *("fcntl", "grp", "multiprocessing", "posix", "pwd", "resource", "socket", "subprocess"),
    "termios",
)
ATTRIBUTES = {
    "os": ("fork", "geteuid", "killpg", "setsid", "memfd_create", "pidfd_open"),
    "signal": ("pidfd_send_signal", "SIGXCPU"),
}
BESIDES = ("ipython", "matplotlib")
"""What is there without being asked for: a session's own, and what cells import is loaded."""
HOOK = """
import signal, sys, sysconfig, threading

sysconfig.get_config_vars()  # which Python reads from a file that is named after its platform

def _no_thread(self):
    raise RuntimeError("can't start new thread")

def _no_handler(number, handler):
    raise ValueError("signal only works in main thread of the main interpreter")

threading.Thread.start = _no_thread
signal.signal = _no_handler
sys.platform = "emscripten"
"""
# Runs a notebook as Pyodide's kernel does, which puts calls in the place of lines with %pip: they
# find no variables in braces, and an option that they do not know leaves nothing of the line.
RUN = r"""
import json, re, shlex, sys
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

shell = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))

def installed(match):
    words = [w for w in shlex.split(match[2]) if w not in ("install", "-q")]
    known = not any(word.startswith("-") for word in words)
    return f"{match[1]}await __import__('piplite').install({words!r})" if known else ""

with open(sys.argv[1], encoding="utf-8") as file:
    cells = [cell for cell in json.load(file)["cells"] if cell["cell_type"] == "code"]
for cell in cells:
    source = re.sub(r"^(\s*)%pip\b(.*)$", installed, "".join(cell["source"]), flags=re.M)
    shell.run_cell(source, store_history=True).raise_error()
"""
PIPLITE = """
import os, sys

async def install(requirements):
    print("asked for", requirements)
    sys.path.append(os.environ["INSTALLED"])
"""
CALL = """
from otter.test_files import test_case
OK_FORMAT = False
name = "q1_1_2"
points = None
@test_case(points=1, hidden=False)
def test_value(six: "double(3)"):
    '''Does it double?'''
    from autograder import expect
    expect.equal(six, 6)
"""
SAID_ONCE = "Networks are checked where PyTorch runs, which it does not in a browser: open this"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment like that of a student whose Python runs in a browser."""
    small = small_environment(
        tmp_path_factory.mktemp("browser"), platform="emscripten", besides=BESIDES
    )
    (site,) = small.folder.glob("lib/python*/site-packages")
    (site / "in_a_browser.py").write_text(HOOK + taking_away(ABSENT, ATTRIBUTES))
    (site / "in_a_browser.pth").write_text("import in_a_browser\n")
    return small


def test_little_is_installed(browser: Environment) -> None:
    assert {"numpy", "pydantic"} <= browser.distributions.keys()
    absent = {"ipykernel", "jupyter-client", "nbclient", "onnx", "onnxruntime", "pyzmq", "torch"}
    assert not absent & browser.distributions.keys()


def test_the_hook_takes_away_what_it_says(browser: Environment, tmp_path: Path) -> None:
    done = browser.run("-c", "import autograder.networks.worker", folder=tmp_path)
    assert "No module named 'resource'" in done.stderr
    start = "import threading; threading.Thread(target=print).start()"
    assert "can't start new thread" in browser.run("-c", start, folder=tmp_path).stderr


def ran(browser: Environment, folder: Path, name: str, notebook: dict[str, Any]) -> str:
    """What a notebook prints that runs from the first cell to the last."""
    done = browser.run("-c", RUN, str(put(folder, name, notebook)), folder=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert "could not" not in done.stdout
    return done.stdout


def test_right_answers_are_checked(browser: Environment, tmp_path: Path) -> None:
    notebook = with_answers()
    notebook["cells"].append(code("grader.check_all()"))
    said = ran(browser, tmp_path, "assignment1", notebook)
    assert said.count("q1_1_1: the form is right") == 2
    assert said.count("q1_2_5: no answer yet") == 2
    assert "Points: 0 won, 4 open, 3 hidden" in said


def test_wrong_answers_are_checked(browser: Environment, tmp_path: Path) -> None:
    notebook = handed_out("assignment1")
    answers = code("convolved_features, output_dim_1 = [8, 20, 14, 25], (16, 24)")
    notebook["cells"] += [answers, code('grader.check("q1_1_1")'), code('grader.check("q1_2_1")')]
    said = ran(browser, tmp_path, "assignment1", notebook)
    assert "Found: the list [8, 20, 14, 25], which is one row of 4 numbers" in said
    assert "Found: the tuple (16, 24), which holds 2 numbers" in said
    assert "Traceback" not in said


def test_networks_are_checked_elsewhere(browser: Environment, tmp_path: Path) -> None:
    notebook = handed_out("assignment2")
    first = next(cell for cell in notebook["cells"] if "Notebook(" in "".join(cell["source"]))
    made = code("net_conv = lambda images: images")
    notebook["cells"] = [first, made, code('grader.check("q2_1")')]
    said = ran(browser, tmp_path, "assignment2", notebook)
    assert said.count(SAID_ONCE) == 1
    assert "q2_1: 0 of 3 public checks passed, 3 not judged" in said


def test_functions_are_called_in_the_session(browser: Environment, tmp_path: Path) -> None:
    notebook = handed_out("assignment1")
    notebook["metadata"]["otter"]["tests"]["q1_1_2"] = CALL
    first = next(cell for cell in notebook["cells"] if "Notebook(" in "".join(cell["source"]))
    made = code("def double(x):\n    print('called')\n    return 2 * x")
    notebook["cells"] = [first, made, code('grader.check("q1_1_2")')]
    said = ran(browser, tmp_path, "assignment1", notebook)
    assert "q1_1_2: all public checks passed" in said
    assert "Your functions were called in this session" in said
    assert "called\n" not in said.replace("were called", "")


def test_files_that_python_does_not_see_are_explained(browser: Environment, tmp_path: Path) -> None:
    file = put(tmp_path, "assignment1", with_answers())
    (elsewhere := tmp_path / "drive").mkdir()
    done = browser.run("-c", RUN, str(file), folder=elsewhere)
    assert (done.returncode, done.stderr) == (0, "")
    assert "assignment1.ipynb was not found" in done.stdout
    assert "In a window without service workers" in done.stdout


@pytest.mark.parametrize("beside", [True, False])
def test_the_first_cell_installs_the_checks(
    browser: Environment, tmp_path: Path, beside: bool
) -> None:
    (wheel,) = browser.folder.parent.glob("*.whl")
    elsewhere = tmp_path / "elsewhere"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(elsewhere)
    own = tmp_path / "own"
    own.mkdir()
    (own / "piplite.py").write_text(PIPLITE)
    if beside:
        (own / wheel.name).symlink_to(wheel)
    file = put(own, "assignment1", with_answers())
    # As if it were not there: found nowhere but where the installation puts it.
    hidden = "import sys; sys.path[:] = [p for p in sys.path if not p.endswith('site-packages')]"
    (site,) = browser.folder.glob("lib/python*/site-packages")
    others = tmp_path / "others"
    others.mkdir()
    for entry in site.iterdir():
        if not entry.name.startswith("autograder"):
            (others / entry.name).symlink_to(entry)
    script = f"{hidden}; sys.path += [{str(own)!r}, {str(others)!r}]\n{RUN}"
    done = browser.run("-c", script, str(file), folder=own, INSTALLED=str(elsewhere))
    assert done.returncode == 0, done.stderr
    source = f"emfs:{wheel.name}" if beside else "cnn-autograder"
    assert re.findall("asked for (.*)", done.stdout) == [source]
    assert "q1_1_1: the form is right" in done.stdout


@pytest.mark.parametrize(
    "notebook",
    [
        *(f"assignments/assignment{number}.ipynb" for number in (1, 2, 3)),
        "examples/courses/data_science/assignments/flats.ipynb",
    ],
)
def test_notebooks_begin_alike(notebook: str) -> None:
    """Whether a master has the cell itself or leaves it to `init_cell`."""
    cells = json.loads((ROOT / notebook).read_text("utf-8"))["cells"]
    found = [source for cell in cells if "Notebook(" in (source := "".join(cell["source"]))]
    assert found == [first_cell(Path(notebook).name)]


def test_the_line_needs_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    shown: list[str] = []
    monkeypatch.setattr(threading.Thread, "start", refused)
    monkeypatch.setattr(status_line.StatusLine, "_show", lambda self: shown.append(self._text))
    with status_line.StatusLine() as line:
        line.say("at once")
        assert shown == []
    monkeypatch.setattr(status_line, "_PATIENCE_SECONDS", 0.0)
    with status_line.StatusLine() as line:
        line.say("after a while")
    assert shown == ["after a while"]
