"""What any subject asks of an answer or of a function: equal, close, a text, a kind, an exception.

No message names the right answer.
"""

import re
from collections.abc import Mapping, Set
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from autograder.expect.networks import Subject
from autograder.expect.numbers import as_array, describe, plainly, require_answer
from autograder.expect.predictions import Answers, predicted
from autograder.expect.values import Tolerance, difference, shown, value_of
from autograder.expect.verdict import Failure
from autograder.model import (
    Numbers,
    Observation,
    Raised,
    Structure,
    TableData,
    Text,
    Unanswered,
)
from autograder.networks.evaluation_set import EvaluationSet

_EXACT = Tolerance(1e-9, 1e-12)
_WORDS: Mapping[type, str] = {
    bool: "a boolean, `True` or `False`",
    int: "a whole number",
    float: "a number",
    str: "a text",
    list: "a list",
    tuple: "a tuple",
    dict: "a dictionary",
    set: "a set",
    type(None): "`None`",
}


def equal(answer: Observation, right: Any, *, advice: str = "") -> None:
    """The answer is this value: a number, a text, a boolean, None, or a nest of them.

    Lists, tuples and arrays of the same items are equal, and so are 2 and 2.0. `advice` is said to
    whoever has another one.
    """
    _same(answer, right, _EXACT, advice or "compute one small case by hand and compare each step.")


def close(
    answer: Observation,
    right: Any,
    *,
    relative: float = 1e-4,
    absolute: float = 1e-6,
    advice: str = "",
) -> None:
    """The answer is this value, and each number in it is near the right one.

    It may differ by the larger of `absolute` and `relative` times the right number.
    """
    near = Tolerance(relative, absolute)
    _same(answer, right, near, advice or "compute one small case by hand; round at the end only.")


def _same(answer: Observation, right: Any, near: Tolerance, advice: str) -> None:
    wanted = _in_words(right)
    value = value_of(answer, wanted, none_is_right=right is None)
    if said := difference(value, right, near):
        raise Failure(
            expected=f"`{answer.name}` to be {wanted}, as the text asks",
            found=f"{shown(answer, value)}: {said}",
            advice=advice,
            mistake=f"{shown(answer, value)}",
            unquoted="another value" if _is_of_kind(value, right) else "a value of another kind",
        )


def _in_words(right: Any) -> str:
    if isinstance(right, np.ndarray | np.generic):
        right = right.tolist()
    if isinstance(right, int | float) and not isinstance(right, bool):
        return "a number"  # 2.0 is as good as 2
    return next((said for kind, said in _WORDS.items() if isinstance(right, kind)), "a value")


def _is_of_kind(value: Any, right: Any) -> bool:
    if isinstance(right, np.ndarray | list | tuple):
        return isinstance(value, list)
    if isinstance(right, bool | int | float | np.generic):
        return isinstance(value, bool | int | float)
    return isinstance(value, type(right)) or (
        isinstance(right, Mapping | Set) and isinstance(value, Mapping | Set)
    )


def text(
    answer: Observation,
    right: str | None = None,
    *,
    pattern: str | None = None,
    exactly: bool = False,
    advice: str = "",
) -> str:
    """The answer is a text: this one, or one in which the regular `pattern` is found.

    Capital letters and spaces at the ends or between words count only if it has to be `exactly`
    this one. Without both it is any text that is not empty.
    """
    require_answer(answer, "a text")
    if not isinstance(answer, Text):
        raise Failure(
            expected=f"`{answer.name}` to be a text",
            found=describe(answer),
            advice="put a text in quotation marks, or turn a value into one with `str(…)`.",
            mistake="something that is no text",
            unquoted="something that is no text",
        )
    said = answer.whole
    is_right = bool(said.strip())
    if right is not None:
        is_right = said == right if exactly else _folded(said) == _folded(right)
    if pattern is not None:
        is_right = is_right and re.search(pattern, said, re.IGNORECASE) is not None
    if not is_right:
        raise Failure(
            expected=f"`{answer.name}` to be the text that is asked for",
            found=f"the text {answer.text!r}" if said.strip() else "an empty text",
            advice=advice or _closer(said, right),
            unquoted="another text",
        )
    return said


def _folded(said: str) -> str:
    return " ".join(said.split()).casefold()


def _closer(said: str, right: str | None) -> str:
    if right is not None and _folded(said) == _folded(right):
        return "look at capital letters and spaces: it has to be exactly that text."
    return "read again what the text asks for, letter by letter."


def returns(answer: Observation, kind: type | str) -> None:
    """A call gives something of this kind: a Python type, `"table"`, `"figure"` or `"network"`.

    A float may be a whole number, and a list may be a tuple or an array; an int is no fraction.
    """
    wanted = _WORDS[kind] if isinstance(kind, type) and kind in _WORDS else f"a {kind}"
    if kind is type(None) and isinstance(answer, Unanswered) and answer.type_name == "NoneType":
        return
    require_answer(answer, wanted)
    if not _is_a(answer, kind):
        raise Failure(
            expected=f"`{answer.name}` to be {wanted}",
            found=describe(answer),
            advice="look at the line with `return`: what does it give back?",
            mistake=f"something of type {answer.type_name}",
            unquoted="something of another type",
        )


