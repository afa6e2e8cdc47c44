"""Numbers in whatever container a student keeps them, as plain data.

Runs beside student code; what it gives is not trusted by anyone.
"""

import copy
import dataclasses
import itertools
import numbers
import types
import warnings
from collections.abc import Collection, Mapping, Set
from decimal import Decimal
from typing import Any

from autograder.kernel.nests import TOO_MANY

MOST_NUMBERS = 10_000
"""How many numbers of an answer are read."""

_DEEPEST = 8
# What Python itself makes that gives its values once; files and the like are no answers.
_OF_CONTAINERS: tuple[Any, ...] = ((), [], {}, {}.values(), {}.items(), set(), range(0), "")
_ITERATORS = (
    *(map, zip, filter, enumerate, reversed, types.GeneratorType),
    *(type(iter(container)) for container in _OF_CONTAINERS),
    *(kind for kind in vars(itertools).values() if isinstance(kind, type)),
)


class NotNumbers(Exception):
    """The value is no number and no nest of numbers; the message names what it holds instead."""


class _Budget:
    """How many numbers may still be read."""

    def __init__(self, left: int) -> None:
        self.left = left

    def spend(self) -> None:
        """Count one number; raises NotNumbers when there were too many."""
        self.left -= 1
        if self.left < 0:
            raise NotNumbers(TOO_MANY)


def plain_numbers(value: object) -> Any:
    """Numbers as JSON has them, from numbers, sequences, arrays and tensors nested at will.

    Raises NotNumbers, and whatever a student's class raises.
    """
    return _plain(value, _Budget(MOST_NUMBERS), 0)


def gives_once(value: object) -> bool:
    """Whether it is one of Python's iterators, whose values whoever reads them takes away."""
    return any(type(value) is kind for kind in _ITERATORS)


def still_to_give(value: Any) -> list[Any] | None:
    """What an iterator has left to give, which it keeps; None if that cannot be looked at.

    A generator cannot be copied. Raises whatever a student's code raises.
    """
    try:
        with warnings.catch_warnings():
            # Python deprecates copies of what is in `itertools`, and then it makes none.
            warnings.simplefilter("ignore")
            twin = copy.deepcopy(value)
    except TypeError:
        return None
    return list(itertools.islice(twin, MOST_NUMBERS + 1))


def _plain(value: Any, budget: _Budget, depth: int) -> Any:
    if depth > _DEEPEST:
        raise NotNumbers(f"nested more than {_DEEPEST} deep")
    if isinstance(value, numbers.Integral):
        budget.spend()
        # Longer than any answer, and long enough to keep JSON and float64 from overflowing.
        return int(value) if abs(int(value)) < 10**300 else float("inf")
    if isinstance(value, numbers.Real | Decimal):
        budget.spend()
        return float(value)
    if isinstance(value, complex) and not value.imag:
        return _plain(value.real, budget, depth)
    if getattr(value, "is_number", False) is True:  # an expression of SymPy's
        budget.spend()
        return float(value)
    if hasattr(value, "detach") and hasattr(value, "tolist"):  # a tensor, without importing torch
        value = _within(budget, value, int(value.numel())).detach().cpu().tolist()
    elif hasattr(value, "tolist"):  # an array, a NumPy scalar, a Series, a matrix of SymPy's
        size = value.size if hasattr(value, "dtype") else len(value)
        value = _within(budget, value, int(size)).tolist()
    elif hasattr(value, "to_numpy"):  # a data frame
        value = _within(budget, value, int(value.size)).to_numpy().tolist()
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        # Its fields in their order, as a named tuple has them.
        value = [getattr(value, field.name) for field in dataclasses.fields(value)]
    if _is_row(value):
        if not len(value):
            budget.spend()  # else lists of empty lists would cost nothing
        return [_plain(item, budget, depth + 1) for item in value]
    if isinstance(value, (int, float, complex)):
        return _plain(value, budget, depth + 1)
    raise NotNumbers(f"it holds {_in_words(value)}")


def _is_row(value: object) -> bool:
    """Whether it has items in an order: a list and its likes, the values of a dictionary."""
    if isinstance(value, (list, tuple, range)):
        return True
    unlike = isinstance(value, str | bytes | bytearray | Mapping | Set | type)
    return isinstance(value, Collection) and not unlike and not hasattr(value, "forward")


def _in_words(value: object) -> str:
    if value is ...:
        return "`...`"
    if value is None:
        return "`None`"
    if isinstance(value, str):
        return f"the text {value[:40]!r}"
    return f"something of type {type_name_of(value)}"


def type_name_of(value: object) -> str:
    """The name of its type, cut."""
    # Asked of `type` itself: a metaclass can replace `__name__` by something that raises.
    return str(type.__dict__["__name__"].__get__(type(value)))[:200]


def _within(budget: _Budget, value: Any, size: int) -> Any:
    if size > budget.left:
        raise NotNumbers(TOO_MANY)
    return value
