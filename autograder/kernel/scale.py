"""On which scale a network was shown the images that it was trained on.

Notebooks often scale images once, outside of their networks: to mean 0 and deviation 1, to [-1, 1],
to 0..255. The first batches that a network is trained on tell: a digit's ground is 0 before, and
its brightest pixel 255/256.
"""

import functools
from collections.abc import Iterable, Iterator
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import nn
from torch.nn.modules.module import register_module_forward_pre_hook

from autograder.model import PLAIN, USUAL_SCALES, Scale

_PIXELS = 784
_LEVELS = 256
_MOST_IMAGES = 64
# The brightest pixel of a digit; of a batch, nearly always the first of these.
_PEAKS = (255, 254, 253, 252, 251, 250)
# Batches that are recognised, and those that are looked at, before the look ends.
_MOST_FOUND, _MOST_LOOKS = 2, 40

_found: WeakKeyDictionary[nn.Module, Scale] = WeakKeyDictionary()


class _Look:
    """A hook on all modules, which takes itself off after the first batches."""

    def __init__(self) -> None:
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
        if not len(images) or images[0].numel() != _PIXELS:
            return
        self._last = id(images)
        self._looks += 1
        if (scale := scale_of(images)) is not None:
            _found[module] = scale
            self._found += 1
        if self._found >= _MOST_FOUND or self._looks >= _MOST_LOOKS:
            self._handle.remove()
            self._handle = None


def watch_training() -> None:
    """Look at the first batches of all, and at those after each optimizer that is made."""
    look = _Look()
    look.begin()
    original = torch.optim.Optimizer.__init__

    @functools.wraps(original)
    def made(self: Any, *args: Any, **named: Any) -> None:
        original(self, *args, **named)
        look.begin()

    torch.optim.Optimizer.__init__ = made  # type: ignore[method-assign]


def seen_scale(module: nn.Module) -> Scale | None:
    """The scale that a network was trained on; else the one that all others were trained on."""
    for part in module.modules():
        if (scale := _found.get(part)) is not None:
            return scale
    others = set(_found.values())
    return others.pop() if len(others) == 1 else None


def scale_of(images: torch.Tensor) -> Scale | None:
    """The scale of a batch of digits, in any shape (N, ...) of 784; None for what is none."""
    values = images.detach()[:_MOST_IMAGES].reshape(-1).float().cpu()
    low, high, ground = (float(v) for v in (values.min(), values.max(), values.median()))
    spread = high - low
    if not spread > 0 or not spread < float("inf"):
        return None
    bright = high if high - ground >= ground - low else low
    if min(ground - low, high - ground) <= 0.01 * spread:
        for scale in _exact(ground, bright):
            if _on_a_grid((values - scale.shift) / scale.factor):
                return scale
    return _nearest(ground, bright)


def _exact(ground: float, bright: float) -> Iterator[Scale]:
    for peak in _PEAKS:
        factor = (bright - ground) * _LEVELS / peak
        if Scale.holds(factor, ground):
            yield Scale(factor=factor, shift=ground)


def _on_a_grid(pixels: torch.Tensor) -> bool:
    """Whether what is not ground are whole levels, as the lab's pixels are."""
    levels = pixels[pixels > 0.5 / _LEVELS] * _LEVELS
    return len(levels) > 0 and bool(((levels - levels.round()).abs() < 0.13).float().mean() > 0.9)


def _nearest(ground: float, bright: float) -> Scale | None:
    """The usual scale that comes near, for images that were turned, blurred or made noisy."""

    def distance(scale: Scale) -> float:
        top = scale.shift + scale.factor * _PEAKS[0] / _LEVELS
        return (abs(ground - scale.shift) + abs(bright - top)) / scale.factor

    best = min(_usual(), key=distance)
    return best if distance(best) < 0.3 else None


def _usual() -> Iterable[Scale]:
    return (PLAIN, *USUAL_SCALES)
