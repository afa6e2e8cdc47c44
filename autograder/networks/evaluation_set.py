"""Inputs with their right answers, to measure networks and predictions on."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

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

    @cached_property
    def secret(self) -> bytes:
        """Names the inputs; nobody can tell it who has not seen them."""
        digest = hashlib.sha256()
        for values in self.arrays:
            digest.update(np.ascontiguousarray(values).tobytes())
        return digest.digest()
