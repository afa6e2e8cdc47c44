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
    if reached < threshold:
        raise Failure(
            expected=f"`{net.name}` to read at least {threshold:.0%} of the images right",
            found=report,
            advice=_GUESSING if reached < _CHANCE else _TRAIN_MORE,
            mistake=f"accuracy below {threshold:.2f} on {images.description}"
            + (", close to guessing" if reached < _CHANCE else ""),
        )
    note(report[0].upper() + report[1:] + ".")


def not_worse(subject: Subject, than: Subject, images: ImageSet, by: float) -> None:
    """The network's accuracy is not below that of `than` by more than `by`."""
    net = require_network(subject)
    other = require_network(than)
    reached, base = measure(net, images), measure(other, images)
    found = (
        f"accuracy {reached:.3f} against {base:.3f} of `{other.name}` on {len(images.labels):,} "
        f"{images.description} ({images.device})"
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
