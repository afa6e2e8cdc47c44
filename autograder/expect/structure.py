"""What a network computes on the way from image to scores, read from its graph.

A layer counts if the scores depend on it: one that is made but not called, multiplied by zero or
thrown away does not.
"""

from collections.abc import Callable
from math import prod

import numpy as np

from autograder.expect.networks import (
    Subject,
    finite_scores,
    layer,
    leave_own_convolution,
    require_network,
    trace,
)
from autograder.expect.unregistered import tell_unseen_layers
from autograder.expect.verdict import Failure, note
from autograder.networks.description import Kind, Shape, Step
from autograder.networks.evaluation_set import EvaluationSet
from autograder.networks.graph import Graph
from autograder.networks.made_up import made_up
from autograder.networks.network import Network

# Steps that move numbers around but neither mix nor weigh them.
_MOVING = {
    "Reshape", "Flatten", "Transpose", "Squeeze", "Unsqueeze", "Slice", "Split", "Gather",
    "Concat", "Pad", "Identity", "Cast", "DepthToSpace", "SpaceToDepth", "Expand", "Tile", "Relu",
}  # fmt: skip
# A note is a line: so many maps have room in it.
_MOST_TOLD = 8
_TAKING_MAXIMA = {"MaxPool", "GlobalMaxPool", "ReduceMax"}
_AVERAGING = {"AveragePool", "GlobalAveragePool", "ReduceMean", "ReduceSum"}
_PICKING = {"Slice", "Gather", "GatherND", "Resize", "Split", "MaxPool"}


def classifier(subject: Subject, classes: int | None = None) -> None:
    """The network gives finite scores for each example: as many as `classes`, else as it is set."""
    net = require_network(subject, gives=classes)
    # Not of one colour: a network may divide by each image's standard deviation.
    inputs = made_up(net.task.takes, 0)
    probe = EvaluationSet("two made-up examples", inputs, np.zeros(2, np.int64))
    finite_scores(net, net.scores(probe))
    tell_unseen_layers(net.data)


def convolution_before_dense(subject: Subject) -> None:
    """A two-dimensional convolution that no dense layer comes before."""
    net = require_network(subject)
    graph = net.graph
    expected = "a 2D convolution that the image passes before the dense hidden layer"
    convolutions = _convolutions(graph)
    if not convolutions:
        leave_own_convolution(net)
        raise Failure(
            expected=expected,
            found="no 2D convolution between image and scores",
            advice="make an `nn.Conv2d` in `__init__` and call it in `forward`, before the "
            "flattening; a layer that is never called, or whose result goes nowhere, does nothing.",
            detail=trace(net),
        )
    after_dense = graph.followed_from(graph.is_dense)
    if all(step in after_dense for step in convolutions):
        raise Failure(
            expected=expected,
            found="a convolution only after a dense layer",
            advice="a dense layer mixes all pixels and their neighbourhoods are lost: convolve the "
            "image first, then flatten, then the dense layers.",
            detail=trace(net),
        )
    _tell_parameters(net)


def size_kept_by_padding(subject: Subject) -> None:
    """A convolution, kernel larger than 1, whose padding keeps height and width."""
    net = require_network(subject)
    graph = net.graph
    expected = (
        "a convolution, kernel larger than 1x1, padded so that height and width stay as they were"
    )
    convolutions = _convolutions(graph)
    if any(_keeps_size(graph, step) for step in convolutions):
        _tell_shapes(net)
        return
    leave_own_convolution(net)
    larger = [step for step in convolutions if max(step.pair("kernel_shape")) > 1]
    if not convolutions:
        found = "no 2D convolution between image and scores"
        advice = "call an `nn.Conv2d` with padding before the flattening, and use its result."
    elif not larger:
        found = "only convolutions of 1x1, which keep the size without any padding"
        advice = "use a kernel of 3x3 or 5x5 and the padding that makes up for it."
    else:
        step = larger[0]
        before, after = graph.shape_in(step), graph.shape_out(step)
        found = f"a {layer(graph, step)}: {_map(before)} becomes {_map(after)}"
        advice = _how_to_keep(step, before)
    raise Failure(expected=expected, found=found, advice=advice, detail=trace(net))


