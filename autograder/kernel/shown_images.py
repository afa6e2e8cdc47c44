"""On which scale a notebook's own variables hold images.

It is asked where no training was seen: of a network that was read from a file, and in a student's
own session, which is not watched.
"""

import contextlib
import random
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader

from autograder.kernel.scale import scale_of
from autograder.model import NetworkData, Observation, Pixels, Scale

# So many images of a variable tell their scale; fewer than the second may be something else.
_ASKED, _FEWEST = 16, 4


def with_scale(
    seen: Observation, namespace: Mapping[str, Any], pixels: Pixels, numbers: Collection[int]
) -> Observation:
    """The observation of a network with the scale of the notebook's images, if it has none.

    `pixels` and their `numbers` in an image are those of `watch_training`.

    Never raises: a student's data set may raise anything.
    """
    if not isinstance(seen, NetworkData) or seen.scale is not None or seen.evaluation is None:
        return seen
    return seen.model_copy(update={"scale": scale_in(namespace.values(), pixels, numbers)})


def scale_in(values: Iterable[Any], pixels: Pixels, numbers: Collection[int]) -> Scale | None:
    """The one scale of all data loaders; without any, that of all arrays. None if they differ."""
    values = tuple(values)
    loaders = [value for value in values if isinstance(value, DataLoader)]
    arrays = [value for value in values if isinstance(value, np.ndarray | torch.Tensor)]
    for batches in (_loaded(loaders, numbers), _rows(arrays, numbers)):
        scales = [scale for batch in batches if (scale := scale_of(batch, pixels)) is not None]
        if scales:
            return scales[0] if all(_alike(scales[0], other) for other in scales) else None
    return None


def _alike(scale: Scale, other: Scale) -> bool:
    """Whether two scales are one: few images tell it but nearly."""
    room = 0.03 * abs(scale.factor)
    return abs(scale.factor - other.factor) <= room and abs(scale.shift - other.shift) <= room


def _loaded(loaders: Iterable[DataLoader[Any]], numbers: Collection[int]) -> Iterator[torch.Tensor]:
    """The first images of the data set of each loader, as its transforms make them."""
    generators = random.getstate(), np.random.get_state()
    with torch.random.fork_rng(devices=[]):
        for loader in loaders:
            with contextlib.suppress(Exception):
                data: Any = loader.dataset
                items = [data[number] for number in range(min(_ASKED, len(data)))]
                images = [item[0] if isinstance(item, tuple | list) else item for item in items]
                batch = torch.stack([torch.as_tensor(image) for image in images])
                yield from _rows([batch], numbers)
    random.setstate(generators[0])
    np.random.set_state(generators[1])


def _rows(
    arrays: Iterable[np.ndarray[Any, Any] | torch.Tensor], numbers: Collection[int]
) -> Iterator[torch.Tensor]:
    """The first images of each array that holds images of real numbers."""
    for array in arrays:
        with contextlib.suppress(Exception):
            rows = torch.as_tensor(array[:_ASKED])
            is_images = len(rows) >= _FEWEST and rows[0].numel() in numbers
            if is_images and rows.is_floating_point():
                yield rows
