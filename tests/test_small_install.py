"""What students install is small, and it is all that their checks need."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from small_environment import (
    NOTEBOOKS_IMPORT,
    Environment,
    megabytes,
    needed,
    required_by,
    small_environment,
)

ANSWERS = {
    "convolved_features": "[[8, 20], [14, 25]]",
    "pooled_features": "25",
    "output_dim_1": "(16, 24, 24)",
}
# One network that has the structure for every question of the two assignments.
NETWORKS = """
from torch import nn

def network():
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.Dropout(0.1),
        nn.MaxPool2d(2), nn.Conv2d(4, 4, 3), nn.ReLU(),
        nn.Flatten(), nn.Linear(4 * 12 * 12, 20), nn.ReLU(), nn.Dropout(0.1), nn.Linear(20, 10),
    )

"""
NAMES = {
    "assignment2": ("net_ffn", "net_conv", "net_padded", "net_stacked", "net_pooled"),
    "assignment3": ("net_10k", "net_dropout", "net_batchnorm"),
}
# Runs a notebook as Jupyter does and prints what its last cell shows.
RUN = """
import sys
import nbformat
from nbclient import NotebookClient

notebook = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(notebook, kernel_name="python3", timeout=600).execute()
outputs = notebook.cells[-1].outputs
# A check that takes longer than a second has said so in an output of its own.
(output,) = [one for one in outputs if one.output_type == "execute_result"]
print(output.data["text/plain"])
assert "text/html" in output.data
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    return small_environment(tmp_path_factory.mktemp("small"))


def code(source: str) -> dict[str, Any]:
    return {
        "cell_type": "code", "id": f"cell-{abs(hash(source))}", "source": source, "metadata": {},
        "outputs": [], "execution_count": None,
    }  # fmt: skip


def handed_out(name: str) -> dict[str, Any]:
    text = (ROOT / "assignments" / f"{name}.ipynb").read_text("utf-8")
    notebook: dict[str, Any] = json.loads(text)
    return notebook


def put(folder: Path, name: str, notebook: dict[str, Any]) -> Path:
    """A folder as students have it."""
    (folder / "mnist.npz").symlink_to(ROOT / "assignments" / "mnist.npz")
    file = folder / f"{name}.ipynb"
    file.write_text(json.dumps(notebook), "utf-8")
    return file


def with_answers() -> dict[str, Any]:
    """Assignment 1 with some of its answers."""
    notebook = handed_out("assignment1")
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            for name, answer in ANSWERS.items():
                source = "".join(cell["source"])
                cell["source"] = re.sub(
                    rf"^{name} = \.\.\.$", f"{name} = {answer}", source, flags=re.M
                )
    return notebook


def with_networks(name: str) -> dict[str, Any]:
    """The cell that loads the checks, untrained networks, and all checks."""
    notebook = handed_out(name)
    first = next(cell for cell in notebook["cells"] if "Notebook(" in "".join(cell["source"]))
    made = NETWORKS + "".join(f"{net} = network()\n" for net in NAMES[name])
    notebook["cells"] = [first, code(made), code("grader.check_all()")]
    return notebook


def test_the_command_checks_a_notebook(small: Environment, tmp_path: Path) -> None:
    put(tmp_path, "assignment1", with_answers())
    done = small.run("-m", "autograder", "check", "assignment1.ipynb", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "3 of 7 public checks passed" in done.stdout


def test_checks_of_answers_run_in_the_notebook(small: Environment, tmp_path: Path) -> None:
    notebook = with_answers()
    notebook["cells"].append(code("grader.check_all()"))
    file = put(tmp_path, "assignment1", notebook)
    done = small.run("-c", RUN, str(file), folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Points: 0 won, 4 open, 3 hidden" in done.stdout


@pytest.mark.parametrize("name", NAMES)
def test_checks_of_networks_run_in_the_notebook(
    small: Environment, tmp_path: Path, name: str
) -> None:
    file = put(tmp_path, name, with_networks(name))
    done = small.run("-c", RUN, str(file), folder=tmp_path)
    assert done.returncode == 0, done.stderr
    # Their structures are right, and untrained networks guess.
    assert done.stdout.count("of 1,000 test images of mnist.npz") >= 3
    (won,) = re.findall(r"Points: (\S+) won", done.stdout)
    assert float(won) >= 2
    assert "could not" not in done.stdout


@pytest.mark.parametrize(
    "command",
    [
        ["grade", ".", "--assignment", "assignment1", "--out", "results"],
        ["rescore", "results"],
        ["report", "results"],
        ["build"],
        ["gradescope", "assignment1", "--out", "x.zip"],
        ["preflight", "x.zip"],
        ["desk", "results"],
    ],
    ids=lambda command: command[0],
)
def test_commands_of_graders_say_what_to_install(
    small: Environment, tmp_path: Path, command: list[str]
) -> None:
    done = small.run("-m", "autograder", *command, folder=tmp_path)
    extra = "desk" if command[0] == "desk" else "grade"
    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"autograder: `autograder {command[0]}` needs ")
    assert line.endswith(f": pip install 'cnn-autograder[{extra}]'")


def test_it_is_as_small_as_the_documents_say(small: Environment) -> None:
    rest = small.distributions.keys() - needed(NOTEBOOKS_IMPORT).keys()
    alone = rest - needed(["ipykernel"]).keys()  # the part of Jupyter that notebooks run in
    text = " ".join((ROOT / "docs" / "students.md").read_text("utf-8").split())
    (said,) = re.findall(r"(\d+) packages of together (\d+) MB.* (\d+) packages and (\d+) MB", text)
    sizes = {name: megabytes(small.distributions[name]) for name in rest}
    assert len(alone) <= int(said[0])
    assert sum(sizes[name] for name in alone) <= int(said[1]) < 150
    assert len(rest) <= int(said[2])
    assert sum(sizes.values()) <= int(said[3])


def test_nothing_of_the_graders_is_asked_for(small: Environment) -> None:
    assert not {"otter-grader", "nh3", "rapidfuzz", "pyseccomp"} & set(small.distributions)
    assert required_by(next(small.folder.parent.glob("*.whl")))