def _how_to_keep(step: Step, before: Shape) -> str:
    """What a convolution that loses size lacks: a padding, or a stride of 1."""
    kernel, stride = step.pair("kernel_shape"), step.pair("strides")
    pads = step.pads or (0, 0, 0, 0)
    added = (pads[0] + pads[2], pads[1] + pads[3]) if len(pads) == 4 else (0, 0)
    if step.pads_to_same or added == (kernel[0] - 1, kernel[1] - 1):
        return (
            f"the padding is right. The stride of {max(stride)} makes the map smaller: what does "
            "a stride of 1 do?"
        )
    if added != (0, 0):
        return (
            f"with which padding does a kernel of {kernel[0]}x{kernel[1]} turn {before[1]} into "
            f"{before[1]}? Yours is not that one."
        )
    return (
        f"a kernel of {kernel[0]}x{kernel[1]} takes {kernel[0] - 1} away from the height. With "
        f"which padding does {before[1]} stay {before[1]}? Adjust the first dense layer, too."
    )


def stacked_convolutions(subject: Subject, at_least: int = 2) -> None:
    """At least that many convolutions one after another on a path from image to scores."""
    net = require_network(subject)
    counted = {step for step in net.graph.steps if _is_layer_of_kernels(net.graph, step)}
    depth: dict[Step, int] = {}
    for step in net.graph.steps:
        below = max((depth[before] for before in net.graph.before(step)), default=0)
        depth[step] = below + (step in counted)
    deepest = max(depth.values(), default=0)
    if deepest >= at_least:
        _tell_shapes(net)
        return
    leave_own_convolution(net)
    if len(counted) >= at_least:
        found = f"{len(counted)} convolutions side by side, not one after another"
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
    """Height and width become about half or less by max pooling or convolutions with a stride."""
    net = require_network(subject)
    graph = net.graph
    if _strided(graph) or _reduced(graph, _takes_maxima):
        _tell_shapes(net)
        return
    leave_own_convolution(net)
    if _reduced(graph, lambda step: step.op in _AVERAGING):
        found = "average pooling, which blurs features instead of keeping the strongest"
        advice = "use `nn.MaxPool2d(kernel_size=2, stride=2)`, or a stride of 2 in the convolution."
    elif _reduced(graph, lambda step: step.op in _PICKING):
        found = "pixels that are dropped without being looked at"
        advice = "keep each window's largest (`nn.MaxPool2d`), or give the convolution stride 2."
    elif any(step.kind is Kind.MAX_POOL and step.matters for step in graph.steps):
        found = "max pooling that leaves height and width nearly as they were"
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


def _tell_parameters(net: Network) -> None:
    """A note on where the parameters of a network lie: its dense layers have most of them."""
    graph = net.graph
    dense = sum(
        prod(graph.shape_in(step)) * prod(graph.shape_out(step))
        for step in graph.of_kind(Kind.DENSE)
    )
    if 0 < dense <= net.parameters:
        note(f"Of its {net.parameters:,} parameters {dense:,} are weights of dense layers.")


def _tell_shapes(net: Network) -> None:
    """A note on the feature maps that the network passes, from the image to the flattening."""
    graph = net.graph
    told = (Kind.CONVOLUTION, Kind.MAX_POOL, Kind.AVERAGE_POOL)
    steps = [step for step in graph.steps if step.kind in told and len(graph.shape_out(step)) == 3]
    shapes = [graph.input_shapes[0], *(graph.shape_out(step) for step in steps[:_MOST_TOLD])]
    note(f"Feature maps: {', '.join('x'.join(map(str, shape)) for shape in shapes)}.")


