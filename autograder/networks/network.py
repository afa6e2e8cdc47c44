"""A student's network as data: what it computes in each mode, and the scores that it gives."""

import hashlib
from dataclasses import replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from autograder.errors import BusyError, ModelError
from autograder.model import PLAIN, NetworkData, Scale
from autograder.networks.description import Description
from autograder.networks.evaluation_set import EvaluationSet
from autograder.networks.evaluator import Evaluator, TimeBudget
from autograder.networks.graph import Graph
from autograder.networks.task import Task

Images = NDArray[np.float32]
Scores = NDArray[np.float32]

_CHUNK = 250
_OTHER_CHUNK = 187
# What a network takes that has fixed its batch size: the observer exports with as many.
_TRACED_BATCH = 2
# All that is asked of one network takes a second; the largest that could be trained, some 20.
_SECONDS = 60
# Rounding changes scores by a millionth of their size, and that may add up from layer to layer.
_ROUNDING, _PRECISION = 1e-3, 1e-5
_FAR = 80.0


class Network:
    """One network of a student. Everything is computed when first asked for, then kept.

    `evaluator` reads and runs its files: nothing here does. `task` is what it takes. Any property
    or method raises ModelError where they cannot be read or run.
    """

    def __init__(self, data: NetworkData, evaluator: Evaluator, task: Task) -> None:
        if data.evaluation is None or data.training is None:
            raise ModelError(data.problem or "the network gives no scores")
        self.data, self.task = data, task
        self._evaluation, self._training = data.evaluation, data.training
        self._evaluator, self._budget = evaluator, TimeBudget(_SECONDS)
        self._scores: dict[EvaluationSet, Scores] = {}
        self._presented: dict[tuple[EvaluationSet, Scale], EvaluationSet] = {}
        self._changed: dict[EvaluationSet, int] = {}
        self._fixed_batch = False

    @property
    def name(self) -> str:
        """The student's variable."""
        return self.data.name

    @cached_property
    def digest(self) -> str:
        """Names what the network computes in eval mode: equal networks have equal digests."""
        return hashlib.sha256(self._evaluation).hexdigest()

    @cached_property
    def _described(self) -> Description:
        return self._evaluator.describe([self._evaluation], self.task.takes, self._budget)

    @cached_property
    def graph(self) -> Graph:
        """What the network computes in eval mode."""
        return Graph(self._described)

    @cached_property
    def training_graph(self) -> Graph:
        """What the network computes in training mode, with the weights of eval mode."""
        if not self._training:
            raise ModelError("its training mode cannot be followed")
        files = [self._evaluation, self._training]
        return Graph(self._evaluator.describe(files, self.task.takes, self._budget))

    @property
    def has_bad_weights(self) -> bool:
        """Whether any weight is not a finite number."""
        return self._described.has_bad_weights

    @property
    def parameters(self) -> int:
        """How many numbers the network has learned: its weights without running statistics."""
        return self._described.parameters

    def presented(self, examples: EvaluationSet, scale: Scale) -> EvaluationSet:
        """The images on another scale; the same set each time."""
        if scale == PLAIN:
            return examples
        key = examples, scale
        if key not in self._presented:
            (images,) = examples.arrays
            scaled = images * np.float32(scale.factor) + np.float32(scale.shift)
            self._presented[key] = replace(examples, inputs=scaled)
        return self._presented[key]

    def scores(self, examples: EvaluationSet) -> Scores:
        """The scores (N, k) of N examples in eval mode, taken in an order of its own.

        What has another shape for one example is a row all the same. The order comes of the network
        and the examples: who changes a network to learn more of the labels from its accuracy meets
        another order.
        """
        if examples not in self._scores:
            order = self._order(examples, 0)
            try:
                self._scores[examples] = self._in_order(examples, order, _CHUNK)
            except BusyError:
                raise
            except ModelError:
                self._scores[examples] = self._in_order(examples, order, _TRACED_BATCH)
                self._fixed_batch = True
        return self._scores[examples]

    def changed_by_order(self, examples: EvaluationSet) -> int:
        """How many examples get other scores in another order and in batches of another size.

        Rounding, which differs between sizes, is no change. Dropout is switched off for it; masks
        that a student has drawn by hand cannot be, and are let pass. Where scores depend on
        statistics of the batch, only the order within each batch is changed, and that of batches.
        """
        if examples not in self._changed:
            self._changed[examples] = self._changed_by_order(examples)
        return self._changed[examples]

    def _changed_by_order(self, examples: EvaluationSet) -> int:
        before, quiet = self.scores(examples), False
        if dropping := self.graph.dropping:
            if any(step.op != "Dropout" for step in dropping):
                return 0
            quiet = True
            order = self._order(examples, 0)
            before = self._in_order(examples, order, self._chunk, quiet=True)
        try:
            if self.graph.mixes_the_batch:
                order = _shuffled_inside(self._order(examples, 0), self._chunk)
                after = self._in_order(examples, order, self._chunk, quiet=quiet)
            else:
                order = self._order(examples, 1)
                size = self._chunk if self._fixed_batch else _OTHER_CHUNK
                after = self._in_order(examples, order, size, quiet=quiet)
        except BusyError:
            raise
        except ModelError:
            return len(before)
        return int(np.count_nonzero(~_alike(before, after)))

    @property
    def _chunk(self) -> int:
        return _TRACED_BATCH if self._fixed_batch else _CHUNK

    def _order(self, examples: EvaluationSet, number: int) -> NDArray[np.int64]:
        key = hashlib.sha256(self.digest.encode() + examples.secret + bytes([number])).digest()
        return np.random.default_rng(list(key)).permutation(len(examples))

    def _in_order(
        self, examples: EvaluationSet, order: NDArray[np.int64], size: int, *, quiet: bool = False
    ) -> Scores:
        """The scores in the order of the set, taken in another."""
        # Full chunks throughout, for networks that take no other: the last examples come again.
        missing = -len(order) % size if size == _TRACED_BATCH else 0
        padded = np.concatenate([order, order[-1:].repeat(missing)])
        inputs = [values[padded] for values in examples.for_inputs(self.task.takes)]
        taken = self._evaluator.scores(
            self._evaluation, inputs, self.task.takes, self._budget, chunk=size, quiet=quiet
        ).reshape(len(padded), -1)
        scores = np.empty_like(taken[: len(order)])
        scores[order] = taken[: len(order)]
        return scores


