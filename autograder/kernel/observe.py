"""A student's variable as plain data.

Runs beside student code, in the kernel or in the student's own notebook; what it gives is not
trusted by anyone.
"""

import contextlib
import sys
import types
from collections.abc import Mapping, Sequence
from typing import Any

from autograder.kernel.containers import (
    NotNumbers,
    gives_once,
    plain_numbers,
    still_to_give,
    type_name_of,
)
from autograder.kernel.figures import figure, is_figure
from autograder.kernel.nests import CannotNest, NestBudget, is_table, nested, table
from autograder.model import (
    GIVES_ONCE,
    NetworkData,
    Numbers,
    Observation,
    Other,
    Structure,
    Text,
    Unanswered,
)
from autograder.observables import NOTHING_TAKEN, InputSignature, Taken

_CUT, _LONGEST = 200, 20_000


def observe(name: str, value: object, takes: Sequence[InputSignature] = ()) -> Observation:
    """The observation of `value`, which as a network `takes` these inputs.

    Never raises: what cannot be read becomes `Other`.
    """
    try:
        return _observe(name, value, takes)
    except Exception as error:  # a student's class may raise anything from any method
        detail = f"reading it raised {type_name_of(error)}"
        return Other(name=name, type_name=type_name_of(value), detail=detail)


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


def _observe(name: str, value: object, takes: Sequence[InputSignature]) -> Observation:
    type_name = type_name_of(value)
    if value is ... or value is None:
        return Unanswered(name=name, type_name=type_name)
    if isinstance(value, str):
        text = str.__str__(value)[: _CUT + _LONGEST]
        return Text(name=name, type_name=type_name, text=text[:_CUT], rest=text[_CUT:])
    if isinstance(value, type):
        return Other(name=name, type_name=value.__name__[:200], is_class=True)
    if gives_once(value):
        return _of_iterator(name, value)
    try:
        if is_table(value):
            return table(name, type_name, value)
        if is_figure(value):
            return figure(name, type_name, value)
    except CannotNest as error:
        return Other(name=name, type_name=type_name, detail=str(error)[:500])
    # A network of a student's may have methods of any name, those of arrays included.
    if not _is_network(value):
        try:
            return Numbers(name=name, type_name=type_name, value=plain_numbers(value))
        except NotNumbers as reason:
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


def _is_network(value: object) -> bool:
    torch: Any = sys.modules.get("torch")
    module = getattr(getattr(torch, "nn", None), "Module", None)
    return module is not None and isinstance(value, module)


def _of_iterator(name: str, value: object) -> Observation:
    type_name = type_name_of(value)
    # One that is empty may have given its values before.
    if items := still_to_give(value):
        with contextlib.suppress(NotNumbers):
            return Numbers(name=name, type_name=type_name, value=plain_numbers(items))
    return Other(name=name, type_name=type_name, detail="" if items else GIVES_ONCE)


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
        return Other(name=name, type_name=type_name_of(value), detail=detail)
    return Structure(name=name, type_name=type_name_of(value), value=nest, detail=detail)
