"""How many digits a network reads right, against the threshold of the assignment."""

from collections import Counter
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from autograder.expect.networks import Subject, finite_scores, require_network
from autograder.expect.verdict import Failure, flag, note, record
from autograder.model import FlagKind, Measurement
from autograder.networks.network import ImageSet, Network

# Ten digits give a tenth by chance; a network that has learned little is above this.
_CHANCE = 0.2
_GUESSING = (
    "this is close to guessing: make sure that this very network was trained (its own "
    "parameters in the optimiser) and that the loss falls from epoch to epoch."
)
_TRAIN_MORE = "train for more epochs, or give the network more filters; watch the validation curve."


def accuracy(subject: Subject, images: ImageSet) -> None:
    """The network's accuracy reaches the assignment's threshold for it.

    Accuracy is the share of images whose highest score is at their digit, in eval mode: the same
    number as scikit-learn's `accuracy_score`. Raises KeyError where no threshold is set.
    """
    net = require_network(subject)
    threshold = images.thresholds[net.name]
    predicted = _predictions(net, images)
    _same_in_any_batch(net, images)
    reached = measure(net, images)
    record(
        Measurement(network=net.name, hidden=images.unseen, accuracy=reached, threshold=threshold)
    )
    report = (
        f"accuracy {reached:.3f} on {len(images.labels):,} {images.description} "
        f"({images.device}), threshold {threshold:.2f}{_most_confused(images.labels, predicted)}"
    )
    # The standard error of a share p of n images is sqrt(p (1 - p) / n).
    error = sqrt(threshold * (1 - threshold) / len(images.labels))
    if abs(reached - threshold) <= 2 * error:
        flag(f"{net.name} {report}", FlagKind.BORDERLINE)
    if reached > images.unlikely.get(net.name, 1.0):
        flag(f"{net.name}: {report}: better than networks of this assignment become")
    if reached < threshold:
        raise Failure(
            expected=f"`{net.name}` to read at least {threshold:.0%} of the images right",
            found=report,
            advice=_GUESSING if reached < _CHANCE else _TRAIN_MORE,
            mistake=f"accuracy below {threshold:.2f} on {images.description}"
            + (", close to guessing" if reached < _CHANCE else ""),
        )
    note(report[0].upper() + report[1:] + ".")


def not_worse(
    subject: Subject, than: Subject, images: ImageSet, by: float, floor: float = 0.5
) -> None:
    """The network's accuracy is not below that of `than` by more than `by`.

    `than` is another network, dense, and trained: it reaches `floor`, which luck alone does not.
    """
    net = require_network(subject)
    other = require_network(than)
    _require_dense(net, other)
    _same_in_any_batch(net, images)
    reached, base = measure(net, images), measure(other, images)
    found = (
        f"accuracy {reached:.3f} against {base:.3f} of `{other.name}` on {len(images.labels):,} "
        f"{images.description} ({images.device})"
    )
    if base < floor:
        raise Failure(
            expected=f"`{other.name}` to be a trained network that `{net.name}` can be compared to",
            found=found,
            advice=f"run the cells that make and train `{other.name}` as they were given, and "
            "leave that name to it.",
            mistake=f"`{other.name}` is not trained",
        )
    if reached < base - by:
        raise Failure(
            expected=f"`{net.name}` to be about as good as `{other.name}` or better",
            found=found,
            advice="train both on the same images and for as many epochs; check that the "
            "activation follows the convolution.",
            mistake=f"accuracy below that of `{other.name}`",
        )
    note(f"{found[0].upper()}{found[1:]}.")


def measure(net: Network, images: ImageSet) -> float:
    """The accuracy of the network on the images, in [0, 1]."""
    return float(np.mean(_predictions(net, images) == images.labels))


def _require_dense(net: Network, other: Network) -> None:
    graph = other.graph
    if net.digest == other.digest:
        found = f"one network under both names, `{net.name}` and `{other.name}`"
    elif any(step.matters and graph.is_convolution(step) for step in graph.steps):
        found = f"a convolution in `{other.name}`"
    elif not any(step.matters and graph.is_dense(step) for step in graph.steps):
        found = f"no dense layer in `{other.name}`"
    else:
        return
    raise Failure(
        expected=f"`{other.name}` to be the dense network that `{net.name}` is compared to",
        found=found,
        advice=f"give your own network the name `{net.name}` only, and run the cells that make and "
        f"train `{other.name}` as they were given.",
        mistake=f"`{other.name}` is not the dense network",
    )


def _same_in_any_batch(net: Network, images: ImageSet) -> None:
    """Raises Failure if an image's scores hang on the images beside it.

    Dropout that is on and statistics of the batch are honest mistakes with a test of their own.
    Otherwise such a network could find out labels: by the accuracy that its answers for one place
    of a batch lead to. That is asked on hidden images only, since it takes as long as measuring.
    """
    if not images.unseen:
        return
    changed = net.changed_by_order(images)
    if not changed:
        return
    flag(f"{net.name}: its scores depend on the size or the order of the batch")
    raise Failure(
        expected=f"`{net.name}` to give an image the same scores in any batch",
        found=f"scores that change with the size of the batch or the order of the images (for "
        f"{changed:,} of {len(images.labels):,} {images.description})",
        advice="compute each image's scores from this image alone: nothing in forward should use "
        "`x.shape[0]` as a number, the place of an image in its batch, or earlier calls.",
        mistake="scores that depend on the batch",
    )


def _predictions(net: Network, images: ImageSet) -> NDArray[np.int64]:
    scores = net.scores(images)
    finite_scores(net, scores)
    predicted: NDArray[np.int64] = np.argmax(scores, axis=1)
    return predicted


def _most_confused(labels: NDArray[np.int64], predicted: NDArray[np.int64]) -> str:
    wrong = predicted != labels
    pairs = Counter(zip(labels[wrong].tolist(), predicted[wrong].tolist(), strict=True))
    if not pairs:
        return ""
    (digit, read_as), times = pairs.most_common(1)[0]
    return f"; confused most: {digit} read as {read_as} ({times} times)"
