"""Images that a notebook scales outside of its networks: seen while training, and measured so."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from conftest import ROOT, read_images
from lab import PIXELS, TAKES, TASK, observe
from pydantic import ValidationError
from torch import nn
from torch.nn.modules import module as hooks
from torch.utils.data import DataLoader, Dataset

from autograder import expect
from autograder.expect.verdict import listening
from autograder.kernel import scale
from autograder.kernel.observe import observed_among
from autograder.kernel.shown_images import scale_in
from autograder.model import PLAIN, NetworkData, Scale
from autograder.networks.evaluation_set import EvaluationSet
from autograder.networks.in_process import InProcess
from autograder.networks.network import Network
from autograder.observables import Taken

X, Y = read_images(ROOT / "assignments" / "mnist.npz", "X_train", "y_train")
TEST = read_images(ROOT / "assignments" / "mnist.npz", "X_test", "y_test")
DIGITS, LABELS = torch.from_numpy(X), torch.from_numpy(Y.astype("int64"))

SCALES: dict[str, tuple[Callable[[Any], Any], float, float]] = {
    "plain": (lambda x: x, 1, 0),
    "mean and deviation": (lambda x: (x - 0.1307) / 0.3081, 3.2457, -0.4242),
    "from -1 to 1": (lambda x: (x - 0.5) / 0.5, 2, -1),
    "whole levels": (lambda x: x * 256, 256, 0),
    "turned around": (lambda x: 1 - x, -1, 1),
    "a range of one's own": (lambda x: x / 7 + 3, 1 / 7, 3),
}


@pytest.fixture
def watched() -> Iterator[None]:
    """Training is watched as in a kernel, and no more after the test."""
    original, compile_ = torch.optim.Optimizer.__init__, torch.compile
    scale._found.clear()
    scale.watch_training(PIXELS, {784})
    yield
    torch.optim.Optimizer.__init__ = original  # type: ignore[method-assign]
    torch.compile = compile_
    hooks._global_forward_pre_hooks.clear()


def a_network() -> nn.Module:
    torch.manual_seed(2)
    return nn.Sequential(nn.Conv2d(1, 6, 5, stride=2), nn.ReLU(), nn.Flatten(), nn.Linear(864, 10))


def trained(present: Callable[[Any], Any], count: int = 4000, epochs: int = 2) -> nn.Module:
    net = a_network()
    optimizer = torch.optim.Adam(net.parameters(), lr=0.003)
    for _ in range(epochs):
        for part in torch.randperm(count).split(50):
            optimizer.zero_grad()
            nn.functional.cross_entropy(net(present(DIGITS[part])), LABELS[part]).backward()
            optimizer.step()
    return net


def seen(net: nn.Module) -> NetworkData:
    data = observe("net", net)
    assert isinstance(data, NetworkData)
    return data


@pytest.mark.parametrize("name", SCALES)
@pytest.mark.parametrize("count", [1, 8, 100])
def test_the_scale_of_a_batch(name: str, count: int) -> None:
    present, factor, shift = SCALES[name]
    for start in range(0, 3000, 300):
        found = scale.scale_of(present(DIGITS[start : start + count]), PIXELS)
        assert found is not None
        assert found.factor == pytest.approx(factor, rel=0.025)
        assert found.shift == pytest.approx(shift, abs=1e-3 * abs(factor))


@pytest.mark.parametrize("name", ["plain", "mean and deviation", "from -1 to 1"])
def test_the_scale_of_digits_that_were_blurred(name: str) -> None:
    present, factor, shift = SCALES[name]
    blurred = nn.functional.avg_pool2d(DIGITS[:100], 3, stride=1, padding=1) * 1.2
    found = scale.scale_of(present(blurred), PIXELS)
    assert found is not None
    assert (found.factor, found.shift) == pytest.approx((factor, shift), rel=0.02, abs=0.01)


def test_noise_and_blanks_have_no_scale() -> None:
    torch.manual_seed(0)
    for images in (torch.zeros(5, 784), torch.randn(5, 784), torch.full((5, 784), torch.nan)):
        assert scale.scale_of(images, PIXELS) is None


@pytest.mark.usefixtures("watched")
def test_networks_have_the_scale_that_each_was_trained_on() -> None:
    plain, scaled = trained(SCALES["plain"][0], 200), trained(SCALES["whole levels"][0], 200)
    assert seen(plain).scale == PLAIN
    found = seen(scaled).scale
    assert found is not None
    assert found.factor == pytest.approx(256)
    assert not hooks._global_forward_pre_hooks
    # A copy, such as that of the best epoch, was not seen while it was trained.
    assert seen(a_network()).scale is None


@pytest.mark.usefixtures("watched")
def test_a_network_trained_without_an_optimizer_and_a_copy_of_it() -> None:
    net = a_network()
    for start in range(0, 200, 50):
        scores = net(SCALES["from -1 to 1"][0](DIGITS[start : start + 50]))
        nn.functional.cross_entropy(scores, LABELS[start : start + 50]).backward()
        with torch.no_grad():
            for weights in net.parameters():
                assert weights.grad is not None
                weights.sub_(weights.grad, alpha=0.1)
                weights.grad = None
    found = seen(net).scale
    assert found is not None
    assert (found.factor, found.shift) == pytest.approx((2, -1))
    assert seen(a_network()).scale == found


@pytest.mark.usefixtures("watched")
@pytest.mark.parametrize("name", ["mean and deviation", "turned around", "whole levels"])
def test_accuracy_is_measured_on_that_scale(name: str) -> None:
    present = SCALES[name][0]
    net = trained(present)
    images = EvaluationSet("images", *TEST, {"net": 0.8}, unseen=True)
    network = Network(seen(net), InProcess(), TASK)
    with listening() as verdict:
        expect.accuracy(network, images)
    assert any("scales" in note for note in verdict.notes)
    with torch.no_grad():
        wanted = (net(present(torch.from_numpy(TEST[0]))).argmax(1).numpy() == TEST[1]).mean()
    assert verdict.measured[0].accuracy == pytest.approx(wanted, abs=0.003)


@pytest.mark.parametrize("order", [np.arange(len(TEST[1])), np.argsort(TEST[1], kind="stable")])
def test_where_no_scale_was_seen_the_usual_ones_are_tried(order: Any) -> None:
    net = trained(SCALES["from -1 to 1"][0])
    data = seen(net).model_copy(update={"scale": None})
    # More than such a network reaches, so that each scale is tried.
    images = EvaluationSet("images", TEST[0][order], TEST[1][order], {"net": 0.99})
    with listening() as verdict, pytest.raises(expect.Failure):
        expect.accuracy(Network(data, InProcess(), TASK), images)
    assert any("times 2, minus 1" in note for note in verdict.notes)


def test_an_untrained_network_passes_on_no_scale() -> None:
    images = EvaluationSet("images", *TEST, {"net": 0.8})
    with pytest.raises(expect.Failure, match="like guessing"):
        expect.accuracy(Network(seen(a_network()), InProcess(), TASK), images)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("own", [None, Scale(factor=3.2457, shift=-0.4242)])
def test_nothing_is_said_of_the_scale_of_an_untrained_network(seed: int, own: Scale | None) -> None:
    torch.manual_seed(seed)
    net = nn.Sequential(nn.Conv2d(1, 4, 5, stride=2), nn.Tanh(), nn.Flatten(), nn.Linear(576, 10))
    data = seen(net).model_copy(update={"scale": own})
    images = EvaluationSet("images", *TEST, {"net": 0.8})
    with listening() as verdict, pytest.raises(expect.Failure):
        expect.accuracy(Network(data, InProcess(), TASK), images)
    assert verdict.measured[0].accuracy < 0.25
    assert not any("scale" in note for note in verdict.notes)


class Digits(Dataset[tuple[torch.Tensor, int]]):
    """The lab's images through a transform, as tutorials load them."""

    def __init__(self, transform: Callable[[Any], Any]) -> None:
        self.transform = transform

    def __len__(self) -> int:
        return len(DIGITS)

    def __getitem__(self, number: int) -> tuple[torch.Tensor, int]:
        return self.transform(DIGITS[number]), int(LABELS[number])


