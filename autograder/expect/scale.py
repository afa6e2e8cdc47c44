"""Images on the scale on which a network was trained to see them."""

import numpy as np

from autograder.expect.verdict import note
from autograder.model import PLAIN, USUAL_SCALES, Scale
from autograder.networks.evaluation_set import EvaluationSet
from autograder.networks.network import Network

# Where an assignment names no threshold; a network that reads this much was shown such images.
_READS_MOST = 0.8


def on_its_scale(net: Network, images: EvaluationSet) -> EvaluationSet:
    """The images as the notebook presents them to the network, told in a note.

    That is the scale that was seen while it was trained. Where it reads too few of them, the usual
    scales are tried, and the best counts: the same images, whatever their scale.
    """
    enough = images.thresholds.get(net.name, _READS_MOST)
    seen = net.data.scale or PLAIN
    best, most = seen, _share(net, net.presented(images, seen))
    for scale in (PLAIN, *USUAL_SCALES):
        if most >= enough:
            break
        if scale != seen and (share := _share(net, net.presented(images, scale))) > most:
            best, most = scale, share
    if best != PLAIN:
        note(
            f"`{net.name}` was trained on images that your notebook scales ({_in_words(best)}). It "
            "was measured on images of that scale."
        )
    return net.presented(images, best)


def _share(net: Network, images: EvaluationSet) -> float:
    scores = net.scores(images)
    # Scores that are no numbers read nothing right.
    right = (np.argmax(scores, axis=1) == images.answers) & np.isfinite(scores.max(axis=1))
    return float(np.mean(right))


def _in_words(scale: Scale) -> str:
    shift = f", {'plus' if scale.shift > 0 else 'minus'} {abs(scale.shift):.3g}"
    return f"times {scale.factor:.3g}{shift if round(scale.shift, 3) else ''}"
