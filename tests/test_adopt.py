"""Masters made for Otter Assign and nbgrader become assignments of ours, adopted and graded."""

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from conftest import ROOT, chosen_layers, fork_server, notebook_of
from typer.testing import CliRunner

from autograder.cli import app
from autograder.course.adopt import Adoption, adopt, write_adoption
from autograder.course.assertions import Untranslatable
from autograder.course.assignment import Course
from autograder.course.build import build, write
from autograder.course.snippets import translated
from autograder.errors import UsageError
from autograder.grading.pipeline import grade_one
from autograder.grading.proof import CourseTrial
from autograder.model import Graded, Settings, Submission

SETTINGS = Settings(layers=chosen_layers())
TOWNS = "town,people\nAby,10\nBmo,20\nCto,30\n"


def master_of(script: str) -> str:
    """A notebook from a script: JSON in a cell's head are its metadata, `#>` begins its output."""
    cells: list[Any] = []
    for block in script.split("# %%")[1:]:
        head, _, body = block.partition("\n")
        lines = body.strip("\n").splitlines()
        shown = [line.removeprefix("#> ") for line in lines if line.startswith("#> ")]
        source = "\n".join(line for line in lines if not line.startswith("#> "))
        metadata = json.loads(head[head.index("{") :]) if "{" in head else {}
        if "[raw]" in head:
            cells.append(nbformat.v4.new_raw_cell(source))
        elif "[markdown]" in head:
            text = "\n".join(line.removeprefix("#").removeprefix(" ") for line in lines)
            cells.append(nbformat.v4.new_markdown_cell(text, metadata=metadata))
        else:
            data = {"text/plain": "\n".join(shown)}
            outputs = [nbformat.v4.new_output("execute_result", data)] if shown else []
            cell = nbformat.v4.new_code_cell(source, metadata=metadata, outputs=outputs)
            cells.append(cell)
    return str(nbformat.writes(nbformat.v4.new_notebook(cells=cells)))


def adopted(folder: Path, name: str) -> Adoption:
    """One of the masters in tests/masters, taken over into a course in the folder."""
    file = folder / "given" / f"{name}.ipynb"
    (file.parent / "data").mkdir(parents=True)
    file.write_text(master_of((ROOT / "tests" / "masters" / f"{name}.py").read_text("utf-8")))
    (file.parent / "data" / "towns.csv").write_text(TOWNS)
    adoption = adopt(file)
    write_adoption(adoption, folder)
    return adoption


# What students hand in for each master: right by another way, and wrong in part.
CLASS = {
    "towns": (
        "import pandas as pd\ntowns = pd.read_csv('towns.csv')\ntotal = 60\n"
        "large = towns.sort_values('people')[::-1][:2]",
        "import pandas as pd\ntowns = pd.read_csv('towns.csv')\ntotal = 61\n"
        "large = towns.sort_values('people')[1:]",
        (5.0, 2.0),
    ),
    "functions": (
        "def mean_error(y, t):\n    if len(y) - len(t): raise ValueError\n"
        "    return sum(abs(a - b) for a, b in zip(y, t)) / len(t)",
        "def mean_error(y, t):\n    return sum(abs(a - b) for a, b in zip(y, t)) / len(t)",
        (4.0, 0.0),
    ),
    "written": (
        "import numpy as np\nthrows = [1, 2, 3, 4, 5, 6] * 166 + [1, 6, 3, 4]\n"
        "faces = tuple(sorted(set(throws)))",
        "import numpy as np\nthrows = [1] * 1000\nfaces = [1]",
        (3.0, 1.0),
    ),
    "circles": (
        "import math\ndef area(radius):\n    if radius < 0: raise ValueError\n"
        "    return radius * radius * math.pi\nunit_area = math.pi",
        "import math\ndef area(radius):\n    return 2 * math.pi * radius\nunit_area = 3.14",
        (5.0, 0.0),
    ),
    "series": (
        "squares = [1, 4, 9, 16]\nby_number = dict(zip((1, 2, 3, 4), squares))\n"
        "def shift(n): return n + 1",
        "squares = [1, 4, 9, 10]\nby_number = {1: 1}\ndef shift(n): return n - 1",
        (4.0, 1.0),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CLASS)
def test_a_master_is_adopted_and_graded(tmp_path: Path, name: str) -> None:
    adopted(tmp_path, name)
    course = Course.at(tmp_path)
    built = build(course, name)
    assignment = course.assignment(name, built.questions)
    trial = CourseTrial(tmp_path, assignment, built)
    trial.inspect()
    trial.prove(SETTINGS, fork_server())
    write(course, built)
    right, wrong, expected = CLASS[name]
    scores = []
    for answers in (right, wrong):
        content = notebook_of(f"# %%\n{answers}\n")
        submission = Submission(path="ana.ipynb", student="ana", content=content)
        grade = grade_one(submission, course.assignment(name), SETTINGS, fork_server())
        assert isinstance(grade, Graded), grade.reason
        scores.append(grade.score)
    assert tuple(scores) == expected


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("towns", ["option requirements was left out", "option export_cell", "option generate",
                   "kind `for`", "data/towns.csv"]),
        ("written", ["autograder_value, 713", "option plugins", "# SEED", "option export was left",
                     "there is no export"]),
        ("circles", []),
        ("series", ["option environment", "option python_version", "`hashlib`, which the notebook",
                    "q2: it has no test that could be taken over"]),
        ("functions", []),
    ],
)  # fmt: skip
def test_a_human_has_to_decide(tmp_path: Path, name: str, says: list[str]) -> None:
    decisions = "\n".join(adopted(tmp_path, name).decisions)
    assert [said for said in says if said not in decisions] == []
    assert bool(decisions) == bool(says)
    assert (tmp_path / "solutions" / f"{name}.decide.md").is_file() == bool(says)


