"""Feedback advises only what the work does not already do, and says it once."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from lab import TASK, observe
from torch import nn

from autograder import expect
from autograder.expect.verdict import listening, mishaps
from autograder.judging.wording import advised_once, praise, said_once
from autograder.model import (
    CaseResult,
    CellError,
    Feedback,
    Mishaps,
    NetworkData,
    Observation,
    QuestionResult,
)
from autograder.networks.evaluation_set import EvaluationSet
from autograder.networks.in_process import InProcess
from autograder.networks.network import Network


def said(check: Callable[..., object], *arguments: Any, **settings: Any) -> Feedback:
    with listening(mishaps(), {"net": TASK}), pytest.raises(expect.Failure) as failure:
        check(*arguments, **settings)
    return failure.value.feedback


def answer(value: object, name: str = "x") -> Observation:
    return observe(name, value)


def network(net: nn.Module) -> Network:
    seen = observe("net", net)
    assert isinstance(seen, NetworkData)
    return Network(seen, InProcess(), TASK)


def dense(numbers: int) -> list[nn.Module]:
    return [nn.ReLU(), nn.Flatten(), nn.Linear(numbers, 20), nn.ReLU(), nn.Linear(20, 10)]


@pytest.mark.parametrize("text", ["invalid", "Does not fit!", "passt nicht", "n/a", "ugyldig"])
def test_a_layer_that_does_not_fit_whole_still_has_a_size(text: str) -> None:
    feedback = said(expect.dimensions, answer(text))
    assert "How many places fit along each side?" in feedback.advice
    assert feedback.mistake == "the answer that the layer does not fit"


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("3 channels, 4 rows", "write only the numbers"),
        ("three", "the answer is made of numbers"),
    ],
)
def test_text_for_numbers(text: str, advice: str) -> None:
    assert advice in said(expect.number, answer(text)).advice


def test_the_largest_row_is_no_pooling() -> None:
    feedback = said(
        expect.pooled_convolution, answer([4, 5]), [[1, 2, 0], [3, 4, 1], [0, 1, 2]],
        [[1, 0], [0, 1]], 2,
    )  # fmt: skip
    assert "`max` of nested lists compares rows" in feedback.advice
    assert "all 4 convolved features" in feedback.advice


def test_the_right_padding_with_a_stride_is_called_right() -> None:
    net = nn.Sequential(nn.Conv2d(1, 4, 5, padding=2, stride=2), *dense(4 * 14 * 14))
    advice = said(expect.size_kept_by_padding, network(net)).advice
    assert "the padding is right" in advice
    assert "which padding" not in advice


def test_a_padding_that_is_too_small_is_asked_about() -> None:
    net = nn.Sequential(nn.Conv2d(1, 4, 5, padding=1), *dense(4 * 26 * 26))
    advice = said(expect.size_kept_by_padding, network(net)).advice
    assert "with which padding does a kernel of 5x5 turn 28 into 28?" in advice


def test_dropout_is_shown_in_the_shapes_of_training() -> None:
    net = nn.Sequential(
        nn.Conv2d(1, 4, 5), *dense(4 * 24 * 24)[:-1], nn.Dropout(), nn.Linear(20, 10)
    )
    assert "dropout" in said(expect.dropout_after_convolution, network(net)).detail


@pytest.fixture(scope="module")
def guessing() -> Network:
    return network(nn.Sequential(nn.Conv2d(1, 4, 5), *dense(4 * 24 * 24)))


def images(share: float, net: Network) -> EvaluationSet:
    """Made-up images of which the network recognises that share."""
    pictures = np.random.default_rng(0).random((50, 1, 28, 28), np.float32)
    labels = net.scores(EvaluationSet("images", pictures, np.zeros(50, np.int64), {})).argmax(1)
    labels[: round(50 * (1 - share))] = (labels[: round(50 * (1 - share))] + 1) % 10
    return EvaluationSet("images", pictures, labels, {"net": 0.8})


def test_accuracy_is_said_in_words_without_device_and_second_threshold(guessing: Network) -> None:
    feedback = said(expect.accuracy, guessing, images(0.5, guessing))
    assert feedback.found.startswith("`net` recognises 50 % of 50 images")
    assert "cpu" not in feedback.text
    assert feedback.text.count("80 %") == 1


def test_a_cell_that_stopped_is_why_a_network_guesses(guessing: Network) -> None:
    error = CellError(cell=7, line="train(net)", raised="ValueError: odd", mentions=("net",))
    with listening(Mishaps(errors=(error,))):
        advice = said(expect.accuracy, guessing, images(0.1, guessing)).advice
    assert "cell 7 (`train(net)`) raised ValueError: odd, so `net` was not trained" in advice
    assert "guessing" not in advice


def test_the_number_of_training_images_is_asked_for(guessing: Network) -> None:
    advice = said(expect.accuracy, guessing, images(0.5, guessing), trained_on=10_000).advice
    assert advice.startswith("did it train with all 10,000 images?")


def test_what_was_advised_is_not_advised_again() -> None:
    def case(name: str, found: str) -> CaseResult:
        feedback = Feedback(expected="e", found=found, advice="do it", detail="Shapes:\n 1")
        return CaseResult(name=name, status="failed", points=1, hidden=False, feedback=feedback)

    first, second, third = (
        f for _, f in said_once([case("a", "1"), case("b", "2"), case("c", "1")])
    )
    assert (first.advice, second.advice, second.detail) == ("do it", "", "")
    assert second.found == "2"
    assert third.text == "(as above)"


def test_advice_that_several_questions_need_is_given_once() -> None:
    long = "return only the scores. Keep anything else in an attribute of the network."

    def question(name: str, *advice: str) -> QuestionResult:
        cases = tuple(
            CaseResult(
                name=f"{number}", status="failed", points=1, hidden=False,
                feedback=Feedback(expected=name, found="f", advice=one),
            )
            for number, one in enumerate(advice)
        )  # fmt: skip
        return QuestionResult(name=name, score=0, max_score=len(cases), cases=cases)

    told = advised_once([question("q1", long, long), question("q2", long), question("q3", "short")])
    advice = [[case.feedback.advice for case in q.cases if case.feedback] for q in told]
    assert advice == [[long, long], ["as for q1."], ["short"]]


def test_what_has_passed_teaches_as_well() -> None:
    net = network(
        nn.Sequential(nn.Conv2d(1, 4, 5, padding=2), nn.MaxPool2d(2), *dense(4 * 14 * 14))
    )
    with listening() as verdict:
        expect.convolution_before_dense(net)
        expect.size_kept_by_padding(net)
    assert verdict.notes == [
        "Of its 16,014 parameters 15,880 are weights of dense layers.",
        "Feature maps: 1x28x28, 4x28x28, 4x14x14.",
    ]


def test_full_marks_have_a_warm_line() -> None:
    assert praise(7, 7)
    assert not praise(6.5, 7)
    assert not praise(0, 0)
