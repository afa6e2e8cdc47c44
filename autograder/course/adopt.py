"""Takes over an assignment that was made for Otter Assign or nbgrader: a master of ours, settings,
and a list of what a human has to decide."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import yaml

from autograder.course.adopt_nbgrader import from_nbgrader, is_nbgrader
from autograder.course.adopt_otter import from_otter, is_otter
from autograder.course.adopted import Adopted, CellData
from autograder.course.otter_assign import PYTHON
from autograder.course.text import text_of
from autograder.errors import UsageError
from autograder.notebooks.cells import text_of_value

_NOT_A_NAME = re.compile(r"[^\w.-]+")
_TITLE = re.compile(r"^#[ \t]+(.+?)[ \t]*$", re.MULTILINE)


@dataclass(frozen=True)
class Adoption:
    """What is written into the course: path below its folder, and content.

    `decisions` are sentences, one for each thing that a human has to decide.
    """

    name: str
    files: dict[Path, bytes]
    decisions: tuple[str, ...]


def adopt(file: Path) -> Adoption:
    """The master in a file as an assignment of ours. Writes nothing.

    Raises UsageError for a file that is no notebook, and for one of neither format.
    """
    try:
        notebook = json.loads(text_of(file))
        cells = [_cell(cell) for cell in notebook["cells"]]
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{file}: cannot be read as a notebook of format 4 ({error})") from error
    if is_otter(cells):
        adopted = from_otter(cells)
    elif is_nbgrader(cells):
        adopted = from_nbgrader(cells)
    else:
        raise UsageError(
            f"{file}: is no master: it has neither `# BEGIN QUESTION` (Otter Assign) nor cells "
            "that nbgrader has marked"
        )
    name = _NOT_A_NAME.sub("_", file.stem)
    data, decisions = _data(file, adopted.files)
    text = _master(adopted)
    said = (*adopted.decisions, *decisions)
    solutions = Path("solutions")
    return Adoption(
        name=name,
        files={
            solutions / "masters" / f"{name}.ipynb": text.encode(),
            solutions / f"{name}.toml": _settings(
                _title(cells) or name, data, adopted.public_answers
            ).encode(),
            **{Path("assignments", path): content for path, content in data.items()},
        },
        decisions=said,
    )


def write_adoption(adoption: Adoption, root: Path) -> list[Path]:
    """Write what was adopted into a course's folder; the files, in order.

    Raises UsageError where one of them is there already: nothing is written then.
    """
    files = dict(adoption.files)
    if adoption.decisions:
        listed = "".join(f"- {sentence}\n" for sentence in adoption.decisions)
        head = f"# To decide about {adoption.name}\n\n"
        files[Path("solutions", f"{adoption.name}.decide.md")] = (head + listed).encode()
    for path in files:
        if (root / path).exists():
            raise UsageError(f"{root / path}: is there already; move it away to adopt anew")
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    return [root / path for path in files]


def _cell(given: dict[str, Any]) -> CellData:
    return {
        **given,
        "metadata": given.get("metadata", {}),
        "source": text_of_value(given["source"]),
    }


def _master(adopted: Adopted) -> str:
    """The notebook, its configuration first."""
    config = "# ASSIGNMENT CONFIG\n" + yaml.safe_dump(dict(adopted.config), sort_keys=False)
    cells = [{"cell_type": "raw", "source": config}, *adopted.cells]
    makers: dict[str, Any] = {
        "code": nbformat.v4.new_code_cell,
        "markdown": nbformat.v4.new_markdown_cell,
        "raw": nbformat.v4.new_raw_cell,
    }
    made = [makers[cell["cell_type"]](cell["source"].strip("\n")) for cell in cells]
    for number, cell in enumerate(made, 1):
        cell["id"] = f"cell-{number:03d}"
    metadata = {"kernelspec": PYTHON, "language_info": {"name": "python"}}
    notebook = nbformat.v4.new_notebook(cells=made, metadata=metadata)
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _title(cells: Sequence[CellData]) -> str:
    texts = (cell["source"] for cell in cells if cell["cell_type"] == "markdown")
    return next((found[1] for text in texts if (found := _TITLE.search(text))), "")


def _data(master: Path, names: Iterable[str]) -> tuple[dict[str, bytes], list[str]]:
    """The data files by their names, and a sentence for each that is not there."""
    found, missing = {}, []
    for name in names:
        file = master.parent / name
        if file.is_file():
            found[file.name] = file.read_bytes()
        if not file.is_file() or file.name != name:
            missing.append(
                f"the data file {name}: put it into assignments/ as {file.name}, where notebooks "
                "open it by its name alone"
            )
    return found, missing


def _settings(title: str, data: Iterable[str], public_answers: Sequence[str]) -> str:
    lines = [f"title = {json.dumps(title, ensure_ascii=False)}"]
    if public_answers:
        lines += [
            "# Questions whose public cases may hold the answer, for students to read.",
            f"public_answers = {json.dumps(list(public_answers))}",
        ]
    if names := list(data):
        lines += [
            "",
            "# Files that students get beside the notebook, from assignments/.",
            "[data]",
            f"files = {json.dumps(names)}",
        ]
    return "\n".join(lines) + "\n"
