"""What counts as reducing height and width: about half or less, by maxima or a stride."""

import importlib
from typing import Any

import pytest
from lab import TASK, observe
from torch import nn

from autograder import expect
from autograder.model import NetworkData
from autograder.networks.in_process import InProcess
from autograder.networks.network import Network

# Student code, so without type hints.
unusual: Any = importlib.import_module("styles.unusual")


def network(*layers: nn.Module) -> Network:
    """A convolution, these layers and a dense one, as the grader gets to see them."""
    net = nn.Sequential(*layers, nn.Flatten(), nn.LazyLinear(10))
    data = observe("net", net)
    assert isinstance(data, NetworkData), data
    return Network(data, InProcess(), TASK)


def every_second() -> nn.Module:
    module: nn.Module = unusual.Call(lambda x: x[:, :, ::2, ::2])
    return module


REDUCED = {
    "24 to 12": [nn.Conv2d(1, 4, 5), nn.MaxPool2d(2)],
    "28 to 14 with padding": [nn.Conv2d(1, 4, 5, padding=2), nn.MaxPool2d(3, 2, padding=1)],
    "28 to 15": [nn.Conv2d(1, 4, 5, padding=2), nn.MaxPool2d(2, 2, padding=1)],
    "7 to 4": [nn.Conv2d(1, 4, 5, stride=4), nn.MaxPool2d(2, ceil_mode=True)],
    "a stride": [nn.Conv2d(1, 4, 5, stride=2)],
    "a stride for each side": [nn.Conv2d(1, 4, 5, stride=(2, 1)), nn.Conv2d(4, 4, 3, (1, 2))],
    "windows one by one, every second kept": [
        nn.Conv2d(1, 4, 5),
        nn.MaxPool2d(2, 1),
        every_second(),
    ],
}
NOT_REDUCED = {
    "24 to 23": [nn.Conv2d(1, 4, 5), nn.MaxPool2d(2, stride=1)],
    "a border of 12": [nn.Conv2d(1, 4, 5), nn.MaxPool2d(13, stride=1)],
    "a stride that padding makes up for": [nn.Conv2d(1, 4, 5, stride=2, padding=15)],
    "one side alone": [nn.Conv2d(1, 4, 5), nn.MaxPool2d((2, 1))],
}


@pytest.mark.parametrize("layers", REDUCED.values(), ids=REDUCED)
def test_about_half_is_a_reduction(layers: list[nn.Module]) -> None:
    expect.reduced_by_pooling_or_stride(network(*layers))


@pytest.mark.parametrize("layers", NOT_REDUCED.values(), ids=NOT_REDUCED)
def test_less_than_that_is_none(layers: list[nn.Module]) -> None:
    with pytest.raises(expect.Failure, match="height and width"):
        expect.reduced_by_pooling_or_stride(network(*layers))


def test_an_activation_by_a_condition_can_be_followed() -> None:
    by_condition = unusual.Call(lambda x: (x > 0) * x)
    net = network(nn.Conv2d(1, 4, 5), by_condition, nn.MaxPool2d(2))
    expect.classifier(net)
    expect.convolution_before_dense(net)
    assert [step.matters for step in net.graph.steps if step.op == "Conv"] == [True]
