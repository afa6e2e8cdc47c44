"""Inputs with their right answers, to measure networks and predictions on."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.observables import InputSignature

Inputs = NDArray[Any] | Mapping[str, NDArray[Any]]
"""One input to each example, (N, …), or several by name."""


@dataclass(frozen=True, eq=False)
class EvaluationSet:
    """N examples: `inputs` (N, …), and `answers` (N,) such as classes, or (N, k) numbers.

    `description` is what a reader calls the inputs; `thresholds` says by variable name which
    accuracy earns full marks and `unlikely` above which a human should look, `device` where the
    student's code ran, `unseen` whether students lack these inputs.
    """

    description: str
    inputs: Inputs
    answers: NDArray[Any]
    thresholds: Mapping[str, float] = field(default_factory=dict)
    device: str = "cpu"
    unseen: bool = False
    unlikely: Mapping[str, float] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.answers)

    @property
    def arrays(self) -> tuple[NDArray[Any], ...]:
        """All inputs, in the order of their names' table."""
        return tuple(self.inputs.values()) if isinstance(self.inputs, Mapping) else (self.inputs,)

    def thinned(self, count: int) -> "EvaluationSet":
        """Some `count` of the examples, evenly taken; the set itself where it has no more."""
        step = max(1, len(self) // count)
        if step == 1:
            return self
        few = self.inputs
        few = {n: v[::step] for n, v in few.items()} if isinstance(few, Mapping) else few[::step]
        return replace(self, inputs=few, answers=self.answers[::step])

    def for_inputs(self, takes: Sequence[InputSignature]) -> tuple[NDArray[Any], ...]:
        """An array (N, …) for each input of a network, by name, or the one that there is.

        Columns of numbers are put together for a network of one input. Raises ValueError, in one
        sentence for whoever writes tests, where set and network do not belong together.
        """
        found = self._matched(takes)
        for one, values in zip(takes, found, strict=True):
            if values.shape[1:] != one.shape or values.dtype.kind not in "biuf":
                raise ValueError(
                    f"{self.description}: inputs of shape {values.shape[1:]} are none that "
                    f"`{one.name}` takes, which are of shape {one.shape}"
                )
        return found

    def _matched(self, takes: Sequence[InputSignature]) -> tuple[NDArray[Any], ...]:
        if isinstance(self.inputs, Mapping):
            if all(one.name in self.inputs for one in takes):
                return tuple(self.inputs[one.name] for one in takes)
            columns = [values for values in self.inputs.values() if values.dtype.kind in "biuf"]
            if len(takes) == 1 and len(columns) == len(self.inputs):
                return (np.stack(columns, 1),)
        elif len(takes) == 1:
            return (self.inputs,)
        names = ", ".join(one.name for one in takes)
        raise ValueError(f"{self.description}: this set has no inputs for a network of {names}")

    @cached_property
    def secret(self) -> bytes:
        """Names the inputs; nobody can tell it who has not seen them."""
        digest = hashlib.sha256()
        for values in self.arrays:
            digest.update(np.ascontiguousarray(values).tobytes())
        return digest.digest()
