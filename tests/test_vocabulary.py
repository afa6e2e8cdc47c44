"""The general words of tests, on what is really seen of real values, and what they say."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from autograder import expect
from autograder.errors import CourseError
from autograder.expect.guard import guarded
from autograder.kernel.calls import evaluated
from autograder.kernel.observe import observe
from autograder.model import Observation, Other, TableData
from autograder.running.observations import read_observations


def seen(value: object) -> Observation:
    """What a test is given for a variable that holds the value."""
    return guarded(observe("answer", value))


def called(source: str, **names: Any) -> Observation:
    """What a test is given for an expression."""
    return guarded(evaluated(source, list(names), names, {}))


def refusal(check: Callable[..., Any], *args: Any, **options: Any) -> str:
    """What a word says of an answer that is wrong."""
    with pytest.raises(expect.Failure) as failure:
        check(*args, **options)
    said = failure.value.feedback
    assert said.expected
    assert said.found
    assert said.advice
    return said.text


class Liar(float):
    """A number that claims to be equal to every other."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = float.__hash__


@pytest.mark.parametrize(
    ("value", "right"),
    [
        (3, 3.0),
        (True, True),
        ("Oslo", "Oslo"),
        (None, None),
        ((1, 2.0), [1, 2]),
        (np.array([[1, 2]]), ((1, 2),)),
        ({"a": [1, None], "b": {2, 3}}, {"a": [1, None], "b": {3, 2}}),
        ({(1, 2): "x"}, {(1, 2): "x"}),
        ({frozenset({1, 2}), (1, (2, 3))}, {(1, (2, 3)), frozenset({2, 1})}),
        (["a", "b"], np.array(["a", "b"])),
        ([math.nan, math.inf, "x"], [math.nan, math.inf, "x"]),
        (pd.Series([1, 2]), [1, 2]),
        ("x" * 900, "x" * 900),
    ],
)
def test_equal_values_are_equal_in_any_container(value: object, right: object) -> None:
    expect.equal(seen(value), right)


@pytest.mark.parametrize(
    ("value", "right", "said"),
    [
        (Liar(4), 3, "another number"),
        ("3", 3, "it is a text"),
        ([10**299, "x"], [3, "x"], "at place 0, counted from 0, it is another number"),
        ([1, 2, 3], [1, 2], "3 values, which is not as many"),
        ([1, [2, 4]], [1, [2, 3]], "at place 1, counted from 0, at place 1"),
        ({"a": 1}, {"b": 1}, "other keys"),
        ({"a": 1}, {"a": 2}, "at the key 'a'"),
        ({1, 2}, {1, 3}, "other values"),
        ("x" * 900 + "y", "x" * 900 + "z", "another one"),
        (..., 3, "no answer yet"),
        (print, 3, "something of type"),
        (Liar, 3, "the class Liar"),
    ],
)
def test_what_is_not_equal_is_said_without_the_answer(
    value: object, right: object, said: str
) -> None:
    assert said in refusal(expect.equal, seen(value), right)


def test_near_is_near_enough_for_close_alone() -> None:
    expect.close(seen(0.33333), 1 / 3, relative=1e-3)
    expect.close(seen([0.1 + 0.2, {"a": 1e-9}]), [0.3, {"a": 0}])
    refusal(expect.equal, seen(0.33333), 1 / 3)
    refusal(expect.close, seen(0.35), 1 / 3)
    refusal(expect.close, seen(math.nan), 1 / 3)


def test_texts() -> None:
    assert expect.text(seen("  New\nYork"), "new york") == "  New\nYork"
    expect.text(seen("the mean is 3.5"), pattern=r"3\.5\b")
    expect.text(seen("Oslo"), "Oslo", exactly=True)
    assert "capital letters" in refusal(expect.text, seen("oslo"), "Oslo", exactly=True)
    assert "an empty text" in refusal(expect.text, seen(" "))
    assert "no text" not in refusal(expect.text, seen("Bergen"), "Oslo")
    refusal(expect.text, seen(3))


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (2, int),
        (2.0, int),
        (2, float),
        (True, bool),
        ("a", str),
        ([1], list),
        ((1, "a"), tuple),
        (np.zeros(3), list),
        ({"a": 1}, dict),
        ({1}, set),
        (pd.DataFrame({"a": [1]}), "table"),
        (Figure(), "figure"),
        (None, type(None)),
    ],
)
def test_returns_tells_kinds_apart(value: object, kind: type | str) -> None:
    expect.returns(called("f()", f=lambda: value), kind)
    other = str if kind is not str else int
    if value is not None:
        refusal(expect.returns, called("f()", f=lambda: value), other)


