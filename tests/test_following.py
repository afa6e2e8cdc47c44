"""Networks with operators out of the ordinary: followed exactly, or not judged."""

import subprocess
import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from conftest import assignment
from lab import TASK, observe
from torch import nn
from torch.distributions import Bernoulli, Binomial
from torch.nn import functional
from torch.nn.utils import parametrizations
from torch.nn.utils.parametrize import is_parametrized

from autograder import expect
from autograder.expect.verdict import Failure, listening
from autograder.judging.cases import judge
from autograder.kernel import newer_exporter
from autograder.kernel.given import Given
from autograder.kernel.room import Room
from autograder.model import CANNOT_BE_FOLLOWED, NetworkData, Outcome
from autograder.networks.description import Kind
from autograder.networks.evaluation_set import EvaluationSet
from autograder.networks.in_process import InProcess
from autograder.networks.network import Network

IMAGES = (np.random.default_rng(4).random((7, 1, 28, 28)) ** 3).astype(np.float32)


class Through(nn.Module):
    """A function between two convolutions, in training and in evaluation or in one of the two."""

    def __init__(self, middle: Callable[[Any], Any], side: int = 28, mode: str = "both") -> None:
        super().__init__()
        self.before, self.after = nn.Conv2d(1, 4, 3, padding=1), nn.Conv2d(4, 4, 3)
        self.hidden, self.head = nn.Linear(4 * (side - 2) ** 2, 20), nn.Linear(20, 10)
        self.middle, self.mode = middle, mode

    def forward(self, images: Any) -> Any:
        maps = torch.relu(self.before(images))
        if self.mode == "both" or self.training:
            maps = self.middle(maps)
        hidden = torch.relu(self.hidden(self.after(maps).flatten(1)))
        return self.head(hidden)


def seen(net: nn.Module) -> NetworkData:
    data = observe("net", net)
    assert isinstance(data, NetworkData), data
    return data


def followed(net: nn.Module) -> Network:
    data = seen(net)
    assert data.evaluation, data.problem
    return Network(data, InProcess(), TASK)


def assert_same_scores(network: Network, net: nn.Module, within: float = 1e-4) -> None:
    """The network that was followed gives the scores that the notebook's own gives."""
    scores = network.scores(EvaluationSet("some", IMAGES, np.zeros(7, np.int64), {}))
    with torch.no_grad():
        wanted = net(torch.from_numpy(IMAGES)).numpy()
    np.testing.assert_allclose(scores, wanted, atol=within)


def pooled(maps: Any) -> Any:
    return functional.max_pool2d(maps, 2, return_indices=True)


EXACT: dict[str, tuple[Callable[[Any], Any], int]] = {
    "channel shuffle": (lambda x: functional.channel_shuffle(x, 2), 28),
    "unpooling": (lambda x: nn.MaxUnpool2d(2)(*pooled(x)), 28),
    "a quarter turn": (lambda x: torch.rot90(x, 1, (2, 3)), 28),
    "three quarters": (lambda x: x.rot90(3, (2, 3)), 28),
    "backwards": (lambda x: torch.rot90(x, -2, (-2, -1)), 28),
    "smaller by nearest centres": (
        lambda x: functional.interpolate(x, size=18, mode="nearest-exact"), 18,
    ),
    "larger by nearest centres": (
        lambda x: functional.interpolate(x, scale_factor=1.25, mode="nearest-exact"), 35,
    ),
    "windows as columns": (
        lambda x: functional.unfold(x, (3, 5), padding=(1, 2), stride=2)[:, :4].view(-1, 4, 14, 14),
        14,
    ),
    "transposed": (lambda x: x.mT, 28),
}  # fmt: skip


@pytest.mark.parametrize("name", EXACT)
def test_it_is_followed_exactly(name: str) -> None:
    torch.manual_seed(1)
    net = Through(*EXACT[name]).eval()
    assert_same_scores(followed(net), net)


def test_the_newer_exporter_follows_what_the_older_one_does_not() -> None:
    torch.manual_seed(1)
    net = Through(lambda x: torch.fft.ifft2(torch.fft.fft2(x) * 0.5).real).eval()
    network = followed(net)
    expect.stacked_convolutions(network)
    assert_same_scores(network, net)


