"""Answers made of numbers, in whatever container a student wrote them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.expect.verdict import Failure
from autograder.model import Missing, NetworkData, Numbers, Observation, Other, Text, Unanswered

Matrix = NDArray[np.float64]

_SHOWN = 120


def numbers(answer: Observation, shape: tuple[int, ...]) -> Matrix:
    """The answer as an array of that shape; raises Failure if it is something else."""
    wanted = "numbers in a table of " + " x ".join(map(str, shape))
    found = as_array(answer, wanted)
    # A batch or channel axis of one in front changes nothing about what was computed.
    while found.ndim > len(shape) and found.shape[0] == 1:
        found = found[0]
    if found.shape != shape:
        raise Failure(
            expected=f"`{answer.name}` to hold {wanted}",
            found=f"{describe(answer)}, a table of {_shape_in_words(found.shape)}",
            advice="count how often the kernel fits along each side when nothing is added at the "
            "border, and write one number for each place, row by row.",
        )
    return found


def number(answer: Observation) -> float:
    """The answer as one number, also from a table of 1x1; raises Failure if it is not one."""
    found = as_array(answer, "one number")
    if found.size != 1:
        raise Failure(
            expected=f"`{answer.name}` to be one number",
            found=f"{describe(answer)}, which holds {found.size} numbers",
            advice="a window of 2x2 that moves by 2 fits only once on a map of 2x2: write the one "
            "number that it gives.",
        )
    return float(found.reshape(()))


def as_array(answer: Observation, wanted: str) -> Matrix:
    """The numbers of an answer as float64; raises Failure for everything that has none."""
    _require_answer(answer, wanted)
    if isinstance(answer, Text):
        raise Failure(
            expected=f"`{answer.name}` to be {wanted}",
            found=f"the text {answer.text!r}",
            advice="leave out the quotation marks and separate the numbers by commas: a text only "
            "looks like numbers.",
        )
    if not isinstance(answer, Numbers):
        raise Failure(
            expected=f"`{answer.name}` to be {wanted}",
            found=describe(answer),
            advice="write the numbers in a list, a tuple, an array or a tensor.",
        )
    try:
        found = np.asarray(answer.value, dtype=np.float64)
    except (ValueError, TypeError, OverflowError):
        raise Failure(
            expected=f"`{answer.name}` to be {wanted}",
            found=f"{describe(answer)}, whose rows differ in length",
            advice="give every row the same number of entries.",
        ) from None
    if not np.isfinite(found).all():
        raise Failure(
            expected=f"`{answer.name}` to be {wanted}",
            found=f"{describe(answer)}, which holds a value that is not a finite number",
            advice="look for a division by zero or an empty place in your computation.",
        )
    return found


def _require_answer(answer: Observation, wanted: str) -> None:
    if isinstance(answer, Missing):
        raise Failure(
            expected=f"a variable `{answer.name}` that is {wanted}",
            found=f"no variable called `{answer.name}`",
            advice="check the spelling of the name, and that the cell which sets it runs without "
            "an error from a fresh start (Restart and Run All).",
        )
    if isinstance(answer, Unanswered):
        raise Failure(
            expected=f"`{answer.name}` to be {wanted}",
            found="no answer yet",
            advice=f"replace the `...` behind `{answer.name} =` by your answer.",
        )


def describe(answer: Observation) -> str:
    """The answer in a few words, such as `the tuple (16, 24, 24)`."""
    if isinstance(answer, Numbers):
        return f"the {answer.type_name} {_cut(_written(answer.value, answer.type_name))}"
    if isinstance(answer, Text):
        return f"the text {answer.text!r}"
    if isinstance(answer, NetworkData):
        return f"a network ({answer.type_name})"
    if isinstance(answer, Other) and answer.is_class:
        return f"the class {answer.type_name}"
    return f"something of type {answer.type_name}"


def _written(value: Any, type_name: str) -> str:
    text = str(value)
    if type_name == "tuple" and text.startswith("["):
        return f"({text[1:-1]})"
    return text


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _shape_in_words(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape)) if shape else "a single number"
