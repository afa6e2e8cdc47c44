"""Answers that plainly hold numbers without being any: texts, dictionaries by place, a set of one.

Only what stands in a variable is read like that. What a function returns has the type that it has.
"""

import json
import re
from collections.abc import Mapping
from itertools import product
from math import prod
from typing import Any, NoReturn

from autograder.model import Numbers, Observation, Structure, Text

_LONGEST = 300
# Answers are rows and tables; each further side is a list within a list.
_MOST_SIDES = 8
_NUMERIC = re.compile(r"[\d\s.,\[\]x*-]+")
_BETWEEN = re.compile(r"(?<=[\d.\]]) ?[x*,] ?(?=[\d\[-])|(?<=[\d.\]]) (?=[\d\[-])")
_ROW = re.compile(r"\s*-?[\d.]+(?:[ ,]+-?[\d.]+)+\s*")
# Signs as other keyboards have them: ASCII's as wide as a Chinese character, and other commas.
_SIGNS = str.maketrans(
    {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    | {ord("\N{IDEOGRAPHIC COMMA}"): ",", ord("\N{ARABIC COMMA}"): ","}
    | {0xFF08: "[", 0xFF09: "]", ord("("): "[", ord(")"): "]", ord("\N{MULTIPLICATION SIGN}"): "x"}
)


class _NoNumbers(Exception):
    """It does not hold numbers plainly."""


def read_as_numbers(answer: Observation) -> Observation:
    """The answer as the numbers that it plainly holds, or as it is."""
    if not answer.name.isidentifier():
        return answer
    try:
        if isinstance(answer, Text):
            value = _in_text(answer.whole)
        elif isinstance(answer, Structure):
            value = _in_nest(answer.value)
        else:
            return answer
    except _NoNumbers:
        return answer
    return Numbers(name=answer.name, type_name=answer.type_name, value=value)


def by_label(answer: Observation, labels: Mapping[str, int]) -> Observation:
    """A dictionary whose keys are all labels as a row, each number at its label's place."""
    if not isinstance(answer, Structure) or not isinstance(answer.value, dict):
        return answer
    try:
        pairs = answer.value.get("pairs") or []
        row = {labels[str(key).strip().lower()]: _in_nest(value) for key, value in pairs}
    except (_NoNumbers, KeyError):
        return answer
    if not pairs or len(row) != len(pairs) or sorted(row) != list(range(len(row))):
        return answer
    value = [row[place] for place in sorted(row)]
    return Numbers(name=answer.name, type_name=answer.type_name, value=value)


def _in_text(text: str) -> Any:
    """`(1, 2)`, `1x2`, `[[1 2] [3 4]]` or `1.5` as numbers; raises _NoNumbers."""
    text = text.translate(_SIGNS)
    if len(text) > _LONGEST or not _NUMERIC.fullmatch(text):
        raise _NoNumbers
    text = "".join(str(int(c)) if c.isdecimal() else c for c in text)
    rows = [line for line in text.splitlines() if line.strip()]
    if len(rows) > 1 and all(map(_ROW.fullmatch, rows)):
        text = ",".join(f"[{row.strip()}]" for row in rows)
    listed = _BETWEEN.sub(",", " ".join(text.split()))
    for written in (listed, f"[{listed}]"):
        try:
            return json.loads(written, parse_constant=_refuse)
        except (ValueError, RecursionError):
            continue
    raise _NoNumbers


def _refuse(_: str) -> NoReturn:
    raise _NoNumbers


def _in_nest(nest: Any) -> Any:
    if isinstance(nest, str):
        return _in_text(nest)
    if isinstance(nest, int | float):
        return nest
    if isinstance(nest, list):
        return [_in_nest(item) for item in nest]
    if isinstance(nest, dict):
        ((wrapper, inside),) = nest.items()
        if wrapper == "set" and len(inside) == 1:
            return _in_nest(inside[0])
        if wrapper == "pairs" and len(inside) == 1 and isinstance(inside[0][0], str):
            return _in_nest(inside[0][1])  # a single number with a name
        if wrapper == "pairs" and inside:
            return _by_place({_place(key): _in_nest(value) for key, value in inside})
    raise _NoNumbers


def _place(key: Any) -> tuple[int, ...]:
    """A dictionary's key as a place in a row or a table; raises _NoNumbers."""
    place = key if isinstance(key, list) else [key]
    if not 0 < len(place) <= _MOST_SIDES or any(type(number) is not int for number in place):
        raise _NoNumbers
    return tuple(place)


def _by_place(numbers: Mapping[tuple[int, ...], Any]) -> Any:
    """Numbers that fill a row or a table, whose places are counted from 0 or from 1, as lists."""
    first, last = min(numbers), max(numbers)
    sides = [range(low, high + 1) for low, high in zip(first, last, strict=False)]
    is_whole = (
        {len(place) for place in numbers} == {len(first)}
        and first in ((0,) * len(first), (1,) * len(first))
        # Before their lengths are asked for: Python has none for a range of 2**63.
        and max(last) <= len(numbers)
        and prod(map(len, sides)) == len(numbers)
        and all(place in numbers for place in product(*sides))
    )
    if not is_whole:
        raise _NoNumbers
    rows = [numbers[place] for place in product(*sides)]
    for side in reversed(sides[1:]):
        rows = [rows[i : i + len(side)] for i in range(0, len(rows), len(side))]
    return rows
