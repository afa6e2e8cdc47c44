"""Reads from the annotations of a test's parameters what the test looks at.

    def test_value(pooled_features): ...                           the variable
    def test_mae(error: "mean_absolute_error([0], [1])"): ...      what an expression gives
    def test_net(net: "network(image=f32[3, 32, 32])"): ...        a network with this input
    def test_words(net: "network(tokens=i64[12] < 50)"): ...       whole numbers from 0 to 49
    def test_forest(y: "forest.predict(hidden_x)"): ...            an estimator, on a set's inputs

An annotation that is no text is a type, and the parameter names a variable.
"""

import ast
import builtins
from collections.abc import Collection, Iterable, Mapping
from typing import Any, cast, get_args

from autograder.errors import CourseError
from autograder.observables import (
    Call,
    DType,
    InputSignature,
    Name,
    NetworkSignature,
    Observable,
    names_in,
)
from autograder.syntax import parsed_expression

_DTYPES = get_args(DType)
_LONGEST = 1_000
# What the output of a network is called in its file.
_RESERVED = ("scores",)
_LARGEST = 10_000_000


def observables(
    parameters: Iterable[str],
    annotations: Mapping[str, Any],
    where: str,
    given: Collection[str] = (),
) -> tuple[Observable, ...]:
    """What the parameters of a test look at, without those that are `given` by the grader.

    `where` names test file and test. Raises CourseError, which names the parameter, for an
    annotation that cannot be used.
    """
    return tuple(
        _observable(name, annotations.get(name), f"{where}: the annotation of `{name}`")
        for name in parameters
        if name not in given
    )


def _observable(parameter: str, annotation: object, where: str) -> Observable:
    if not isinstance(annotation, str):
        return Name(parameter, parameter)
    try:
        node = parsed_expression(annotation.strip())
        source = ast.unparse(node)
        names = names_in(source)
    except (SyntaxError, ValueError, RecursionError) as error:
        said = error.msg if isinstance(error, SyntaxError) else str(error)
        raise CourseError(f"{where} is no Python expression: {annotation!r} ({said})") from None
    called = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
    if isinstance(node, ast.Call) and called == "network":
        return NetworkSignature(parameter, _inputs(node, called, f"{where}, {source!r},"))
    if called == "estimator" and set(names) & set(_DTYPES):
        raise CourseError(
            f"{where}, {source!r}, describes the inputs of an estimator, which only networks need: "
            f'call it instead, as in `predicted: "{parameter}.predict(hidden_x)"`'
        )
    if isinstance(node, ast.Name):
        if isinstance(getattr(builtins, node.id, None), type):
            raise CourseError(
                f"{where} is the type {source!r}: leave out the quotation marks, or write an "
                "expression"
            )
        return Name(parameter, node.id)
    if len(source) > _LONGEST:
        raise CourseError(f"{where} is longer than {_LONGEST:,} characters: make it a function")
    if not names:
        raise CourseError(f"{where}, {source!r}, looks at nothing of the student's: it has no name")
    return Call(parameter, source, names)


def inputs_in(text: str, where: str) -> tuple[InputSignature, ...]:
    """The inputs in a text such as `images=f32[3, 32, 32]`, as they are in an annotation.

    Raises CourseError, which begins with `where`, for any other text.
    """
    try:
        node = parsed_expression(f"network({text})")
    except (SyntaxError, ValueError, RecursionError):
        raise CourseError(f"{where} has to name each input, as in `x=f32[6]`") from None
    assert isinstance(node, ast.Call), "it is written as one"
    return _inputs(node, "network", where)


def _inputs(call: ast.Call, kind: str, where: str) -> tuple[InputSignature, ...]:
    if call.args or not call.keywords or any(k.arg is None for k in call.keywords):
        raise CourseError(f"{where} has to name each input, as in `{kind}(x=f32[6])`")
    return tuple(_input(str(k.arg), k.value, where) for k in call.keywords)


def _input(name: str, node: ast.expr, where: str) -> InputSignature:
    below = None
    if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Lt) and len(node.ops) == 1:
        below, node = _whole(node.comparators[0]), node.left
        if below is None:
            raise CourseError(f"{where} has a bound of `{name}` that is no whole number above 0")
    if name in _RESERVED:
        raise CourseError(f"{where} calls an input `{name}`: that is what it gives; rename it")
    dtype, axes = (node.value, node.slice) if isinstance(node, ast.Subscript) else (node, None)
    if not isinstance(dtype, ast.Name) or dtype.id not in _DTYPES:
        raise CourseError(
            f"{where} has an input `{name}` of no known type: write {', '.join(_DTYPES[:-1])} or "
            f"{_DTYPES[-1]} with a shape, as in `{name}=f32[3, 32, 32]`"
        )
    if below is not None and dtype.id.startswith("f"):
        raise CourseError(f"{where} has a bound for `{name}`, which only whole numbers have")
    sizes = _sizes(axes)
    if None in sizes:
        raise CourseError(
            f"{where} has a shape of `{name}` that is not made of whole numbers above 0; the batch "
            "axis is left out"
        )
    shape = tuple(size for size in sizes if size is not None)
    return InputSignature(name, cast(DType, dtype.id), shape, below)


def _sizes(axes: ast.expr | None) -> list[int | None]:
    if axes is None:
        return []
    return [_whole(axis) for axis in (axes.elts if isinstance(axes, ast.Tuple) else [axes])]


def _whole(node: ast.expr) -> int | None:
    """A whole number from 1 on; None for anything else."""
    value = node.value if isinstance(node, ast.Constant) else None
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _LARGEST:
        return None
    return value
