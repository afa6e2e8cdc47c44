"""What a notebook tells about itself, without being read whole: for whom it is, and how far."""

import json
import re
from dataclasses import dataclass

from autograder.notebooks.cells import is_notebook, notebook_of
from autograder.notebooks.slim import check_number_of_values

# A question, as checks and Otter's markers name it. Begun with a letter, it is sought quickly even
# in the pictures that cells hold.
_MARK = re.compile(r"q(?<!\wq)(\d++)(?:_\d++)++\b")
_UNANSWERED = re.compile(r"=[ \t]*+\.\.\.[ \t]*+$", re.MULTILINE)


@dataclass(frozen=True)
class Facts:
    """What a notebook tells about itself; all of it empty for one that is no complete JSON.

    `digest` is that of its bytes. `marks` are the questions that it names, each with the number of
    its assignment. `answered` says that it is no untouched template.
    """

    digest: bytes = b""
    made_for: str | None = None
    marks: frozenset[tuple[str, str]] = frozenset()
    answered: bool = True


def facts_of(digest: bytes, text: bytes) -> Facts:
    """The facts in a notebook's text. Raises SubmissionError for one of too many values."""
    try:
        decoded = text.decode("utf-8-sig")
        check_number_of_values(decoded)
        parsed = json.loads(decoded)
    except (ValueError, RecursionError):
        return Facts(digest)
    if not is_notebook(parsed):
        return Facts(digest)
    notebook = notebook_of(parsed)
    sources = [cell.source for cell in notebook.cells]
    was_run = any(cell.was_run for cell in notebook.cells)
    return Facts(
        digest=digest,
        made_for=notebook.assignment,
        marks=frozenset((m[1], m[0]) for source in sources for m in _MARK.finditer(source)),
        answered=was_run or not any(map(_UNANSWERED.search, sources)),
    )
