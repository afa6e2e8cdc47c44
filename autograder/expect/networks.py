"""From a student's variable to a network that can be judged, and its shape trace."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from autograder.errors import BusyError, CourseError, ModelError
from autograder.expect.absence import absent
from autograder.expect.forward import failure_of_forward
from autograder.expect.numbers import describe
from autograder.expect.verdict import CheckedElsewhere, Failure, Unjudged, mishaps, task_of
from autograder.model import (
    CANNOT_BE_FOLLOWED,
    WITHOUT_SIGNATURE,
    Missing,
    NetworkData,
    Observation,
    Other,
    Unanswered,
)
from autograder.networks.description import Kind, Step
from autograder.networks.graph import Graph
from autograder.networks.network import Network
from autograder.networks.task import Task, with_batch

_ELSEWHERE = (
    "Networks are checked where PyTorch runs, which it does not in a browser: open this notebook "
    "in Jupyter, VS Code or Colab."
)
_FOLLOW = "our tools cannot follow a step of `{}`"

Subject = Observation | Network


def require_network(subject: Subject, gives: int | None = None) -> Network:
    """The network to judge, which `gives` so many scores where that is said here.

    Raises Failure for anything that is none or does not run, Unjudged for what we cannot follow
    and where there is no PyTorch.
    """
    if isinstance(subject, Network):
        _require_readable(subject, _asked(subject.task, gives))
        return subject
    if mishaps().without_torch:
        raise CheckedElsewhere(_ELSEWHERE)
    task = _asked(task_of(subject.name), gives)
    wanted = task.wanted
    if isinstance(subject, Missing):
        raise absent(subject.name, f"that holds {wanted}")
    if isinstance(subject, Unanswered):
        raise Failure(
            expected=f"`{subject.name}` to be {wanted}",
            found="no answer yet",
            advice=f"write the network's class and set `{subject.name}` to an instance of it.",
        )
    if isinstance(subject, Other) and subject.is_class:
        raise Failure(
            expected=f"`{subject.name}` to be {wanted}",
            found=f"the class {subject.type_name} itself, not a network made from it",
            mistake="the class itself, not a network made from it",
            advice=f"call the class: `{subject.name} = {subject.type_name}()`.",
        )
    if isinstance(subject, NetworkData):
        if subject.problem == WITHOUT_SIGNATURE:
            raise CourseError(
                f"nothing says what the network `{subject.name}` takes: annotate the parameter, as "
                'in `net: "network(x=f32[6])"`, or set `takes` in the table `network`'
            )
        is_followed = task.gives is not None and subject.gives is not None
        if subject.problem.startswith(CANNOT_BE_FOLLOWED) and not is_followed:
            raise Unjudged(_FOLLOW.format(subject.name), subject.problem)
        raise failure_of_forward(subject, task, f"`{subject.name}` to be {wanted}")
    raise Failure(
        expected=f"`{subject.name}` to be {wanted}",
        found=describe(subject),
        mistake="something other than a network",
        advice=f"set `{subject.name}` to the network itself (an `nn.Module`), not to its output "
        "or its weights.",
    )


def _asked(task: Task, gives: int | None) -> Task:
    return task if gives is None else replace(task, gives=gives)


def _require_readable(net: Network, task: Task) -> None:
    if task.gives is not None and net.data.gives is not None:
        raise failure_of_forward(net.data, task, f"`{net.name}` to be {task.wanted}")
    try:
        steps, shape = net.graph.steps, net.graph.scores_shape
    except BusyError:
        raise
    except ModelError as error:
        # Honest networks get here too, through an operator that is out of the ordinary.
        raise Unjudged(_FOLLOW.format(net.name), str(error)) from None
    if not steps:
        # Honest networks get here through NumPy, as do those that look at nothing.
        raise Unjudged(
            f"`{net.name}` gives scores that are not computed from the {task.one}, as far as they "
            "can be followed: after `.numpy()`, `.item()` or `.tolist()` the way is lost"
        )
    if task.gives is None or shape == (task.gives,):
        return
    raise Failure(
        expected=f"`{net.name}` to be {task.wanted}",
        found=f"scores of shape {with_batch(shape)}",
        advice=f"the last layer needs {task.gives} outputs, one for each {task.label}, for every "
        f"{task.one}.",
        detail=trace(net),
    )


def leave_own_convolution(net: Network) -> None:
    """Raises Unjudged for a network that may have a convolution written by hand."""
    graph = net.graph
    # Layers that PyTorch writes as windows, such as adaptive pooling, are weighed as one row.
    if any(
        len(graph.shape_out(step)) > 1 or not graph.of_kind(Kind.CONVOLUTION)
        for step in graph.weighing_windows
    ):
        raise Unjudged(f"our tools cannot tell whether `{net.name}` has a convolution of its own")


def trace(net: Network, *, in_training: bool = False) -> str:
    """The network layer by layer, with the shape that each gives.

    In evaluation mode, where dropout is not seen, or `in_training`.
    """
    graph = net.training_graph if in_training else net.graph
    lines = ["Shapes, layer by layer:"]
    for number, taken in enumerate(graph.input_shapes):
        lines.append(f"  {_times(taken):>14}  {net.task.input_in_words(number)}")
    shown = graph.input_shapes[-1]
    for step in graph.steps:
        shape = graph.shape_out(step)
        if step.kind is not Kind.OTHER or shape != shown:
            lines.append(f"  {_times(shape):>14}  {layer(graph, step)}")
        shown = shape
    return "\n".join(lines)


def layer(graph: Graph, step: Step) -> str:
    """One step in words, such as `convolution 5x5, 16 filters, stride 1, padding 2`."""
    if step.kind is Kind.CONVOLUTION:
        kernel = _times(step.kernel_shape)
        filters = (graph.shape_out(step) or ("?",))[0]
        return (
            f"convolution {kernel}, {filters} filters, stride {_brief(step.pair('strides'))}, "
            f"padding {padding_in_words(step)}{_spread_in_words(step)}"
        )
    if step.kind in (Kind.MAX_POOL, Kind.AVERAGE_POOL) and step.kernel_shape:
        window = _times(step.pair("kernel_shape"))
        return f"{step.kind} {window}, stride {_brief(step.pair('strides'))}"
    if step.kind is Kind.OTHER:
        return {"Reshape": "reshaped", "Flatten": "flattened"}.get(step.op, step.op)
    return str(step.kind)


def _spread_in_words(step: Step) -> str:
    """Dilation and groups of a convolution, where it has any."""
    spread = ""
    if max(step.dilations, default=1) > 1:
        spread += f", dilation {_brief((step.dilations[0], step.dilations[-1]))}"
    if step.groups > 1:
        spread += f", groups {step.groups}"
    return spread


def padding_in_words(step: Step) -> str:
    """The padding of a convolution: `same`, one number, or top, left, bottom, right."""
    if step.pads_to_same:
        return "same"
    pads = step.pads or (0,)
    return str(pads[0]) if len(set(pads)) == 1 else str(pads)


def finite_scores(net: Network, scores: NDArray[np.float32]) -> None:
    """Raises Failure if a score is NaN or an example has no largest finite score."""
    # The logarithm of a probability that is too small to be written is minus infinity.
    if not np.isnan(scores).any() and np.isfinite(scores.max(axis=1)).all():
        return
    weights = "weights that are" if net.has_bad_weights else "scores that are"
    raise Failure(
        expected=f"`{net.name}` to give finite scores",
        found=f"{weights} not numbers any more (NaN or infinite)",
        advice="training has blown up: use a smaller learning rate, make the network anew and "
        "train it again; look for a division by zero or a log of zero in `forward`.",
    )


def _times(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape)) if shape else "one number"


def _brief(pair: tuple[int, int]) -> str:
    return str(pair[0]) if pair[0] == pair[1] else str(pair)
