"""An accuracy is a network's own: not another's, not its place in a batch, not a table's."""

import importlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from conftest import ROOT, read_images
from lab import TASK, observe
from torch import nn
from torch.nn import functional

from autograder import expect
from autograder.expect.verdict import listening
from autograder.model import NetworkData
from autograder.networks.evaluation_set import EvaluationSet
from autograder.networks.in_process import InProcess
from autograder.networks.network import Network

# Student code, so without type hints.
module: Any = importlib.import_module("styles.module")
unusual: Any = importlib.import_module("styles.unusual")


def network(net: object, name: str = "net") -> Network:
    """The network as the grader gets to see it."""
    data = observe(name, net)
    assert isinstance(data, NetworkData), data
    return Network(data, InProcess(), TASK)


@pytest.fixture(scope="module")
def images() -> EvaluationSet:
    """Real digits that take the part of the hidden ones; not a whole number of batches."""
    pixels, labels = read_images(ROOT / "assignments" / "mnist.npz", "X_valid", "y_valid")
    return EvaluationSet("images", pixels[:900], labels[:900], {"net": 0.4}, unseen=True)


def taught(net: Any, count: int = 1000, epochs: int = 2) -> Any:
    """The network after some epochs on the first images, left in eval mode."""
    torch.manual_seed(5)
    pixels, labels = read_images(ROOT / "assignments" / "mnist.npz", "X_train", "y_train")
    optimiser = torch.optim.Adam(net.parameters(), lr=0.002)
    net.train()
    for _ in range(epochs):
        for start in range(0, count, 50):
            part = slice(start, start + 50)
            optimiser.zero_grad()
            scores = net(torch.from_numpy(pixels[part]))
            functional.cross_entropy(scores, torch.from_numpy(labels[part])).backward()
            optimiser.step()
    return net.eval()


def dense() -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 50), nn.ReLU(), nn.Linear(50, 10))


@pytest.fixture(scope="module")
def convolutional() -> Any:
    return taught(module.Net())


@pytest.fixture(scope="module")
def base() -> Any:
    return taught(dense())


# --- what a network is compared to --------------------------------------------------------------


def test_a_trained_dense_network_is_a_base(
    convolutional: Any, base: Any, images: EvaluationSet
) -> None:
    expect.not_worse(network(convolutional), network(base, "net_ffn"), images, by=0.05)


def test_another_base_than_the_dense_network_costs_nothing_and_is_told(
    convolutional: Any, images: EvaluationSet
) -> None:
    net = network(convolutional)
    pixels = unusual.Call(lambda x: x.flatten(1)[:, 300:310])
    others = {
        "is `net` itself": convolutional,
        "has a convolution": taught(module.Net(), epochs=1),
    }
    for said, base in others.items():
        with listening() as verdict:
            expect.not_worse(net, network(base, "net_ffn"), images, by=0.01)
        assert said in verdict.notes[0]
        assert [flag.text for flag in verdict.flags] == [f"comparison: {verdict.notes[0][:-1]}"]
    with pytest.raises(expect.Failure, match="to be a trained network"):
        expect.not_worse(net, network(pixels, "net_ffn"), images, by=0.01)


def test_an_untrained_network_is_no_base_for_itself(images: EvaluationSet) -> None:
    net = module.Net().eval()
    with pytest.raises(expect.Failure, match="to be a trained network"):
        expect.not_worse(network(net), network(net, "net_ffn"), images, by=0.01)


@pytest.mark.parametrize("trained", [True, False])
def test_an_untrained_base_passes_no_network(
    convolutional: Any, images: EvaluationSet, trained: bool
) -> None:
    net = convolutional if trained else module.Net().eval()
    with pytest.raises(expect.Failure, match="to be a trained network"):
        expect.not_worse(network(net), network(dense(), "net_ffn"), images, by=0.01)


def test_a_worse_network_still_fails(base: Any, images: EvaluationSet) -> None:
    with pytest.raises(expect.Failure, match="about as good as `net_ffn`"):
        expect.not_worse(network(module.Net().eval()), network(base, "net_ffn"), images, by=0.01)


# --- what an image's scores may depend on -------------------------------------------------------


class Wrapped(nn.Module):
    """A network, and something done to its scores."""

    def __init__(self, net: Any, change: Callable[[Any, Any], Any]) -> None:
        super().__init__()
        self.net, self.change = net, change

    def forward(self, x: Any) -> Any:
        return self.change(x, self.net(x))


def by_place(x: Any, scores: Any) -> Any:
    first = (torch.arange(x.shape[0]) == 1).float()
    return scores + 90 * first[:, None] * torch.eye(10)[3]


def by_size(x: Any, scores: Any) -> Any:
    count = torch.ones_like(x[:, 0, 0, 0]).cumsum(0).max()
    return scores * (count - 200)