def _shuffled_inside(order: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """The same batches with their images in another order, the batches in another order, too."""
    generator = np.random.default_rng(0)
    whole = len(order) - len(order) % size
    batches = order[:whole].reshape(-1, size)
    batches = generator.permuted(batches[generator.permutation(len(batches))], axis=1)
    return np.concatenate([batches.reshape(-1), order[whole:]])


def _alike(some: Scores, others: Scores) -> NDArray[np.bool_]:
    """For each image whether its scores are the same but for rounding.

    What is far below the largest score says nothing: the logarithm of a vanishing probability.
    """
    if some.shape != others.shape:
        return np.zeros(len(some), np.bool_)
    # Scores that are no numbers equal nothing; they are a mistake with a sentence of its own.
    lost: NDArray[np.bool_] = ~np.all(np.isfinite(some), axis=1)
    also_lost: NDArray[np.bool_] = ~np.all(np.isfinite(others), axis=1)
    some = np.where(lost[:, None], 0, some)
    others = np.where(also_lost[:, None], 0, others)
    tops = np.maximum(some.max(axis=1), others.max(axis=1))
    one, other = (np.maximum(scores, (tops - _FAR)[:, None]) for scores in (some, others))
    spread = one.max(axis=1) - one.min(axis=1)
    room = _ROUNDING * spread + _PRECISION * np.abs(tops)
    alike: NDArray[np.bool_] = np.abs(one - other).max(axis=1) <= room
    same: NDArray[np.bool_] = alike & (lost == also_lost)
    return same
