"""What a network computes on the way from image to scores, read from its graph."""

import numpy as np

from autograder.expect.networks import Subject, finite_scores, layer, require_network, trace
from autograder.expect.verdict import Failure, note
from autograder.onnx_graph import Kind, Step
from autograder.onnx_model import ImageSet, Network

# Steps that move numbers around but neither mix nor weigh them.
_MOVING = {
    "Reshape", "Flatten", "Transpose", "Squeeze", "Unsqueeze", "Slice", "Split", "Gather",
    "Concat", "Pad", "Identity", "Cast", "DepthToSpace", "SpaceToDepth", "Expand", "Tile", "Relu",
}  # fmt: skip
_TAKING_MAXIMA = {"MaxPool", "GlobalMaxPool", "ReduceMax"}


def classifier(subject: Subject) -> None:
    """The network takes (N, 1, 28, 28) and gives 10 finite scores for each image."""
    net = require_network(subject)
    probe = ImageSet(
        "two grey images", np.full((2, 1, 28, 28), 0.5, np.float32), np.zeros(2, np.int64), {}
    )
    finite_scores(net, net.scores(probe))


def convolution_before_dense(subject: Subject) -> None:
    """A two-dimensional convolution that no dense layer comes before."""
    net = require_network(subject)
    expected = "a 2D convolution that the image passes before the dense hidden layer"
    convolutions = _convolutions(net)
    if not convolutions:
        raise Failure(
            expected=expected,
            found="no 2D convolution between image and scores",
            advice="make an `nn.Conv2d` in __init__ and call it in forward, before the flattening; "
            "a layer that is made but never called does nothing.",
            detail=trace(net),
        )
    if all(any(map(net.is_dense, net.graph.all_before(step))) for step in convolutions):
        raise Failure(
            expected=expected,
            found="a convolution only after a dense layer",
            advice="a dense layer mixes all pixels and their neighbourhoods are lost: convolve the "
            "image first, then flatten, then the dense layers.",
            detail=trace(net),
        )


def size_kept_by_padding(subject: Subject) -> None:
    """A convolution, kernel larger than 1, whose padding keeps height and width."""
    net = require_network(subject)
    expected = (
        "a convolution, kernel larger than 1x1, padded so that height and width stay as they were"
    )
    convolutions = _convolutions(net)
    if any(_keeps_size(net, step) for step in convolutions):
        return
    larger = [step for step in convolutions if max(step.pair("kernel_shape", 1)) > 1]
    if not convolutions:
        found, advice = (
            "no convolution at all",
            "add an `nn.Conv2d` with padding before flattening.",
        )
    elif not larger:
        found = "only convolutions of 1x1, which keep the size without any padding"
        advice = "use a kernel of 3x3 or 5x5 and the padding that makes up for it."
    else:
        step = larger[0]
        before, after = net.shape_in(step), net.shape_out(step)
        found = f"a {layer(net, step)}: {_map(before)} becomes {_map(after)}"
        advice = (
            "a kernel takes away its size minus 1 along each side at stride 1; add half of that as "
            "padding at each end (or `padding='same'`) and adjust the first dense layer."
        )
    raise Failure(expected=expected, found=found, advice=advice, detail=trace(net))


def stacked_convolutions(subject: Subject, at_least: int = 2) -> None:
    """At least that many convolutions one after another on a path from image to scores."""
    net = require_network(subject)
    depth: dict[Step, int] = {}
    for step in net.graph.steps:
        below = max((depth[before] for before in net.graph.before(step)), default=0)
        depth[step] = below + _is_layer_of_kernels(net, step)
    deepest = max(depth.values(), default=0)
    if deepest >= at_least:
        return
    total = sum(_is_layer_of_kernels(net, step) for step in net.graph.steps)
    if total >= at_least:
        found = f"{total} convolutions side by side, not one after another"
        advice = "let the second convolution read what the first one gives."
    else:
        found = f"{deepest} convolution" + ("s" if deepest != 1 else "")
        advice = (
            "call a second convolution on the result of the first; its `in_channels` are the "
            "first one's number of filters. A layer that is made but never called does not count."
        )
    raise Failure(
        expected=f"at least {at_least} convolutions that the image passes one after another",
        found=found,
        advice=advice,
        detail=trace(net),
    )


