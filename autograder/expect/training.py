"""What differs between training and evaluation: dropout and batch normalisation."""

import numpy as np

from autograder.expect.networks import Subject, require_network, trace
from autograder.expect.verdict import Failure, note
from autograder.onnx_graph import Graph, Kind, Step
from autograder.onnx_model import Network


def dropout_after_convolution(subject: Subject) -> None:
    """Dropout that is active in training, off in eval mode, and follows a convolution."""
    _dropout_after(require_network(subject), Kind.CONVOLUTION)


def dropout_after_dense(subject: Subject) -> None:
    """Dropout that is active in training, off in eval mode, and follows a hidden dense layer."""
    _dropout_after(require_network(subject), Kind.DENSE)


def batch_normalisation(subject: Subject) -> None:
    """Batch normalisation with running statistics that training has updated."""
    net = require_network(subject)
    expected = "batch normalisation that has learned its running statistics in training"
    layers = net.graph.of_kind(Kind.BATCH_NORM)
    if not layers:
        raise Failure(
            expected=expected,
            found=_no_normalisation(net),
            advice=_ADD_NORMALISATION,
            detail=trace(net),
        )
    if all(step.attributes.get("training_mode") for step in layers):
        raise Failure(
            expected=expected,
            found="batch normalisation without running statistics: it uses each batch's own, even "
            "in eval mode",
            advice="leave `track_running_stats` at True (and pass `training=self.training` to "
            "`F.batch_norm`), so that one image gives the same scores in any batch.",
        )
    if not any(_has_learned(net.graph, step) for step in layers):
        raise Failure(
            expected=expected,
            found="running statistics as they were at the start: mean 0 and variance 1",
            advice="they only move while the network runs in training mode: call `.train()` before "
            "the batches of each epoch and `.eval()` only to measure.",
        )
    _note_training_mode(net)


_ADD_NORMALISATION = (
    "make an `nn.BatchNorm2d(number of filters)` in __init__ and call it in forward between a "
    "convolution and its activation."
)


def _no_normalisation(net: Network) -> str:
    if any(name.startswith("BatchNorm") for name in net.data.declared):
        return "a batch normalisation layer that is made but never called in forward"
    others = ("InstanceNormalization", "LayerNormalization", "GroupNormalization")
    if any(step.op in others for step in net.graph.steps):
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


def _dropout_after(net: Network, place: Kind) -> None:
    where = "a convolution" if place is Kind.CONVOLUTION else "the dense hidden layer"
    expected = f"dropout after {where}, active in training and off in evaluation"
    always_on = any(_is_active(net.graph, step) for step in net.graph.of_kind(Kind.DROPOUT))
    if always_on:
        raise Failure(
            expected=expected,
            found="dropout that stays on in eval mode, so that scores change from call to call",
            advice="pass `training=self.training` to `F.dropout`, or use an `nn.Dropout` layer: it "
            "follows `.train()` and `.eval()`.",
        )
    graph = net.training_graph
    active = [step for step in graph.of_kind(Kind.DROPOUT) if _is_active(graph, step)]
    places = {kind for step in active for kind in _layers_just_before(net, graph, step)}
    if place in places:
        _note_training_mode(net)
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


def _is_active(graph: Graph, step: Step) -> bool:
    """Whether an ONNX Dropout (inputs: data, ratio, training_mode) drops anything."""
    if len(step.others) < 2:
        return False
    ratio, training = (graph.constant(name) for name in step.others[:2])
    return bool(ratio is not None and ratio > 0 and training is not None and training)


def _layers_just_before(net: Network, graph: Graph, dropout: Step) -> set[Kind]:
    """The kinds of layer with weights whose result reaches the dropout without another between.

    A dense layer counts only as a hidden one: another dense layer has to come after the dropout.
    """
    found = set[Kind]()
    waiting, seen = list(graph.before(dropout)), set[Step]()
    hidden = any(_dense(net, step) for step in graph.all_after(dropout))
    while waiting:
        step = waiting.pop()
        if step in seen:
            continue
        seen.add(step)
        if _dense(net, step):
            found.update({Kind.DENSE} if hidden else ())
        elif step.kind is Kind.CONVOLUTION:
            found.add(Kind.CONVOLUTION)
        else:
            waiting.extend(graph.before(step))
    return found


def _dense(net: Network, step: Step) -> bool:
    """Whether a step of the training graph is a dense layer; the two graphs share weight names."""
    if step.kind is not Kind.CONVOLUTION:
        return step.kind is Kind.DENSE
    twins = (s for s in net.graph.of_kind(Kind.CONVOLUTION) if s.others[:1] == step.others[:1])
    return any(net.is_dense(twin) for twin in twins)


def _note_training_mode(net: Network) -> None:
    if net.data.left_in_training:
        note(
            f"`{net.name}` was left in training mode. Call `.eval()` before you measure or use it: "
            "in training mode dropout and batch normalisation change the scores. (It was measured "
            "in eval mode; no points are lost.)"
        )
