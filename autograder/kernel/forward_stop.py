"""How far a forward pass comes that does not work, with the numbers for one example.

Only looked at where it has failed, so that networks that work pay nothing.
"""

import contextlib
import re
from collections.abc import Mapping
from difflib import get_close_matches
from math import prod
from typing import Any, Literal

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from autograder.kernel.copies import copied, in_mode
from autograder.kernel.given import Given
from autograder.model import ForwardStop

_LAYERS = {
    "linear": "dense layer",
    "conv2d": "convolution",
    "max_pool2d": "max pooling",
    "avg_pool2d": "average pooling",
    "adaptive_max_pool2d": "max pooling",
    "adaptive_avg_pool2d": "average pooling",
    "batch_norm": "batch normalisation",
    "flatten": "flattened",
    "view": "reshaped by `view`",
    "reshape": "reshaped by `reshape`",
    "pad": "padding added",
    "cat": "put together",
    "sum": "summed",
    "mean": "averaged",
}
_MOST_STEPS = 40
_MOST_EXAMPLES = 1_000
_FIXED = re.compile(r"shape '\[(\d+),")
_NO_ATTRIBUTE = re.compile(r"has no attribute '(\w+)'")


def forward_stop(module: nn.Module, given: Given) -> ForwardStop | None:
    """Where the network's forward pass stops for these inputs; None where nothing can be seen.

    Never raises.
    """
    try:
        probe, followed = in_mode(copied(module), training=False), _Followed(len(given))
        problem = ""
        try:
            with torch.no_grad(), followed:
                probe(*given.tensors)
        except Exception as error:  # a student's forward may raise anything
            problem = str(error)
        return ForwardStop(
            steps=tuple(followed.steps[:_MOST_STEPS]),
            at=followed.at,
            unit=followed.unit,
            given=followed.given,
            wanted=followed.wanted,
            batch=_only_batch(module, given, problem),
            near=_near_attribute(module, problem),
        )
    except Exception:  # what a copy does when it is made is the student's, too
        return None


class _Followed(TorchFunctionMode):
    """Notes the layers that a network of `count` examples calls, and where it goes wrong."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self._count = count
        self.steps: list[tuple[str, tuple[int, ...]]] = []
        self.at = ""
        self.unit: Literal["numbers", "channels"] = "numbers"
        self.given: int | None = None
        self.wanted: int | None = None

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """The result of `func`, noted."""
        name, settings = str(getattr(func, "__name__", "")), kwargs or {}
        try:
            result = func(*args, **settings)
        except Exception:
            if name in _LAYERS and not self.at:
                self._compare(name, args, settings)
            raise
        if name in _LAYERS and isinstance(result, torch.Tensor) and result.dim():
            self._note(name, args, result)
        return result

    def _note(self, name: str, args: tuple[Any, ...], result: torch.Tensor) -> None:
        shape = tuple(result.shape)
        self.steps.append((_in_words(name, args), shape[1:]))
        mixes = name in ("view", "reshape") and shape[0] != self._count and args[0].dim() > 2
        if mixes and args[0].shape[0] == self._count and not self.at:
            self.at, self.wanted = _LAYERS[name], prod(shape[1:])
            self.given = result.numel() // self._count

    def _compare(self, name: str, args: tuple[Any, ...], settings: Mapping[str, Any]) -> None:
        """The number for each example that a layer gets, and the one that it is made for."""
        self.at = _in_words(name, args)
        x = args[0]
        in_all = x.numel() // self._count
        if name == "linear":
            self.given = x.shape[-1] if x.dim() == 2 else in_all
            self.wanted = args[1].shape[1]
        elif name in ("view", "reshape"):
            sizes = [n for n in _sizes(args[1:]) if n != -1]
            self.given, self.wanted = in_all, prod(sizes)
        elif name in ("conv2d", "batch_norm") and x.dim() == 4:
            groups = settings.get("groups", args[6] if len(args) > 6 else 1)
            self.unit, self.given = "channels", x.shape[1]
            self.wanted = args[1].shape[1] * groups if name == "conv2d" else args[1].numel()


def _in_words(name: str, args: tuple[Any, ...]) -> str:
    if name == "conv2d" and len(args) > 1:
        filters, _, *kernel = args[1].shape
        return f"convolution {'x'.join(map(str, kernel))}, {filters} filters"
    return _LAYERS[name]


def _sizes(given: tuple[Any, ...]) -> list[int]:
    sizes = given[0] if len(given) == 1 and isinstance(given[0], (tuple, list)) else given
    return [int(size) for size in sizes]


def _only_batch(module: nn.Module, given: Given, problem: str) -> int | None:
    """The number of examples that a forward pass wants, where it works with that many alone."""
    found = _FIXED.search(problem)
    count = int(found[1]) if found else 0
    if not 2 < count <= _MOST_EXAMPLES:
        return None
    with contextlib.suppress(Exception), torch.no_grad():
        output = in_mode(copied(module), training=False)(*given.repeated(count).tensors)
        return count if output.shape[0] == count else None
    return None


def _near_attribute(module: nn.Module, problem: str) -> str:
    """The attribute of the network that is most like one that it lacks."""
    found = _NO_ATTRIBUTE.search(problem)
    own = [*module._modules, *(name for name in vars(module) if not name.startswith("_"))]
    match = get_close_matches(found[1], own, 1, 0.75) if found else []
    return match[0][:100] if match else ""