def test_nothing_of_the_newer_exporter_is_loaded_for_usual_networks() -> None:
    code = (
        "import sys; from torch import nn; from autograder.kernel.observe import observe\n"
        "from autograder.observables import InputSignature\n"
        "net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(2704, 10))\n"
        "assert observe('net', net, [InputSignature('x', 'f32', (1, 28, 28))]).evaluation\n"
        "assert 'onnxscript' not in sys.modules and 'torch._dynamo' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=300)


def test_without_memory_for_the_newer_exporter_it_is_not_tried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Room, "most_bytes", 1_000_000)
    given = Given(("images",), (torch.from_numpy(IMAGES),))
    with pytest.raises(newer_exporter.CannotFollow, match="too little memory"):
        newer_exporter.newer_export(Through(torch.fft.fft2), given)
    data = seen(Through(lambda x: torch.fft.fft2(x).abs()))
    assert data.problem.startswith(f"{CANNOT_BE_FOLLOWED}: ")


def test_computed_weights_are_taken_as_they_are_and_the_network_keeps_them() -> None:
    torch.manual_seed(1)
    net = Through(lambda x: x)
    parametrizations.orthogonal(net.hidden)
    net.eval()
    network = followed(net)
    assert_same_scores(network, net)
    assert is_parametrized(net.hidden, "weight")
    assert net.hidden.weight.shape == (20, 2704)


def test_weights_of_eight_bits() -> None:
    torch.manual_seed(1)
    net = Through(lambda x: x).eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch moves it to another package
        small: Any = torch.ao.quantization.quantize_dynamic(net, {nn.Linear})
    network = followed(small)
    expect.convolution_before_dense(network)
    assert_same_scores(network, small, within=0.02)
    assert "quantized" in type(small.head).__module__


def test_windows_of_a_random_size_are_max_pooling() -> None:
    net = nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.FractionalMaxPool2d(2, output_ratio=0.5), nn.Flatten(),
        nn.Linear(4 * 13 * 13, 10),
    )  # fmt: skip
    expect.reduced_by_pooling_or_stride(followed(net))