def by_the_image_before(x: Any, scores: Any) -> Any:
    return scores + torch.roll(scores, 1, 0)


def by_the_brightest(x: Any, scores: Any) -> Any:
    return torch.where(x.flatten(1).sum(1)[:, None].cumsum(0) < 20_000, scores, -scores)


def by_earlier_calls(x: Any, scores: Any) -> Any:
    return scores + torch.randn_like(scores) * 5


@pytest.mark.parametrize(
    "change", [by_place, by_size, by_the_image_before, by_the_brightest, by_earlier_calls]
)
def test_scores_that_depend_on_the_batch_fail(
    convolutional: Any, images: EvaluationSet, change: Callable[[Any, Any], Any]
) -> None:
    net = network(Wrapped(convolutional, change))
    failing = pytest.raises(expect.Failure, match="same scores in any batch")
    with listening() as verdict, failing:
        expect.accuracy(net, images)
    assert any("the order of the batch" in flag.text for flag in verdict.flags)


@pytest.mark.parametrize("lost", [float("nan"), float("inf")])
def test_scores_that_are_no_numbers_are_not_blamed_on_the_batch(
    convolutional: Any, images: EvaluationSet, lost: float
) -> None:
    net = network(Wrapped(convolutional, lambda x, scores: scores * lost))
    with listening() as verdict, pytest.raises(expect.Failure, match="finite scores"):
        expect.accuracy(net, images)
    assert not verdict.flags
    assert not net.changed_by_order(images)


def normalised_by_batch(x: Any, scores: Any) -> Any:
    return (scores - scores.mean(0)) / (scores.std(0) + 1e-5)


def dropped_by_hand(x: Any, scores: Any) -> Any:
    return scores * (torch.rand_like(scores) > 0.1)


HONEST: dict[str, Callable[[Any], Any]] = {
    "plain": lambda net: net,
    "probabilities": lambda net: Wrapped(net, lambda x, s: torch.softmax(s, 1)),
    "logarithms": lambda net: Wrapped(net, lambda x, s: torch.log(torch.softmax(20 * s, 1))),
    "large numbers": lambda net: Wrapped(net, lambda x, s: 1e6 * s + 1e7),
    "dropout that stays on": lambda net: Wrapped(net, lambda x, s: functional.dropout(s, 0.1)),
    "dropout by hand": lambda net: Wrapped(net, dropped_by_hand),
    "statistics of the batch": lambda net: Wrapped(net, normalised_by_batch),
    "double precision": lambda net: Wrapped(net, lambda x, s: s.double() * 3),
}


@pytest.mark.parametrize("change", HONEST.values(), ids=HONEST)
def test_rounding_dropout_and_statistics_are_let_pass(
    convolutional: Any, images: EvaluationSet, change: Callable[[Any], Any]
) -> None:
    with listening() as verdict:
        expect.accuracy(network(change(convolutional)), images)
    assert not [flag for flag in verdict.flags if "batch" in flag.text]


def test_a_fixed_batch_size_is_let_pass(convolutional: Any, images: EvaluationSet) -> None:
    net = unusual.FixedBatch()
    net.load_state_dict(convolutional.state_dict())
    expect.accuracy(
        network(net), replace(images, inputs=images.arrays[0][:101], answers=images.answers[:101])
    )


def place_and_mean(x: Any, scores: Any) -> Any:
    return by_place(x, scores - scores.mean(0))


def place_and_dropout(x: Any, scores: Any) -> Any:
    return by_place(x, functional.dropout(scores, 0.1))


@pytest.mark.parametrize("change", [place_and_mean, place_and_dropout])
def test_what_is_let_pass_hides_no_place(
    convolutional: Any, images: EvaluationSet, change: Callable[[Any, Any], Any]
) -> None:
    with pytest.raises(expect.Failure, match="same scores in any batch"):
        expect.accuracy(network(Wrapped(convolutional, change)), images)


def test_another_network_meets_another_order(convolutional: Any, images: EvaluationSet) -> None:
    one, other = network(convolutional), network(taught(module.Net(), epochs=1))
    orders = [net._order(images, 0) for net in (one, other, network(convolutional))]
    assert np.array_equal(orders[0], orders[2])
    assert not np.array_equal(orders[0], orders[1])
    changed = replace(images, inputs=images.arrays[0][::-1].copy())
    assert not np.array_equal(orders[0], one._order(changed, 0))


# --- what is too good ---------------------------------------------------------------------------


@pytest.mark.parametrize(("unlikely", "flagged"), [(0.3, True), (0.99, False)])
def test_an_unlikely_accuracy_is_flagged(
    convolutional: Any, images: EvaluationSet, unlikely: float, flagged: bool
) -> None:
    with listening() as verdict:
        expect.accuracy(network(convolutional), replace(images, unlikely={"net": unlikely}))
    assert any("better than networks" in flag.text for flag in verdict.flags) is flagged