def _convolutions(graph: Graph) -> list[Step]:
    return [step for step in graph.steps if graph.is_convolution(step) and step.matters]


def _is_layer_of_kernels(graph: Graph, step: Step) -> bool:
    # The last convolution of a stack may fill its map; on a single pixel it is a dense layer.
    return (
        step.kind is Kind.CONVOLUTION
        and len(graph.shape_in(step)) == 3
        and graph.shape_in(step)[1:] != (1, 1)
        and step.matters
    )


def _keeps_size(graph: Graph, step: Step) -> bool:
    if max(step.pair("kernel_shape")) <= 1 or step.pair("strides") != (1, 1):
        return False
    kept = graph.shape_out(step)[1:]
    if graph.shape_in(step)[1:] == kept:
        return True
    # The padding may be a call of its own, and PyTorch writes circular padding as several steps.
    waiting, seen = list(graph.before(step)), set[Step]()
    while waiting:
        current = waiting.pop()
        if current.op not in _MOVING or current in seen:
            continue
        seen.add(current)
        if any(shape[1:] == kept for shape in graph.shapes_in(current)):
            return True
        waiting.extend(graph.before(current))
    return False


def _strided(graph: Graph) -> bool:
    """Whether convolutions with a stride reduce height and width, together or one after another."""
    layers = [step for step in graph.steps if _is_layer_of_kernels(graph, step)]

    def reduces(step: Step, side: int) -> bool:
        sizes = graph.shape_in(step)[1 + side], graph.shape_out(step)[1 + side]
        return step.pair("strides")[side] > 1 and _about_half(*sizes)

    return all(any(reduces(step, side) for step in layers) for side in (0, 1))


def _about_half(before: int, after: int) -> bool:
    """Whether a side became half as long or less; padding may leave a pixel more."""
    return after < before and 2 * after <= before + 2


def _reduced(graph: Graph, by: Callable[[Step], bool]) -> bool:
    """Whether a map that the scores depend on was made smaller by such steps and moving numbers."""
    return any(_ends_reduction(graph, step, by) and step.matters for step in graph.steps)


def _ends_reduction(graph: Graph, last: Step, by: Callable[[Step], bool]) -> bool:
    """Whether `last` gives a smaller map of as many channels, by moving and such steps alone."""
    after = graph.shape_out(last)
    # A map may be reduced to a number a channel; one number in all is a measure of the image.
    if len(after) != 3 and not (len(after) == 1 and after[0] > 1):
        return False
    small = after[1:] if len(after) == 3 else (1, 1)
    waiting = [(last, by(last))]
    seen = set[tuple[Step, bool]]()
    while waiting:
        step, done = waiting.pop()
        if (step, done) in seen or not (step.op in _MOVING or by(step)):
            continue
        seen.add((step, done))
        for before in _starts(graph, step) if done else ():
            same_channels = len(before) == 3 and before[0] == after[0]
            if same_channels and all(map(_about_half, before[1:], small)):
                return True
        waiting.extend((b, done or by(b)) for b in graph.before(step))
    return False


def _starts(graph: Graph, step: Step) -> tuple[Shape, ...]:
    """The shapes that a reduction may have begun with at a step.

    A window that moves by single pixels drops the border only: that is no reduction of its own.
    """
    one_by_one = step.kind is Kind.MAX_POOL and step.kernel_shape and max(step.pair("strides")) == 1
    return (graph.shape_out(step),) if one_by_one else graph.shapes_in(step)


def _takes_maxima(step: Step) -> bool:
    if step.op == "MaxPool":
        return max(step.pair("kernel_shape")) > 1
    # The maximum with a constant is an activation; of two parts of a map, pooling.
    return step.op in _TAKING_MAXIMA or (step.op == "Max" and len(step.inputs) > 1)


def _map(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape[1:]))
