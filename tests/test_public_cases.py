"""The checks that students run: a question without public cases silences none of the others."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

from autograder.student.check import self_check

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