def test_a_convolution_by_hand_is_one() -> None:
    class ByHand(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.filters = nn.Parameter(torch.randn(6, 25) * 0.1)
            self.more = nn.Parameter(torch.randn(6, 54) * 0.1)
            self.head = nn.Linear(6 * 784, 10)

        def forward(self, images: Any) -> Any:
            for filters, size in ((self.filters, 5), (self.more, 3)):
                columns = functional.unfold(images, size, padding=size // 2)
                images = torch.relu(filters @ columns).view(-1, 6, 28, 28)
            return self.head(images.flatten(1))

    net = followed(ByHand())
    expect.convolution_before_dense(net)
    expect.size_kept_by_padding(net)
    expect.stacked_convolutions(net)


# --- dropout, however it is drawn ----------------------------------------------------------------

MASKS: dict[str, Callable[[Any], Any]] = {
    "uniform_": lambda x: (torch.empty(x.shape).uniform_() > 0.3).float(),
    "uniform_ with bounds": lambda x: (torch.empty_like(x).uniform_(-1, 1) > 0).float(),
    "Binomial": lambda x: Binomial(probs=torch.tensor(0.7)).sample(x.shape),
    "Bernoulli": lambda x: Bernoulli(0.7).sample(x.shape),
    "NumPy's binomial": lambda x: torch.tensor(np.random.binomial(1, 0.7, tuple(x.shape)).tolist()),
    "NumPy's random": lambda x: torch.from_numpy(np.random.random(tuple(x.shape)) > 0.3),
}


@pytest.mark.parametrize("name", MASKS)
def test_dropout_counts_however_it_is_drawn(name: str) -> None:
    draw = MASKS[name]
    net = followed(Through(lambda x: x * draw(x) / 0.7, mode="training"))
    expect.dropout_after_convolution(net)
    always = followed(Through(lambda x: x * draw(x) / 0.7))
    with pytest.raises(expect.Failure, match="stays on in evaluation mode"):
        expect.dropout_after_convolution(always)


def test_data_that_is_the_same_each_time_is_no_dropout() -> None:
    weights = np.linspace(0, 1, 784).reshape(28, 28).astype(np.float32)
    net = followed(Through(lambda x: x * torch.from_numpy(weights), mode="training"))
    with pytest.raises(expect.Failure, match="no dropout"):
        expect.dropout_after_convolution(net)


def test_looking_draws_no_numbers_of_numpy() -> None:
    np.random.seed(5)
    observe("net", Through(lambda x: x * MASKS["NumPy's random"](x), mode="training"))
    after = np.random.random()
    np.random.seed(5)
    assert after == np.random.random()


# --- a training mode of its own ------------------------------------------------------------------


def test_dropout_inside_a_recurrent_layer_hides_no_other() -> None:
    class Rows(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.see = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Dropout(0.2))
            self.rows = nn.LSTM(4 * 26, 16, 2, batch_first=True, dropout=0.5)
            self.head = nn.Linear(16, 10)

        def forward(self, images: Any) -> Any:
            rows = self.see(images).permute(0, 2, 1, 3).flatten(2)
            return self.head(self.rows(rows)[0][:, -1])

    net = Rows()
    expect.dropout_after_convolution(followed(net))
    assert net.rows.dropout == 0.5


def test_a_training_mode_that_nobody_can_follow_is_not_judged() -> None:
    data = seen(Through(torch.special.bessel_j0, mode="training"))
    net = Network(data, InProcess(), TASK)
    expect.stacked_convolutions(net)
    question = next(q for q in assignment("assignment3").questions if q.name == "q3_2")
    named = data.model_copy(update={"name": "net_dropout"})
    images, tasks = assignment("assignment3").sets("cpu"), assignment("assignment3").tasks
    (judged,) = judge(
        [question], {"net_dropout": named}, images, Outcome.FINISHED, InProcess(), tasks=tasks
    )
    status = {case.name: case.status for case in judged.result.cases}
    assert status["test_forward"] == "passed"
    assert status["test_dropout_after_convolution"] == "unjudged"
    assert status["test_accuracy"] == "failed"


def test_a_network_whose_train_method_does_something_else() -> None:
    class Trainable(Through):
        def train(self, loader: Any = None) -> Any:
            return list(loader)

    net = followed(Trainable(lambda x: x))
    assert net.graph.of_kind(Kind.CONVOLUTION)


class Halves(nn.Module):
    """Convolutions in `first`, of any kind, and a dense layer behind them."""

    def __init__(self, first: Any) -> None:
        super().__init__()
        self.first, self.head = first, nn.Linear(4 * 28 * 28, 10)

    def forward(self, images: Any) -> Any:
        for layer in self.first if isinstance(self.first, list) else [self.first]:
            images = layer(images)
        return self.head(images.flatten(1))


@pytest.mark.parametrize("kind", ["scripted", "traced", "a plain list", "a function"])
def test_parts_that_are_no_usual_layers_are_followed(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Room, "most_bytes", 1_000_000)  # by the usual exporter, in no time
    torch.manual_seed(1)
    layers = nn.Sequential(nn.Conv2d(1, 4, 5, padding=2), nn.ReLU())
    script: Any = torch.jit
    makers: dict[str, Callable[[], Any]] = {
        "scripted": lambda: script.script(layers),
        "traced": lambda: script.trace(layers, torch.from_numpy(IMAGES)),
        "a plain list": lambda: [*layers],
        "a function": lambda: lambda images: layers(images),
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of TorchScript
        first = makers[kind]()
    net = Halves(first).eval()
    network = followed(net)
    expect.size_kept_by_padding(network)
    assert_same_scores(network, net)
    assert all(weight.requires_grad for weight in layers.parameters())


def test_layers_that_pytorch_does_not_see_are_told() -> None:
    network = followed(Halves([nn.Conv2d(1, 4, 5, padding=2)]))
    assert network.data.unregistered == ("first: list",)
    with listening() as verdict:
        expect.classifier(network)
    assert "`self.first`, a plain list" in verdict.notes[0]
    assert "`nn.ModuleList`" in verdict.notes[0]
    plain = Halves(nn.Conv2d(1, 4, 5, padding=2))
    plain.same = [plain.head]  # type: ignore[assignment]  # PyTorch knows it by another name
    assert seen(plain).unregistered == ()


def test_dropout_that_eval_does_not_reach_names_the_list() -> None:
    net = Halves([nn.Conv2d(1, 4, 5, padding=2), nn.Dropout(0.2)])
    with pytest.raises(Failure, match=r"PyTorch does not see what is in `self\.first`"):
        expect.dropout_after_convolution(followed(net.eval()))


class Unhashable(Halves):
    """What `@dataclass` makes of a network's class."""

    __hash__ = None  # type: ignore[assignment]


class NamedLikeAnArray(Halves):
    """Has a method that arrays have, too."""

    def tolist(self) -> list[int]:
        """Of layers, and not of numbers."""
        raise RuntimeError


def test_a_network_without_a_hash_is_called_one() -> None:
    data = seen(Unhashable(nn.Conv2d(1, 4, 5, padding=2)))
    with pytest.raises(Failure, match="unhashable type: 'Unhashable'"):
        expect.classifier(data)
    expect.classifier(followed(NamedLikeAnArray(nn.Conv2d(1, 4, 5, padding=2))))


def test_what_cannot_be_followed_is_said_in_plain_words() -> None:
    anew = Through(lambda x: nn.Conv2d(4, 4, 3, padding=1)(x))
    assert seen(anew).problem.endswith("is made there anew for each batch")
    assert "no ONNX operator does what" in seen(Through(torch.special.bessel_j0)).problem
