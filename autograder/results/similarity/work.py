"""A notebook's own code as numbers that can be compared: tokens and fingerprints of their runs."""

import hashlib
import json
from collections.abc import Iterator, Set
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pygments.token import Comment, Name, Number, String, Text, _TokenType

from autograder.notebooks.cells import cells_of
from autograder.results.python_lexer import LinearPythonLexer

RUN = 16
"""Tokens in a run, whose hash is a fingerprint: two or three lines of code."""

_MOST_CHARACTERS = 200_000
_MULTIPLIER = 0x9E3779B97F4A7C15
_LEXER = LinearPythonLexer(stripnl=False, ensurenl=False)
_SELF = "self"
_IN_TABLES = {",", "[", "]", "-"}
_LEAST_TABLE = 4
_USUAL = 100

Hashes = NDArray[np.uint64]


class Piece(NamedTuple):
    """A token that counts; `line` is counted from 0."""

    text: str
    kind: _TokenType
    line: int
    starts_line: bool


class OwnCode(NamedTuple):
    """What one student wrote.

    `tokens` holds a number a token, `cells` and `lines` say where each stands in `sources`;
    `runs` are the fingerprints and `starts` the first token of each.
    """

    student: str
    sources: tuple[str, ...]
    tokens: Hashes
    cells: NDArray[np.int32]
    lines: NDArray[np.int32]
    runs: Hashes
    starts: NDArray[np.int32]


def code_cells(notebook: str) -> list[str]:
    """The sources of the code cells of a notebook's JSON; none if it is no notebook."""
    try:
        cells = cells_of(json.loads(notebook))
    except (ValueError, RecursionError):
        return []
    return [cell.source.strip() for cell in cells if cell.kind == "code"]


def read_work(student: str, sources: list[str], handed_out: Set[str] = frozenset()) -> OwnCode:
    """The student's own code. Cells as they were handed out are left out, and never read."""
    own, size = [], 0
    for source in sources:
        if source not in handed_out and size + len(source) <= _MOST_CHARACTERS:
            own.append(source)
            size += len(source)
    pieces = [_without_tables(list(_pieces(source))) for source in own]
    chosen = _chosen_names(pieces)
    tokens = [
        np.array([_number(word) for word in _words(cell, chosen)], np.uint64) for cell in pieces
    ]
    lengths = [len(cell) for cell in pieces]
    firsts = np.cumsum([0, *lengths])
    starts = [
        np.arange(first, first + n - RUN + 1) for first, n in zip(firsts, lengths, strict=False)
    ]
    return OwnCode(
        student=student,
        sources=tuple(own),
        tokens=_joined(tokens, np.uint64),
        cells=np.repeat(np.arange(len(own), dtype=np.int32), lengths),
        lines=np.array([piece.line for cell in pieces for piece in cell], np.int32),
        runs=_joined([_fingerprints(cell) for cell in tokens], np.uint64),
        starts=_joined(starts, np.int32),
    )


def _joined(parts: list[NDArray[Any]], dtype: type) -> NDArray[Any]:
    return np.concatenate([*parts, np.empty(0, dtype)]).astype(dtype)


def _fingerprints(tokens: Hashes) -> Hashes:
    """A hash of each run of tokens: a polynomial of them, modulo 2**64."""
    count = max(0, len(tokens) - RUN + 1)
    hashes = np.zeros(count, np.uint64)
    for offset in range(RUN):
        hashes = hashes * np.uint64(_MULTIPLIER) + tokens[offset : offset + count]
    return hashes


def _number(word: str) -> int:
    """The same number for the same word, in every process; only usual words are kept in mind."""
    return _remembered(word) if len(word) <= _USUAL else _hash(word)


@lru_cache(maxsize=50_000)
def _remembered(word: str) -> int:
    return _hash(word)


def _hash(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode("utf-8", "replace"), digest_size=8).digest())


# --- tokens, with names that a student chooses made equal -----------------------------------------


def _pieces(source: str) -> Iterator[Piece]:
    """The tokens of a cell without comments, layout and docstrings; a string is one token."""
    line, starts, in_string = 0, True, False
    for _, kind, text in _LEXER.get_tokens_unprocessed(source):
        is_string = kind in String and kind not in String.Doc
        layout = kind in Text or kind in Comment or kind in String.Doc
        if not layout and not (is_string and in_string):
            yield Piece("''" if is_string else text, kind, line, starts)
            starts = False
        in_string = is_string
        breaks = text.count("\n")
        line += breaks
        starts = starts or bool(breaks and layout)


def _without_tables(pieces: list[Piece]) -> list[Piece]:
    """The tokens with each list of numbers as one: an exercise gives the same ones to all."""
    kept: list[Piece] = []
    table: list[Piece] = []
    for piece in [*pieces, Piece("", Text, 0, False)]:
        if piece.kind in Number or (piece.text in _IN_TABLES and not piece.starts_line):
            table.append(piece)
            continue
        if sum(inside.kind in Number for inside in table) >= _LEAST_TABLE:
            table = [table[0]._replace(text="table", kind=Number)]
        kept += [*table, piece]
        table = []
    return kept[:-1]


def _words(pieces: list[Piece], chosen: Set[str]) -> Iterator[str]:
    """What is compared of each token: names that students choose are all the same."""
    depth = 0
    for index, piece in enumerate(pieces):
        depth += (piece.text in ("(", "[", "{")) - (piece.text in (")", "]", "}"))
        before = pieces[index - 1].text if index else ""
        owner = pieces[index - 2].text if index > 1 else ""
        after = pieces[index + 1].text if index + 1 < len(pieces) else ""
        if piece.kind not in Name:
            yield piece.text
        elif before == ".":
            yield "name" if owner == _SELF else piece.text
        elif after == "=" and depth > 0 and before in ("(", ","):
            yield piece.text  # the name of an argument, which the function decides
        else:
            yield "name" if piece.text in chosen else piece.text


def _chosen_names(cells: list[list[Piece]]) -> Set[str]:
    """The names that the code itself gives: to variables, functions, classes and parameters."""
    chosen: set[str] = set()
    for pieces in cells:
        statement = 0
        depth = 0
        for index, piece in enumerate(pieces):
            depth = max(
                0, depth + (piece.text in ("(", "[", "{")) - (piece.text in (")", "]", "}"))
            )
            if piece.starts_line and depth == 0:
                statement = index
            if piece.text == "=" and depth == 0:
                chosen.update(_names(pieces[statement:index]))
                statement = index + 1
            elif piece.text in ("for", "lambda"):
                chosen.update(_names(_until(pieces, index + 1, ("in", ":"))))
            elif piece.text == "def":
                chosen.update(_names(_until(pieces, index + 1, (":",))))
            elif piece.text in ("as", "class"):
                chosen.update(_names(pieces[index + 1 : index + 2]))
    return chosen - {_SELF}


def _names(pieces: list[Piece]) -> Iterator[str]:
    for index, piece in enumerate(pieces):
        if piece.kind in Name and (index == 0 or pieces[index - 1].text != "."):
            yield piece.text


def _until(pieces: list[Piece], start: int, ends: tuple[str, ...]) -> list[Piece]:
    """The tokens from `start` to one of `ends`, but not many: broken code has no end."""
    for index in range(start, min(start + 40, len(pieces))):
        if pieces[index].text in ends:
            return pieces[start:index]
    return []
