"""A student's network as data: what it computes in each mode, and the scores that it gives."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from autograder.errors import ModelError
from autograder.model import NetworkData
from autograder.networks.description import DIGITS, Description, Input
from autograder.networks.evaluator import Budget, Evaluator
from autograder.networks.graph import Graph

Images = NDArray[np.float32]
Scores = NDArray[np.float32]

_CHUNK = 250
# What a network takes that has fixed its batch size: the observer exports with as many.
_TRACED_BATCH = 2
# All that is asked of one network takes a second; the largest that could be trained, some 20.
_SECONDS = 60


@dataclass(frozen=True, eq=False)
class ImageSet:
    """Labelled images to measure accuracy on.

    `images` are (N, 1, 28, 28) float32 in [0, 1), `labels` (N,) the digits; `thresholds` says by
    variable name which accuracy earns full marks and `unlikely` above which a human should look,
    `device` where the student's code ran, `unseen` whether students never see these images.
    """

    description: str
    images: Images
    labels: NDArray[np.int64]
    thresholds: Mapping[str, float]
    device: str = "cpu"
    unseen: bool = False
    unlikely: Mapping[str, float] = field(default_factory=dict)


class Network:
    """One network of a student. Everything is computed when first asked for, then kept.

    `evaluator` reads and runs its files: nothing here does. Any property or method raises
    ModelError where they cannot be read or run.
    """

    def __init__(self, data: NetworkData, evaluator: Evaluator, takes: Input = DIGITS) -> None:
        if data.evaluation is None or data.training is None:
            raise ModelError(data.problem or "the network gives no scores")
        self.data, self.takes = data, takes
        self._evaluation, self._training = data.evaluation, data.training
        self._evaluator, self._budget = evaluator, Budget(_SECONDS)
        self._scores: dict[ImageSet, Scores] = {}

    @property
    def name(self) -> str:
        """The student's variable."""
        return self.data.name

    @property
    def digest(self) -> str:
        """Names what the network computes in eval mode: equal networks have equal digests."""
        return hashlib.sha256(self._evaluation).hexdigest()

    @cached_property
    def _described(self) -> Description:
        return self._evaluator.describe([self._evaluation], self.takes, self._budget)

    @cached_property
    def graph(self) -> Graph:
        """What the network computes in eval mode."""
        return Graph(self._described)

    @cached_property
    def training_graph(self) -> Graph:
        """What the network computes in training mode, with the weights of eval mode."""
        files = [self._evaluation, self._training]
        return Graph(self._evaluator.describe(files, self.takes, self._budget))

    @property
    def has_bad_weights(self) -> bool:
        """Whether any weight is not a finite number."""
        return self._described.has_bad_weights

    @property
    def parameters(self) -> int:
        """How many numbers the network has learned: its weights without running statistics."""
        return self._described.parameters

    def scores(self, image_set: ImageSet) -> Scores:
        """The scores (N, classes) of N images in eval mode."""
        if image_set not in self._scores:
            try:
                scores = self._in_chunks(image_set.images, _CHUNK)
            except ModelError:
                scores = self._in_chunks(image_set.images, _TRACED_BATCH)
            self._scores[image_set] = scores
        return self._scores[image_set]

    def _in_chunks(self, images: Images, size: int) -> Scores:
        # Full chunks throughout, for networks that take no other: the last images come again.
        missing = -len(images) % size if size == _TRACED_BATCH else 0
        padded = np.concatenate([images, images[-1:].repeat(missing, axis=0)])
        scores = self._evaluator.scores(
            self._evaluation, padded, self.takes, self._budget, chunk=size
        )
        return scores[: len(images)]
