"""What a network computes decides, not how it is written: the same verdicts for every style."""

import importlib
import warnings
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
import torch
from lab import TASK, observe
from styles import STYLES
from torch import nn

from autograder import expect
from autograder.expect.verdict import listening
from autograder.model import NetworkData
from autograder.networks.in_process import InProcess
from autograder.networks.network import Network


def style(name: str) -> Any:
    """A module of `tests/styles`: student code, so without type hints."""
    return importlib.import_module(f"styles.{name}")


module, paddings, poolings = style("module"), style("paddings"), style("poolings")
pretending, unusual = style("pretending"), style("unusual")
on_a_card = style("on_a_card")

EXPECTATIONS: dict[str, Callable[[Any], None]] = {
    check.__name__: check
    for check in (
        expect.classifier,
        expect.convolution_before_dense,
        expect.size_kept_by_padding,
        expect.stacked_convolutions,
        expect.reduced_by_pooling_or_stride,
        expect.dropout_after_convolution,
        expect.dropout_after_dense,
        expect.batch_normalisation,
    )
}
# The model of `tests/styles` has one convolution without padding, and all the rest.
PASSED = set(EXPECTATIONS) - {"size_kept_by_padding", "stacked_convolutions"}

BROKEN = {
    "module": ("dropout_after_convolution", "dropout only after a dense layer"),
    "sequential": ("dropout_after_dense", "dropout only after a convolution"),
    "functional": ("dropout_after_dense", "dropout that stays on in evaluation mode"),
    "lazy": ("batch_normalisation", "made but never called in `forward`"),
    "helper_made": ("reduced_by_pooling_or_stride", "average pooling"),
    "compiled": ("batch_normalisation", "without running statistics"),
    "log_softmax": ("convolution_before_dense", "a convolution only after a dense layer"),
    "softmax": ("batch_normalisation", "a normalisation over each image alone"),
}
# Both dropout questions ask that dropout be off in eval mode.
ALSO_FAILS = {"functional": {"dropout_after_convolution"}}


def warmed(net: Any, dtype: torch.dtype = torch.float32, device: str = "cpu") -> Any:
    """The network after two batches in training mode, left in eval mode."""
    torch.manual_seed(1)
    net.train()
    for _ in range(2):
        net(torch.rand(2, 1, 28, 28).to(device, dtype))
    net.eval()
    return net


def network(net: object) -> Network:
    """The network as the grader gets to see it."""
    data = observe("net", net)
    assert isinstance(data, NetworkData), data
    assert data.evaluation, data.problem or data.output
    return Network(data, InProcess(), TASK)


def failure(check: Callable[[Any], None], subject: object) -> str:
    """The message of an expectation that fails, empty for one that holds."""
    try:
        check(subject)
    except expect.Failure as raised:
        return str(raised)
    return ""


def verdicts(net: object) -> dict[str, str]:
    """What each expectation says about a network, without the trace of its layers."""
    subject = network(net)
    messages = {name: failure(check, subject) for name, check in EXPECTATIONS.items()}
    return {name: message.partition("\nShapes")[0] for name, message in messages.items()}


def passed(said: dict[str, str]) -> set[str]:
    return {name for name, message in said.items() if not message}


@pytest.mark.parametrize("name", STYLES)
def test_style(name: str) -> None:
    said = verdicts(warmed(style(name).build()))
    assert passed(said) == PASSED, said
    assert said == verdicts(warmed(module.Net()))


@pytest.mark.parametrize("name", STYLES)
def test_broken_twin(name: str) -> None:
    said = verdicts(warmed(style(name).broken()))
    check, sentence = BROKEN[name]
    assert sentence in said[check]
    assert passed(said) == PASSED - {check} - ALSO_FAILS.get(name, set()), said


def test_lazy_network_that_has_never_run() -> None:
    said = verdicts(style("lazy").build())
    assert passed(said) == PASSED - {"batch_normalisation"}, said
    assert "as they were at the start" in said["batch_normalisation"]


def test_each_twin_has_a_defect_of_its_own() -> None:
    assert len(set(BROKEN.values())) == len(STYLES)


# PyTorch tells that this costs a copy of the image.
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel:UserWarning")
@pytest.mark.parametrize("name", paddings.build())
def test_padding(name: str) -> None:
    expect.size_kept_by_padding(network(warmed(paddings.build()[name])))


@pytest.mark.parametrize("name", paddings.not_kept())
def test_padding_that_does_not_keep_the_size(name: str) -> None:
    net, sentence = paddings.not_kept()[name]
    assert sentence in failure(expect.size_kept_by_padding, network(warmed(net)))


