"""Students hear early of packages that the place where they are graded need not have."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from conftest import ROOT
from nbclient import NotebookClient

from autograder.notebooks.packages import unlisted


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ("import math\nimport numpy as np, torch.nn as nn\nfrom tqdm.auto import tqdm", ()),
        ("import lightning as L, os", ("lightning",)),
        ("if True:\n    from wandb.sdk import init", ("wandb",)),
        ("import torchvision.transforms as T", ("torchvision",)),
        ('print("import nothing")\n# import that\nimportant = 1', ()),
    ],
)
def test_what_is_not_listed_is_found(source: str, named: tuple[str, ...]) -> None:
    assert unlisted([source]) == named


def test_what_the_notebook_has_written_is_its_own() -> None:
    assert unlisted(["%%writefile helper.py\nx = 1", "import helper, other"]) == ("other",)


def handed_out(folder: Path, *cells: str) -> Path:
    """Assignment 1 as students have it, with these cells at its end."""
    file = folder / "assignment1.ipynb"
    shutil.copy(ROOT / "assignments" / "assignment1.ipynb", file)
    content = json.loads(file.read_text(encoding="utf-8"))
    for number, source in enumerate(cells):
        cell = {"cell_type": "code", "id": f"more-{number}", "metadata": {}, "outputs": []}
        content["cells"].append(cell | {"execution_count": None, "source": source})
    file.write_text(json.dumps(content), encoding="utf-8")
    return file


def test_a_check_of_the_whole_notebook_names_them(tmp_path: Path) -> None:
    file = handed_out(tmp_path, "import lightning")
    command = [sys.executable, "-m", "autograder", "check", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert "Your notebook imports `lightning`." in done.stdout, done.stderr


def test_the_next_check_in_a_notebook_names_them_once(tmp_path: Path) -> None:
    guarded = "try:\n    import lightning\nexcept ImportError:\n    pass"
    checks = [f'print(grader.check("{name}"))' for name in ("q1_1_1", "q1_1_2")]
    notebook = nbformat.read(handed_out(tmp_path, guarded, *checks), as_version=4)
    client = NotebookClient(notebook, allow_errors=True, kernel_name="python3")
    client.execute(cwd=str(tmp_path))
    first, second = (
        "".join(output.get("text", "") for output in cell.outputs) for cell in notebook.cells[-2:]
    )
    assert "q1_1_1" in first
    assert "Your notebook imports `lightning`." in first
    assert "q1_1_2" in second
    assert "lightning" not in second
