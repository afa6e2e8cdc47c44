"""A build proves its course: what is broken is refused in one sentence, and nothing is written."""

from pathlib import Path

import nbformat
import pytest
from conftest import ROOT, chosen_layers, fork_server, notebook_of
from typer.testing import CliRunner

from autograder.cli import app
from autograder.course.assignment import Course
from autograder.course.build import build
from autograder.course.master import read_master
from autograder.errors import CourseError
from autograder.grading.proof import CourseTrial
from autograder.model import Settings

NAME = "matrix"
SETTINGS = Settings(layers=chosen_layers())
SHAPE = "expect.numbers(convolved_features, shape=(2, 2))"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A course with one small master, which a test may break."""
    script = (ROOT / "tests" / "masters" / f"{NAME}.py").read_text("utf-8")
    masters = tmp_path / "solutions" / "masters"
    masters.mkdir(parents=True)
    (masters / f"{NAME}.ipynb").write_bytes(notebook_of(script))
    settings = 'title = "A matrix"\n[limits]\ncell_seconds = 60\n'
    (tmp_path / "solutions" / f"{NAME}.toml").write_text(settings, "utf-8")
    return tmp_path


def change(root: Path, old: str, new: str) -> int:
    """Replace some text in the one cell of the master that has it; the cell's number."""
    file = root / "solutions" / "masters" / f"{NAME}.ipynb"
    notebook = nbformat.read(file, as_version=4)
    (number,) = [n for n, cell in enumerate(notebook.cells, 1) if old in cell.source]
    cell = notebook.cells[number - 1]
    cell.source = cell.source.replace(old, new)
    nbformat.write(notebook, file)
    return number


def trial_of(root: Path) -> CourseTrial:
    course = Course.at(root)
    built = build(course, NAME)
    return CourseTrial(root, course.assignment(NAME, built.questions), built)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("expect.number(pooled", "expect.nummer(pooled", "no word of the vocabulary; did you mean"),
        (SHAPE, "from autograder.expect import numerals", "`expect.numerals` is no word"),
        (SHAPE, "assert convolved_features == [[1]]", "compares what was seen of `convolved_feat"),
        (SHAPE, "assert 2 < convolved_features", "use a word such as `expect.equal`"),
        (SHAPE, "assert len(convolved_features)", "`len(convolved_features)` counts what was seen"),
        (SHAPE, "convolved_features(3)", "calls what was seen of `convolved_features`"),
    ],
)  # fmt: skip
def test_a_fault_that_shows_without_a_run(root: Path, old: str, new: str, says: str) -> None:
    number = change(root, old, new)
    with pytest.raises(CourseError) as refused:
        trial_of(root).inspect()
    said = str(refused.value)
    assert says in said
    assert f"masters/{NAME}.ipynb, q1_1_" in said
    assert f"cell {number} (`def test_shape(" in said


@pytest.mark.parametrize(
    ("old", "new", "says", "place"),
    [
        ("pooled_features = 25", "pooled_features = 24", "does not pass", "q1_1_2 test_value"),
        ("pooled_features = 25", "pooled_features = 1 / 0", "raises ZeroDivisionError", "cell "),
        ("pooled_features = 25", "import os; os._exit(1)", "the reference solution", ".ipynb"),
        ("test_shape(pooled_features):", "test_shape(pooled):\n    pooled_features = pooled",
         "never sets `pooled`", "q1_1_2 test_shape"),
        (SHAPE, f"right = [[8, 20], [14, 25]]\n    {SHAPE}", "holds the answer of `convolved_feat",
         "q1_1_1 test_shape"),
        ("expect.number(pooled_features)", "expect.numbers(pooled_features, 25)",
         "holds the answer of `pooled_features`", "q1_1_2 test_shape"),
        ('points: 0\nhidden: false\n""" # END TEST CONFIG\ndef test_shape(pooled_features):',
         'points: 2\nhidden: false\n""" # END TEST CONFIG\ndef test_shape(pooled_features):\n'
         "    return\n", "the untouched notebook gets 2 points here", "q1_1_2 test_shape"),
    ],
)  # fmt: skip
def test_a_fault_that_a_run_shows(root: Path, old: str, new: str, says: str, place: str) -> None:
    change(root, old, new)
    with pytest.raises(CourseError) as refused:
        trial_of(root).prove(SETTINGS, fork_server())
    assert says in str(refused.value)
    assert place in str(refused.value)


def test_the_command_says_one_sentence_and_writes_nothing(root: Path) -> None:
    change(root, "pooled_features = 25", "pooled_features = 24")
    done = CliRunner().invoke(app, ["build", "--course", str(root)])
    assert done.exit_code == 2
    assert done.output.strip().count("\n") == 0
    assert "q1_1_2 test_value" in done.output
    assert not (root / "assignments" / f"{NAME}.ipynb").exists()
    quick = CliRunner().invoke(app, ["build", "--course", str(root), "--no-run"])
    assert quick.exit_code == 0
    assert (root / "assignments" / f"{NAME}.ipynb").is_file()


def test_what_has_been_proved_is_not_run_again(root: Path) -> None:
    trial = trial_of(root)
    assert not trial.is_proved()
    trial.prove(SETTINGS, fork_server())
    assert trial_of(root).is_proved()
    settings = root / "solutions" / f"{NAME}.toml"
    settings.write_text(settings.read_text("utf-8").replace("= 60", "= 61"), "utf-8")
    assert not trial_of(root).is_proved()


def test_a_master_is_read_with_its_blocks() -> None:
    master = read_master(ROOT / "solutions" / "masters" / "assignment2.ipynb")
    assert [q.name for q in master.questions][:2] == ["q2_1", "q2_1_written"]
    assert master.config["tests"] == {"files": False, "ok_format": False}
    assert {c.question for c in master.cells if c.is_test} == {"q2_1", "q2_2", "q2_3", "q2_4"}
    assert master.manual_points == {}
