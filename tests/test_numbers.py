"""Answers made of numbers, judged without a kernel: containers, hostile values, every mistake.

The questions of assignment 1 are its real ones; the student's side is `observe`, sent through
JSON as a kernel does.
"""

import itertools
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, NoReturn, TypedDict

import numpy as np
import pytest
import torch
from conftest import assignment
from pydantic import TypeAdapter
from torch import nn

from autograder import expect
from autograder.expect.dimensions import output_dimensions
from autograder.expect.numbers import describe, number, numbers
from autograder.expect.verdict import Failure
from autograder.judging.cases import judge
from autograder.kernel.observe import observe
from autograder.kernel.watch import VariableWatcher
from autograder.model import CaseResult, Numbers, Observation, Other, Outcome, QuestionResult
from autograder.networks.in_process import InProcess

RIGHT: dict[str, Any] = {
    "convolved_features": [[8, 20], [14, 25]],
    "pooled_features": 25,
    "output_dim_1": (16, 24, 24),
    "output_dim_2": (24, 30, 30),
    "output_dim_3": (3, 16, 16),
    "output_dim_4": (7, 4, 8),
    "output_dim_5": (112, 256, 256),
}

VARIABLES = {f"q1_1_{i}": name for i, name in enumerate(list(RIGHT)[:2], 1)} | {
    f"q1_2_{i}": f"output_dim_{i}" for i in range(1, 6)
}

_adapter: TypeAdapter[Observation] = TypeAdapter(Observation)


def seen(value: object, name: str = "answer") -> Observation:
    """What the grader sees of a value that a student's kernel holds."""
    return _adapter.validate_json(observe(name, value).model_dump_json())


def judged(answers: dict[str, Any]) -> tuple[QuestionResult, ...]:
    """The questions of assignment 1, judged on these variables."""
    questions = assignment("assignment1").questions
    judgements = judge(
        questions, {n: seen(v, n) for n, v in answers.items()}, {}, Outcome.FINISHED, InProcess()
    )
    assert not any(judgement.flags for judgement in judgements)
    return tuple(judgement.result for judgement in judgements)


def cases(answers: dict[str, Any]) -> Iterator[CaseResult]:
    """All test cases of assignment 1, judged on these variables."""
    return (case for question in judged(answers) for case in question.cases)


# --- containers ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "matrix",
    [
        [[8, 20], [14, 25]],
        ((8.0, 20.0), (14.0, 25.0)),
        [np.array([8, 20]), torch.tensor([14, 25])],
        np.array([[8, 20], [14, 25]], dtype=np.uint8),
        np.array([[8, 20], [14, 25]], dtype=object),
        np.asfortranarray([[8.0, 20.0], [14.0, 25.0]]),
        torch.tensor([[8, 20], [14, 25]], dtype=torch.float16),
        torch.tensor([[8, 20], [14, 25]], dtype=torch.bfloat16),
        nn.Parameter(torch.tensor([[[[8.0, 20.0], [14.0, 25.0]]]])),
        [[torch.tensor(8), np.int64(20)], [Fraction(14), 25]],
        [[8 + 1e-9, 20], [14, 25 - 1e-9]],
    ],
)
def test_any_container_holds_the_convolved_features(matrix: object) -> None:
    expect.convolution(
        seen(matrix),
        image=[[0, 0, 0, 1], [0, 0, 1, 2], [0, 0, 2, 3], [0, 1, 2, 3]],
        kernel=[[0, 0, 2], [0, 1, 2], [0, 2, 3]],
    )


@pytest.mark.parametrize(
    "value",
    [
        25,
        25.0,
        [25],
        [[25]],
        np.float32(25),
        np.array(25),
        torch.tensor(25),
        torch.tensor([[[[25.0]]]], requires_grad=True),
        Fraction(50, 2),
        range(25, 26),
        25 + 0j,
        Decimal(25),
        iter([25]),
    ],
)
def test_any_container_holds_one_number(value: object) -> None:
    assert number(seen(value)) == 25


@pytest.mark.parametrize(
    "value",
    [
        [16, 24, 24],
        np.array([16, 24, 24]),
        torch.zeros(16, 24, 24).shape,
        torch.tensor([16.0, 24.0, 24.0]),
        [[16, 24, 24]],
        [np.int64(16), 24, torch.tensor(24)],
    ],
)
def test_any_container_holds_dimensions(value: object) -> None:
    assert expect.dimensions(seen(value)) == (16, 24, 24)


