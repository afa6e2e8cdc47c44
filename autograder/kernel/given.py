"""Made-up inputs, with which a network is tried and exported."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn

from autograder.observables import InputSignature

COUNT = 2
"""Examples: training-mode batch normalisation refuses a batch of one."""

_DTYPES = {"f32": torch.float32, "f64": torch.float64, "i64": torch.int64, "i32": torch.int32}
# Whole numbers without a bound go up to this one.
_BELOW = 10


@dataclass(frozen=True)
class Given:
    """Inputs with their names, in the order in which a forward pass takes them."""

    names: tuple[str, ...]
    tensors: tuple[torch.Tensor, ...]

    def __len__(self) -> int:
        return len(self.tensors[0])

    def repeated(self, count: int) -> "Given":
        """The first example so many times."""
        tensors = (t[:1].repeat(count, *[1] * (t.dim() - 1)) for t in self.tensors)
        return Given(self.names, tuple(tensors))

    def flat(self) -> "Given":
        """Each example as a row."""
        return Given(self.names, tuple(t.flatten(1) if t.dim() > 1 else t for t in self.tensors))


def made_up(module: nn.Module, inputs: Sequence[InputSignature]) -> Given:
    """Two different examples, where the network's weights are."""
    first = next((p for p in module.parameters()), torch.empty(0))
    generator = torch.Generator().manual_seed(0)
    tensors = (_made_up(one, generator).to(first.device) for one in inputs)
    return Given(tuple(one.name for one in inputs), tuple(tensors))


def _made_up(one: InputSignature, generator: torch.Generator) -> torch.Tensor:
    shape, dtype = (COUNT, *one.shape), _DTYPES[one.dtype]
    if dtype.is_floating_point:
        return torch.rand(shape, generator=generator, dtype=dtype)
    return torch.randint(0, one.below or _BELOW, shape, generator=generator, dtype=dtype)