@pytest.mark.parametrize("name", poolings.build())
def test_pooling(name: str) -> None:
    expect.reduced_by_pooling_or_stride(network(warmed(poolings.build()[name])))


@pytest.mark.parametrize("name", poolings.neither())
def test_no_pooling(name: str) -> None:
    net, sentence = poolings.neither()[name]
    assert sentence in failure(expect.reduced_by_pooling_or_stride, network(warmed(net)))


@pytest.mark.parametrize("name", unusual.build())
def test_unusual_but_right(name: str) -> None:
    said = verdicts(warmed(unusual.build()[name]))
    assert passed(said) >= PASSED, said


@pytest.mark.parametrize("name", unusual.other_precisions())
def test_other_precision(name: str) -> None:
    net, dtype = unusual.other_precisions()[name]
    said = verdicts(warmed(net, dtype))
    assert passed(said) == PASSED, said


def test_scripted() -> None:
    with warnings.catch_warnings():
        # Scripting is on its way out, and says so.
        warnings.simplefilter("ignore", DeprecationWarning)
        net: Any = torch.jit.script(warmed(module.Net()))
    assert passed(verdicts(net)) == PASSED


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("name", STYLES)
def test_on_cuda(name: str) -> None:
    net = style(name).build()
    net = warmed(net.to("cuda"), device="cuda")
    before = torch.cuda.get_rng_state()
    said = verdicts(net)
    assert passed(said) == PASSED, said
    assert torch.equal(before, torch.cuda.get_rng_state())


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")
@pytest.mark.parametrize("name", on_a_card.NAMES)
def test_written_for_a_card(name: str) -> None:
    net = on_a_card.build(name)
    said = verdicts(warmed(net, device=next(net.parameters()).device.type))
    assert passed(said) == PASSED, said


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("name", unusual.build())
def test_unusual_on_cuda(name: str) -> None:
    with torch.device("cuda"):
        net = unusual.build()[name]
        try:
            net = warmed(net.to("cuda") if isinstance(net, nn.Module) else net, device="cuda")
        except RuntimeError as error:  # weights in a plain list, say, are not moved
            pytest.skip(f"is no network for a card: {error}")
    said = verdicts(net)
    assert passed(said) >= PASSED, said


def test_callable_forms_of_one_network() -> None:
    net = warmed(module.Net())
    compiled = torch.compile(net.forward, backend="eager")
    for form in (net.forward, partial(net), lambda x: net(x), compiled):
        assert passed(verdicts(form)) == PASSED


def test_weights_shared_between_two_calls() -> None:
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.again = nn.Conv2d(1, 4, 3), nn.Conv2d(4, 4, 3)
            self.out = nn.Linear(4 * 22 * 22, 10)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            x = torch.relu(self.again(torch.relu(self.again(torch.relu(self.first(x))))))
            scores: torch.Tensor = self.out(x.flatten(1))
            return scores

    expect.stacked_convolutions(network(Twice()), at_least=3)
    assert "3 convolutions" in failure(
        partial(expect.stacked_convolutions, at_least=4), network(Twice())
    )


def test_stack_of_small_kernels_down_to_one_pixel() -> None:
    channels = [1, *[8] * 13]
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(channels):
        layers += [nn.Conv2d(inputs, outputs, 3), nn.ReLU()]
    net = nn.Sequential(*layers, nn.Conv2d(8, 10, 2), nn.Flatten())
    expect.convolution_before_dense(network(net))
    expect.stacked_convolutions(network(net), at_least=14)


@pytest.mark.parametrize("name", pretending.build())
def test_layers_without_effect_do_not_count(name: str) -> None:
    said = verdicts(warmed(pretending.build()[name]))
    assert passed(said) == {"classifier"}, said


def test_second_convolution_without_effect() -> None:
    subject = network(pretending.SecondUnused())
    expect.convolution_before_dense(subject)
    assert "1 convolution" in failure(expect.stacked_convolutions, subject)
    assert failure(expect.size_kept_by_padding, subject)


def test_dropout_without_effect() -> None:
    subject = network(warmed(pretending.DropoutUnused()))
    for check in (expect.dropout_after_convolution, expect.dropout_after_dense):
        assert "never called in `forward`" in failure(check, subject)
    expect.batch_normalisation(subject)


def test_dropout_of_nothing() -> None:
    net = warmed(module.Net())
    net.dropout_conv.p = net.dropout_dense.p = 0.0
    said = verdicts(net)
    assert passed(said) == PASSED - {"dropout_after_convolution", "dropout_after_dense"}
    assert "p=0" in said["dropout_after_dense"]