class NoDigits(Digits):
    """A data set that cannot be read."""

    def __getitem__(self, number: int) -> tuple[torch.Tensor, int]:
        raise OSError("the file is gone")


def test_the_scale_of_loaders_and_arrays() -> None:
    present = SCALES["a range of one's own"][0]
    loaders = [DataLoader(Digits(present), batch_size=8), DataLoader(NoDigits(present))]
    found = scale_in([X[:20], 3, "x", *loaders, LABELS], PIXELS, {784})
    assert found is not None
    assert (found.factor, found.shift) == pytest.approx((1 / 7, 3), rel=0.02)
    arrays = {"plain": X, "flat": X.reshape(len(X), 784), "labels": Y, "few": X[:1]}
    assert scale_in(arrays.values(), PIXELS, {784}) == PLAIN
    # Which of two were the network's own cannot be told.
    assert scale_in([X, present(X)], PIXELS, {784}) is None
    assert scale_in([Y, torch.zeros(5, 784), loaders[1]], PIXELS, {784}) is None


def test_looking_at_loaders_draws_no_random_number() -> None:
    torch.manual_seed(5)
    wanted = torch.rand(3)
    torch.manual_seed(5)
    loader = DataLoader(Digits(lambda x: x + 0.001 * torch.rand(())), shuffle=True)
    scale_in([loader], PIXELS, {784})
    assert torch.equal(torch.rand(3), wanted)


