"""What differs between training and evaluation: dropout and batch normalisation."""

from collections.abc import Sequence

import numpy as np

from autograder.expect.networks import Subject, require_network, trace
from autograder.expect.unregistered import unseen_layers
from autograder.expect.verdict import Failure, flag, note
from autograder.networks.description import Kind, Step
from autograder.networks.graph import Graph
from autograder.networks.network import Network

Scores = tuple[tuple[float, ...], ...]


def dropout_after_convolution(subject: Subject) -> None:
    """Dropout that is active in training, off in eval mode, and follows a convolution."""
    _dropout_after(require_network(subject), Kind.CONVOLUTION)


def dropout_after_dense(subject: Subject) -> None:
    """Dropout that is active in training, off in eval mode, and follows a hidden dense layer."""
    _dropout_after(require_network(subject), Kind.DENSE)


def batch_normalisation(subject: Subject) -> None:
    """Batch normalisation with running statistics that training has updated."""
    net = require_network(subject)
    graph = net.graph
    layers = [step for step in graph.of_kind(Kind.BATCH_NORM) if step.matters]
    if any(step.learned for step in layers):
        _note_training_mode(net)
        return
    # Looked at only here: eval mode is enough for most, and can be followed more often.
    training = net.training_graph
    handwritten = _averages_over_the_batch(training)
    if _averages_over_the_batch(graph) or any(s.by_the_batch for s in layers):
        found = (
            "batch normalisation without running statistics: it uses each batch's own, even in "
            "evaluation mode"
        )
        advice = (
            "leave `track_running_stats` at True. `F.batch_norm` needs `training=self.training`. "
            "Then one image gives the same scores in any batch."
        )
    elif handwritten and graph.vectors - training.vectors:
        _note_training_mode(net)
        return
    elif layers or handwritten:
        found = "running statistics as they were at the start: mean 0 and variance 1"
        advice = (
            "they only move while the network runs in training mode. Call `.train()` before the "
            "batches of each epoch, and `.eval()` only to measure."
        )
    else:
        found = _no_normalisation(net)
        advice = (
            "make an `nn.BatchNorm2d` for your number of filters in `__init__`. Call it in "
            "`forward` between a convolution and its activation."
        )
    raise Failure(
        expected="batch normalisation that has learned its running statistics in training",
        found=found,
        advice=unseen_layers(net.data) or advice,
        detail=trace(net),
    )


def _no_normalisation(net: Network) -> str:
    if any(name.startswith(("BatchNorm", "LazyBatchNorm")) for name in net.data.declared):
        return "a batch normalisation layer that is made but never called in `forward`, or not used"
    others = ("InstanceNorm", "LayerNorm", "GroupNorm")
    names = [*net.data.declared, *(step.op for step in net.graph.steps)]
    if any(name.startswith(others) for name in names):
        return "a normalisation over each image alone, not over the batch"
    return "no batch normalisation between image and scores"


def _averages_over_the_batch(graph: Graph) -> bool:
    """Whether a mean is taken over all images, as batch normalisation written by hand does."""
    return any(step.op == "ReduceMean" and 0 in step.axes and step.matters for step in graph.steps)


def _dropout_after(net: Network, place: Kind) -> None:
    where = "a convolution" if place is Kind.CONVOLUTION else "the dense hidden layer"
    expected = f"dropout after {where}, active in training and off in evaluation"
    if net.graph.dropping:
        raise Failure(
            expected=expected,
            found="dropout that stays on in evaluation mode: the scores change from call to call",
            advice=unseen_layers(net.data)
            or "an `nn.Dropout` layer follows `.train()` and `.eval()`. `F.dropout` has to be "
            "told: pass `training=self.training`.",
        )
    graph = net.training_graph
    active = graph.dropping
    places = {kind for step in active for kind in _layers_just_before(graph, step)}
    if place in places:
        _note_training_mode(net)
        _flag_other_network(net, active)
        return
    if active:
        other = Kind.DENSE if place is Kind.CONVOLUTION else Kind.CONVOLUTION
        after = f"only after a {other}" if other in places else "elsewhere"
        found = f"dropout {after}"
    elif any("Dropout" in name for name in net.data.declared):
        found = "a dropout layer that is made but never called in `forward`, or one with p=0"
    else:
        found = "no dropout between image and scores"
    raise Failure(
        expected=expected,
        found=found,
        advice=f"make an `nn.Dropout` in `__init__`. Call it in `forward` on what {where} gives"
        + (", before the output layer." if place is Kind.DENSE else ", before the flattening."),
        detail=trace(net, in_training=True),
    )


def _flag_other_network(net: Network, active: Sequence[Step]) -> None:
    """Tell the TA of a network that in training mode is another, not the same with dropout.

    Looked at only where nothing else makes the modes differ: batch statistics and noise do.
    """
    graph = net.training_graph
    by_the_batch = graph.of_kind(Kind.BATCH_NORM) or _averages_over_the_batch(graph)
    if by_the_batch or any(step.op != "Dropout" for step in active):
        return
    if not _alike(net.graph.probed, graph.probed):
        flag(f"{net.name}: in training mode it differs from eval mode by more than dropout")


def _alike(some: Scores, others: Scores) -> bool:
    """Whether scores are the same but for rounding; those that are too many to tell are not."""
    one, other = np.array(some), np.array(others)
    return one.shape == other.shape and np.allclose(one, other, rtol=1e-3, atol=1e-3)


def _layers_just_before(graph: Graph, dropout: Step) -> set[Kind]:
    """The kinds of layer with weights whose result reaches the dropout without another between.

    A dense layer counts only as a hidden one: another dense layer has to come after the dropout.
    """
    found = set[Kind]()
    waiting, seen = list(graph.before(dropout)), set[Step]()
    hidden = dropout in graph.leading_to(graph.is_dense)
    while waiting:
        step = waiting.pop()
        if step in seen:
            continue
        seen.add(step)
        if graph.is_dense(step):
            found.update({Kind.DENSE} if hidden else ())
        elif step.kind is Kind.CONVOLUTION:
            found.add(Kind.CONVOLUTION)
        else:
            waiting.extend(graph.before(step))
    return found


def _note_training_mode(net: Network) -> None:
    if net.data.left_in_training:
        note(
            f"`{net.name}` was left in training mode. Call `.eval()` before you measure or use it: "
            "in training mode dropout and batch normalisation change the scores. (It was measured "
            "in evaluation mode; no points are lost.)"
        )