def test_a_fraction_is_no_whole_number_and_nothing_is_no_number() -> None:
    refusal(expect.returns, seen(2.5), int)
    assert "is `return` missing?" in refusal(expect.returns, called("f()", f=lambda: None), int)


def test_raises_takes_classes_below_and_words() -> None:
    class TooSmall(ValueError):
        pass

    def root(x: float) -> float:
        if x < 0:
            raise TooSmall(f"{x} has no root")
        return x

    expect.raises(called("root(-1)", root=root), ValueError)
    expect.raises(called("root(-1)", root=root), ValueError, saying="no root")
    assert "TooSmall" in refusal(expect.raises, called("root(-1)", root=root), KeyError)
    assert "no error" in refusal(expect.raises, called("root(1)", root=root), ValueError)
    refusal(expect.raises, called("root(-1)", root=root), ValueError, saying="negative")
    assert "TooSmall" in refusal(expect.equal, called("root(-1)", root=root), 1)
    assert "no variable `root`" in refusal(
        expect.raises, guarded(evaluated("root(1)", ["root"], {}, {})), ValueError
    )


def test_shapes_of_numbers_and_tables() -> None:
    expect.shape(seen(np.zeros((4, 2))), (4, 2))
    expect.shape(seen(np.zeros((4, 2))), (None, 2))
    expect.shape(seen(pd.DataFrame({"a": ["x", "y"]})), (2, 1))
    expect.shape(seen(pd.Series(["x", "y"])), (2,))
    assert "shape (4, 2)" in refusal(expect.shape, seen(np.zeros((4, 2))), (2, 4))


def test_errors_of_predictions() -> None:
    right = [1.0, 2.0, 4.0]
    assert expect.error(seen([1.1, 2.1, 4.1]), right, absolute=0.11) == pytest.approx(0.1)
    expect.error(seen(np.array([[1.0], [2.0], [4.4]])), right, relative=0.05)
    assert "0.333" in refusal(expect.error, seen([1, 2, 5]), right, absolute=0.3)
    refusal(expect.error, seen([1, 2, 8]), right, relative=0.3)
    assert "2 numbers" in refusal(expect.error, seen([1, 2]), right, absolute=1)


def test_parameters_of_functions() -> None:
    def distance(a: float, b: float, *, squared: bool = False) -> float:
        return a - b

    expect.parameters(seen(distance), ("a", "b", "squared"))
    assert "(a, b, squared)" in refusal(expect.parameters, seen(distance), ("x", "y"))
    assert "begin it with `def answer(x):`" in refusal(expect.parameters, seen(3), ("x",))


PRICES = pd.DataFrame({"city": ["Oslo", "Bergen", "Oslo"], "price": [3.5, None, 2.5]})


def test_tables_by_columns_rows_and_order() -> None:
    answer = seen(PRICES)
    expect.table(answer, ["city"])
    expect.table(answer, {"price": [3.5, None, 2.5]}, index=[0, 1, 2])
    expect.table(answer, {"price": [2.5, 3.5, math.nan]}, ordered=False)
    expect.table(seen(PRICES.groupby("city").mean()), {"price": [None, 3.0]},
                 index=["Bergen", "Oslo"])  # fmt: skip
    expect.table(seen(PRICES["city"]), {"city": ["Oslo", "Bergen", "Oslo"]})
    assert "another order" in refusal(expect.table, answer, {"city": ["Bergen", "Oslo", "Oslo"]})
    assert "the column 'town'" in refusal(expect.table, answer, ["town"])
    assert "3 rows" in refusal(expect.table, answer, {"city": ["Oslo"]})
    assert "row 1" in refusal(expect.table, answer, {"price": [3.5, 1, 2.5]})
    refusal(expect.table, answer, {"price": [3.5, 1, 2.5]}, ordered=False)
    assert "a table" in refusal(expect.table, seen([[1, 2]]), ["a"])


