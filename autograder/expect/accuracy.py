"""How many examples a network classifies right, against the threshold of the assignment."""

from collections import Counter
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from autograder.errors import BusyError, ModelError
from autograder.expect.absence import blame_the_machine
from autograder.expect.networks import Subject, finite_scores, require_network, trace
from autograder.expect.predictions import predicted_accuracy
from autograder.expect.scale import on_its_scale, scale_of
from autograder.expect.unregistered import unseen_layers
from autograder.expect.verdict import Failure, flag, mishaps, note, record, task_of
from autograder.model import FlagKind, Measurement, NetworkData, Scale
from autograder.networks.evaluation_set import EvaluationSet
from autograder.networks.network import Network
from autograder.networks.task import with_batch

# So much above what chance gives is a network that has learned little.
_LITTLE = 0.1
_STILL_RISES = "at the curves: does validation still rise? Then train longer."
# A network that reads so much of its training images has little left to learn from them.
_BY_HEART = 0.98
# So much less on new images than on those of the training is more than chance.
_GAP = 0.03


def accuracy(
    subject: Subject,
    images: EvaluationSet,
    trained_on: int | None = None,
    *,
    at_least: float | None = None,
    training: EvaluationSet | None = None,
) -> None:
    """The network's accuracy is `at_least` this, else the assignment's threshold for it.

    `trained_on` is how many examples the question asks to train with, where that matters, and
    `training` some of them: feedback then compares the accuracy on these, which decides nothing. An
    expression that gives classes, such as what an estimator predicts, is compared with the answers.

    Accuracy is the share of examples whose highest score is at their class, in eval mode: the same
    number as scikit-learn's `accuracy_score`. Raises KeyError where no threshold is set.
    """
    if not isinstance(subject, Network | NetworkData) and not task_of(subject.name).takes:
        predicted_accuracy(subject, images, at_least)
        return
    net = require_network(subject)
    threshold = images.thresholds[net.name] if at_least is None else at_least
    scale = scale_of(net, images)
    images = net.presented(images, scale)
    predicted = _predictions(net, images)
    _same_in_any_batch(net, images)
    reached = measure(net, images)
    record(
        Measurement(network=net.name, hidden=images.unseen, accuracy=reached, threshold=threshold)
    )
    report = f"`{net.name}` recognises {percent(reached)} of {_named(images)}"
    for_staff = f"{report}, threshold {percent(threshold)}"
    # The standard error of a share p of n images is sqrt(p (1 - p) / n).
    error = sqrt(threshold * (1 - threshold) / len(images))
    if abs(reached - threshold) <= 2 * error:
        flag(for_staff, FlagKind.BORDERLINE)
    if reached > images.unlikely.get(net.name, 1.0):
        flag(f"{for_staff}: better than networks of this assignment become")
    learned = _learned(net, training, scale)
    if reached < threshold:
        raise Failure(
            expected=f"`{net.name}` to recognise at least {percent(threshold)} of the "
            f"{net.task.many}",
            found=report + _most_confused(images.answers, predicted),
            advice=_advice(net, reached, trained_on, learned),
            mistake=f"accuracy below {percent(threshold)} on {images.description}"
            + (", close to guessing" if reached < _guessing(net) else ""),
        )
    note(f"{report}{_most_confused(images.answers, predicted)}.")
    if training is not None and learned is not None:
        note(f"Of {_named(training)} it recognises {percent(learned)}{_gap(learned - reached)}")


def _learned(net: Network, training: EvaluationSet | None, scale: Scale) -> float | None:
    """The accuracy on images of the training; None where it cannot be told."""
    if training is None:
        return None
    try:
        return measure(net, net.presented(training, scale))
    except BusyError:
        raise
    except ModelError:  # no time left for what decides nothing
        return None


def _gap(more: float) -> str:
    """What it means that training images are read so much better than new ones."""
    if more < _GAP:
        return ": about as many as of new ones, so it has not learned them by heart."
    return ". The gap to new images is overfitting: it knows these partly by heart."


def _advice(net: Network, reached: float, trained_on: int | None, learned: float | None) -> str:
    """What to try: a cell that stopped comes first, then training at all, then the images.

    `learned` is the accuracy on images of the training, where it is known.

    Raises Unjudged where a package that is not installed here stopped the training.
    """
    if unseen := unseen_layers(net.data):
        return unseen
    known = mishaps()
    if (error := known.that_uses(net.name) or known.that_makes(net.name)) is not None:
        blame_the_machine(error)
        return f"{error.text}, so `{net.name}` was not trained to the end. Mend that cell first."
    if reached < _guessing(net):
        return (
            f"that is like guessing. Was `{net.name}` trained? Or made anew after training? Then "
            "run its training cell again, last."
        )
    many = net.task.many
    asked = f"did it train with all {trained_on:,} {many}?" if trained_on is not None else ""
    if learned is not None and learned >= _BY_HEART:
        has = f"it recognises {percent(learned)} of its training {many} already"
        rest = asked.replace("did", "Did", 1) or "Try dropout, or fewer weights."
        return f"{has}, so longer training alone will not help. {rest}"
    return f"{asked} Look {_STILL_RISES}" if asked else f"look {_STILL_RISES}"


