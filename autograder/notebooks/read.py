"""Reads notebooks of any origin into the one form that is run."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from autograder.errors import SubmissionError
from autograder.notebooks.cells import Cell, ReadNotebook, assignment_name, notebook_of
from autograder.notebooks.colab import adapted
from autograder.notebooks.language import check_language
from autograder.notebooks.mend import Repairs, mended

if TYPE_CHECKING:
    from nbformat import NotebookNode

MOST_CELLS = 10_000


def notebook_that_runs(
    content: bytes, most_bytes: int, most_cells: int = MOST_CELLS, files: Sequence[str] = ()
) -> tuple[ReadNotebook, Repairs]:
    """The notebook in a file as it can be run here, and a sentence for each thing that was mended.

    `files` are the names of the data that lie beside it. Raises SubmissionError, with one sentence,
    for anything that is no notebook and cannot be made one safely.
    """
    notebook, repairs = mended(content, most_bytes, most_cells)
    code = [cell.source for cell in notebook.cells if cell.kind == "code"]
    repairs += check_language(notebook.language, code)
    sources, changes = adapted(code, files)
    new = iter(sources)
    cells = tuple(
        replace(cell, source=next(new) if cell.kind == "code" else cell.source, outputs=())
        for cell in notebook.cells
    )
    return replace(notebook, cells=cells), repairs + changes


def read_notebook(content: bytes, most_bytes: int, most_cells: int = MOST_CELLS) -> ReadNotebook:
    """A whole notebook as it is, nothing mended. Raises SubmissionError for any other file."""
    if len(content) > most_bytes:
        raise SubmissionError(
            f"the notebook has {len(content):,} bytes, more than the {most_bytes:,} allowed"
        )
    notebook = notebook_of(json_of(content), most_cells)
    if not notebook.cells:
        raise SubmissionError("the notebook has no cells")
    return notebook


def json_of(content: bytes) -> Any:
    """What a file of JSON holds. Raises SubmissionError if it is empty, cut off or no JSON."""
    if not content.strip():
        raise SubmissionError("the file is empty")
    try:
        return json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise SubmissionError("the file is not a notebook: it is no text in UTF-8") from None
    except (ValueError, RecursionError) as error:  # ValueError: a number of thousands of signs
        where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise SubmissionError(
            f"the file is not a notebook: it is no complete JSON{where}"
        ) from None


def made_for(content: bytes) -> str | None:
    """The assignment that a notebook was made for; None if unknown. Raises SubmissionError."""
    return assignment_name(json_of(content))


def runnable(notebook: ReadNotebook) -> "NotebookNode":
    """The notebook as nbclient runs it: format 4, an id for each cell, and no outputs."""
    from nbformat import from_dict

    cells = [_as_json(cell, f"cell-{number}") for number, cell in enumerate(notebook.cells, 1)]
    whole = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
    node: NotebookNode = from_dict(whole)
    return node


def _as_json(cell: Cell, name: str) -> dict[str, Any]:
    # Jupyter runs a cell with this tag; nbclient, which runs it here, would leave it out.
    tags = [tag for tag in cell.tags if tag != "skip-execution"]
    metadata = {"tags": tags} if tags else {}
    made = {"cell_type": cell.kind, "id": name, "metadata": metadata, "source": cell.source}
    if cell.kind == "code":
        # What was printed on the student's machine says nothing about this run.
        return made | {"outputs": [], "execution_count": None}
    return made | ({"attachments": dict(cell.attachments)} if cell.attachments else {})