def test_collapsed_network_is_judged_by_its_wiring() -> None:
    net = warmed(module.Net())
    with torch.no_grad():
        net.l_out.weight.zero_()
    assert passed(verdicts(net)) == PASSED


def test_training_mode_is_noted() -> None:
    subject = network(warmed(module.Net()).train())
    for name in ("dropout_after_convolution", "dropout_after_dense", "batch_normalisation"):
        with listening() as verdict:
            EXPECTATIONS[name](subject)
        assert any("left in training mode" in text for text in verdict.notes)


def test_untrained_statistics() -> None:
    own = (unusual.OwnBatchNorm, unusual.OwnBatchNormInRows)
    for net in (module.Net(), *map(unusual.own_batch_norm, own)):
        said = verdicts(net)
        assert "as they were at the start" in said["batch_normalisation"]


@pytest.mark.parametrize("layer", [nn.InstanceNorm2d(16), nn.GroupNorm(4, 16), nn.LayerNorm(24)])
def test_normalisation_of_each_image_alone(layer: nn.Module) -> None:
    said = verdicts(warmed(unusual.replaced("norm_1", layer)))
    assert "over each image alone" in said["batch_normalisation"]
    assert passed(said) == PASSED - {"batch_normalisation"}


def test_hooks_do_not_watch_the_observer() -> None:
    net = unusual.with_hook()
    warmed(net)
    before = len(unusual.HOOKED)
    observe("net", net)
    assert len(unusual.HOOKED) == before


def test_way_through_numpy_is_left_to_a_human() -> None:
    net = warmed(module.Net())

    def through_numpy(x: torch.Tensor) -> Any:
        return net(torch.from_numpy(x.detach().numpy()))

    with pytest.raises(expect.Unjudged, match="not computed from the image"):
        expect.classifier(network(through_numpy))


def windows(images: torch.Tensor) -> torch.Tensor:
    return images.unfold(2, 5, 1).unfold(3, 5, 1).reshape(-1, 24 * 24, 25)


def slices(images: torch.Tensor) -> torch.Tensor:
    cuts = [images[:, 0, y : y + 24, x : x + 24] for y in range(5) for x in range(5)]
    return torch.stack(cuts, -1).reshape(-1, 24 * 24, 25)


@pytest.mark.parametrize("cut", [windows, slices])
def test_a_convolution_by_hand_is_left_to_a_human(cut: Callable[[Any], Any]) -> None:
    weights, head = nn.Linear(25, 4), nn.Linear(4 * 24 * 24, 10)
    net = network(lambda x: head(torch.relu(weights(cut(x))).flatten(1)))
    for name in ("convolution_before_dense", "size_kept_by_padding", "stacked_convolutions"):
        with pytest.raises(expect.Unjudged, match="a convolution of its own"):
            EXPECTATIONS[name](net)


def test_a_stride_by_hand_is_left_to_a_human() -> None:
    weights, head = nn.Linear(25, 4), nn.Linear(4 * 12 * 12, 10)
    net = network(
        lambda x: head(weights(x.unfold(2, 5, 2).unfold(3, 5, 2).reshape(-1, 144, 25)).flatten(1))
    )
    with pytest.raises(expect.Unjudged, match="a convolution of its own"):
        expect.reduced_by_pooling_or_stride(net)


def test_a_convolution_by_hand_after_a_layer_is_left_to_a_human() -> None:
    first, weights, head = nn.Conv2d(1, 4, 5), nn.Linear(36, 4), nn.Linear(4 * 11 * 11, 10)

    def forward(x: torch.Tensor) -> Any:
        cuts = torch.relu(first(x)).unfold(2, 3, 2).unfold(3, 3, 2).permute(0, 2, 3, 1, 4, 5)
        return head(torch.relu(weights(cuts.reshape(-1, 121, 36))).flatten(1))

    net = network(forward)
    expect.convolution_before_dense(net)
    for name in ("reduced_by_pooling_or_stride", "stacked_convolutions", "size_kept_by_padding"):
        with pytest.raises(expect.Unjudged, match="a convolution of its own"):
            EXPECTATIONS[name](net)


@pytest.mark.parametrize("cut", [lambda x: x[:, 0, 2:26], lambda x: torch.stack(x.split(4, 2))[0]])
def test_dense_layers_on_cuts_are_no_convolution(cut: Callable[[Any], Any]) -> None:
    rows, head = nn.Linear(28, 4), nn.LazyLinear(10)
    net = network(lambda x: head(torch.relu(rows(cut(x))).flatten(1)))
    assert "no 2D convolution" in failure(expect.convolution_before_dense, net)
