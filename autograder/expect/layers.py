"""How many layers of a kind a network passes on the way from its inputs to its scores."""

from autograder.expect.networks import Subject, require_network, trace
from autograder.expect.verdict import Failure
from autograder.networks.description import Kind, Step
from autograder.networks.graph import Graph

# What layers of no kind of their own are called in the file of a network.
_OPERATORS = {
    "LSTM": ("LSTM",),
    "GRU": ("GRU",),
    "RNN": ("RNN",),
    "ReLU": ("Relu",),
    "sigmoid": ("Sigmoid",),
    "tanh": ("Tanh",),
    "softmax": ("Softmax", "LogSoftmax"),
}


def layers(subject: Subject, kind: str, *, at_least: int = 1, at_most: int | None = None) -> None:
    """Between inputs and scores are so many layers of a kind, such as `"dense layer"` or `"LSTM"`.

    Counted are those that the scores depend on, in eval mode. Raises ValueError for a kind that has
    no name here.
    """
    known = [str(one) for one in Kind if one is not Kind.OTHER] + list(_OPERATORS)
    if kind not in known:
        raise ValueError(f"there is no kind of layer {kind!r}; known: {', '.join(known)}")
    net = require_network(subject)
    graph = net.training_graph if kind == str(Kind.DROPOUT) else net.graph
    count = sum(_is(graph, step, kind) for step in graph.steps if step.matters)
    if at_least <= count and (at_most is None or count <= at_most):
        return
    most = f" and at most {at_most}" if at_most is not None else ""
    raise Failure(
        expected=f"`{net.name}` to have at least {at_least}{most} of the kind {kind}",
        found=f"{count} of the kind {kind} between input and scores",
        advice="a layer counts if `forward` calls it and uses its result; one that is only made in "
        "`__init__` does nothing.",
        detail=trace(net, in_training=kind == str(Kind.DROPOUT)),
    )


def _is(graph: Graph, step: Step, kind: str) -> bool:
    if kind in _OPERATORS:
        return step.op in _OPERATORS[kind]
    if kind == str(Kind.DENSE):
        return graph.is_dense(step)
    return step.kind is Kind(kind)
