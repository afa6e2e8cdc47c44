"""A forward pass that gives no scores: what stops it, in numbers for one image."""

from collections.abc import Callable

import pytest
from lab import TASK, observe
from torch import Tensor, nn

from autograder import expect
from autograder.expect.verdict import listening
from autograder.model import Feedback, NetworkData


class Net(nn.Module):
    """A convolution and two dense layers around a way that each test writes."""

    def __init__(self, way: Callable[["Net", Tensor], object], numbers: int = 16 * 24 * 24) -> None:
        super().__init__()
        self.conv_1 = nn.Conv2d(1, 16, 5)
        self.conv_2 = nn.Conv2d(1, 8, 3)
        self.l_1 = nn.Linear(numbers, 20)
        self.l_out = nn.Linear(20, 10)
        self.way = way

    def forward(self, x: Tensor) -> object:
        return self.way(self, x)


def said(way: Callable[[Net, Tensor], object], numbers: int = 16 * 24 * 24) -> Feedback:
    seen = observe("net", Net(way, numbers))
    assert isinstance(seen, NetworkData)
    with listening(tasks={"net": TASK}), pytest.raises(expect.Failure) as failure:
        expect.classifier(seen)
    return failure.value.feedback


def test_a_dense_layer_of_another_size() -> None:
    feedback = said(lambda n, x: n.l_out(n.l_1(n.conv_1(x).flatten(1))), 784)
    assert "made for 784 numbers for each image that gets 9,216" in feedback.found
    assert "16x24x24  convolution 5x5, 16 filters" in feedback.detail
    assert feedback.detail.splitlines()[-1].split() == ["9216", "flattened"]


def test_a_flattening_that_is_missing() -> None:
    feedback = said(lambda n, x: n.l_out(n.l_1(n.conv_1(x))))
    assert feedback.found == "a dense layer made for 9,216 numbers that gets a map"
    assert "x.flatten(1)" in feedback.advice


@pytest.mark.parametrize("wanted", [784, 4608])
def test_a_view_of_another_size(wanted: int) -> None:
    feedback = said(lambda n, x: n.l_out(n.l_1(n.conv_1(x).view(-1, wanted))), wanted)
    assert f"into {wanted:,} numbers for each image, which has 9,216 there" in feedback.found
    assert "18432" not in feedback.text


def test_channels_that_do_not_agree() -> None:
    feedback = said(lambda n, x: n.conv_2(n.conv_1(x)))
    assert feedback.found == "a convolution 3x3, 8 filters made for 1 channel that gets 16"


def test_a_view_with_a_fixed_batch() -> None:
    feedback = said(lambda n, x: n.l_out(n.l_1(n.conv_1(x).view(100, 9216))))
    assert feedback.found == "a forward pass that works for batches of 100 only"
    assert "axis 1" in feedback.advice


def missing(net: Net, x: Tensor, name: str) -> object:
    """What a layer gives that the network has not."""
    layer: Callable[[Tensor], object] = getattr(net, name)
    return layer(x)


def test_an_attribute_that_is_not_made() -> None:
    feedback = said(lambda n, x: missing(n, x, "conv1"))
    assert feedback.found == "a forward pass that uses `self.conv1`, which `__init__` does not make"
    assert feedback.advice == "`__init__` makes `self.conv_1`: is it that one?"
    assert "set `self.pooling` in `__init__`" in said(lambda n, x: missing(n, x, "pooling")).advice


def test_a_return_that_is_missing() -> None:
    feedback = said(lambda n, x: None)
    assert feedback.found == "a forward pass that returns nothing"
    assert "is `return` missing" in feedback.advice


def test_any_other_error_keeps_its_words() -> None:
    assert "ZeroDivisionError" in said(lambda n, x: 1 / 0).found
