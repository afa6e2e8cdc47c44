"""Answers made of numbers, in whatever container a student wrote them."""

from math import prod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autograder.expect.absence import absent
from autograder.expect.readings import read_as_numbers
from autograder.expect.verdict import Failure, Unjudged, flag, note
from autograder.model import (
    GIVES_ONCE,
    FlagKind,
    Missing,
    NetworkData,
    Numbers,
    Observation,
    Other,
    Raised,
    Structure,
    TableData,
    Text,
    Unanswered,
)

Matrix = NDArray[np.float64]

_SHOWN = 120


def numbers(
    answer: Observation,
    shape: tuple[int, ...] | None = None,
    right: ArrayLike | None = None,
    *,
    relative: float = 1e-6,
    absolute: float = 1e-9,
    advice: str = "",
) -> Matrix:
    """The answer as an array of that shape, with the right numbers in it where they are given.

    Each may differ by the larger of `absolute` and `relative` times the right one. `advice` is said
    to whoever has another shape or another number.
    """
    goal = None if right is None else np.asarray(right, dtype=np.float64)
    shape = goal.shape if shape is None and goal is not None else shape
    wanted = "numbers" if shape is None else "numbers in a table of " + " x ".join(map(str, shape))
    found = as_array(answer, wanted)
    if shape is not None:
        found = without_leading_axes(found, len(shape))
    if shape is not None and found.shape != shape:
        same_size = found.size == prod(shape)
        raise Failure(
            expected=f"`{answer.name}` to hold {wanted}",
            found=f"{describe(answer)}, which is {_shape_in_words(found.shape)}",
            mistake=f"an answer which is {_shape_in_words(found.shape)}",
            advice="there are enough numbers; write each row as a list of its own, and the rows in "
            "a list around them."
            if same_size
            else advice
            or "count the rows, and the numbers in each: which is left out, or too many?",
            unquoted="numbers of another shape",
        )
    if goal is not None:
        near = np.isclose(found, goal, rtol=relative, atol=absolute)
        _require_right(answer, int(near.sum()), goal.size, advice)
    return found


def _require_right(answer: Observation, matching: int, count: int, advice: str) -> None:
    if matching == count:
        return
    how_many = f": {matching} of {count} numbers are right" if count > 1 else ""
    raise Failure(
        expected=f"`{answer.name}` to be what the text asks for",
        found=f"{describe(answer)}{how_many}",
        advice=advice or "compute one of them by hand, step by step.",
        mistake=f"{describe(answer)}",
        unquoted=f"other numbers{how_many}" if count > 1 else "another number",
    )


def without_leading_axes(found: Matrix, dimensions: int) -> Matrix:
    """The same numbers without batch or channel axes of one in front, which change nothing."""
    while found.ndim > dimensions and found.shape[0] == 1:
        found = found[0]
    return found


def number(
    answer: Observation,
    right: float | None = None,
    *,
    relative: float = 1e-6,
    absolute: float = 1e-9,
    advice: str = "",
) -> float:
    """The answer as one number, also from a table of 1x1, and the right one where that is given.

    It may differ by the larger of `absolute` and `relative` times the right one. `advice` is said
    to whoever has several or another one.
    """
    found = as_array(answer, "one number")
    if found.size != 1:
        raise Failure(
            expected=f"`{answer.name}` to be one number",
            found=f"{describe(answer)}, which holds {found.size} numbers",
            mistake=f"an answer which holds {found.size} numbers",
            advice=advice or "give the number itself: no list and no table around several.",
            unquoted="no single number",
        )
    value = float(found.reshape(()))
    if right is not None:
        near = bool(np.isclose(value, right, rtol=relative, atol=absolute))
        _require_right(answer, int(near), 1, advice)
    return value


def as_array(answer: Observation, wanted: str) -> Matrix:
    """The numbers of an answer as float64; raises Failure for everything that has none."""
    require_answer(answer, wanted)
    given, answer = answer, read_as_numbers(in_numbers(answer))
    if isinstance(given, Text) and isinstance(answer, Numbers):
        note(
            f"`{answer.name}` is a text, read as the numbers in it. Without quotation marks Python "
            "can compute with them."
        )
    if isinstance(answer, Text):
        if any(c.isdigit() for c in answer.text):
            flag(f"{answer.name} is answered in words: {answer.text!r}", FlagKind.TEXT)
        raise Failure(
            expected=f"`{answer.name}` to be {wanted}",
            found=f"the text {answer.text!r}",
            mistake="a text instead of numbers",
            advice=_instead_of_text(answer.text),
        )
    if isinstance(answer, Other) and answer.detail == GIVES_ONCE and answer.name.isidentifier():
        raise Unjudged(
            f"`{answer.name}` is a {answer.type_name}, whose values can be taken only once "
            "(`tuple(…)` around it keeps them)"
        )
    if not isinstance(answer, Numbers):
        raise Failure(
            expected=f"`{answer.name}` to be {wanted}",
            found=describe(answer),
            mistake="something other than numbers",
            advice="curly brackets make a set: it has no order and holds each number once. Use "
            "round or square ones."
            if answer.type_name == "set"
            else "write nothing but numbers, in a list, a tuple, an array or a tensor.",
        )
    try:
        found = np.asarray(answer.value, dtype=np.float64)
    except (ValueError, TypeError, OverflowError):
        raise Failure(
            expected=f"`{answer.name}` to be {wanted}",
            found=f"{describe(answer)}, whose rows differ in length",
            mistake="an answer whose rows differ in length",
            advice="give every row equally many numbers, and check where the brackets close.",
        ) from None
    if not np.isfinite(found).all():
        raise Failure(
            expected=f"`{answer.name}` to be {wanted}",
            found=f"{describe(answer)}, which holds a value that is not a finite number",
            mistake="an answer which holds a value that is not a finite number",
            advice="look for a division by zero or an empty place in your computation.",
        )
    return found


