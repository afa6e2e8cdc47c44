"""What the tests share: the course, and submissions that are graded by the real pipeline."""

import atexit
import csv
import os
import signal
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

import nbformat
import numpy as np
import pytest

from autograder.course.assignment import Assignment, Course
from autograder.grading.pipeline import Grader, grade_one
from autograder.grading.pool import Start, Watcher, grade_all
from autograder.kernel.isolation import best_layers
from autograder.model import Entry, Grade, Graded, Layer, Settings, Submission
from autograder.running.fork_client import ForkServer
from autograder.running.manager import base_environment

ROOT = Path(__file__).parents[1]

# Whoever starts the tests in the background of a shell has them ignore Ctrl-C, which every command
# that a test starts would inherit, and some tests stop commands by it.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

GradeNotebook = Callable[[str, bytes], Grade]


@cache
def assignment(name: str) -> Assignment:
    """An assignment of this repository's course."""
    return Course.at(ROOT).assignment(name)


@cache
def fork_server() -> ForkServer:
    """The fork server that all tests of a process share; it ends with the process."""
    server = ForkServer(base_environment(threads=1, device="cpu"))
    atexit.register(server.close)
    return server


def chosen_layers() -> tuple[Layer, ...]:
    """The layers that TEST_LAYERS names, such as `user,seccomp`; without it all that are here."""
    named = os.environ.get("TEST_LAYERS")
    return tuple(map(Layer, named.split(","))) if named else best_layers()


def chosen_device() -> Literal["cpu", "cuda"]:
    """Where TEST_DEVICE lets attacks and cases compute; without it on the CPU."""
    return "cuda" if os.environ.get("TEST_DEVICE") == "cuda" else "cpu"


def table(results: Path) -> list[dict[str, str]]:
    """The rows of a results folder's grades.csv, without the time that each run took."""
    with (results / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        return [{k: v for k, v in row.items() if k != "seconds"} for row in csv.DictReader(file)]


def notebook_of(script: str) -> bytes:
    """A notebook from a script: a cell begins with `# %%`, or `# %% [markdown]` or `[raw]`."""
    cells = []
    for block in script.split("# %%")[1:]:
        head, _, source = block.partition("\n")
        if "[markdown]" in head:
            text = "\n".join(line.removeprefix("# ") for line in source.strip().splitlines())
            cells.append(nbformat.v4.new_markdown_cell(text))
        elif "[raw]" in head:
            cells.append(nbformat.v4.new_raw_cell(source.strip()))
        else:
            cells.append(nbformat.v4.new_code_cell(source.strip()))
    return str(nbformat.writes(nbformat.v4.new_notebook(cells=cells))).encode()


def grade_bytes(name: str, content: bytes, settings: Settings | None = None) -> Graded:
    """The grade of a notebook for an assignment, by the real kernel, checks and images."""
    submission = Submission(path="student.ipynb", student="student", content=content)
    settings = settings or Settings(device=chosen_device(), layers=chosen_layers())
    grade = grade_one(submission, assignment(name), settings, fork_server())
    assert isinstance(grade, Graded), grade.reason
    return grade


def read_images(file: Path, images: str, labels: str) -> tuple[Any, Any]:
    """Images (N, 1, 28, 28) float32 in [0, 1) and their labels (N,) of one of the lab's files."""
    with np.load(file) as data:
        return data[images].reshape(-1, 1, 28, 28), data[labels]


@pytest.fixture(scope="session")
def course() -> Course:
    """This repository's course."""
    return Course.at(ROOT)


class Keeping(Watcher):
    """Keeps the grade of each entry, and tells another watcher everything."""

    def __init__(self, other: Watcher) -> None:
        self.grades: dict[int, Grade] = {}
        self._other = other

    def begins(self, count: int) -> None:
        self._other.begins(count)

    def started(self, entry: Entry) -> None:
        self._other.started(entry)

    def done(self, entry: Entry, grade: Grade) -> None:
        self.grades[id(entry)] = grade
        self._other.done(entry, grade)


def grades_of(
    entries: Sequence[Entry],
    grader: Grader,
    start: Start,
    slots: int,
    watcher: Watcher | None = None,
) -> list[Grade]:
    """The entries graded, in their order."""
    keeping = Keeping(watcher or Watcher())
    grade_all(entries, grader, start, slots, keeping)
    return [keeping.grades[id(entry)] for entry in entries]
