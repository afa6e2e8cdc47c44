"""PyTorch's functions that its ONNX exporter has no word for, in terms that it has.

Each takes the arguments of the function that it replaces and gives the same result, but for random
numbers, of which only the place is judged.
"""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F

Tensor = torch.Tensor


def _batch_norm(
    x: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Batch normalisation; without running statistics, ONNX has no word for it."""
    if running_mean is not None:
        return F.batch_norm(x, running_mean, running_var, weight, bias, training, momentum, eps)
    return _normalised(x, [0, *range(2, x.dim())], weight, bias, eps)


def _instance_norm(
    x: Tensor,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Normalisation of each image alone; ONNX's own wants to know the number of images."""
    if not use_input_stats:
        return F.batch_norm(x, running_mean, running_var, weight, bias, False, momentum, eps)
    return _normalised(x, list(range(2, x.dim())), weight, bias, eps)


def _normalised(
    x: Tensor, axes: list[int], weight: Tensor | None, bias: Tensor | None, eps: float
) -> Tensor:
    """Mean 0 and variance 1 along the axes, then scaled and shifted by channel."""
    centred = x - x.mean(axes, keepdim=True)
    x = centred / torch.sqrt((centred * centred).mean(axes, keepdim=True) + eps)
    channels = (1, -1, *(1 for _ in range(2, x.dim())))
    x = x if weight is None else x * weight.view(channels)
    return x if bias is None else x + bias.view(channels)


def _adaptive_max_pool2d(x: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    sizes = _sizes(x, output_size)
    if return_indices or _divides(sizes):
        pool: Any = F.adaptive_max_pool2d  # its overloads want `return_indices` spelled out
        return pool(x, [wanted for _, wanted in sizes], return_indices)
    return _adaptive(x, sizes, torch.amax)


def _adaptive_avg_pool2d(x: Tensor, output_size: Any) -> Tensor:
    sizes = _sizes(x, output_size)
    if _divides(sizes):
        (_, height), (_, width) = sizes
        return F.adaptive_avg_pool2d(x, (height, width))
    return _adaptive(x, sizes, torch.mean)


def _sizes(x: Tensor, output_size: Any) -> list[tuple[int, int]]:
    """Size and wanted size of height and of width; None asks for the size as it is."""
    wanted = output_size if isinstance(output_size, (tuple, list)) else (output_size,) * 2
    given = [int(size) for size in x.shape[-2:]]
    return [(g, g if w is None else int(w)) for g, w in zip(given, wanted, strict=True)]


def _divides(sizes: list[tuple[int, int]]) -> bool:
    return all(given % wanted == 0 for given, wanted in sizes)


def _adaptive(x: Tensor, sizes: list[tuple[int, int]], take: Callable[..., Tensor]) -> Tensor:
    """Pooling over windows that differ in size, first along the height, then along the width."""
    for axis, (given, wanted) in zip((-2, -1), sizes, strict=True):
        starts = [given * i // wanted for i in range(wanted)]
        ends = [-(-given * (i + 1) // wanted) for i in range(wanted)]
        windows = [x.narrow(axis, s, e - s) for s, e in zip(starts, ends, strict=True)]
        x = torch.cat([take(window, axis, keepdim=True) for window in windows], axis)
    return x


def _fractional_max_pool2d(
    x: Tensor,
    kernel_size: Any,
    output_size: Any = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> Tensor:
    """Max pooling over windows at random places, which are taken from the middle of their range.

    Graham, Fractional Max-Pooling, 2014: a_i = ceil(alpha (i + u)), u in (0, 1).
    """
    if return_indices:
        raise NotImplementedError("indices of fractional pooling")
    kernel = _two(kernel_size)
    sizes = [int(size) for size in x.shape[-2:]]
    wanted = (
        _two(output_size)
        if output_size is not None
        else tuple(int(s * r) for s, r in zip(sizes, _two(output_ratio), strict=True))
    )
    for axis, size, out, window in zip((-2, -1), sizes, wanted, kernel, strict=True):
        step = (size - window) / (out - 1) if out > 1 else 0.0
        starts = [int((i + 0.5) * step) - int(0.5 * step) for i in range(out - 1)]
        starts.append(size - window)
        windows = [x.narrow(axis, start, window) for start in starts]
        x = torch.cat([torch.amax(window, axis, keepdim=True) for window in windows], axis)
    return x


def _max_unpool2d(
    x: Tensor,
    indices: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    output_size: Any = None,
) -> Tensor:
    """Each number back in its place, zeros elsewhere."""
    kernel, padded = _two(kernel_size), _two(padding)
    stride = kernel if stride is None else _two(stride)
    given = zip(x.shape[-2:], stride, padded, kernel, strict=True)
    sizes = [(int(size) - 1) * step - 2 * pad + window for size, step, pad, window in given]
    if output_size is not None:
        sizes = [int(size) for size in tuple(output_size)[-2:]]
    height, width = sizes
    batch, channels = x.shape[0], x.shape[1]
    empty = x.new_zeros((batch, channels, height * width))
    return empty.scatter(2, indices.flatten(2), x.flatten(2)).view(batch, channels, height, width)


def _unfold(
    x: Tensor, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
) -> Tensor:
    """Every window as a column: a convolution with filters that pick one number each."""
    height, width = _two(kernel_size)
    count = int(x.shape[1]) * height * width
    picking = torch.tensor(torch.eye(count).view(count, -1, height, width).tolist())
    found = F.conv2d(
        x, picking.to(x), stride=_two(stride), padding=_two(padding), dilation=_two(dilation)
    )
    return found.flatten(2)


def _channel_shuffle(x: Tensor, groups: int) -> Tensor:
    batch, channels, height, width = x.shape
    parts = x.view(batch, groups, channels // groups, height, width)
    return parts.transpose(1, 2).reshape(batch, channels, height, width)


def _rot90(x: Tensor, k: int = 1, dims: Any = (0, 1)) -> Tensor:
    """The image turned by quarters, from the first axis towards the second."""
    first, second = dims
    turned = {
        0: lambda: x,
        1: lambda: x.flip(second).transpose(first, second),
        2: lambda: x.flip(first).flip(second),
        3: lambda: x.flip(first).transpose(first, second),
    }
    return turned[k % 4]()


def _interpolate(x: Tensor, size: Any = None, scale_factor: Any = None, mode: str = "nearest",
                 **named: Any) -> Tensor:  # fmt: skip
    """Resizing; the nearest pixel's centre, which ONNX's exporter lacks, by picking rows."""
    if mode != "nearest-exact" or x.dim() != 4:
        return F.interpolate(x, size, scale_factor, mode, **named)
    given = [int(s) for s in x.shape[-2:]]
    if size is not None:
        wanted = [int(s) for s in _two(size)]
    else:
        wanted = [int(s * f) for s, f in zip(given, _two(scale_factor), strict=True)]
    for axis, before, after in zip((-2, -1), given, wanted, strict=True):
        rows = [min(int((i + 0.5) * before / after), before - 1) for i in range(after)]
        x = x.index_select(axis, torch.tensor(rows, device=x.device))
    return x


def _uniform_(x: Tensor, *bounds: float, generator: Any = None, **named: float) -> Tensor:
    low = bounds[0] if bounds else named.get("from", 0.0)
    high = bounds[1] if len(bounds) > 1 else named.get("to", 1.0)
    return x.copy_(torch.rand_like(x) * (high - low) + low)


def _binomial(count: Tensor, prob: Tensor, generator: Any = None) -> Tensor:
    return torch.bernoulli(prob) * count


def _two(value: Any) -> tuple[Any, Any]:
    """A setting for height and for width."""
    return (value[0], value[-1]) if isinstance(value, (tuple, list)) else (value, value)


REPLACEMENTS: dict[Any, Callable[..., Any]] = {
    F.batch_norm: _batch_norm,
    F.instance_norm: _instance_norm,
    F.adaptive_max_pool2d: _adaptive_max_pool2d,
    F.adaptive_avg_pool2d: _adaptive_avg_pool2d,
    F.fractional_max_pool2d: _fractional_max_pool2d,
    F.max_unpool2d: _max_unpool2d,
    F.unfold: _unfold,
    F.interpolate: _interpolate,
    F.channel_shuffle: _channel_shuffle,
    torch.channel_shuffle: _channel_shuffle,
    torch.rot90: _rot90,
    Tensor.rot90: _rot90,
    Tensor.uniform_: _uniform_,
    torch.binomial: _binomial,
    torch.vdot: torch.dot,  # spectral normalisation
    Tensor.mT.__get__: lambda x: x.transpose(-2, -1),  # type: ignore[attr-defined]
}
