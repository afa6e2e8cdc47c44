"""Random masks that a network draws outside of PyTorch, such as dropout by NumPy.

To an exporter they are constants. What two passes make differently of data from Python is random,
and gets a random tensor of PyTorch's in its place.
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import nn

from autograder.kernel.given import Given

_MAKERS = ("from_numpy", "tensor", "as_tensor")

Tensor = torch.Tensor


class Made:
    """How often a tensor was made of Python's data."""

    count = 0


@contextlib.contextmanager
def counted() -> Iterator[Made]:
    """Count the tensors that are made of data inside."""
    made = Made()

    def count(tensor: Tensor) -> Tensor:
        made.count += 1
        return tensor

    with _passing(count):
        yield made


def random_places(module: nn.Module, given: Given) -> frozenset[int]:
    """Which of the tensors that a pass makes of data are random, by their order."""
    passes = []
    for _ in range(2):
        made: list[Tensor] = []

        def keep(tensor: Tensor, made: list[Tensor] = made) -> Tensor:
            made.append(tensor.detach().clone())
            return tensor

        with torch.no_grad(), _passing(keep):
            module(*given.tensors)
        passes.append(made)
    pairs = enumerate(zip(*passes, strict=False))
    return frozenset(place for place, (one, other) in pairs if not torch.equal(one, other))


@contextlib.contextmanager
def drawn_by_torch(places: frozenset[int]) -> Iterator[None]:
    """Put a random mask of PyTorch's in these places."""
    made = Made()

    def draw(tensor: Tensor) -> Tensor:
        made.count += 1
        if made.count - 1 not in places:
            return tensor
        return torch.bernoulli(torch.full_like(tensor, 0.5, dtype=torch.float32)).to(tensor.dtype)

    with _passing(draw):
        yield


@contextlib.contextmanager
def _passing(through: Callable[[Tensor], Tensor]) -> Iterator[None]:
    """Let each tensor that is made of data pass through a function."""
    originals = {name: getattr(torch, name) for name in _MAKERS}

    def maker(name: str) -> Callable[..., Any]:
        return lambda *args, **named: through(originals[name](*args, **named))

    for name in _MAKERS:
        setattr(torch, name, maker(name))
    try:
        yield
    finally:
        for name, original in originals.items():
            setattr(torch, name, original)