def test_right_answers_earn_every_point() -> None:
    assert sum(question.score for question in judged(RIGHT)) == 7


# --- hostile and careless values ----------------------------------------------------------------


class RaisesEverywhere:
    """A class whose every look raises."""

    def __getattribute__(self, name: str) -> NoReturn:
        raise RuntimeError(name)


class NamelessMeta(type):
    """A metaclass under which even the name of a class raises."""

    @property
    def __name__(cls) -> NoReturn:  # type: ignore[override]
        raise RuntimeError


class Nameless(metaclass=NamelessMeta):
    """A class without a name that can be asked for."""


class Unspeakable(Exception):
    """An error that raises when it is put into words."""

    def __str__(self) -> NoReturn:
        raise RuntimeError


class RaisesUnspeakable:
    """Raises an error that raises."""

    def __getattr__(self, name: str) -> NoReturn:
        raise Unspeakable


class PretendsToBeSmall:
    """Says that it holds one number and hands out a million."""

    dtype, size = "float64", 1

    def tolist(self) -> list[int]:
        """More than was said."""
        return [0] * 1_000_000


def endless() -> list[Any]:
    """A list that holds itself."""
    loop: list[Any] = []
    loop.append(loop)
    return loop


def nested(depth: int) -> Any:
    """The number 25 in that many lists."""
    value: Any = 25
    for _ in range(depth):
        value = [value]
    return value


HOSTILE = [
    pytest.param(10**400, id="huge_int"),
    pytest.param([10**400, -(10**5000), 1], id="huge_ints"),
    pytest.param(Fraction(10**400, 3), id="huge_fraction"),
    pytest.param(10**299, id="large_int"),
    pytest.param(1e300, id="large_float"),
    pytest.param([[-1e300, 1e300], [1e300, -1e300]], id="large_floats"),
    pytest.param((1e300, 24, 24), id="large_dimension"),
    pytest.param(float("nan"), id="nan"),
    pytest.param([[8, 20], [14, float("-inf")]], id="infinity"),
    pytest.param(25 + 1j, id="complex"),
    pytest.param(np.array([[8, 20], [14, 25]]) * 1j, id="complex_array"),
    pytest.param({"a": 25, "b": 25}, id="dict"),
    pytest.param({16, 24}, id="set"),
    pytest.param(b"25", id="bytes"),
    pytest.param("", id="empty_text"),
    pytest.param("x" * 1_000_000, id="long_text"),
    pytest.param([], id="empty_list"),
    pytest.param([[], []], id="empty_rows"),
    pytest.param(np.zeros((0, 2)), id="empty_array"),
    pytest.param([[[]] * 1000] * 1000, id="many_empty_lists"),
    pytest.param(nested(9), id="deep"),
    pytest.param(nested(5000), id="very_deep"),
    pytest.param(endless(), id="holds_itself"),
    pytest.param(list(range(1_000_000)), id="a_million_numbers"),
    pytest.param(np.zeros(1_000_000), id="a_million_in_an_array"),
    pytest.param(torch.zeros(1000, 1000), id="a_million_in_a_tensor"),
    pytest.param(np.array([[8, 20], [14, None]], dtype=object), id="object_array_with_none"),
    pytest.param(np.array(["8", "20"]), id="array_of_texts"),
    pytest.param(np.ma.masked_array([8, 20], mask=[False, True]), id="masked_array"),
    pytest.param([8, [20, 14], 25], id="ragged"),
    pytest.param([True, "25", None], id="mixed"),
    pytest.param(map(int, "25"), id="map"),
    pytest.param(..., id="ellipsis"),
    pytest.param(None, id="none"),
    pytest.param(int, id="class"),
    pytest.param(Nameless, id="nameless_class"),
    pytest.param(Nameless(), id="nameless"),
    pytest.param(RaisesEverywhere(), id="raises_everywhere"),
    pytest.param(RaisesUnspeakable(), id="raises_unspeakable"),
    pytest.param(PretendsToBeSmall(), id="pretends_to_be_small"),
    pytest.param(torch.zeros(2, 2, device="meta"), id="tensor_without_data"),
    pytest.param(-25, id="negative"),
    pytest.param((16, -24, 24), id="negative_dimension"),
    pytest.param((16, 0, 0), id="no_pixels"),
    pytest.param(False, id="false"),
]


