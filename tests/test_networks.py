"""Networks as data: the accuracy that is measured, and that looking leaves no trace."""

import importlib
import random
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from conftest import ROOT, read_images
from lab import TASK, observe
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score
from torch import nn
from torch.nn import functional

from autograder import expect
from autograder.errors import ModelError
from autograder.expect.accuracy import measure, percent
from autograder.expect.verdict import listening
from autograder.kernel.export import fingerprint
from autograder.model import Missing, NetworkData, Unanswered
from autograder.networks.evaluation_set import EvaluationSet
from autograder.networks.evaluator import TOO_SLOW, Evaluator
from autograder.networks.in_process import InProcess
from autograder.networks.network import Network
from autograder.networks.runtime.onnx_file import read

# Student code, so without type hints.
module: Any = importlib.import_module("styles.module")
unusual: Any = importlib.import_module("styles.unusual")


def data_of(net: object) -> NetworkData:
    data = observe("net", net)
    assert isinstance(data, NetworkData), data
    return data


def network(net: object, evaluator: Evaluator | None = None) -> Network:
    """The network as the grader gets to see it."""
    return Network(data_of(net), evaluator or InProcess(), TASK)


def digits(split: str, count: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    images, labels = read_images(ROOT / "assignments" / "mnist.npz", f"X_{split}", f"y_{split}")
    return images[:count], labels[:count]


def one_epoch(net: nn.Module, count: int = 1000) -> None:
    """Train on the first `count` images, once."""
    images, labels = (torch.from_numpy(part) for part in digits("train", count))
    optimiser = torch.optim.Adam(net.parameters(), lr=0.002)
    net.train()
    for start in range(0, count, 50):
        optimiser.zero_grad()
        scores = net(images[start : start + 50])
        functional.cross_entropy(scores, labels[start : start + 50]).backward()
        optimiser.step()
    net.eval()


@pytest.fixture(scope="module")
def trained() -> Any:
    """A network that reads most digits right."""
    torch.manual_seed(3)
    net = module.Net()
    for _ in range(3):
        one_epoch(net)
    return net


@pytest.fixture(scope="module")
def image_set() -> EvaluationSet:
    """Real digits; an odd number of them."""
    return EvaluationSet("images", *digits("test", 501), {"net": 0.8})


def predicted_by_torch(net: nn.Module, images: NDArray[np.float32], size: int) -> Any:
    with torch.no_grad():
        parts = [net(part).argmax(dim=1) for part in torch.from_numpy(images).split(size)]
    return torch.cat(parts).numpy()


@pytest.mark.parametrize("size", [1, 2, 64, 501])
def test_accuracy_is_that_of_scikit_learn(
    trained: Any, image_set: EvaluationSet, size: int
) -> None:
    predicted = predicted_by_torch(trained, image_set.arrays[0], size)
    expected = accuracy_score(image_set.answers, predicted)
    assert expected > 0.7
    assert measure(network(trained), image_set) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("kind", ["FixedBatch", "BatchAsInteger", "OwnDropout", "AuxiliaryOutput"])
def test_accuracy_of_unusual_networks(trained: Any, image_set: EvaluationSet, kind: str) -> None:
    net = getattr(unusual, kind)()
    net.load_state_dict(trained.state_dict())
    expected = accuracy_score(
        image_set.answers, predicted_by_torch(trained, image_set.arrays[0], 64)
    )
    for mode in (net.train, net.eval):
        mode()
        assert measure(network(net), image_set) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_accuracy_in_other_precisions(
    trained: Any, image_set: EvaluationSet, dtype: torch.dtype
) -> None:
    net = module.Net()
    net.load_state_dict(trained.state_dict())
    net = net.to(dtype).eval()
    # Rounded weights may read a digit in a hundred differently.
    expected = measure(network(trained), image_set)
    assert measure(network(net), image_set) == pytest.approx(expected, abs=0.01)


def test_dropout_that_stays_on_gives_the_same_accuracy_twice(image_set: EvaluationSet) -> None:
    net = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
    always_on = lambda x: net(functional.dropout(x, 0.5))  # noqa: E731
    first, second = (network(always_on).scores(image_set) for _ in range(2))
    assert np.array_equal(first, second)


# --- looking leaves no trace --------------------------------------------------------------------


def state_of(net: Any) -> list[Any]:
    """All that an observation might disturb."""
    numpy_state: Any = np.random.get_state()
    return [
        random.getstate(),
        numpy_state[1].tolist(),
        numpy_state[2],
        torch.get_rng_state().tolist(),
        {name: tensor.tolist() for name, tensor in net.state_dict().items()},
        [part.training for part in net.modules()],
        [None if p.grad is None else p.grad.sum().item() for p in net.parameters()],
        torch.is_grad_enabled(),
    ]


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("kind", ["Prints", "OwnDropout", "KeepsActivations"])
def test_observing_leaves_no_trace(
    kind: str, training: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    net = getattr(unusual, kind)()
    one_epoch(net, 100)
    net.train(training)
    capfd.readouterr()
    before = state_of(net)
    data = data_of(net)
    assert data.evaluation
    assert data.left_in_training is training
    assert state_of(net) == before
    assert capfd.readouterr() == ("", "")


def test_observing_a_function_leaves_its_layers_alone() -> None:
    net = module.Net()
    one_epoch(net, 100)
    net.train()
    before = state_of(net)
    data = data_of(lambda x: net(x))
    assert data.evaluation
    assert data.left_in_training
    assert state_of(net) == before


def test_training_goes_on_as_if_unobserved() -> None:
    weights = []
    for observed in (False, True):
        torch.manual_seed(7)
        net = module.Net()
        for _ in range(2):
            one_epoch(net, 200)
            if observed:
                observe("net", net)
        weights.append(net.l_out.weight.detach().clone())
    assert torch.equal(*weights)


def test_what_cannot_be_exported_is_said_once(capfd: pytest.CaptureFixture[str]) -> None:
    waves = unusual.Call(torch.special.bessel_j0)
    net = nn.Sequential(nn.Flatten(), waves, nn.Linear(784, 10))
    data = data_of(net)
    assert data.problem.startswith("cannot be followed")
    assert capfd.readouterr() == ("", "")
    with pytest.raises(expect.Unjudged, match="cannot follow a step of `net`"):
        expect.classifier(data)


# --- what a fingerprint notices -----------------------------------------------------------------


def an_optimiser_step(net: Any) -> None:
    one_epoch(net, 50)
    net.eval()


def an_edit_of_data(net: Any) -> None:
    net.l_out.weight.data[0, 0] += 1


def loaded_weights(net: Any) -> None:
    net.load_state_dict(module.Net().state_dict())


def another_share_of_dropout(net: Any) -> None:
    net.dropout_dense.p = 0.25


def training_mode_of_a_layer(net: Any) -> None:
    net.dropout_dense.train()


def a_forward_pass_in_training_mode(net: Any) -> None:
    net.train()
    net(torch.rand(2, 1, 28, 28))
    net.eval()


def another_layer(net: Any) -> None:
    net.pool = nn.AvgPool2d(2)


def a_setting(net: Any) -> None:
    net.threshold = 0.5


def a_weight_that_is_no_parameter(net: Any) -> None:
    net.own[0][3] = 1.0


CHANGES: tuple[Callable[[Any], None], ...] = (
    an_optimiser_step,
    an_edit_of_data,
    loaded_weights,
    another_share_of_dropout,
    nn.Module.train,
    training_mode_of_a_layer,
    a_forward_pass_in_training_mode,
    another_layer,
    a_setting,
    a_weight_that_is_no_parameter,
)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_fingerprint_notices(change: Callable[[Any], None]) -> None:
    net = module.Net().eval()
    net.threshold, net.own = 0.4, [torch.zeros(5)]
    before = fingerprint(net)
    assert fingerprint(net) == before
    change(net)
    assert fingerprint(net) != before


def test_fingerprint_notices_eval() -> None:
    net = module.Net()
    before = fingerprint(net)
    assert fingerprint(net.eval()) != before


def test_fingerprint_stays_where_nothing_is_learned() -> None:
    net = module.Net().eval()
    before = fingerprint(net)
    net(torch.rand(2, 1, 28, 28))
    observe("net", net)
    assert fingerprint(net) == before


@pytest.mark.parametrize("net", [nn.LazyLinear(10), nn.Linear(3, 3).bfloat16(), nn.Sequential()])
def test_fingerprint_of_any_module(net: nn.Module) -> None:
    assert fingerprint(net) == fingerprint(net)
    assert fingerprint(lambda x: x) is None


# --- what is said of an accuracy ----------------------------------------------------------------


def with_accuracy(net: Any, share: float, threshold: float, count: int = 400) -> EvaluationSet:
    """Images whose labels are what the network reads, but for a share of them."""
    images = digits("test", count)[0]
    labels = predicted_by_torch(net, images, count)
    wrong = round(count * (1 - share))
    labels[:wrong] = (labels[:wrong] + 1) % 10
    return EvaluationSet("made-up images", images, labels, {"net": threshold})


@pytest.mark.parametrize(
    ("share", "borderline"),
    # At 400 images and a threshold of 0.80, two standard errors are 0.04.
    [(0.70, False), (0.755, False), (0.765, True), (0.80, True), (0.835, True), (0.845, False)],
)
def test_borderline_is_flagged(trained: Any, share: float, borderline: bool) -> None:
    images = with_accuracy(trained, share, threshold=0.8)
    low = pytest.raises(expect.Failure, match=f"recognises {percent(share)} of 400 made-up images")
    with listening() as verdict, low if share < 0.8 else nullcontext():
        expect.accuracy(network(trained), images)
    assert any("borderline: `net`" in str(flag) for flag in verdict.flags) is borderline


def test_most_confused_pair(trained: Any) -> None:
    images = digits("test", 400)[0]
    labels = predicted_by_torch(trained, images, 400)
    fives = np.flatnonzero(labels == 5)
    nines = np.flatnonzero(labels == 9)
    labels[fives[:4]], labels[nines[:3]] = 3, 4
    with listening() as verdict:
        expect.accuracy(network(trained), EvaluationSet("images", images, labels, {"net": 0.8}))
    assert any("Most often it reads 3 as 5 (4 times)" in text for text in verdict.notes)


def test_perfect_accuracy_confuses_nothing(trained: Any) -> None:
    with listening() as verdict:
        expect.accuracy(network(trained), with_accuracy(trained, 1.0, threshold=0.8))
    assert verdict.notes == ["`net` recognises 100 % of 400 made-up images."]


@pytest.mark.parametrize(
    ("on_new", "on_training", "meaning"),
    [
        (0.9, 1.0, ". The gap to new images is overfitting"),
        (0.98, 0.99, ": about as many as of new ones"),
    ],
)
def test_what_was_learned_by_heart_is_told(
    trained: Any, on_new: float, on_training: float, meaning: str
) -> None:
    training = replace(with_accuracy(trained, on_training, 0.0), description="training images")
    with listening() as verdict:
        images = with_accuracy(trained, on_new, threshold=0.8)
        expect.accuracy(network(trained), images, training=training)
    told = f"Of 400 training images it recognises {percent(on_training)}{meaning}"
    assert verdict.notes[1].startswith(told)


def test_longer_training_is_not_advised_to_who_knows_all_by_heart(trained: Any) -> None:
    images, known = with_accuracy(trained, 0.6, 0.8), with_accuracy(trained, 1.0, 0.8)
    with pytest.raises(expect.Failure, match=r"longer training alone will not help\. Try drop"):
        expect.accuracy(network(trained), images, training=known)
    with pytest.raises(expect.Failure, match=r"will not help\. Did it train with all 10,000"):
        expect.accuracy(network(trained), images, training=known, trained_on=10_000)
    with pytest.raises(expect.Failure, match="does validation still rise"):
        expect.accuracy(network(trained), images, training=with_accuracy(trained, 0.7, 0.8))


def test_no_time_for_the_training_images_costs_nothing(trained: Any) -> None:
    class OutOfTime(InProcess):
        def scores(self, *args: Any, **kwargs: Any) -> Any:
            if len(args[1][0]) == 300:
                raise ModelError(TOO_SLOW)
            return super().scores(*args, **kwargs)

    images, training = with_accuracy(trained, 0.9, 0.8), with_accuracy(trained, 1.0, 0.8, 300)
    with listening() as verdict:
        expect.accuracy(network(trained, OutOfTime()), images, training=training)
    assert len(verdict.notes) == 1


def test_guessing_is_told_from_learning_too_little(trained: Any) -> None:
    with pytest.raises(expect.Failure, match="like guessing"):
        expect.accuracy(network(trained), with_accuracy(trained, 0.1, threshold=0.8))
    with pytest.raises(expect.Failure, match="does validation still rise"):
        expect.accuracy(network(trained), with_accuracy(trained, 0.6, threshold=0.8))


def test_scores_that_are_no_numbers(image_set: EvaluationSet) -> None:
    net = module.Net()
    with torch.no_grad():
        net.l_out.bias[3] = float("nan")
    for check in (expect.classifier, lambda subject: expect.accuracy(subject, image_set)):
        with pytest.raises(expect.Failure, match="not numbers any more"):
            check(network(net))
    expect.convolution_before_dense(network(net))


def test_logarithm_of_a_vanishing_probability_is_a_score(trained: Any) -> None:
    net = nn.Sequential(trained, unusual.Call(lambda x: torch.log(torch.softmax(1e4 * x, 1))))
    expect.classifier(network(net))


def test_no_network_at_all() -> None:
    with pytest.raises(expect.Failure, match="no variable `net`"):
        expect.classifier(Missing(name="net"))
    with pytest.raises(expect.Failure, match="no answer yet"):
        expect.classifier(Unanswered(name="net", type_name="ellipsis"))


@pytest.mark.parametrize("content", [b"", b"no ONNX file", b"\x08\x07\x12" * 40])
def test_files_that_are_no_networks(content: bytes) -> None:
    with pytest.raises(ModelError):
        read(content)
    data = NetworkData(name="net", type_name="Net", evaluation=content, training=content)
    with pytest.raises(expect.Unjudged, match="cannot follow a step of `net`"):
        expect.classifier(Network(data, InProcess(), TASK))
