"""A master notebook as Otter Assign reads it: configuration, questions and the blocks in them.

https://otter-grader.readthedocs.io/en/latest/otter_assign/ describes the format. A raw cell, or a
block of markdown fenced with ```otter, begins or ends a block and may configure it in YAML.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from autograder.course.text import text_of
from autograder.errors import CourseError, SubmissionError
from autograder.notebooks.cells import Cell, notebook_of, text_of_value

_CONFIG = re.compile(r"#\s+assignment\s+config\b", re.IGNORECASE)
_BOUNDARY = re.compile(r"#\s+(begin|end)\s+(question|prompt|solution|tests)\b", re.IGNORECASE)
_FENCE = re.compile(r"^```otter[ \t]*\n(.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)
_TEST_CONFIG = re.compile(
    r"""\A(?:.\s*=\s*)?["']{2,3}\s*\#\s*BEGIN\s*TEST\s*CONFIG[ \t]*\n(?P<config>.*?)"""
    r"""^["']{2,3}\s*\#\s*END\s*TEST\s*CONFIG[ \t]*\n?""",
    re.IGNORECASE | re.MULTILINE | re.DOTALL | re.VERBOSE,
)
_HIDDEN = re.compile(r"\A[ \t]*#[^\n]*\bhidden\b[^\n]*\n?", re.IGNORECASE)
_TEST = re.compile(r"^def[ \t]+(\w+)", re.MULTILINE)
_LONGEST_LINE = 60


@dataclass(frozen=True)
class MasterCell:
    """A cell of a master that belongs to the notebook itself, not to the blocks around it.

    `number` counts all cells of the master from 1 on, `blocks` are those that the cell is in, from
    the outermost on: question, prompt, solution or tests.
    """

    number: int
    cell: Cell
    question: str = ""
    blocks: tuple[str, ...] = ()

    @property
    def is_test(self) -> bool:
        """Whether it holds a test case."""
        return "tests" in self.blocks and self.cell.kind == "code"

    @property
    def where(self) -> str:
        """The cell by its number and its first line that says something: Jupyter shows neither."""
        return where(
            self.number, test_of(self.cell.source)[1] if self.is_test else self.cell.source
        )


@dataclass(frozen=True)
class MasterQuestion:
    """A question with what configures it, and the number of the cell in which it begins."""

    name: str
    config: Mapping[str, Any]
    number: int


@dataclass(frozen=True)
class Master:
    """A master notebook, read."""

    file: Path
    config: Mapping[str, Any] = field(default_factory=dict)
    questions: tuple[MasterQuestion, ...] = ()
    cells: tuple[MasterCell, ...] = ()
    language: str = ""

    @property
    def manual_points(self) -> dict[str, float]:
        """The points of questions that a human reads, by name; those without any are left out."""
        return {
            question.name: float(points)
            for question in self.questions
            if question.config.get("manual") is True
            and isinstance(points := question.config.get("points"), int | float)
            and points > 0
        }

    def place(self, question: str, case: str = "") -> str:
        """Where a test case stands, or its question: a clause for the end of a sentence."""
        tests = (cell for cell in self.cells if cell.is_test and cell.question == question)
        for cell in tests:
            if case in _TEST.findall(cell.cell.source):
                return f"{self.file}, {question} {case}, {cell.where}"
        named = next((q for q in self.questions if q.name == question), None)
        return f"{self.file}, {question}" + (f", cell {named.number}" if named else "")

    def with_source(self, source: str) -> MasterCell | None:
        """The code cell with that text; None where there is none, or more than one."""
        found = [c for c in self.cells if c.cell.source.strip() == source.strip()]
        return found[0] if len(found) == 1 else None


def where(number: int, source: str) -> str:
    """A cell by its number and its first line."""
    line = next((line.strip() for line in source.splitlines() if line.strip()), "")
    return f"cell {number} (`{line[:_LONGEST_LINE]}`)" if line else f"cell {number}"


def boundary_of(source: str) -> tuple[str, str] | None:
    """Whether a raw cell begins or ends a block, and which: `("begin", "question")`."""
    found = _BOUNDARY.match(source.strip())
    return (found[1].lower(), found[2].lower()) if found else None


