"""Leaves out of a notebook, while it streams by, what nobody reads: outputs, foreign metadata.

A value that is left out is emptied where it stands, so that what is broken stays as broken as it
was and can be mended afterwards. Memory is that of what is kept.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from autograder.errors import SubmissionError

LARGEST = 500_000_000
"""Bytes of a file that is read at all, saved outputs included."""

MOST_VALUES = 1_000_000
"""Values in what is kept of a notebook; a hundred times what a course fills."""

_CHUNK = 1 << 20
_LONGEST_KEY = 1_000_000
# Brackets, colons and commas that are looked at one by one; what is kept or emptied has few.
_MOST_STEPS = 4 * MOST_VALUES
_STRING = rb'"(?:[^"\\]++|\\.)*+"'
_PLAIN = rb'[^"\[\]{}]++|' + _STRING
_FLAT = rb"[\[{](?:" + _PLAIN + rb")*+[\]}]"
# What stands between two brackets, with lists and objects of two levels: most of what outputs are.
_INSIDE = re.compile(
    rb"(?:" + _PLAIN + rb"|[\[{](?:" + _PLAIN + rb"|" + _FLAT + rb")*+[\]}])*+", re.DOTALL
)
_TO_QUOTE = re.compile(rb'(?:[^"\\]++|\\.)*+', re.DOTALL)
_KEY = re.compile(_STRING, re.DOTALL)
_GAP = re.compile(rb'[^"\[\]{}:,]*+')
_CONFLICT = b"<<<<<<<"

# What becomes of a value: kept as it is, emptied, or emptied but for whether something was in it.
_KEEP, _EMPTY, _NOTE = "keep", "empty", "note"
_CELL: dict[str, Any] = {
    **dict.fromkeys(("cell_type", "source", "input", "code", "text", "level", "id"), _KEEP),
    **dict.fromkeys(("execution_count", "prompt_number", "attachments"), _KEEP),
    "metadata": {"tags": _KEEP},
    "outputs": _NOTE,
}
_NOTEBOOK: dict[str, Any] = {
    **dict.fromkeys(("nbformat", "nbformat_minor"), _KEEP),
    "metadata": {
        "kernelspec": {"name": _KEEP, "language": _KEEP},
        "language_info": {"name": _KEEP},
        "otter": {"assignment_name": _KEEP},
    },
    "cells": [_CELL],
    "worksheets": [{"cells": [_CELL]}],
}


def slim(chunks: Iterable[bytes], most_bytes: int) -> bytes:
    """A file without what nobody reads, if it begins as a notebook does; else as it is.

    One with an unfinished merge is no such file: ask `is_merged` before. Raises SubmissionError
    where more than `most_bytes` are left.
    """
    stream = _Slimming(most_bytes)
    for chunk in chunks:
        for start in range(0, len(chunk), _CHUNK):
            stream.feed(chunk[start : start + _CHUNK])
    return stream.ended()


def is_merged(content: bytes) -> bool:
    """Whether git may have left two versions in a file: then no bracket in it can be trusted."""
    return content.startswith(_CONFLICT) or b"\n" + _CONFLICT in content


def check_number_of_values(text: str) -> None:
    """Raise SubmissionError for JSON of more values than MOST_VALUES, before it is parsed."""
    # Separators in strings count as well: whoever has that many has no student's notebook.
    if sum(map(text.count, ",:[{")) > MOST_VALUES:
        raise too_many_values()


def too_many_values() -> SubmissionError:
    """The error for a notebook that only somebody who means harm would make."""
    return SubmissionError(f"the notebook holds more than {MOST_VALUES:,} values")


@dataclass
class _Level:
    """An object or a list on the way to what is kept; `within` says what becomes of its values."""

    within: Any
    value: Any = _KEEP
    awaits_key: bool = True


class _Slimming:
    """The state between two chunks: where in the notebook they meet, and what has been kept."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._kept = bytearray()
        self._rest = b""
        self._levels: list[_Level] = []
        self._steps = 0
        self._verbatim: bool | None = None  # unknown until the first byte that is no space
        self._fate, self._depth, self._in_string, self._found = _KEEP, 0, False, False

    def feed(self, chunk: bytes) -> None:
        """Take the next piece of the file."""
        data, position = self._rest + chunk, 0
        if self._verbatim is None and (start := data.lstrip(b"\xef\xbb\xbf \t\r\n")):
            self._verbatim = start[:1] != b"{" or b"\0" in start[:64]  # UTF-16 is for later
        if self._verbatim or self._verbatim is None:
            self._keep(data)
            self._rest = b""
            return
        while position < len(data):
            self._steps += 1
            inside = self._depth or self._in_string
            reached = (self._inside if inside else self._between)(data, position)
            if reached == position:
                break
            position = reached
        self._rest = data[position:]
        if self._steps > _MOST_STEPS:
            raise too_many_values()
        if len(self._rest) > _LONGEST_KEY:
            raise SubmissionError("the file is not a notebook: a name in it is longer than a book")

    def ended(self) -> bytes:
        """What was kept of the whole file."""
        if not self._in_string or self._fate == _KEEP:
            self._keep(self._rest)
        return bytes(self._kept)

    def _keep(self, piece: bytes) -> None:
        self._kept += piece
        if len(self._kept) > self._most:
            raise SubmissionError(
                f"the notebook has more than {self._most:,} bytes besides its saved outputs"
            )

    def _between(self, data: bytes, position: int) -> int:
        """Pass the next sign of an object or a list whose parts are told apart."""
        gap = _GAP.match(data, position)
        end = gap.end() if gap else position
        self._keep(data[position:end])
        sign = data[end : end + 1]
        level = self._levels[-1] if self._levels else None
        if sign == b'"' and level and isinstance(level.within, dict) and level.awaits_key:
            return self._key(data, end, level)
        if sign in (b'"', b"{", b"["):
            self._begin(sign, level)
        elif sign in (b"}", b"]"):
            self._keep(sign)
            if self._levels:
                self._levels.pop()
            self._verbatim = not self._levels
            if self._verbatim:
                self._keep(data[end + 1 :])
                return len(data)
        else:
            self._keep(sign)
            if level and sign == b",":
                level.awaits_key = True
        return end + len(sign)

    def _key(self, data: bytes, start: int, level: _Level) -> int:
        key = _KEY.match(data, start)
        if key is None:
            return start
        try:
            name = json.loads(key[0])
        except ValueError:
            name = ""
        level.value, level.awaits_key = level.within.get(name, _EMPTY), False
        self._keep(key[0])
        return key.end()

    def _begin(self, sign: bytes, level: _Level | None) -> None:
        """Begin a value: a level of its own, or one that is kept or emptied as a whole."""
        fate: Any = _NOTEBOOK
        if level is not None:
            fate = level.within[0] if isinstance(level.within, list) else level.value
        self._keep(sign)
        if (sign == b"{" and isinstance(fate, dict)) or (sign == b"[" and isinstance(fate, list)):
            self._levels.append(_Level(fate))
            return
        # A list where an object belongs, or the reverse, is for the reader to judge.
        self._fate = fate if isinstance(fate, str) else _KEEP
        self._depth, self._in_string, self._found = int(sign != b'"'), sign == b'"', False

    def _inside(self, data: bytes, position: int) -> int:
        """Pass what is kept or emptied as a whole, up to the next bracket that matters."""
        match = (_TO_QUOTE if self._in_string else _INSIDE).match(data, position)
        end = match.end() if match else position
        self._pass(data[position:end])
        sign = data[end : end + 1]
        if not sign or (self._in_string and sign == b"\\"):
            return end
        if sign == b'"':
            self._in_string = not self._in_string
        else:
            self._depth += 1 if sign in (b"{", b"[") else -1
        if self._depth or self._in_string:
            self._pass(sign)
        else:
            if self._fate == _NOTE and self._found:
                self._keep(b'"": 0' if sign == b"}" else b"0")
            self._keep(sign)
        return end + 1

    def _pass(self, piece: bytes) -> None:
        if self._fate == _KEEP:
            self._keep(piece)
        elif not self._found:
            self._found = bool(piece.strip())