def _instead_of_text(text: str) -> str:
    if any(c.isdigit() for c in text):
        return "write only the numbers, without words and quotation marks."
    return "the answer is made of numbers: write them without words and quotation marks."


def require_answer(answer: Observation, wanted: str) -> None:
    """Raises Failure for what is no answer: a variable that is not there or was left open.

    So is an expression that needs such a variable, that raised or that gave nothing.
    """
    if isinstance(answer, Missing):
        missing, role = answer.name, f"that holds {wanted}"
        if answer.lacks:
            missing, role = answer.lacks, f"for `{answer.name}`"
        failure = absent(missing, role)
        failure.is_absent = True
        raise failure
    if isinstance(answer, Raised):
        raise Failure(
            expected=f"`{answer.name}` to be {wanted}",
            found=describe(answer),
            advice="call it in a cell of your own: Python then shows the line that stopped.",
            mistake=f"{answer.type_name} was raised",
            unquoted="an error",
        )
    if isinstance(answer, Unanswered) and answer.lacks:
        raise Failure(
            expected=f"`{answer.name}` to be {wanted}",
            found=f"no answer yet in `{answer.lacks}`",
            advice=f"replace the `...` behind `{answer.lacks} =` by your answer.",
            is_absent=True,
        )
    if isinstance(answer, Unanswered) and not answer.name.isidentifier():
        raise Failure(
            expected=f"`{answer.name}` to be {wanted}",
            found="`None`",
            advice="is `return` missing? A function without it gives `None`.",
            unquoted="`None`",
        )
    if isinstance(answer, Unanswered):
        is_none = answer.type_name == "NoneType"
        raise Failure(
            expected=f"`{answer.name}` to be {wanted}",
            found="`None`" if is_none else "no answer yet",
            advice="a call that only does something, such as `print(...)`, gives `None`: assign "
            "the value itself."
            if is_none
            else f"replace the `...` behind `{answer.name} =` by your answer.",
        )


def describe(answer: Observation) -> str:
    """The answer in a few words, such as `the tuple (1, 2, 3)`."""
    answer = in_numbers(answer)
    if isinstance(answer, Numbers):
        return f"the {answer.type_name} {_cut(_written(answer.value, answer.type_name))}"
    if isinstance(answer, Text):
        return f"the text {answer.text!r}"
    if isinstance(answer, NetworkData):
        return f"a network ({answer.type_name})"
    if isinstance(answer, Other) and answer.is_class:
        return f"the class {answer.type_name}"
    if isinstance(answer, Raised):
        said = f": {answer.message}" if answer.message else ""
        return f"the error {answer.type_name}{_cut(said)}"
    if isinstance(answer, TableData):
        return f"a {answer.type_name} of {len(answer.rows)} rows and {len(answer.columns)} columns"
    if isinstance(answer, (Other, Structure)) and answer.detail:
        return f"something of type {answer.type_name} ({_cut(answer.detail)})"
    return f"something of type {answer.type_name}"


def in_numbers(answer: Observation) -> Observation:
    """A table of nothing but numbers as these; anything else as it is."""
    if not isinstance(answer, TableData):
        return answer
    cells = [[_number_in(cell) for cell in row] for row in answer.rows]
    if any(cell is None for row in cells for cell in row):
        return answer
    value = [row[0] for row in cells] if answer.is_series else cells
    return Numbers(name=answer.name, type_name=answer.type_name, value=value)


def _number_in(cell: Any) -> int | float | None:
    if isinstance(cell, dict):
        return float(cell["float"]) if "float" in cell else None
    return cell if isinstance(cell, int | float) else None


def plainly(numbers: ArrayLike) -> str:
    """Finite numbers as text, the same whatever held them: 2 and 2.0, a tuple and a tensor."""
    value = np.asarray(numbers, dtype=np.float64)
    whole = bool((value == np.trunc(value)).all() and (np.abs(value) < 2**53).all())
    return _cut(str((value.astype(np.int64) if whole else value).tolist()))


def _written(value: Any, type_name: str) -> str:
    # JSON has no NaN and no infinity: such a number arrives as None.
    text = str(value).replace("None", "nan")
    if type_name == "tuple" and text.startswith("["):
        return f"({text[1:-1]})"
    return text


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _shape_in_words(shape: tuple[int, ...]) -> str:
    if not shape:
        return "a single number"
    if 0 in shape:
        return "empty"
    if len(shape) == 1:
        return f"one row of {shape[0]} numbers"
    return "a table of " + " x ".join(map(str, shape))
