"""Images on the scale on which a network was trained to see them."""

import numpy as np

from autograder.expect.verdict import note
from autograder.model import PLAIN, Scale
from autograder.networks.evaluation_set import EvaluationSet
from autograder.networks.network import Network

# Where an assignment names no threshold; a network that reads this much was shown such images.
_READS_MOST = 0.8
# A network that was trained on a scale reads at least this much on it; luck alone does not.
_WAS_TRAINED = 0.5
# Looked at first: a network that reads half of all images reads more than a third of so many.
_FEW = 200
_READS_SOME = 0.35
# So much above what chance gives is a network that has learned nothing, on any scale.
_LITTLE = 0.1


def on_its_scale(net: Network, images: EvaluationSet) -> EvaluationSet:
    """The images as the notebook presents them to the network, told in a note."""
    return net.presented(images, scale_of(net, images))


def scale_of(net: Network, images: EvaluationSet) -> Scale:
    """The scale of images as the notebook presents them to the network, told in a note.

    That is the scale that was seen while it was trained. Where it reads too few of them, the usual
    scales are tried, and the best counts if the network was trained on it: the same images,
    whatever their scale. Nothing is said of a network that reads by chance. Where the course says
    nothing of pixels, images are as they are.
    """
    if (pixels := net.task.pixels) is None:
        return PLAIN
    enough = images.thresholds.get(net.name, _READS_MOST)
    seen = net.data.scale or PLAIN
    best, most = seen, _share(net, net.presented(images, seen))
    few = images.thinned(_FEW)
    for scale in (PLAIN, *pixels.usual_scales):
        if most >= enough:
            break
        if scale == seen:
            continue
        if scale != PLAIN and _share(net, net.presented(few, scale)) < _READS_SOME:
            continue
        if (share := _share(net, net.presented(images, scale))) <= most:
            continue
        if scale == PLAIN or share >= _WAS_TRAINED:
            best, most = scale, share
    if best != PLAIN and most > 1 / net.graph.scores_shape[0] + _LITTLE:
        note(
            f"Your notebook scales its images ({_in_words(best)}). `{net.name}` was measured on "
            "images of that scale."
        )
    return best


def _share(net: Network, images: EvaluationSet) -> float:
    scores = net.scores(images)
    # Scores that are no numbers read nothing right.
    right = (np.argmax(scores, axis=1) == images.answers) & np.isfinite(scores.max(axis=1))
    return float(np.mean(right))


def _in_words(scale: Scale) -> str:
    shift = f", {'plus' if scale.shift > 0 else 'minus'} {abs(scale.shift):.3g}"
    return f"times {scale.factor:.3g}{shift if round(scale.shift, 3) else ''}"
