"""The checks that students run: what their notebook has to carry for them, and what they say."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

from autograder.course.carried import FORMAT
from autograder.errors import CourseError
from autograder.notebooks.read import read_notebook
from autograder.student.check import self_check
from autograder.student.public_cases import public_tests

SCRIPT = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_cell("from autograder import Notebook; grader = Notebook('assignment1.ipynb')")
shell.run_cell("pooled_features = 3")
shell.run_cell("print(grader.check('q1_1_1'), grader.check('q1_1_2'), sep='\\\\n')")
shell.run_cell("print(grader.check_all())")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the notebook of assignment 1, whose first question has hidden cases only."""
    notebook = json.loads((ROOT / "assignments" / "assignment1.ipynb").read_text("utf-8"))
    tests = notebook["metadata"]["otter"]["tests"]
    tests["q1_1_1"], cut = re.subn(r"(?s)@test_case.*", "", tests["q1_1_1"])
    assert cut == 1
    (tmp_path / "assignment1.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    return tmp_path


def test_a_question_with_hidden_cases_only_silences_no_check(folder: Path) -> None:
    command = [sys.executable, "-P", "-c", SCRIPT]
    said = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout
    hidden = "q1_1_1: no public checks; the answer is judged when your work is graded"
    assert said.count(hidden) == 2
    assert said.count("q1_1_2: the form is right") == 2
    assert "could not be checked" not in said


def test_nor_in_the_check_from_a_fresh_start(folder: Path) -> None:
    text = self_check(folder / "assignment1.ipynb").text
    assert "q1_1_1: no public checks" in text
    assert "0 of 6 public checks passed" in text


def handed_out(**changed: Any) -> bytes:
    """The notebook of assignment 2 with these settings changed, those of None left out."""
    notebook = json.loads((ROOT / "assignments" / "assignment2.ipynb").read_text("utf-8"))
    own = notebook["metadata"]["autograder"] | changed
    kept = {key: value for key, value in own.items() if value is not None}
    notebook["metadata"]["autograder"] = kept
    return json.dumps(notebook).encode()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"format": None, "data": None, "network": None}, "for an older version of the checks"),
        ({"format": FORMAT - 1}, "run `autograder build` and hand it out"),
        ({"format": FORMAT + 1}, "for a newer version of the checks"),
        ({"format": "one"}, "for an older version of the checks"),
        ({"data": None}, "are damaged (data: Field required): take it anew"),
        ({"network": {"takes": "images"}}, "are damaged (network.takes: "),
    ],
)
def test_a_notebook_of_another_build_says_so(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(CourseError) as refused:
        public_tests(handed_out(**changed))
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


OLD = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_cell("from autograder import Notebook; grader = Notebook('assignment2.ipynb')")
shell.run_cell("net_stacked = 3")
shell.run_cell("print(grader.check('q2_3'))")
"""


def test_no_check_guesses_what_an_older_notebook_lacks(tmp_path: Path) -> None:
    """Without what networks take, a check could only say that it has a fault of its own."""
    file = tmp_path / "assignment2.ipynb"
    file.write_bytes(handed_out(format=None, data=None, network=None))
    command = [sys.executable, "-P", "-c", OLD]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert said.startswith(
        "q2_3 could not be checked: this notebook was built for an older version"
    )
    assert said.count("\n") == 1
    with pytest.raises(CourseError, match="built for an older version"):
        self_check(file)


def test_grading_reads_nothing_that_a_notebook_carries() -> None:
    now, old = handed_out(), handed_out(format=None, data=None, network=None, accuracy=None)
    assert now != old
    assert read_notebook(now, 10_000_000) == read_notebook(old, 10_000_000)


def test_a_notebook_whose_tests_are_none_carries_none() -> None:
    notebook = json.loads(handed_out())
    notebook["metadata"]["otter"] = [1]
    assert public_tests(json.dumps(notebook).encode()).questions == ()
