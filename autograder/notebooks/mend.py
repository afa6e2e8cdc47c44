"""Makes a notebook of a file that is none any more: cut off, half merged, zipped, exported."""

import json
from typing import Any

from autograder.errors import SubmissionError
from autograder.notebooks.cells import ReadNotebook, is_notebook, notebook_of
from autograder.notebooks.conflict import has_markers, versions
from autograder.notebooks.container import text_of, unzipped
from autograder.notebooks.script import cells_of_script, is_script
from autograder.notebooks.slim import check_number_of_values, is_merged, slim
from autograder.notebooks.truncation import first_object, salvaged, without_trailing_commas

Repairs = tuple[str, ...]

# How files begin that are handed in by mistake. A merge conflict begins with "<" too.
_MISTAKEN = {
    "%PDF": "it is a PDF; hand in the .ipynb file itself",
    "{\\rtf": "it is a text document (RTF); hand in the .ipynb file itself",
    "```": "it is text with a code block around it; hand in the .ipynb file itself",
    "version https://git-lfs": "it only points to a file in Git LFS; hand in the file itself",
    "<": "it is a web page; download the .ipynb file itself (in Jupyter: File, Download)",
}


def mended(content: bytes, most_bytes: int, most_cells: int) -> tuple[ReadNotebook, Repairs]:
    """A file's notebook and what had to be done for it, each repair a sentence for the student.

    Raises SubmissionError, with the reason, for what cannot be mended safely, and for what has
    more than `most_bytes` besides saved outputs, or more than `most_cells`.
    """
    if not content.strip():
        raise SubmissionError("the file is empty")
    inside, unpacked = unzipped(content, most_bytes)
    text, decoded = text_of(_slim(inside, most_bytes))
    if decoded:  # what leaves outputs out knows UTF-8 alone
        text = _slim(text.encode("utf-8", "replace"), most_bytes).decode("utf-8", "replace")
    check_number_of_values(text)
    notebook, repairs = _notebook(text, unpacked + decoded, most_cells)
    if notebook.cells:
        return notebook, repairs
    if notebook.lost:
        raise SubmissionError("the file is not a notebook: none of its cells can be read")
    raise SubmissionError("the notebook has no cells")


def _slim(content: bytes, most_bytes: int) -> bytes:
    return content if is_merged(content) else slim([content], most_bytes)


def _notebook(text: str, noted: Repairs, most_cells: int) -> tuple[ReadNotebook, Repairs]:
    if (parsed := _parsed(text)) is not None:
        return _from_json(parsed, noted, most_cells)
    for beginning, reason in _MISTAKEN.items():
        if text.startswith(beginning) and not text.startswith("<<<<<<<"):
            raise SubmissionError(f"the file is not a notebook: {reason}")
    if text.startswith(("{", "<<<<<<<")) and has_markers(text):
        return _from_conflict(text, noted, most_cells)
    if text.startswith("{"):
        return _from_broken(text, noted, most_cells)
    if is_script(text):
        notebook = notebook_of({"cells": cells_of_script(text)}, most_cells)
        said = (
            "The file is a Python script, not a notebook; its "
            f"{_count(len(notebook.cells), 'cell')} were run as the cells of one."
        )
        return notebook, (*noted, said)
    raise SubmissionError("the file is not a notebook: it is no JSON")


def _from_broken(text: str, noted: Repairs, most_cells: int) -> tuple[ReadNotebook, Repairs]:
    """The notebook in JSON that is not whole."""
    without = without_trailing_commas(text)
    if without != text and (parsed := _parsed(without)) is not None:
        said = "Stray commas in the file were taken out."
        return _from_json(parsed, (*noted, said), most_cells)
    if is_notebook(parsed := first_object(text)):
        said = "What followed the end of the notebook was left out."
        return _from_json(parsed, (*noted, said), most_cells)
    parsed, cut = salvaged(text)
    return _from_json(parsed, (*noted, *cut), most_cells)


def _from_conflict(text: str, noted: Repairs, most_cells: int) -> tuple[ReadNotebook, Repairs]:
    ours, theirs = (_parsed(version) for version in versions(text))
    if not (is_notebook(ours) and is_notebook(theirs)):
        raise SubmissionError(
            "the file holds an unfinished git merge that leaves no whole notebook; finish the "
            "merge and hand in again"
        )
    kept, repairs = _from_json(ours, noted, most_cells)
    said = (
        "The file held an unfinished git merge; its two versions have the same code, and the "
        "first one was graded."
    )
    if _code(kept) != _code(notebook_of(theirs, most_cells)):
        said = (
            "IMPORTANT: the file held an unfinished git merge whose two versions have different "
            "code. The first one (HEAD, above =======) was graded and the other one left out; if "
            "that is the wrong one, finish the merge and hand in again."
        )
    return kept, (said, *repairs)


def _from_json(parsed: Any, noted: Repairs, most_cells: int) -> tuple[ReadNotebook, Repairs]:
    notebook = notebook_of(parsed, most_cells)
    said = list(noted)
    if notebook.lost:
        entries = "One entry" if notebook.lost == 1 else f"{notebook.lost:,} entries"
        said.append(f"{entries} of the notebook could not be read and did not count.")
    if not notebook.is_of_known_format:
        said.append("The notebook's format is unknown here; it was read as format 4.")
    if notebook.old_format:
        said.append(
            f"The notebook was saved in the old format {notebook.old_format} and was converted."
        )
    if not notebook.is_sound and not said:
        said.append("Parts of the notebook did not keep to its format; all its cells were read.")
    return notebook, tuple(said)


def _parsed(text: str) -> Any | None:
    """The JSON in a text; None where it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):  # ValueError: also a number of thousands of signs
        return None


def _code(notebook: ReadNotebook) -> list[str]:
    return [cell.source for cell in notebook.cells if cell.kind == "code"]


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
