"""Networks to experiment on, so that looking at a student's network leaves it as it is."""

import contextlib
import copy
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import nn
from torch.nn.parameter import is_lazy


class FunctionNetwork(nn.Module):
    """A network written as a plain function; `parts` are the modules that the function calls."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__()
        self.function = function
        self.parts = nn.ModuleList(_modules_called_by(function))

    def forward(self, images: torch.Tensor) -> Any:
        """The function's result."""
        return self.function(images)

    def __deepcopy__(self, memo: dict[int, Any]) -> "FunctionNetwork":
        # A copy of the parts would be of no use: the function goes on calling the originals.
        return self

    @contextlib.contextmanager
    def restored(self) -> Iterator[None]:
        """Put modes and buffers back as they were."""
        modes = [(part, part.training) for part in self.modules()]
        buffers = [(b, b.detach().clone()) for b in self.buffers() if not is_lazy(b)]
        try:
            yield
        finally:
            for part, training in modes:
                part.training = training
            with torch.no_grad():
                for buffer, value in buffers:
                    buffer.copy_(value)


def copied(module: nn.Module) -> nn.Module:
    """A copy of the network, also of one that keeps results of its last forward pass.

    Hooks that watch its layers are left out: they would watch our experiments.
    """
    original = torch.Tensor.__deepcopy__

    def detached(tensor: torch.Tensor, memo: dict[int, Any]) -> Any:
        return original(tensor if tensor.is_leaf else tensor.detach(), memo)

    torch.Tensor.__deepcopy__ = detached  # type: ignore[method-assign]
    try:
        try:
            twin = copy.deepcopy(module)
        except Exception:  # what cannot be copied may be anything
            twin = copy.deepcopy(module, _uncopyable(module))
    finally:
        torch.Tensor.__deepcopy__ = original  # type: ignore[method-assign]
    for part in twin.modules():
        part._forward_hooks.clear()
    return twin


def _uncopyable(module: nn.Module) -> dict[int, Any]:
    """What a deep copy has to share with the original: Python modules, open files and the like."""
    shared: dict[int, Any] = {}
    for part in module.modules():
        for value in vars(part).values():
            if isinstance(value, dict | nn.Module | torch.Tensor):
                continue
            try:
                copy.deepcopy(value)
            except Exception:
                shared[id(value)] = value
    return shared


def _modules_called_by(function: Callable[..., Any]) -> list[nn.Module]:
    """The modules that a function finds in its surroundings, also in lists and dictionaries."""
    values = list(getattr(function, "__dict__", {}).values())
    with contextlib.suppress(TypeError):
        surroundings = inspect.getclosurevars(function)
        values += [*surroundings.nonlocals.values(), *surroundings.globals.values()]
    for value in tuple(values):
        if isinstance(value, list | tuple):
            values.extend(value)
        elif isinstance(value, dict):
            values.extend(value.values())
    return [value for value in values if isinstance(value, nn.Module)]