def configuration_of(source: str, *, of_question: bool = False) -> dict[str, Any] | None:
    """The options in a raw cell that configures the assignment, or a question; None in others.

    Raises CourseError for what is no YAML.
    """
    first, _, rest = source.strip().partition("\n")
    is_one = boundary_of(first) == ("begin", "question") if of_question else _CONFIG.match(first)
    return _yaml(rest, f"the cell `{first}`") if is_one else None


def fenced_apart(cells: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The cells of a notebook in JSON with raw cells in the place of blocks fenced for Otter."""
    apart = []
    for cell in cells:
        text, place = cell["source"], 0
        fences = list(_FENCE.finditer(text)) if cell["cell_type"] == "markdown" else []
        for fence in fences:
            apart.append({**cell, "source": text[place : fence.start()]})
            apart.append({"cell_type": "raw", "metadata": {}, "source": fence[1]})
            place = fence.end()
        apart.append({**cell, "source": text[place:]})
    return [cell for cell in apart if cell["source"].strip() or cell["cell_type"] == "code"]


def without_config(cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The cells of a notebook in JSON without those that configure the assignment."""
    kept = []
    for cell in cells:
        source = text_of_value(cell.get("source"))
        if cell.get("cell_type") == "raw" and _CONFIG.match(source.strip()):
            continue
        if cell.get("cell_type") == "markdown" and _FENCE.search(source):
            left = _FENCE.sub(lambda fence: "" if _CONFIG.match(fence[1]) else fence[0], source)
            if not left.strip():
                continue
            cell = {**cell, "source": left}
        kept.append(cell)
    return kept


def read_master(file: Path) -> Master:
    """The master in a file. Raises CourseError for one that is missing or no notebook, and for
    a configuration that is no YAML."""
    try:
        notebook = notebook_of(json.loads(text_of(file)))
    except (ValueError, RecursionError, SubmissionError) as error:
        raise CourseError(f"{file}: cannot be read as a notebook: {error}") from error
    return replace(_Reading(file).of(notebook.cells), language=notebook.language)


def test_of(source: str) -> tuple[dict[str, Any], str]:
    """What configures a test case, and the rest of its cell. Raises CourseError for other YAML."""
    hidden: dict[str, Any] = {}
    if found := _HIDDEN.match(source):
        hidden, source = {"hidden": True}, source[found.end() :]
    if (found := _TEST_CONFIG.match(source)) is None:
        return hidden, source
    return hidden | _yaml(found["config"], "the configuration of a test"), source[found.end() :]


def _yaml(text: str, what: str) -> dict[str, Any]:
    try:
        read = yaml.safe_load(text)
    except yaml.YAMLError as error:
        said = " ".join(str(error).split())
        raise CourseError(f"{what} is not valid YAML: {said}") from error
    if read is not None and not isinstance(read, dict):
        raise CourseError(f"{what} is not made of names with values")
    return {str(name): value for name, value in (read or {}).items()}


class _Reading:
    """A pass over the cells of a master, which knows the blocks that are open."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._blocks: list[str] = []
        self._question = ""
        self._config: dict[str, Any] = {}
        self._questions: list[MasterQuestion] = []

    def of(self, cells: tuple[Cell, ...]) -> Master:
        """The master that these cells make."""
        kept = [one for number, cell in enumerate(cells, 1) for one in self._read(number, cell)]
        return Master(self._file, self._config, tuple(self._questions), tuple(kept))

    def _read(self, number: int, cell: Cell) -> Iterator[MasterCell]:
        if cell.kind == "raw" and self._takes(number, cell.source):
            return
        if cell.kind == "markdown" and (fences := _FENCE.findall(cell.source)):
            for text in fences:
                self._takes(number, text)
            if not _FENCE.sub("", cell.source).strip():
                return
        yield MasterCell(number, cell, self._question, tuple(self._blocks))

    def _takes(self, number: int, text: str) -> bool:
        """Take note of what a cell configures, begins or ends; whether it does."""
        first, _, rest = text.strip().partition("\n")
        said = f"{self._file}, {where(number, first)}"
        if _CONFIG.match(first):
            self._config |= _yaml(rest, said)
            return True
        if (found := _BOUNDARY.match(first)) is None:
            return False
        begins, block = found[1].lower() == "begin", found[2].lower()
        if begins:
            self._blocks.append(block)
        elif block in self._blocks:
            self._blocks.remove(block)
        if block == "question":
            config = _yaml(rest, said) if begins else {}
            self._question = str(config.get("name", ""))
            if begins:
                self._questions.append(MasterQuestion(self._question, config, number))
        return True