@pytest.mark.parametrize("value", HOSTILE)
def test_no_value_breaks_the_judging_or_earns_a_point(value: object) -> None:
    for case in cases(dict.fromkeys(RIGHT, value)):
        if case.points:
            assert case.status == "failed"
            assert case.message is not None
            assert len(case.message) < 1500


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ([["eight", "20"], [14, 25]], "(it holds the text 'eight')"),
        ([[8, 20], [14, None]], "(it holds `None`)"),
        ([[8, ...], [14, 25]], "(it holds `...`)"),
        (np.zeros((200, 200)), "(more than 10,000 numbers)"),
        (nested(12), "(nested more than 8 deep)"),
        ([[]], "which is empty"),
        (25, "which is a single number"),
        ([8, 20, 14, 25], "which is one row of 4 numbers"),
        ([[8, 20], [14]], "whose rows differ in length"),
        ([[8, 20], [14, float("nan")]], "[[8, 20], [14, nan]]"),
        ({8, 20, 14, 25}, "something of type set"),
        (int, "the class int"),
    ],
)
def test_the_message_says_what_was_found(value: object, says: str) -> None:
    with pytest.raises(Failure) as failure:
        numbers(seen(value), shape=(2, 2))
    assert says in failure.value.feedback.found


@pytest.mark.parametrize(
    "text",
    ["", "()", "[1, 2", "1-2", "1..2", "--1", "007", "NaN", "[" * 250, "1" * 400, "x", "2 x"],
)
def test_a_text_without_plain_numbers_is_a_text(text: str) -> None:
    with pytest.raises(Failure):
        numbers(seen(text), shape=(1,))


@pytest.mark.parametrize(
    "places",
    [
        *({0: 1, 2: 3}, {(0, 0): 1, (1, 1): 2}, {0: 1, (0, 1): 2}, {2: 1, 3: 2}, {True: 1}, {}),
        # Ranges and nests that Python itself refuses.
        *({0: 1, 2**70: 2}, {(0, -(2**70)): 1, (0, 2**70): 2}, {(0,) * 5_000: 1}),
    ],
)
def test_a_dictionary_with_gaps_is_no_row(places: dict[object, int]) -> None:
    with pytest.raises(Failure):
        numbers(seen(places))


def test_a_text_that_a_function_returns_is_no_number() -> None:
    with pytest.raises(Failure):
        number(observe("half(50)", "25"))
    assert number(observe("half", "25"), 25.0) == 25


def test_an_iterator_is_seen_once_and_kept(tmp_path: Path) -> None:
    watcher = VariableWatcher(["steps"], tmp_path)
    namespace = {"steps": map(int, "123")}
    watcher.after_cell(namespace)
    assert list(namespace["steps"]) == [1, 2, 3]
    watcher.after_cell(namespace)
    (file,) = tmp_path.glob("*.json")
    assert json.loads(file.read_text())["value"] == [1, 2, 3]


def test_as_many_numbers_as_the_limit_are_read() -> None:
    assert isinstance(seen(np.zeros((100, 100))), Numbers)
    assert isinstance(seen(np.zeros(10_001)), Other)


# --- dimensions ---------------------------------------------------------------------------------


class Layer(TypedDict):
    """A convolution and its input, as `output_dimensions` takes them."""

    image: tuple[int, int, int]
    filters: int
    kernel: tuple[int, int, int]
    stride: tuple[int, int]
    padding: tuple[int, int]


LAYERS = [
    Layer(
        image=image,
        filters=filters,
        kernel=(image[0], *sides),
        stride=stride,
        padding=padding,
    )
    for image, filters, sides, stride, padding in itertools.product(
        ((1, 28, 28), (3, 8, 16), (10, 7, 7), (11, 5, 12)),
        (1, 3, 16),
        ((1, 1), (2, 2), (3, 3), (3, 5)),
        ((1, 1), (2, 2), (1, 3)),
        ((0, 0), (1, 1), (2, 1)),
    )
]


