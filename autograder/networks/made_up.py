"""Made-up inputs, on which a network shows how it computes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.observables import InputSignature

Feed = dict[str, NDArray[Any]]
"""What a network is given, by the names of its inputs."""

# Whole numbers without a bound go up to this one.
_BELOW = 10
_LIT = 0.25
_KINDS = {"f32": np.float32, "f64": np.float32, "i64": np.int64, "i32": np.int32}
"""What a network's file takes: numbers of double precision are single ones in it."""


def made_up(inputs: Sequence[InputSignature], seed: int, count: int = 2) -> Feed:
    """Some examples, such as images of scattered bright pixels about as bright as a drawing is."""
    generator = np.random.default_rng(seed)
    return {one.name: _values(one, generator, count) for one in inputs}


def feed(inputs: Sequence[InputSignature], arrays: Sequence[NDArray[Any]]) -> Feed:
    """The arrays by the names of their inputs, as the network's file takes them."""
    pairs = zip(inputs, arrays, strict=True)
    return {one.name: np.ascontiguousarray(a, _KINDS[one.dtype]) for one, a in pairs}


def _values(one: InputSignature, generator: np.random.Generator, count: int) -> NDArray[Any]:
    shape, kind = (count, *one.shape), _KINDS[one.dtype]
    if one.dtype.startswith("i"):
        return generator.integers(0, one.below or _BELOW, shape).astype(kind)
    if len(one.shape) < 2:
        return generator.standard_normal(shape).astype(kind)
    lit = generator.random(shape) < _LIT
    return (lit * generator.random(shape)).astype(kind)