def test_a_table_of_numbers_counts_as_numbers() -> None:
    assert expect.numbers(seen(pd.DataFrame([[1, 2], [3, 4]])), shape=(2, 2)).tolist() == [
        [1, 2],
        [3, 4],
    ]
    assert expect.number(seen(pd.Series([7]))) == 7


def drawn() -> Figure:
    figure = Figure()
    axes = figure.subplots()
    axes.plot([1, 2, 3], [1, 4, 9], label="squares")
    axes.scatter([1, 2], [3, 4])
    axes.bar(["a", "b"], [5, 6])
    axes.set_title("Prices in Oslo")
    axes.set_xlabel("Year")
    axes.legend()
    return figure


def test_figures_by_words_and_data() -> None:
    figure = drawn()
    for answer in (seen(figure), seen(figure.axes[0])):
        expect.figure(answer, title="oslo", x_label=True, legend=["squares"], lines=[[1, 4, 9]])
        expect.figure(answer, points=[[3, 4]], bars=[[5, 6]], lines=1)
        assert "no label at the y axis" in refusal(expect.figure, answer, y_label=True)
        assert "'Prices in Oslo'" in refusal(expect.figure, answer, title="Bergen")
        assert "no line" in refusal(expect.figure, answer, lines=[[1, 2, 3]])
        refusal(expect.figure, answer, lines=2)
        refusal(expect.figure, answer, legend=["cubes"])
    assert "0 plots" in refusal(expect.figure, seen(Figure()), title=True)
    refusal(expect.figure, seen(3), title=True)


@pytest.mark.parametrize(
    ("misuse", "word"),
    [
        (lambda answer: answer == 3, "expect.equal"),
        (lambda answer: answer != 3, "expect.equal"),
        (lambda answer: answer < 3, "expect.number"),
        (lambda answer: len(answer), "expect.shape"),
        (lambda answer: answer[0], "annotation"),
        (lambda answer: list(answer), "expect.numbers"),
        (lambda answer: answer(3), "annotation"),
        (lambda answer: bool(answer), "expect.equal"),
        (lambda answer: answer + 1, "expect.number"),
        (lambda answer: 3 in answer, "expect.equal"),
    ],
)
def test_an_observation_is_not_used_as_the_value(
    misuse: Callable[[Any], object], word: str
) -> None:
    for value in ([1, 2], "text", drawn(), PRICES, ..., print):
        with pytest.raises(CourseError, match="`answer` is what was seen") as error:
            misuse(seen(value))
        assert word in str(error.value)


def test_numbers_may_have_to_be_the_right_ones() -> None:
    assert expect.number(seen(2.0000001), 2) == pytest.approx(2)
    expect.numbers(seen([[1, 2.5]]), right=[1, 2.5])
    expect.numbers(seen((1, 2)), right=np.array([1, 2.01]), absolute=0.1)
    assert expect.numbers(seen([1, 2, 3])).tolist() == [1, 2, 3]
    assert "1 of 2 numbers are right" in refusal(expect.numbers, seen([1, 2]), right=[1, 3])
    assert "step by step" in refusal(expect.number, seen(3), 2)
    assert "mind the unit" in refusal(expect.number, seen(3), 2, advice="mind the unit")
    assert "2 numbers" in refusal(expect.number, seen([1, 2]), 2)


TABLE = {"kind": "table", "name": "answer", "type_name": "Series", "is_series": True,
         "columns": ["a"], "index": [0, 1], "types": ["int64"], "rows": [[1], [2]]}  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"columns": [], "types": [], "rows": [[], []]},
        {"columns": ["a", "b"], "types": ["int64"] * 2, "rows": [[1, 2], [3, 4]]},
        {"index": [0]},
        {"types": []},
        {"rows": [[1], [2, 3]]},
        {"rows": 2},
    ],
)
def test_a_forged_table_that_is_none_is_no_table(tmp_path: Path, change: dict[str, Any]) -> None:
    for content, kind in ((TABLE, TableData), (TABLE | change, Other)):
        (tmp_path / "answer.json").write_text(json.dumps(content))
        answer = read_observations(tmp_path, ["answer"])["answer"]
        assert isinstance(answer, kind)
        with pytest.raises(expect.Failure):
            expect.numbers(guarded(answer), right=[1, 3])