def torch_shape(layer: Layer) -> tuple[int, ...]:
    """What PyTorch makes of it, computed without numbers."""
    image, kernel = layer["image"], layer["kernel"]
    with torch.device("meta"):
        convolution = nn.Conv2d(
            image[0], layer["filters"], kernel[1:], layer["stride"], layer["padding"]
        )
        return tuple(convolution(torch.zeros(image)).shape)


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: " ".join(map(str, layer.values())))
def test_the_shape_that_pytorch_gives_passes_and_no_other(layer: Layer) -> None:
    right = torch_shape(layer)
    output_dimensions(seen(right), **layer)
    for wrong in neighbours(right, layer["image"]):
        with pytest.raises(Failure, match="differ") as failure:
            output_dimensions(seen(wrong), **layer)
        assert failure.value.feedback.advice


def neighbours(right: tuple[int, ...], image: tuple[int, int, int]) -> Iterator[tuple[int, ...]]:
    """Wrong answers near the right one."""
    channels, height, width = right
    candidates = {
        (height, width, channels),
        (channels, width, height),
        (image[0], height, width),
        (1, height, width),
        (channels * image[0], height, width),
        (channels, height + 1, width + 1),
        (channels, height, width + 1),
        (channels + 1, height, width),
        (channels, max(1, height - 1), width),
        image,
    }
    return (candidate for candidate in candidates if candidate != right)


def test_every_mistake_that_fits_is_named() -> None:
    # Without padding counted twice and without the + 1 the sides come out the same.
    with pytest.raises(Failure) as failure:
        output_dimensions(
            seen((112, 255, 255)),
            image=(128, 256, 256),
            filters=112,
            kernel=(128, 3, 3),
            stride=(1, 1),
            padding=(1, 1),
        )
    assert "counted the padding once" in failure.value.feedback.advice
    assert "forgot the + 1" in failure.value.feedback.advice


# --- secrets ------------------------------------------------------------------------------------

WRONG = [
    [[0, 1], [0, 6]],
    [[8, 14], [20, 25]],
    [[8, 18], [12, 23]],
    [[0, 3, 10, 5], [0, 8, 19, 8], [3, 14, 24, 9], [2, 9, 14, 3]],
    [[0, 2], [1, 3]],
    [[2, 3], [2, 3]],
    [1, 2, 3, 4],
    3,
    16.75,
    67,
    6,
    (24, 24, 16),
    (1, 24, 24),
    (24, 24),
    (1, 16, 28, 28),
    (16, 28, 28),
    (24, 32, 32),
    (2, 30, 30),
    (3, 31, 31),
    (3, 15, 15),
    (10, 16, 16),
    (7, 5, 9),
    (7, 8, 4),
    (7, 4.5, 8.5),
    (112, 254, 254),
    (112, 255, 255),
    (128, 256, 256),
    "16x20x20",
]


def spellings(answer: object) -> str:
    """A regular expression for the ways that an answer would look in a message."""
    rows: list[Any] = answer if isinstance(answer, list) else [answer]
    return "|".join(
        r"(?<![\d.])" + r"(\.0)?[^\d.]{1,3}".join(map(str, np.ravel(row))) + r"(\.0)?(?!\.?\d)"
        for row in rows
    )


@pytest.mark.parametrize("wrong", [*HOSTILE, *WRONG])
def test_no_message_gives_the_answer_away(wrong: object) -> None:
    own = {describe(seen(wrong, name)) for name in RIGHT}
    for question in judged(dict.fromkeys(RIGHT, wrong)):
        for case in question.cases:
            if case.status == "failed":
                message = case.message or ""
                for words in own:
                    message = message.replace(words, "")
                assert not re.search(spellings(RIGHT[VARIABLES[question.name]]), message)


def test_the_spellings_are_found() -> None:
    assert re.search(spellings((16, 24, 24)), "it is (16, 24, 24).")
    assert re.search(spellings((16, 24, 24)), "16x24x24")
    assert re.search(spellings([[8, 20], [14, 25]]), "[14.0, 25.0]")
    assert re.search(spellings(25), "It is 25.")
    assert not re.search(spellings(25), "256 or 2.25")


def test_a_name_that_is_missing_gives_nothing_away() -> None:
    for case in cases({}):
        assert case.status == "failed"
        assert "no cell makes it" in (case.message or "")