def reduced_by_pooling_or_stride(subject: Subject) -> None:
    """Height and width are reduced by max pooling or by a convolution with a stride."""
    net = require_network(subject)
    steps = net.graph.steps
    if any(_strides(net, step) or _pools_maxima(net, step) for step in steps):
        return
    if any(step.kind is Kind.AVERAGE_POOL and _shrinks(net, step) for step in steps):
        found = "average pooling, which blurs features instead of keeping the strongest"
        advice = "use `nn.MaxPool2d(kernel_size=2, stride=2)`, or a stride of 2 in the convolution."
    elif any(step.op in ("Slice", "Gather", "Resize") and _shrinks(net, step) for step in steps):
        found = "pixels that are dropped without being looked at"
        advice = (
            "keep the largest of each window (`nn.MaxPool2d`), or give the convolution stride 2."
        )
    elif any(step.kind is Kind.MAX_POOL for step in steps):
        found = "max pooling that leaves height and width as they were"
        advice = "move the window by its own size: `nn.MaxPool2d(kernel_size=2, stride=2)`."
    else:
        found = "neither max pooling nor a convolution with a stride above 1"
        advice = (
            "call `nn.MaxPool2d(kernel_size=2, stride=2)` after the convolution, or set the "
            "convolution's `stride=2`; then adjust the first dense layer."
        )
    raise Failure(
        expected="height and width reduced by max pooling or by a strided convolution",
        found=found,
        advice=advice,
        detail=trace(net),
    )


def pictured_filters(subject: Subject) -> None:
    """Leaves a note where no picture was shown after the network was last trained."""
    if require_network(subject).data.pictured is False:
        note(
            "The question also asks to look at the learned filters: call `show_filters` on this "
            "network after training. (No points depend on it.)"
        )


def _convolutions(net: Network) -> list[Step]:
    return [step for step in net.graph.steps if net.is_convolution(step)]


def _is_layer_of_kernels(net: Network, step: Step) -> bool:
    # The last convolution of a stack may fill its map; on a single pixel it is a dense layer.
    return (
        step.kind is Kind.CONVOLUTION
        and len(step.attributes.get("kernel_shape", ())) == 2
        and net.shape_in(step)[1:] != (1, 1)
    )


def _keeps_size(net: Network, step: Step) -> bool:
    if max(step.pair("kernel_shape", 1)) <= 1 or step.pair("strides", 1) != (1, 1):
        return False
    kept = net.shape_out(step)[1:]
    if net.shape_in(step)[1:] == kept:
        return True
    # The padding may be a call of its own, and PyTorch writes circular padding as several steps.
    waiting, seen = list(net.graph.before(step)), set[Step]()
    while waiting:
        current = waiting.pop()
        if current.op not in _MOVING or current in seen:
            continue
        seen.add(current)
        if any(net.shapes.get(name, ())[1:] == kept for name in current.inputs):
            return True
        waiting.extend(net.graph.before(current))
    return False


def _shrinks(net: Network, step: Step) -> bool:
    before, after = net.shape_in(step), net.shape_out(step)
    if len(before) != 3:
        return False
    if len(after) < 3:
        return step.kind is Kind.AVERAGE_POOL
    return after[1] < before[1] and after[2] < before[2]


def _strides(net: Network, step: Step) -> bool:
    return (
        step.kind is Kind.CONVOLUTION
        and min(step.pair("strides", 1)) > 1
        and net.shape_in(step)[1:] != (1, 1)
        and _shrinks(net, step)
    )


def _pools_maxima(net: Network, last: Step) -> bool:
    """Whether a map shrinks to what `last` gives by moving numbers around and taking maxima."""
    after = net.shape_out(last)
    if len(after) not in (1, 3):
        return False
    small = after[1:] if len(after) == 3 else (1, 1)
    waiting = [(last, _takes_maxima(last))]
    seen = set[tuple[Step, bool]]()
    while waiting:
        step, maxima = waiting.pop()
        if (step, maxima) in seen or not (step.op in _MOVING or _takes_maxima(step)):
            continue
        seen.add((step, maxima))
        for name in step.inputs if maxima else ():
            before = net.shapes.get(name, ())
            same_channels = len(before) == 3 and before[0] == after[0]
            if same_channels and before[1] > small[0] and before[2] > small[1]:
                return True
        waiting.extend((b, maxima or _takes_maxima(b)) for b in net.graph.before(step))
    return False


def _takes_maxima(step: Step) -> bool:
    # The maximum with a constant is an activation; of two parts of a map, pooling.
    return step.op in _TAKING_MAXIMA or (step.op == "Max" and len(step.inputs) > 1)


def _map(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape[1:]))
