"""The steps from inputs to scores as they hang together, made from a description alone."""

from collections import Counter
from collections.abc import Callable, Iterable
from functools import cached_property
from math import prod

from autograder.networks.description import Description, Kind, Shape, Step

_CUTTING = {"Slice", "Gather", "GatherND", "Split"}


class Graph:
    """A description that can be asked about its steps.

    Steps that give the same for every example, such as a product with zero, are not among them.
    """

    def __init__(self, described: Description) -> None:
        self._described = described
        self.steps = described.steps
        self._producers = {name: step for step in self.steps for name in step.outputs}
        self._readers: dict[int, list[Step]] = {}
        for step in self.steps:
            for name in step.inputs:
                self._readers.setdefault(name, []).append(step)

    @property
    def vectors(self) -> frozenset[str]:
        """Digests of the weights and statistics that the steps use."""
        return self._described.vectors

    @property
    def probed(self) -> tuple[tuple[float, ...], ...]:
        """The scores of two made-up examples, dropout switched off; empty for very many."""
        return self._described.probed

    @property
    def input_shapes(self) -> tuple[Shape, ...]:
        """The shape of each input of one example, such as (3, 32, 32)."""
        return self._described.shapes[: self._described.inputs]

    @property
    def scores_shape(self) -> Shape:
        """The shape of one example's scores."""
        return self._described.shapes[self._described.scores]

    @cached_property
    def dropping(self) -> tuple[Step, ...]:
        """Dropout that is at work and that the scores depend on."""
        return tuple(step for step in self.of_kind(Kind.DROPOUT) if step.drops and step.matters)

    @cached_property
    def mixes_the_batch(self) -> bool:
        """Whether the scores depend on a number taken over all images of a batch."""
        return any(
            step.matters
            and (step.by_the_batch or (step.op.startswith("Reduce") and _whole_batch(step.axes)))
            for step in self.steps
        )

    def of_kind(self, kind: Kind) -> tuple[Step, ...]:
        """All steps of that kind, in order."""
        return tuple(step for step in self.steps if step.kind is kind)

    def before(self, step: Step) -> tuple[Step, ...]:
        """The steps whose results `step` reads."""
        return tuple(self._producers[name] for name in step.inputs if name in self._producers)

    def followed_from(self, wanted: Callable[[Step], bool]) -> set[Step]:
        """The steps with a wanted one somewhere on a path that leads to them."""
        found = set[Step]()
        for step in self.steps:
            if any(before in found or wanted(before) for before in self.before(step)):
                found.add(step)
        return found

    def leading_to(self, wanted: Callable[[Step], bool]) -> set[Step]:
        """The steps with a wanted one somewhere on a path that goes on from them."""
        found = set[Step]()
        for step in reversed(self.steps):
            if any(after in found or wanted(after) for after in self._after(step)):
                found.add(step)
        return found

    def shape_in(self, step: Step) -> Shape:
        """The shape that a step reads, such as (channels, height, width)."""
        return self._described.shapes[step.inputs[0]] if step.inputs else ()

    def shape_out(self, step: Step) -> Shape:
        """The shape that a step gives."""
        return self._described.shapes[step.outputs[0]]

    def shapes_in(self, step: Step) -> tuple[Shape, ...]:
        """The shapes of all that a step reads of the inputs."""
        return tuple(self._described.shapes[name] for name in step.inputs)

    def is_dense(self, step: Step) -> bool:
        """Whether the step is a dense layer, written as one or as a kernel that fills its input."""
        if step.kind is Kind.DENSE:
            return True
        return step.kind is Kind.CONVOLUTION and self.shape_out(step)[1:] == (1, 1)

    def is_convolution(self, step: Step) -> bool:
        """Whether the step slides a two-dimensional kernel over a map."""
        return (
            step.kind is Kind.CONVOLUTION
            and len(self.shape_in(step)) == 3
            and not self.is_dense(step)
        )

    @cached_property
    def weighing_windows(self) -> tuple[Step, ...]:
        """What lays weights on overlapping cuts of the inputs, with no dense layer before.

        So a convolution may be written by hand.
        """
        cut = Counter[int]()
        for step in self.steps:
            if step.op in _CUTTING and step.inputs:
                cut[step.inputs[0]] += sum(prod(self._described.shapes[n]) for n in step.outputs)
        shapes = self._described.shapes
        twice = {name for name, count in cut.items() if count > prod(shapes[name])}
        windows = self.followed_from(
            lambda step: step.op in _CUTTING and not twice.isdisjoint(step.inputs)
        )
        late = self.followed_from(self.is_dense)
        dense = self.of_kind(Kind.DENSE)
        return tuple(s for s in dense if s in windows and s not in late and s.matters)

    def _after(self, step: Step) -> Iterable[Step]:
        return (reader for name in step.outputs for reader in self._readers.get(name, ()))


def _whole_batch(axes: tuple[int, ...]) -> bool:
    """Whether a reduction over these axes takes the images together; none named means all."""
    return not axes or 0 in axes
