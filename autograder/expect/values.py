"""From an observation to a plain value, and how a value differs from the right one."""

import math
from collections.abc import Iterable, Mapping, Set
from typing import Any

import numpy as np

from autograder.expect.numbers import describe, in_numbers, require_answer
from autograder.expect.verdict import Failure
from autograder.model import (
    FigureData,
    NetworkData,
    Numbers,
    Observation,
    Other,
    Structure,
    TableData,
    Text,
    Unanswered,
)

_SHOWN = 120


def value_of(answer: Observation, wanted: str, *, none_is_right: bool = False) -> Any:
    """The value as Python has it: numbers, texts, booleans, None, lists, dictionaries and sets.

    A table is a list of its rows. Raises Failure for everything that has no such value.
    """
    if none_is_right and isinstance(answer, Unanswered) and answer.type_name == "NoneType":
        return None
    require_answer(answer, wanted)
    answer = in_numbers(answer)
    if isinstance(answer, Numbers):
        return _with_nan(answer.value)
    if isinstance(answer, Text):
        return answer.whole
    if isinstance(answer, Structure):
        return plain(answer.value)
    if isinstance(answer, TableData):
        return [plain(row[0]) if answer.is_series else plain(row) for row in answer.rows]
    raise Failure(
        expected=f"`{answer.name}` to be {wanted}",
        found=describe(answer),
        advice=_instead_of(answer),
        mistake=f"something of type {answer.type_name}",
        unquoted="something that is no value",
    )


def _instead_of(answer: Observation) -> str:
    if isinstance(answer, Other) and answer.is_class:
        return "this is the class itself: call it to make an object."
    if isinstance(answer, Other) and answer.parameters is not None:
        return "this is the function itself: call it and keep what it returns."
    if isinstance(answer, NetworkData | FigureData):
        return "this is the object itself: the text asks for a value."
    return "use numbers, texts, lists, dictionaries or tables."


def plain(nest: Any) -> Any:
    """A nest of an observation as Python's own values; keys that are lists become tuples."""
    if isinstance(nest, list):
        return [plain(item) for item in nest]
    if isinstance(nest, dict):
        ((wrapper, inside),) = nest.items()
        if wrapper == "float":
            return float(inside)
        if wrapper == "set":
            return {_key(item) for item in inside}
        return {_key(key): plain(value) for key, value in inside}
    return nest


def _key(nest: Any) -> Any:
    """A nest as something that can be in a set: lists are tuples there, and sets are frozen."""
    return _hashable(plain(nest))


def _hashable(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(map(_hashable, value))
    if isinstance(value, set):
        return frozenset(value)
    if isinstance(value, dict):
        return tuple((key, _hashable(item)) for key, item in value.items())
    return value


def _with_nan(value: Any) -> Any:
    # JSON has no NaN and no infinity: such a number arrives as None.
    if isinstance(value, list):
        return [_with_nan(item) for item in value]
    return math.nan if value is None else value


class Tolerance:
    """How far a number may be from the right one: the larger of two shares, one of its size."""

    def __init__(self, relative: float, absolute: float) -> None:
        self.relative, self.absolute = relative, absolute

    def holds(self, found: float, right: float) -> bool:
        """Whether the number is near enough; NaN is only near NaN."""
        if math.isnan(found) or math.isnan(right):
            return math.isnan(found) and math.isnan(right)
        return math.isclose(found, right, rel_tol=self.relative, abs_tol=self.absolute)


def difference(found: Any, right: Any, near: Tolerance) -> str:
    """In which way two values differ, without naming the right one; empty where they are the same.

    A list, a tuple and an array of the same items are the same, and so are 2, 2.0 and True for 1.
    """
    right = _as_python(right)
    if isinstance(right, Mapping):
        return _of_mappings(found, right, near)
    if isinstance(right, Set):
        if not isinstance(found, Set):
            return "it is no set"
        return "" if found == right else _of_counts(found, right, "the set holds other values")
    if isinstance(right, list):
        return _of_lists(found, right, near)
    if isinstance(right, str) or right is None:
        if found == right and isinstance(found, type(right)):
            return ""
        return f"it is {_kind(found)}" if _kind(found) != _kind(right) else "it is another one"
    if isinstance(found, bool | int | float):
        return "" if near.holds(_as_float(found), float(right)) else "it is another number"
    return f"it is {_kind(found)}"


def _as_float(number: float) -> float:
    try:
        return float(number)
    except OverflowError:  # a whole number that no float can hold
        return math.inf


def _of_lists(found: Any, right: list[Any], near: Tolerance) -> str:
    if not isinstance(found, list):
        return f"it is {_kind(found)} and no list"
    if len(found) != len(right):
        return f"it has {_counted(len(found))}, which is not as many as there should be"
    for place, (one, other) in enumerate(zip(found, right, strict=True)):
        if said := difference(one, other, near):
            return f"at place {place}, counted from 0, {said}"
    return ""


def _of_mappings(found: Any, right: Mapping[Any, Any], near: Tolerance) -> str:
    if not isinstance(found, Mapping):
        return f"it is {_kind(found)} and no dictionary"
    if set(found) != set(right):
        return _of_counts(found, right, "it has other keys")
    for key, value in right.items():
        if said := difference(found[key], value, near):
            return f"at the key {key!r} {said}"
    return ""


def _of_counts(found: Iterable[Any], right: Iterable[Any], otherwise: str) -> str:
    count, wanted = len(list(found)), len(list(right))
    if count != wanted:
        return f"it has {_counted(count)}, which is not as many as there should be"
    return otherwise


def _counted(count: int) -> str:
    return "1 value" if count == 1 else f"{count} values"


def _as_python(right: Any) -> Any:
    """What a test says is right, without arrays, tuples and NumPy's numbers."""
    if isinstance(right, np.ndarray | np.generic):
        right = right.tolist()
    if isinstance(right, list | tuple | range):
        return [_as_python(item) for item in right]
    return right


def _kind(value: Any) -> str:
    if value is None:
        return "`None`"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int | float):
        return "a number"
    kinds = ((str, "a text"), (list, "a list"), (Mapping, "a dictionary"), (Set, "a set"))
    return next((said for kind, said in kinds if isinstance(value, kind)), "something else")


def shown(answer: Observation, value: Any) -> str:
    """A value in a few words, such as `the dict {'a': 1}`."""
    said = describe(answer) if isinstance(in_numbers(answer), Numbers) else repr(value)
    if said.startswith("the "):
        return said
    cut = said if len(said) <= _SHOWN else said[: _SHOWN - 1] + "…"
    return f"the {_type_of(answer)} {cut}"


def _type_of(answer: Observation) -> str:
    return {"str": "text"}.get(answer.type_name, answer.type_name)