def test_a_check_in_a_notebook_takes_the_scale_of_the_notebooks_loaders() -> None:
    present = SCALES["turned around"][0]
    net = trained(present)
    loader = DataLoader(Digits(present), batch_size=50, shuffle=True)
    data = observed_among(
        "net", {"net": net, "x_train": X, "train_loader": loader}, Taken({"net": TAKES}, PIXELS)
    )
    assert isinstance(data, NetworkData)
    with listening() as verdict:
        expect.accuracy(
            Network(data, InProcess(), TASK),
            EvaluationSet("images", *TEST, {"net": 0.8}, unseen=True),
        )
    assert any("times -1, plus 1" in note for note in verdict.notes)


@pytest.mark.parametrize("factor", [np.inf, np.nan, 1e4])
def test_a_forged_scale_is_bounded(factor: float) -> None:
    with pytest.raises(ValidationError):
        Scale(factor=factor)


def test_a_false_scale_gains_and_loses_nothing() -> None:
    data = seen(trained(lambda x: x)).model_copy(update={"scale": Scale(factor=0.0, shift=5.0)})
    images = EvaluationSet("images", *TEST, {"net": 0.8})
    with listening() as verdict:
        expect.accuracy(Network(data, InProcess(), TASK), images)
    assert not any("scales" in note for note in verdict.notes)


@pytest.mark.usefixtures("watched")
@pytest.mark.parametrize("in_place", [False, True])
def test_a_network_that_has_to_be_compiled_as_a_whole_is_watched(in_place: bool) -> None:
    net = a_network()
    options: Any = {"fullgraph": True, "backend": "eager"}
    called: Any = net if in_place else torch.compile(net, **options)
    if in_place:
        net.compile(**options)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.003)
    called(2 * DIGITS[:50] - 1).sum().backward()
    optimizer.step()
    found = seen(called).scale
    assert found is not None
    assert (found.factor, found.shift) == pytest.approx((2, -1))
