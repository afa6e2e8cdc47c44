"""Layers and weights that a network uses and PyTorch does not know of, kept in plain containers."""

from collections.abc import Iterator
from typing import Any

import torch
from torch import nn

_WITH_MODES = (nn.modules.dropout._DropoutNd, nn.modules.batchnorm._BatchNorm)
_DEEPEST = 3
_MOST = 20


def unregistered(module: nn.Module) -> tuple[str, ...]:
    """The attributes that hold them, such as `layers: list`, each with its type.

    `parameters()` leaves out what is there, `train()` and `eval()` do not reach it.
    """
    known = {id(part) for part in module.modules()} | {id(p) for p in module.parameters()}
    found = {
        f"{name}: {type(value).__name__}"[:100]
        for part in module.modules()
        for name, value in vars(part).items()
        if isinstance(value, list | tuple | dict)
        for inside in _inside(value, 0)
        if id(inside) not in known
    }
    return tuple(sorted(found)[:_MOST])


def _inside(value: Any, depth: int) -> Iterator[Any]:
    """The layers and weights in a container; what is made for inputs asks for no gradient."""
    if isinstance(value, nn.Module):
        # One without weights that does the same in both modes needs nobody to know of it.
        if isinstance(value, _WITH_MODES) or any(True for _ in value.parameters()):
            yield value
    elif isinstance(value, torch.Tensor):
        if value.is_leaf and value.requires_grad:
            yield value
    elif isinstance(value, list | tuple | dict) and depth < _DEEPEST:
        for item in value.values() if isinstance(value, dict) else value:
            yield from _inside(item, depth + 1)
