"""A new course: one assignment with a function, a network and a written answer, commented."""

import io
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
from numpy.typing import NDArray

from autograder.course.otter_assign import PYTHON
from autograder.errors import UsageError

_TEMPLATE = files("autograder.course") / "template"
_TRAIN, _TEST, _HIDDEN = 400, 200, 400


def new_course(root: Path) -> list[Path]:
    """Write a course into a folder that is new or empty; the files, in order. Raises UsageError.

    The hidden points are drawn anew for each course.
    """
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise UsageError(f"{root}: is there already and not empty; name a new folder")
    contents = _contents(np.random.default_rng(1), np.random.default_rng())
    for path, content in contents.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return [root / path for path in contents]


def _contents(known: np.random.Generator, secret: np.random.Generator) -> dict[str, bytes]:
    train_x, train_y = _points(known, _TRAIN)
    test_x, test_y = _points(known, _TEST)
    x, y = _points(secret, _HIDDEN)
    return {
        "README.md": _text("readme.txt"),
        ".gitignore": b"results/\n.proved/\n.ipynb_checkpoints/\n",
        "assignments/points.npz": _archive(
            train_x=train_x, train_y=train_y, test_x=test_x, test_y=test_y
        ),
        "solutions/hidden_points.npz": _archive(x=x, y=y),
        "solutions/assignment1.toml": _text("settings.txt"),
        "solutions/masters/assignment1.ipynb": _notebook(_text("master.txt").decode()).encode(),
    }


def _text(name: str) -> bytes:
    return (_TEMPLATE / name).read_bytes()


def _points(draw: np.random.Generator, count: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Points within 1.5 of both axes, (count, 2), and 1 for each inside of the unit circle."""
    points = draw.uniform(-1.5, 1.5, (count, 2)).astype(np.float32)
    return points, (np.square(points).sum(axis=1) < 1).astype(np.int64)


def _archive(**arrays: NDArray[Any]) -> bytes:
    out = io.BytesIO()
    np.savez_compressed(out, allow_pickle=False, **arrays)
    return out.getvalue()


def _notebook(script: str) -> str:
    """A notebook of a script in which `%% code`, `%% markdown` and `%% raw` begin cells."""
    makers: dict[str, Any] = {
        "code": nbformat.v4.new_code_cell,
        "markdown": nbformat.v4.new_markdown_cell,
        "raw": nbformat.v4.new_raw_cell,
    }
    cells = []
    for number, block in enumerate(script.split("%% ")[1:], 1):
        kind, _, source = block.partition("\n")
        cell = makers[kind](source.strip("\n"))
        cell["id"] = f"cell-{number:03d}"
        cells.append(cell)
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": PYTHON})
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
