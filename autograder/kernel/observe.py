"""A student's variable as plain data.

Runs beside student code, in the kernel or in the student's own notebook; what it gives is not
trusted by anyone.
"""

import numbers
import sys
import types
from collections.abc import Mapping, Sequence
from typing import Any

from autograder.kernel.figures import figure, is_figure
from autograder.kernel.nests import TOO_MANY, CannotNest, NestBudget, is_table, nested, table
from autograder.model import (
    NetworkData,
    Numbers,
    Observation,
    Other,
    Structure,
    Text,
    Unanswered,
)
from autograder.observables import NOTHING_TAKEN, InputSignature, Taken

_MOST_NUMBERS = 10_000
_DEEPEST = 8
_CUT, _LONGEST = 200, 20_000


class _NotNumbers(Exception):
    """The value is no number and no nest of numbers; the message names what it holds instead."""


def observe(name: str, value: object, takes: Sequence[InputSignature] = ()) -> Observation:
    """The observation of `value`, which as a network `takes` these inputs.

    Never raises: what cannot be read becomes `Other`.
    """
    try:
        return _observe(name, value, takes)
    except Exception as error:  # a student's class may raise anything from any method
        return Other(name=name, type_name=_kind(value), detail=f"reading it raised {_kind(error)}")


def observed_among(
    name: str, namespace: Mapping[str, Any], takes: Taken = NOTHING_TAKEN
) -> Observation:
    """The observation of a variable of a notebook, whose others show the scale of its images.

    `takes` says what networks take. Never raises, unless the variable is not there.
    """
    seen = observe(name, namespace[name], takes.inputs.get(name, ()))
    if not isinstance(seen, NetworkData) or takes.pixels is None:
        return seen
    from autograder.kernel.shown_images import with_scale

    return with_scale(seen, namespace, takes.pixels, takes.image_sizes)


def _kind(value: object) -> str:
    # Asked of `type` itself: a metaclass can replace `__name__` by something that raises.
    return str(type.__dict__["__name__"].__get__(type(value)))[:200]


def _observe(name: str, value: object, takes: Sequence[InputSignature]) -> Observation:
    type_name = _kind(value)
    if value is ... or value is None:
        return Unanswered(name=name, type_name=type_name)
    if isinstance(value, str):
        text = str.__str__(value)[: _CUT + _LONGEST]
        return Text(name=name, type_name=type_name, text=text[:_CUT], rest=text[_CUT:])
    if isinstance(value, type):
        return Other(name=name, type_name=value.__name__[:200], is_class=True)
    try:
        if is_table(value):
            return table(name, type_name, value)
        if is_figure(value):
            return figure(name, type_name, value)
    except CannotNest as error:
        return Other(name=name, type_name=type_name, detail=str(error)[:500])
    try:
        plain = _plain(value, _Budget(_MOST_NUMBERS), 0)
        return Numbers(name=name, type_name=type_name, value=plain)
    except _NotNumbers as reason:
        is_nest = isinstance(value, (list, tuple)) or hasattr(value, "tolist")
        if is_nest or isinstance(value, (dict, set, frozenset)):
            detail = str(reason)[:500] if is_nest else ""
            return _structure(name, value, detail)
    if (names := _parameters(value)) is not None and "torch" not in sys.modules:
        return Other(name=name, type_name=type_name, parameters=names)
    # Imported late: answers that are numbers must not wait for torch.
    from autograder.kernel.export import observe_network

    seen = observe_network(name, value, takes)
    return seen.model_copy(update={"parameters": names}) if isinstance(seen, Other) else seen


def _parameters(value: object) -> tuple[str, ...] | None:
    """The names of a plain function's parameters, read from its code and from nothing else."""
    if type(value) is not types.FunctionType:
        return None
    code = value.__code__
    count = code.co_argcount + code.co_kwonlyargcount
    return tuple(name[:100] for name in code.co_varnames[:count][:50])


def _structure(name: str, value: object, detail: str) -> Observation:
    try:
        nest = nested(value, NestBudget())
    except CannotNest:
        return Other(name=name, type_name=_kind(value), detail=detail)
    return Structure(name=name, type_name=_kind(value), value=nest, detail=detail)


class _Budget:
    """How many numbers may still be read."""

    def __init__(self, left: int) -> None:
        self.left = left

    def spend(self) -> None:
        """Count one number; raises _NotNumbers when there were too many."""
        self.left -= 1
        if self.left < 0:
            raise _NotNumbers(TOO_MANY)


def _plain(value: Any, budget: _Budget, depth: int) -> Any:
    """Numbers as JSON has them, from numbers, sequences, arrays and tensors nested at will."""
    if depth > _DEEPEST:
        raise _NotNumbers(f"nested more than {_DEEPEST} deep")
    if isinstance(value, numbers.Integral):
        budget.spend()
        # Longer than any answer, and long enough to keep JSON and float64 from overflowing.
        return int(value) if abs(int(value)) < 10**300 else float("inf")
    if isinstance(value, numbers.Real):
        budget.spend()
        return float(value)
    if hasattr(value, "detach") and hasattr(value, "tolist"):  # a tensor, without importing torch
        value = _within(budget, value, int(value.numel())).detach().cpu().tolist()
    elif hasattr(value, "tolist") and hasattr(value, "dtype"):  # an array, a NumPy scalar, a Series
        value = _within(budget, value, int(value.size)).tolist()
    elif hasattr(value, "to_numpy"):  # a data frame
        value = _within(budget, value, int(value.size)).to_numpy().tolist()
    if isinstance(value, (list, tuple, range)):
        if not value:
            budget.spend()  # else lists of empty lists would cost nothing
        return [_plain(item, budget, depth + 1) for item in value]
    if isinstance(value, (int, float)):
        return _plain(value, budget, depth + 1)
    raise _NotNumbers(f"it holds {_in_words(value)}")


def _in_words(value: object) -> str:
    if value is ...:
        return "`...`"
    if value is None:
        return "`None`"
    if isinstance(value, str):
        return f"the text {value[:40]!r}"
    return f"something of type {_kind(value)}"


def _within(budget: _Budget, value: Any, size: int) -> Any:
    if size > budget.left:
        raise _NotNumbers(TOO_MANY)
    return value
