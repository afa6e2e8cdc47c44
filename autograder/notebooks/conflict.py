"""Finds the two versions in a text that git could not merge."""

import re

from autograder.errors import SubmissionError

_MARKER = re.compile(r"^(<{7}|\|{7}|={7}|>{7})(?: [^\n]*)?\r?$", re.MULTILINE)
_NEXT = {"": "<", "<": "|=", "|": "=", "=": ">", ">": "<"}


def markers(text: str) -> list[re.Match[str]]:
    """The lines that git puts around two versions, if they come in git's order; else none."""
    found = list(_MARKER.finditer(text)) if "<<<<<<<" in text else []
    last = ""
    for marker in found:
        if marker[1][0] not in _NEXT[last]:
            return []
        last = marker[1][0]
    return found if last == ">" else []


def has_markers(text: str) -> bool:
    """Whether a text has conflict markers at the beginning of lines, in order or not."""
    return "<<<<<<<" in text and any(m[1][0] == "<" for m in _MARKER.finditer(text))


def versions(text: str) -> tuple[str, str]:
    """The text with the first version of each conflict, and with the second.

    Raises SubmissionError where the markers are not as git writes them.
    """
    found = markers(text)
    if not found:
        raise SubmissionError("the file holds half of an unfinished git merge")
    first, second = [], []
    side, position = "", 0
    for marker in found:
        part = text[position : marker.start()]
        if side in ("", ">", "<"):
            first.append(part)
        if side in ("", ">", "="):
            second.append(part)
        side, position = marker[1][0], marker.end() + 1
    first.append(text[position:])
    second.append(text[position:])
    return "".join(first), "".join(second)
