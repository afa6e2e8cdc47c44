"""What differs between training and evaluation: dropout and batch normalisation."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.expect.networks import Subject, require_network, trace
from autograder.expect.verdict import Failure, flag, note
from autograder.networks.graph import Graph, Kind, Step
from autograder.networks.network import Network
from autograder.networks.probe import ProbedGraph

# Below this share of numbers dropped, dropout does nothing that could be noticed.
_LEAST_DROPPED = 0.005


def dropout_after_convolution(subject: Subject) -> None:
    """Dropout that is active in training, off in eval mode, and follows a convolution."""
    _dropout_after(require_network(subject), Kind.CONVOLUTION)


def dropout_after_dense(subject: Subject) -> None:
    """Dropout that is active in training, off in eval mode, and follows a hidden dense layer."""
    _dropout_after(require_network(subject), Kind.DENSE)


def batch_normalisation(subject: Subject) -> None:
    """Batch normalisation with running statistics that training has updated."""
    net = require_network(subject)
    graph, training = net.graph, net.training_graph
    layers = [step for step in graph.of_kind(Kind.BATCH_NORM) if graph.matters(step)]
    handwritten = _averages_over_the_batch(training)
    if any(_has_learned(graph, step) for step in layers):
        _note_training_mode(net)
        return
    if _averages_over_the_batch(graph) or any(s.attributes.get("training_mode") for s in layers):
        found = (
            "batch normalisation without running statistics: it uses each batch's own, even in "
            "eval mode"
        )
        advice = (
            "leave `track_running_stats` at True (and pass `training=self.training` to "
            "`F.batch_norm`), so that one image gives the same scores in any batch."
        )
    elif handwritten and _has_own_statistics(graph, training):
        _note_training_mode(net)
        return
    elif layers or handwritten:
        found = "running statistics as they were at the start: mean 0 and variance 1"
        advice = (
            "they only move while the network runs in training mode: call `.train()` before the "
            "batches of each epoch and `.eval()` only to measure."
        )
    else:
        found = _no_normalisation(net)
        advice = (
            "make an `nn.BatchNorm2d(number of filters)` in __init__ and call it in forward "
            "between a convolution and its activation."
        )
    raise Failure(
        expected="batch normalisation that has learned its running statistics in training",
        found=found,
        advice=advice,
        detail=trace(net),
    )


def _no_normalisation(net: Network) -> str:
    if any(name.startswith(("BatchNorm", "LazyBatchNorm")) for name in net.data.declared):
        return "a batch normalisation layer that is made but never called in forward, or not used"
    others = ("InstanceNorm", "LayerNorm", "GroupNorm")
    names = [*net.data.declared, *(step.op for step in net.graph.steps)]
    if any(name.startswith(others) for name in names):
        return "a normalisation over each image alone, not over the batch"
    return "no batch normalisation between image and scores"


def _has_learned(graph: Graph, step: Step) -> bool:
    if step.attributes.get("training_mode") or len(step.others) < 2:
        return False
    # ONNX's inputs end with the running mean and the running variance; PyTorch starts at 0 and 1.
    mean, variance = (graph.constant(name) for name in step.others[-2:])
    if mean is None or variance is None:
        return False
    finite = bool(np.isfinite(mean).all() and np.isfinite(variance).all())
    return finite and not (np.all(mean == 0) and np.all(variance == 1))


def _averages_over_the_batch(graph: ProbedGraph) -> bool:
    """Whether a mean is taken over all images, as batch normalisation written by hand does."""
    return any(
        step.op == "ReduceMean" and 0 in step.attributes.get("axes", ()) and graph.matters(step)
        for step in graph.steps
    )


def _has_own_statistics(graph: Graph, training: Graph) -> bool:
    """Whether eval mode uses numbers that training mode does not, and that are not all 0 or 1."""
    used_in_training = {value.tobytes() for value in _arrays(training)}
    return any(
        value.tobytes() not in used_in_training and np.isfinite(value).all() and np.ptp(value) > 0
        for value in _arrays(graph)
    )


def _arrays(graph: Graph) -> list[NDArray[Any]]:
    values = (graph.constant(name) for step in graph.steps for name in step.others)
    return [v for v in values if v is not None and v.size > 1 and v.dtype == np.float32]


def _dropout_after(net: Network, place: Kind) -> None:
    where = "a convolution" if place is Kind.CONVOLUTION else "the dense hidden layer"
    expected = f"dropout after {where}, active in training and off in evaluation"
    if _active_dropout(net.graph):
        raise Failure(
            expected=expected,
            found="dropout that stays on in eval mode, so that scores change from call to call",
            advice="pass `training=self.training` to `F.dropout`, or use an `nn.Dropout` layer: it "
            "follows `.train()` and `.eval()`.",
        )
    graph = net.training_graph
    active = _active_dropout(graph)
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
        found = "a dropout layer that is made but never called in forward, or one with p=0"
    else:
        found = "no dropout between image and scores"
    raise Failure(
        expected=expected,
        found=found,
        advice=f"make an `nn.Dropout` in __init__ and call it in forward on what {where} gives"
        + (", before the output layer." if place is Kind.DENSE else ", before the flattening."),
        detail=trace(net),
    )


def _flag_other_network(net: Network, active: list[Step]) -> None:
    """Tell the TA of a network that in training mode is another, not the same with dropout.

    Looked at only where nothing else makes the modes differ: batch statistics and noise do.
    """
    graph = net.training_graph
    by_the_batch = graph.of_kind(Kind.BATCH_NORM) or _averages_over_the_batch(graph)
    if by_the_batch or any(step.op != "Dropout" for step in active):
        return
    if not np.allclose(net.graph.probed_scores, graph.probed_scores, rtol=1e-3, atol=1e-3):
        flag(f"{net.name}: in training mode it differs from eval mode by more than dropout")


def _active_dropout(graph: ProbedGraph) -> list[Step]:
    return [
        step
        for step in graph.of_kind(Kind.DROPOUT)
        if _drops_anything(graph, step) and graph.matters(step)
    ]


def _drops_anything(graph: Graph, step: Step) -> bool:
    if step.op != "Dropout":
        return True
    # ONNX's inputs are the data, the share that is dropped and whether it is training.
    if len(step.others) < 2:
        return False
    ratio, training = (graph.constant(name) for name in step.others[:2])
    return bool(ratio is not None and ratio > _LEAST_DROPPED and training is not None and training)


def _layers_just_before(graph: ProbedGraph, dropout: Step) -> set[Kind]:
    """The kinds of layer with weights whose result reaches the dropout without another between.

    A dense layer counts only as a hidden one: another dense layer has to come after the dropout.
    """
    found = set[Kind]()
    waiting, seen = list(graph.before(dropout)), set[Step]()
    hidden = any(map(graph.is_dense, graph.all_after(dropout)))
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
            "in eval mode; no points are lost.)"
        )
