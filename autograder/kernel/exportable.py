"""PyTorch functions in terms that its ONNX exporter has, for the time of an export."""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch.onnx import symbolic_helper, utils
from torch.overrides import TorchFunctionMode

OPSET = 17
"""The version of ONNX's operators that networks are written in."""

Tensor = torch.Tensor


class Exportable(TorchFunctionMode):
    """While entered, functions that ONNX lacks are replaced by others of the same result."""

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """The result of `func` or of its replacement."""
        return _REPLACEMENTS.get(func, func)(*args, **(kwargs or {}))


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


_REPLACEMENTS: dict[Any, Callable[..., Any]] = {
    F.batch_norm: _batch_norm,
    F.instance_norm: _instance_norm,
    F.adaptive_max_pool2d: _adaptive_max_pool2d,
    F.adaptive_avg_pool2d: _adaptive_avg_pool2d,
    torch.vdot: torch.dot,  # spectral normalisation
}


def _dropout(graph: Any, images: Any, p: Any, train: Any) -> Any:
    """ONNX has one Dropout; only the place of the others is judged, so they may stand for it."""
    ratio = torch.tensor(symbolic_helper._get_const(p, "f", "p"), dtype=torch.float32)
    training = torch.tensor(bool(symbolic_helper._get_const(train, "b", "train")))
    constants = [graph.op("Constant", value_t=tensor) for tensor in (ratio, training)]
    return graph.op("Dropout", images, *constants)


# Not by replacing functions: a scripted network calls them from C++.
for _name in ("feature_dropout", "alpha_dropout", "feature_alpha_dropout"):
    utils.register_custom_op_symbolic(f"aten::{_name}", _dropout, OPSET)