def _is_a(answer: Observation, kind: type | str) -> bool:
    if isinstance(kind, str):
        return answer.kind == kind
    if kind is str:
        return isinstance(answer, Text)
    if kind is bool:
        return answer.type_name in ("bool", "bool_")
    if isinstance(answer, Numbers) and kind in (int, float):
        whole = isinstance(answer.value, int) or _is_whole(answer.value)
        return not isinstance(answer.value, list) and (kind is float or whole)
    if kind in (list, tuple):
        is_list = isinstance(answer, Numbers | Structure) and isinstance(answer.value, list)
        return is_list and (kind is list or answer.type_name == "tuple")
    wrapper = "pairs" if kind is dict else "set"
    return (
        kind in (dict, set)
        and isinstance(answer, Structure)
        and isinstance(answer.value, dict)
        and wrapper in answer.value
    )


def _is_whole(value: Any) -> bool:
    return isinstance(value, float) and value.is_integer()


def raises(answer: Observation, kind: type[BaseException], *, saying: str = "") -> None:
    """A call raises an exception of this class, whose message holds the words `saying`."""
    wanted = f"`{answer.name}` to raise {kind.__name__}"
    if not isinstance(answer, Raised):
        require_answer(answer, f"an error, {kind.__name__}") if answer.kind == "missing" else None
        raise Failure(
            expected=wanted,
            found="no error" if isinstance(answer, Unanswered) else f"{describe(answer)}, no error",
            advice=f"look at the value first and `raise {kind.__name__}(…)` where it is not "
            "allowed.",
            mistake="no error",
            unquoted="no error",
        )
    if kind.__name__ not in answer.bases:
        raise Failure(
            expected=wanted,
            found=describe(answer),
            advice=f"say which error it is: `raise {kind.__name__}(…)`.",
            mistake=f"{answer.type_name} instead of {kind.__name__}",
            unquoted="another error",
        )
    if saying.casefold() not in answer.message.casefold():
        raise Failure(
            expected=f"{wanted} with a message that says what is wrong",
            found=describe(answer),
            advice="write into the brackets of the error what the text asks for.",
            unquoted="an error with another message",
        )


def shape(answer: Observation, sizes: tuple[int | None, ...]) -> None:
    """The numbers, or the table, are of this shape; None stands for any size."""
    wanted = "numbers of shape (" + ", ".join("any" if n is None else str(n) for n in sizes) + ")"
    if isinstance(answer, TableData):
        found: tuple[int, ...] = (len(answer.rows), len(answer.columns))
        found = found[:1] if answer.is_series else found
    else:
        found = as_array(answer, wanted).shape
    fits = len(found) == len(sizes) and all(
        n in (None, m) for n, m in zip(sizes, found, strict=True)
    )
    if not fits:
        raise Failure(
            expected=f"`{answer.name}` to be {wanted}",
            found=f"shape {found}",
            advice="print the shape after each step: which step gives the first one that surprises "
            "you?",
            unquoted="another shape",
        )


def error(
    answer: Subject,
    right: Answers | ArrayLike,
    *,
    absolute: float | None = None,
    relative: float | None = None,
    advice: str = "",
) -> float:
    """The numbers differ from the right ones by at most so much on average.

    They are what an expression gave, or what a network gives for the inputs of the set `right`.
    `absolute` is the mean of the differences, `relative` that of the differences divided by the
    size of the right numbers. Gives the mean difference.
    """
    found, goal = predicted(
        answer, right if isinstance(right, EvaluationSet) else np.asarray(right, dtype=np.float64)
    )
    gaps = np.abs(found.reshape(-1) - goal.reshape(-1))
    mean = float(gaps.mean())
    share = float((gaps / np.maximum(np.abs(goal.reshape(-1)), 1e-12)).mean())
    too_far = (absolute is not None and mean > absolute, relative is not None and share > relative)
    if any(too_far):
        measured = f"{plainly(_rounded(mean))}" if too_far[0] else f"{share:.1%}"
        most = f"{absolute:g}" if too_far[0] else f"{relative:.1%}"
        raise Failure(
            expected=f"`{answer.name}` to be wrong by at most {most} on average",
            found=f"a mean error of {measured}",
            advice=advice
            or "compare some values with the right ones: are all too large, too "
            "small, or in another unit?",
            mistake="an error that is too large",
            unquoted=f"a mean error of {measured}, at most {most} is asked for",
        )
    return mean


def _rounded(number: float) -> float:
    return float(f"{number:.3g}")
