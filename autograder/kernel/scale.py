"""On which scale a network was shown the images that it was trained on.

Notebooks often scale images once, outside of their networks: to mean 0 and deviation 1, to [-1, 1],
to whole levels. The first batches that a network is trained on tell: an image's ground is 0
before, and its brightest pixel nearly 1.
"""

import functools
import warnings
from collections.abc import Collection, Iterator
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import nn
from torch.nn.modules.module import register_module_forward_pre_hook

from autograder.model import PLAIN, Pixels, Scale

_MOST_IMAGES = 64
# How far the brightest pixel of an image may lie below the highest level; of a batch, nearly always
# not at all.
_BELOW_THE_HIGHEST = 6
# Batches that are recognised, and those that are looked at, before the look ends.
_MOST_FOUND, _MOST_LOOKS = 2, 40

_found: WeakKeyDictionary[nn.Module, Scale] = WeakKeyDictionary()


class _Look:
    """A hook on all modules, which takes itself off after the first batches.

    Images have so many `numbers`, which are `pixels`.
    """

    def __init__(self, pixels: Pixels, numbers: Collection[int]) -> None:
        self._pixels, self._numbers = pixels, frozenset(numbers)
        self._handle: Any = None
        self._found = self._looks = 0
        self._last: int | None = None

    def begin(self) -> None:
        """Look at the batches from here on, a few of them."""
        self._found = self._looks = 0
        if self._handle is None:
            self._handle = register_module_forward_pre_hook(self._see)

    def _see(self, module: nn.Module, given: tuple[Any, ...]) -> None:
        images = given[0] if given else None
        if not isinstance(images, torch.Tensor) or not torch.is_grad_enabled():
            return
        # The layers of a network are given what the network was.
        if id(images) == self._last or not images.is_floating_point():
            return
        if not len(images) or images[0].numel() not in self._numbers:
            return
        self._last = id(images)
        self._looks += 1
        if (scale := scale_of(images, self._pixels)) is not None:
            _found[module] = scale
            self._found += 1
        if self._found >= _MOST_FOUND or self._looks >= _MOST_LOOKS:
            self._handle.remove()
            self._handle = None


def watch_training(pixels: Pixels, numbers: Collection[int]) -> None:
    """Look at the first batches of all, and at those after each optimizer that is made.

    `numbers` says how many pixels an image has, in any shape.
    """
    look = _Look(pixels, numbers)
    look.begin()
    original = torch.optim.Optimizer.__init__

    @functools.wraps(original)
    def made(self: Any, *args: Any, **named: Any) -> None:
        original(self, *args, **named)
        look.begin()

    torch.optim.Optimizer.__init__ = made  # type: ignore[method-assign]
    _compile_around_the_look()


def _compile_around_the_look() -> None:
    """Let PyTorch's compiler step out of its graph for the look, which `fullgraph=True` forbids."""
    original = torch.compile
    # What PyTorch says of hooks on all modules is about the look, not about a student's.
    warnings.filterwarnings(
        "ignore", message=r"Using `torch\.compile\(module\)` when there are glob"
    )

    @functools.wraps(original)
    def compiled(*args: Any, **named: Any) -> Any:
        return original(*args, **(named | {"fullgraph": False}))

    torch.compile = compiled


def seen_scale(module: nn.Module) -> Scale | None:
    """The scale that a network was trained on; else the one that all others were trained on."""
    for part in module.modules():
        if (scale := _found.get(part)) is not None:
            return scale
    others = set(_found.values())
    return others.pop() if len(others) == 1 else None


def scale_of(images: torch.Tensor, pixels: Pixels) -> Scale | None:
    """The scale of a batch of images, (N, ...) in any shape; None for what is none."""
    values = images.detach()[:_MOST_IMAGES].reshape(-1).float().cpu()
    low, high, ground = (float(v) for v in (values.min(), values.max(), values.median()))
    spread = high - low
    if not spread > 0 or not spread < float("inf"):
        return None
    bright = high if high - ground >= ground - low else low
    if min(ground - low, high - ground) <= 0.01 * spread:
        for scale in _exact(ground, bright, pixels.levels):
            if _on_a_grid((values - scale.shift) / scale.factor, pixels.levels):
                return scale
    return _nearest(ground, bright, pixels)


def _exact(ground: float, bright: float, levels: int) -> Iterator[Scale]:
    for peak in range(levels - 1, max(levels - 1 - _BELOW_THE_HIGHEST, 0), -1):
        factor = (bright - ground) * levels / peak
        if Scale.holds(factor, ground):
            yield Scale(factor=factor, shift=ground)


def _on_a_grid(values: torch.Tensor, levels: int) -> bool:
    """Whether what is not ground are whole levels, as pixels are that are handed out."""
    found = values[values > 0.5 / levels] * levels
    return len(found) > 0 and bool(((found - found.round()).abs() < 0.13).float().mean() > 0.9)


def _nearest(ground: float, bright: float, pixels: Pixels) -> Scale | None:
    """The usual scale that comes near, for images that were turned, blurred or made noisy."""

    def distance(scale: Scale) -> float:
        top = scale.shift + scale.factor * (pixels.levels - 1) / pixels.levels
        return (abs(ground - scale.shift) + abs(bright - top)) / scale.factor

    best = min((PLAIN, *pixels.usual_scales), key=distance)
    return best if distance(best) < 0.3 else None