def not_worse(
    subject: Subject, than: Subject, images: EvaluationSet, by: float, floor: float = 0.5
) -> None:
    """The network's accuracy is not below that of `than` by more than `by`.

    `than` is trained: it reaches `floor`, which luck alone does not. It should be another network,
    and dense; a human is told where it is not.
    """
    net = require_network(subject)
    other = require_network(than)
    _tell_of_the_base(net, other)
    own = on_its_scale(net, images)
    _same_in_any_batch(net, own)
    reached, base = measure(net, own), measure(other, on_its_scale(other, images))
    found = (
        f"`{net.name}` recognises {percent(reached)} of {_named(images)}, `{other.name}` "
        f"{percent(base)}"
    )
    if base < floor:
        raise Failure(
            expected=f"`{other.name}` to be a trained network that `{net.name}` can be compared to",
            found=found,
            advice=f"run the cells that make and train `{other.name}` as they were given.",
            mistake=f"`{other.name}` is not trained",
        )
    if reached < base - by:
        raise Failure(
            expected=f"`{net.name}` to be about as good as `{other.name}` or better",
            found=found,
            advice=f"did both train with the same {net.task.many}, for as many epochs? Does an "
            "activation follow the convolution?",
            mistake=f"accuracy below that of `{other.name}`",
        )
    note(f"{found}.")


def percent(share: float) -> str:
    """A share in percent, with a decimal where there is one: `91.3 %`."""
    return f"{100 * share:.1f} %".replace(".0 %", " %")


def _named(images: EvaluationSet) -> str:
    return f"{len(images):,} {images.description}"


def measure(net: Network, images: EvaluationSet) -> float:
    """The accuracy of the network on the examples, in [0, 1]."""
    return float(np.mean(_predictions(net, images) == images.answers))


def _tell_of_the_base(net: Network, other: Network) -> None:
    """A note and a flag where the base is not the dense network that was given."""
    graph = other.graph
    if net.digest == other.digest:
        what = f"`{other.name}` is `{net.name}` itself"
    elif any(step.matters and graph.is_convolution(step) for step in graph.steps):
        what = f"`{other.name}` has a convolution: it is not the dense network that was given"
    else:
        return
    note(f"{what}.")
    flag(f"comparison: {what}")


def _same_in_any_batch(net: Network, images: EvaluationSet) -> None:
    """Raises Failure if an example's scores hang on those beside it.

    Dropout that is on and statistics of the batch are honest mistakes with a test of their own.
    Otherwise such a network could find out labels: by the accuracy that its answers for one place
    of a batch lead to. That is asked on hidden sets only, since it takes as long as measuring.
    """
    if not images.unseen:
        return
    changed = net.changed_by_order(images)
    if not changed:
        return
    flag(f"{net.name}: its scores depend on the size or the order of the batch")
    raise Failure(
        expected=f"`{net.name}` to give {_a(net.task.one)} the same scores in any batch",
        found=f"scores that change with the batch that {_a(net.task.one)} is in (for "
        f"{changed:,} of {len(images):,} {images.description})",
        advice=f"compute each {net.task.one}'s scores from this {net.task.one} alone. Does forward "
        f"count with `x.shape[0]`, {_a(net.task.one)}'s place in its batch, or earlier calls?",
        mistake="scores that depend on the batch",
    )


def _predictions(net: Network, images: EvaluationSet) -> NDArray[np.int64]:
    shape, classes = net.graph.scores_shape, int(images.answers.max()) + 1
    if len(shape) != 1 or shape[0] < classes:
        raise Failure(
            expected=f"`{net.name}` to give a score for each of the {classes} classes",
            found=f"scores of shape {with_batch(shape)}",
            advice=f"the last layer needs {classes} outputs, one for each {net.task.label}, for "
            f"every {net.task.one}.",
            detail=trace(net),
        )
    scores = net.scores(images)
    finite_scores(net, scores)
    predicted: NDArray[np.int64] = np.argmax(scores, axis=1)
    return predicted


def _a(word: str) -> str:
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"


def _guessing(net: Network) -> float:
    """The accuracy below which a network does little better than chance."""
    return 1 / net.graph.scores_shape[0] + _LITTLE


def _most_confused(labels: NDArray[np.int64], predicted: NDArray[np.int64]) -> str:
    wrong = predicted != labels
    pairs = Counter(zip(labels[wrong].tolist(), predicted[wrong].tolist(), strict=True))
    if not pairs:
        return ""
    (label, read_as), times = pairs.most_common(1)[0]
    return f". Most often it reads {label} as {read_as} ({times} times)"
