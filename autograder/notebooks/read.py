"""Reads notebooks of any origin into the one form that is run."""

import json
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.validator import normalize

from autograder.errors import SubmissionError
from autograder.notebooks.colab import adapted
from autograder.notebooks.language import check_language
from autograder.notebooks.mend import mended


def read_notebook(content: bytes, most_bytes: int, most_cells: int = 10_000) -> NotebookNode:
    """A notebook of format 4 with an id for each cell and without outputs.

    Raises SubmissionError with one sentence for anything that is no notebook.
    """
    if not content.strip():
        raise SubmissionError("the file is empty")
    if len(content) > most_bytes:
        raise SubmissionError(
            f"the notebook has {len(content):,} bytes, more than the {most_bytes:,} allowed"
        )
    try:
        parsed = json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise SubmissionError("the file is not a notebook: it is no text in UTF-8") from None
    except (ValueError, RecursionError) as error:  # ValueError: a number of thousands of digits
        where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise SubmissionError(
            f"the file is not a notebook: it is no complete JSON{where}"
        ) from None
    if not isinstance(parsed, dict) or not ({"cells", "worksheets"} & parsed.keys()):
        raise SubmissionError("the file is JSON but not a notebook: it has no cells")
    _check_number(parsed, most_cells)
    _number_cells(parsed)
    try:
        notebook = nbformat.reads(json.dumps(parsed), as_version=4, capture_validation_error={})
        _, notebook = normalize(nbformat.from_dict(notebook), strip_invalid_metadata=True)
        notebook = _runnable(nbformat.from_dict(notebook))
    except Exception as error:  # nbformat raises many kinds for many defects
        raise SubmissionError(f"the file is not a valid notebook: {error}"[:300]) from error
    return notebook


def mended_notebook(
    content: bytes, most_bytes: int, most_cells: int = 10_000
) -> tuple[NotebookNode, tuple[str, ...]]:
    """The notebook as it can be run here, and a sentence for each thing that was mended for it.

    Raises SubmissionError, as `read_notebook` does, for what cannot be mended safely.
    """
    repairs: tuple[str, ...] = ()
    try:
        notebook = read_notebook(content, most_bytes, most_cells)
    except SubmissionError:
        if len(content) > most_bytes or not content.strip():
            raise
        content, repairs = mended(content, most_bytes)
        # Written anew, it may be longer by the escapes of letters outside ASCII.
        notebook = read_notebook(content, max(most_bytes, len(content)), most_cells)
    if (saved_as := notebook.metadata.get("orig_nbformat")) in (1, 2, 3):
        repairs += (f"The notebook was saved in the old format {saved_as} and was converted.",)
    repairs += check_language(notebook)
    return notebook, repairs + adapted(notebook)


def assignment_name(notebook: NotebookNode) -> str | None:
    """The assignment that the notebook was made for, as Otter Assign noted it; None if unknown."""
    name = notebook.metadata.get("otter", {}).get("assignment_name")
    return name if isinstance(name, str) else None


def _check_number(parsed: dict[str, Any], most_cells: int) -> None:
    """Raise SubmissionError for too many cells, before nbformat takes minutes over them."""
    sheets = parsed.get("worksheets")
    parts = [parsed, *(sheets if isinstance(sheets, list) else [])]
    lists = [part.get("cells") for part in parts if isinstance(part, dict)]
    count = sum(len(cells) for cells in lists if isinstance(cells, list))
    if count > most_cells:
        raise SubmissionError(
            f"the notebook has {count:,} cells, more than the {most_cells:,} allowed"
        )


def _number_cells(parsed: dict[str, Any]) -> None:
    """Give each cell of a notebook of format 4 an id of its own: many have none, or one twice."""
    cells = parsed.get("cells")
    if parsed.get("nbformat") == 4 and isinstance(cells, list):
        parsed["nbformat_minor"] = 5
        for index, cell in enumerate(cells, 1):
            if isinstance(cell, dict):
                cell["id"] = f"cell-{index}"


def _runnable(notebook: NotebookNode) -> NotebookNode:
    for cell in notebook.cells:
        if isinstance(cell.get("source"), list):
            cell.source = "".join(cell.source)
        # Half a surrogate pair is valid in JSON, but no text that could be sent to a kernel.
        cell.source = cell.source.encode("utf-8", "replace").decode("utf-8")
        if cell.cell_type == "code":
            # What was printed on the student's machine says nothing about this run.
            cell.outputs = []
            cell.execution_count = None
    return notebook