def test_points_of_what_humans_read(tmp_path: Path) -> None:
    adopted(tmp_path, "circles")
    course = Course.at(tmp_path)
    write(course, build(course, "circles"))
    assert course.assignment("circles").settings.written == {"compare": 4.0, "plan": 3.0}
    text = (tmp_path / "assignments" / "circles.ipynb").read_text("utf-8")
    assert "MARK SCHEME" not in text
    assert "A quarter of pi" not in text
    assert "radius**2" not in text
    assert "12.566" not in text


def test_nothing_is_written_over(tmp_path: Path) -> None:
    adoption = adopted(tmp_path, "functions")
    with pytest.raises(UsageError, match=r"functions\.ipynb: is there already"):
        write_adoption(adoption, tmp_path)


def test_the_command(tmp_path: Path) -> None:
    file = tmp_path / "series.ipynb"
    file.write_text(master_of((ROOT / "tests" / "masters" / "series.py").read_text("utf-8")))
    course = tmp_path / "course"
    done = CliRunner().invoke(app, ["adopt", str(file), "--course", str(course)])
    assert done.exit_code == 0
    assert "decide: the option environment was left out" in done.output
    assert "autograder build series" in done.output
    plain = tmp_path / "plain.ipynb"
    plain.write_bytes(notebook_of("# %%\n1 + 1\n"))
    done = CliRunner().invoke(app, ["adopt", str(plain), "--course", str(course)])
    assert done.exit_code == 2
    assert "is no master" in done.output


@pytest.mark.parametrize(
    ("snippet", "output", "lines"),
    [
        ("f(2)", "[1, {'a': 2}]", ["expect.equal(result, [1, {'a': 2}])"]),
        ("not done", "True", ["expect.equal(done, False)"]),
        ("assert 1 <= n < 5", "", ["assert 1 <= expect.number(n) < 5"]),
        ("assert type(x) is str", "", ["expect.returns(x, str)"]),
        ("np.testing.assert_allclose(x, [1, 2], rtol=1e-3)", "",
         ["expect.close(x, [1, 2], relative=0.001)"]),
        ("assert x == pytest.approx(2.5)", "", ["expect.close(x, 2.5)"]),
    ],
)  # fmt: skip
def test_snippets_become_tests(snippet: str, output: str, lines: list[str]) -> None:
    written = translated(snippet, "test_1", output).splitlines()
    assert [line.strip() for line in written[2:]] == lines


@pytest.mark.parametrize(
    "snippet", ["x == y", "np.all(x == 3)", "while True: pass", "x", "assert 3 == 3", "f(", "x = 3"]
)
def test_what_is_not_understood_is_left_to_a_human(snippet: str) -> None:
    with pytest.raises(Untranslatable):
        translated(snippet, "test_1")
