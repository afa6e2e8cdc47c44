"""The first error first: what is missing names the cell that stopped and what it raised."""

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, assignment, chosen_layers, fork_server, grade_bytes, notebook_of

from autograder.grading.ledger import Ledger
from autograder.grading.pipeline import Grader
from autograder.grading.rescore import rescore
from autograder.judging.scoring import Scorer
from autograder.model import CellError, Entry, Graded, Mishaps, Settings
from autograder.notebooks.names import alike, names_made, names_mentioned

BROKEN = """
# %%
import numpy as np
# %%
convolved_features = np.array([[1, 2]
                               [3, 4]])
# %%
pooled_features = convolved_features.max()
# %%
output_dim1 = (16, 24, 24)
# %%
output_dim_2 = (24, 30, 30)
"""


def messages(grade: Graded) -> dict[str, str]:
    return {f"{q.name} {c.name}": c.message or "" for q in grade.questions for c in q.cases}


def test_what_is_missing_names_the_first_error_and_what_followed() -> None:
    grade = grade_bytes("assignment1", notebook_of(BROKEN))
    said = messages(grade)
    first = said["q1_1_1 test_value"]
    assert "cell 2 (`convolved_features = np.array([[1, 2]`) raised TypeError" in first
    assert "`convolved_features` was never made because of it" in first
    assert "comma between the rows" in first
    follows = said["q1_1_2 test_value"]
    assert "cell 2 (" in follows
    assert "so cell 3 (" in follows
    assert "`pooled_features` was never made" in follows
    assert "`output_dim1`" in said["q1_2_1 test_value"]
    assert "spelling" not in " ".join(said.values())
    assert said["q1_2_2 test_value"] == ""


def test_a_rescore_says_the_same(tmp_path: Path) -> None:
    one = assignment("assignment1")
    settings = Settings(layers=chosen_layers())
    with Ledger(tmp_path) as ledger:
        grader = Grader(one, settings, Scorer(one, ledger), ledger)
        entry = Entry("ana.ipynb", "ana", read=lambda: notebook_of(BROKEN))
        ledger.begin([entry])
        prepared = grader.prepare(entry)
        before = grader.judge(0, entry, prepared, prepared.job.run(fork_server()))
        with sqlite3.connect(tmp_path / "ledger.sqlite") as base:
            base.execute("DELETE FROM judgements")
        grades, changes = rescore(ledger, one, {})
    assert not changes
    assert isinstance(grades[0], Graded)
    assert messages(grades[0]) == messages(before)


@pytest.mark.parametrize(
    ("code", "made"),
    [
        ("a = b = 1\nc: int = 2\nd, (e, *f) = x", "a b c d e f"),
        ("x.y = 1\nx[0] = 2\nz == 3\nz += 1\nf(k=1)", ""),
        ("class A(B):\n    inner = 1\n    def g(self):\n        h = 2\nafter = 1", "A after"),
        ("import a.b, c as d\nfrom e import (f, g as h)", "a d f h"),
        ("if 1:\n    x = 1\nfor i, j in z:\n    k = i\nwith o() as p:\n    pass", "x i j k p"),
        ("net = Net(\n    size=3", "net"),
        ("%matplotlib inline\nq = 'r = 1'  # s = 2", "q"),
    ],
)
def test_names_that_a_cell_makes(code: str, made: str) -> None:
    assert names_made(code) == tuple(made.split())


def test_names_that_a_cell_mentions() -> None:
    code = "train(net_conv, 'net_ffn')  # net_pooled"
    assert names_mentioned(code, ("net_ffn", "net_conv", "net_pooled")) == ("net_conv",)


def test_an_error_leads_back_to_the_first() -> None:
    errors = (
        CellError(cell=2, line="import tor", raised="SyntaxError: x", makes=("torch", "nn")),
        CellError(
            cell=4, line="class N", raised="NameError: name 'nn' is not defined", makes=("N",)
        ),
        CellError(cell=5, line="net", raised="NameError: name 'N' is not defined", makes=("net",)),
    )
    known = Mishaps(errors=errors)
    assert known.root(errors[2]) is errors[0]
    assert known.that_makes("net") is errors[2]
    about = known.about(("net",))
    assert [e.cell for e in about.errors] == [2, 4, 5]
    assert about.root(errors[2]) == errors[0]
    looked_up = CellError(cell=6, line="globals()", raised="KeyError: 'net'", makes=("other",))
    assert Mishaps(errors=(*errors, looked_up)).root(looked_up) is errors[0]
    assert known.root(looked_up.model_copy(update={"raised": "KeyError: 'lr'"})).cell == 6


def test_the_notebook_itself_says_what_to_run_first(tmp_path: Path) -> None:
    cells = "# %%\noutput_dim1 = (1, 2, 3)\n# %%\nresult = grader.check('q1_1_1')\nprint(result)\n"
    said = checked_in_notebook(tmp_path, cells + "# %%\nprint(grader.check('q1_2_1'))\n")
    assert "run the cell that makes it first" in said
    assert "is `output_dim1` your answer? Then call it `output_dim_1`." in said


def checked_in_notebook(folder: Path, script: str) -> str:
    """What the cells of a script print in a notebook that carries the checks of assignment 1."""
    handed_out = json.loads((ROOT / "assignments" / "assignment1.ipynb").read_text("utf-8"))
    (folder / "assignment1.ipynb").write_text(json.dumps(handed_out), encoding="utf-8")
    cells = [block.partition("\n")[2] for block in script.split("# %%")[1:]]
    code = (
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "shell = InteractiveShell.instance()\n"
        "shell.run_cell('from autograder import Notebook; g = Notebook(\"assignment1.ipynb\")')\n"
        "shell.run_cell('grader = g')\n" + "".join(f"shell.run_cell({cell!r})\n" for cell in cells)
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_a_name_is_offered_to_the_variable_with_its_number_alone() -> None:
    names = ("output_dim_1", "output_dim_2")
    assert alike(names, ["output_dim1", "net"], names) == {"output_dim_1": "output_dim1"}


def test_an_error_by_which_nothing_was_lost_is_nothing_for_a_human() -> None:
    answers = (ROOT / "solutions" / "reference" / "assignment1.ipynb").read_bytes()
    notebook = json.loads(answers)
    late: dict[str, object] = {
        "cell_type": "code",
        "metadata": {},
        "outputs": [],
        "execution_count": None,
    }
    notebook["cells"].append(late | {"id": "late", "source": "print(undefined)\nexit()"})
    whole = grade_bytes("assignment1", json.dumps(notebook).encode())
    assert (whole.outcome, whole.score, whole.flags) == ("cell_error", whole.max_score, ())
    assert "NameError" in whole.ended
    notebook["cells"][-1]["source"] = "pooled_features = 24\nprint(undefined)"
    part = grade_bytes("assignment1", json.dumps(notebook).encode())
    assert part.score < part.max_score
    assert any("NameError" in str(flag) for flag in part.flags)
