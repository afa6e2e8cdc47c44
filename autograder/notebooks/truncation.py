"""Reads the whole cells out of JSON that stops in the middle, in one pass."""

import json
import re
from typing import Any

from autograder.errors import SubmissionError

_DECODER = json.JSONDecoder()
_SPACE = re.compile(r"[ \t\r\n]*")
_SHEET = re.compile(r"\s*\[\s*(?=\{)")
_STRING_OR_COMMA = re.compile(r'"(?:[^"\\]++|\\.)*+"|,(?=\s*+[\]}])', re.DOTALL)
_MOST_CELLS = 100_000
_LONGEST_LITERAL = len("-Infinity") + 1


class _Stopped(Exception):
    """The text cannot be read on from here; `at_end` if that is because it is cut off."""

    def __init__(self, at_end: bool, position: int) -> None:
        super().__init__()
        self.at_end, self.position = at_end, position


def without_trailing_commas(text: str) -> str:
    """The text without commas before a closing bracket, strings untouched."""
    return _STRING_OR_COMMA.sub(lambda part: "" if part[0] == "," else part[0], text)


def first_object(text: str) -> Any | None:
    """The JSON value at the beginning of a text that goes on behind it; None without one."""
    try:
        return _DECODER.raw_decode(text)[0]
    except (ValueError, RecursionError):
        return None


def salvaged(text: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The notebook up to the place where its JSON was cut off, and a sentence about the cut.

    The last cell counts if its source is whole. Raises SubmissionError where no cell is left, and
    for JSON that is broken but not cut off: nobody knows what should stand there.
    """
    cells: list[Any] = []
    parts, stopped = _top(text, cells)
    if not stopped.at_end:
        where = text.count("\n", 0, stopped.position) + 1
        raise SubmissionError(
            f"the file is not a notebook: its JSON is broken in or before line {where}"
        )
    if not cells:
        raise SubmissionError("the file was cut off before the end of its first cell")
    graded = "the cell before the cut was"
    if len(cells) > 1:
        graded = f"the {len(cells):,} cells before the cut were"
    said = f"The file was cut off: {graded} graded; the rest is missing."
    return parts | {"cells": cells}, (said,)


def _top(text: str, cells: list[Any]) -> tuple[dict[str, Any], _Stopped]:
    """The members of the notebook that are whole, and why it could not be read to its end."""
    parts: dict[str, Any] = {}
    position = _skip(text, 0) + 1
    while True:
        try:
            key, position = _key(text, position)
            if key == "worksheets" and (sheet := _SHEET.match(text, position)):
                position = sheet.end() + 1
                continue
            if key == "cells" and text[position : position + 1] == "[":
                position = _cells(text, position + 1, cells)
            else:
                parts[key], position = _value(text, position)
            position = _after(text, position, "}")
        except _Stopped as stopped:
            return parts, stopped
        if (
            text[position - 1] == "}"
        ):  # the sheet of format 3 has ended, and what is behind it lacks
            return parts, _Stopped(True, position)


def _cells(text: str, position: int, cells: list[Any]) -> int:
    """Read cells from behind the opening bracket; the place behind the closing one."""
    if text[_skip(text, position) : _skip(text, position) + 1] == "]":
        return _skip(text, position) + 1
    while len(cells) < _MOST_CELLS:
        position = _skip(text, position)
        try:
            cell, position = _value(text, position)
            cells.append(cell)
        except _Stopped as stopped:
            if stopped.at_end and text[position : position + 1] == "{":
                partial = _members(text, position + 1)
                if _is_usable(partial):
                    cells.append(partial)
            raise
        position = _after(text, position, "]")
        if text[position - 1] == "]":
            return position
    raise SubmissionError(f"the notebook has more than {_MOST_CELLS:,} cells")


def _members(text: str, position: int) -> dict[str, Any]:
    """The whole members of an object that was cut off, from behind its opening brace."""
    found: dict[str, Any] = {}
    try:
        while True:
            key, position = _key(text, position)
            found[key], position = _value(text, position)
            position = _after(text, position, "}")
    except _Stopped:
        return found


def _is_usable(cell: dict[str, Any]) -> bool:
    return "cell_type" in cell and isinstance(cell.get("source", cell.get("input")), str | list)


def _key(text: str, position: int) -> tuple[str, int]:
    position = _skip(text, position)
    key, position = _value(text, position)
    position = _skip(text, position)
    if not isinstance(key, str) or text[position : position + 1] != ":":
        raise _Stopped(position >= len(text), position)
    return key, _skip(text, position + 1)


def _value(text: str, position: int) -> tuple[Any, int]:
    try:
        return _DECODER.raw_decode(text, position)
    except json.JSONDecodeError as error:
        # A string that does not end runs to the end of the text, wherever it began.
        unended = error.msg.startswith("Unterminated string")
        near = error.pos >= len(text) - _LONGEST_LITERAL
        raise _Stopped(unended or near, error.pos) from None
    except (ValueError, RecursionError):  # numbers of thousands of signs, lists in lists in lists
        raise _Stopped(False, position) from None


def _after(text: str, position: int, closing: str) -> int:
    """The place behind a comma or the closing bracket."""
    position = _skip(text, position)
    if text[position : position + 1] not in (",", closing) or position >= len(text):
        raise _Stopped(position >= len(text), position)
    return position + 1


def _skip(text: str, position: int) -> int:
    space = _SPACE.match(text, position)
    return space.end() if space else position
