"""Makes a notebook of a file that is none any more: cut off, half merged, zipped, exported."""

import json
from typing import Any

from autograder.errors import SubmissionError
from autograder.notebooks.cells import is_sound, rebuilt
from autograder.notebooks.conflict import has_markers, versions
from autograder.notebooks.container import text_of, unzipped
from autograder.notebooks.script import cells_of_script, is_script
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


def mended(content: bytes, most_bytes: int = 30_000_000) -> tuple[bytes, Repairs]:
    """A notebook's bytes and what had to be done for it; a whole notebook comes back as it is.

    Each repair is a sentence for the student. Raises SubmissionError, with the reason, for what
    cannot be mended safely and for what has more than `most_bytes` when unpacked.
    """
    inside, unpacked = unzipped(content, most_bytes)
    text, decoded = text_of(inside)
    noted = unpacked + decoded
    if (parsed := _parsed(text)) is not None:
        if not noted and _has_cells(parsed) and is_sound(parsed):
            return content, ()
        return _written(*_from_json(parsed, noted))
    for beginning, reason in _MISTAKEN.items():
        if text.startswith(beginning) and not text.startswith("<<<<<<<"):
            raise SubmissionError(f"the file is not a notebook: {reason}")
    return _written(*_from_text(text, noted))


def _from_text(text: str, noted: Repairs) -> tuple[dict[str, Any], Repairs]:
    if text.startswith(("{", "<<<<<<<")) and has_markers(text):
        return _from_conflict(text, noted)
    if text.startswith("{"):
        without = without_trailing_commas(text)
        if without != text and (parsed := _parsed(without)) is not None:
            return _from_json(parsed, (*noted, "Stray commas in the file were taken out."))
        if _has_cells(parsed := first_object(text)):
            return _from_json(
                parsed, (*noted, "What followed the end of the notebook was left out.")
            )
        parsed, cut = salvaged(text)
        return _from_json(parsed, (*noted, *cut))
    if is_script(text):
        cells = cells_of_script(text)
        said = (
            f"The file is a Python script, not a notebook; its {_count(len(cells), 'cell')} "
            "were run as the cells of one."
        )
        return rebuilt({"cells": cells})[0], (*noted, said)
    raise SubmissionError("the file is not a notebook: it is no JSON")


def _from_conflict(text: str, noted: Repairs) -> tuple[dict[str, Any], Repairs]:
    ours, theirs = (_parsed(version) for version in versions(text))
    if ours is None or theirs is None or not (_has_cells(ours) and _has_cells(theirs)):
        raise SubmissionError(
            "the file holds an unfinished git merge that leaves no whole notebook; finish the "
            "merge and hand in again"
        )
    kept, repairs = _from_json(ours, noted)
    other, _ = rebuilt(theirs)
    said = (
        "The file held an unfinished git merge; its two versions have the same code, and the "
        "first one was graded."
    )
    if _code(kept) != _code(other):
        said = (
            "IMPORTANT: the file held an unfinished git merge whose two versions have different "
            "code. The first one (HEAD, above =======) was graded and the other one left out; if "
            "that is the wrong one, finish the merge and hand in again."
        )
    return kept, (said, *repairs)


def _from_json(parsed: Any, noted: Repairs) -> tuple[dict[str, Any], Repairs]:
    if not _has_cells(parsed):
        raise SubmissionError("the file is JSON but not a notebook: it has no cells")
    notebook, lost = rebuilt(parsed)
    if not notebook["cells"]:
        raise SubmissionError("the file is not a notebook: none of its cells can be read")
    if not is_sound(parsed) and not noted + lost:
        lost = ("Parts of the notebook did not keep to its format; all its cells were read.",)
    return notebook, noted + lost


def _has_cells(parsed: Any) -> bool:
    return isinstance(parsed, dict) and bool({"cells", "worksheets"} & parsed.keys())


def _parsed(text: str) -> Any | None:
    """The JSON in a text; None where it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):  # ValueError: also a number of thousands of digits
        return None


def _code(notebook: dict[str, Any]) -> list[str]:
    return [cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "code"]


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _written(notebook: dict[str, Any], repairs: Repairs) -> tuple[bytes, Repairs]:
    return json.dumps(notebook).encode(), repairs
