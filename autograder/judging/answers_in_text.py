"""Answers that stand in cells of text, where Python does not read them: a word to the staff."""

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path

from autograder.errors import SubmissionError
from autograder.judging import fingerprint
from autograder.model import Flag, FlagKind, TextLine, Unanswered
from autograder.notebooks.cells import cells_of
from autograder.notebooks.read import json_of
from autograder.running.mishaps import lines_with_answers

_MOST_NAMED = 5
# A line of a notebook that was handed out earlier differs in some words; an answer is another line.
_ALIKE = 0.6


def lines_handed_out(file: Path, names: Collection[str]) -> frozenset[str]:
    """The lines of text in a notebook that look like answers; none where it cannot be read."""
    try:
        cells = cells_of(json_of(file.read_bytes()))
    except (OSError, SubmissionError):
        return frozenset()
    texts = (cell.source for cell in cells if cell.kind != "code")
    return frozenset(line for text in texts for line in lines_with_answers(text, names))


def flag_of_texts(texts: Iterable[TextLine], handed_out: frozenset[str]) -> tuple[Flag, ...]:
    """A flag that names the lines in which answers may stand; none for those handed out."""
    own: dict[int, str] = {}
    for text in texts:
        if text.line not in handed_out and not get_close_matches(text.line, handed_out, 1, _ALIKE):
            own.setdefault(text.cell, text.line)
    if not own:
        return ()
    named = [f"cell {cell} (`{line[:40]}`)" for cell, line in list(own.items())[:_MOST_NAMED]]
    more = f" and {len(own) - len(named)} more" if len(own) > len(named) else ""
    said = f"answers may stand in text, which is not run: {', '.join(named)}{more}"
    return (Flag(kind=FlagKind.TEXT, text=said),)


def unanswered(names: Iterable[str], digests: Mapping[str, str]) -> tuple[str, ...]:
    """The variables that were never set, or that still hold the dots of the template."""
    return tuple(name for name in names if digests.get(name) in (None, _dots(name)))


def _dots(name: str) -> str:
    return fingerprint.of_observation(Unanswered(name=name, type_name="ellipsis"))
