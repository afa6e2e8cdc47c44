"""PyTorch functions in terms that its ONNX exporter has, for the time of an export."""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch.onnx import register_custom_op_symbolic, symbolic_helper
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
        return F.batch_norm(
            x, running_mean, running_var, weight, bias, training, momentum, eps
        )
    axes = [0, *range(2, x.dim())]
    centred = x - x.mean(axes, keepdim=True)
    x = centred / torch.sqrt((centred * centred).mean(axes, keepdim=True) + eps)
    channels = (1, -1, *(1 for _ in range(2, x.dim())))
    x = x if weight is None else x * weight.view(channels)
    return x if bias is None else x + bias.view(channels)


def _adaptive_max_pool2d(x: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    if return_indices or _divides(x, output_size):
        return F.adaptive_max_pool2d(x, output_size, return_indices)
    return _adaptive(x, output_size, torch.amax)


def _adaptive_avg_pool2d(x: Tensor, output_size: Any) -> Tensor:
    if _divides(x, output_size):
        return F.adaptive_avg_pool2d(x, output_size)
    return _adaptive(x, output_size, torch.mean)


def _sizes(x: Tensor, output_size: Any) -> list[tuple[int, int]]:
    """Size and wanted size of height and of width."""
    wanted = output_size if isinstance(output_size, (tuple, list)) else (output_size,) * 2
    given = [int(size) for size in x.shape[-2:]]
    return [(g, g if w is None else int(w)) for g, w in zip(given, wanted, strict=True)]


def _divides(x: Tensor, output_size: Any) -> bool:
    return all(given % wanted == 0 for given, wanted in _sizes(x, output_size))


def _adaptive(x: Tensor, output_size: Any, take: Callable[..., Tensor]) -> Tensor:
    """Pooling over windows that differ in size, first along the height, then along the width."""
    for axis, (given, wanted) in zip((-2, -1), _sizes(x, output_size), strict=True):
        starts = [given * i // wanted for i in range(wanted)]
        ends = [-(-given * (i + 1) // wanted) for i in range(wanted)]
        windows = [x.narrow(axis, s, e - s) for s, e in zip(starts, ends, strict=True)]
        x = torch.cat([take(window, axis, keepdim=True) for window in windows], axis)
    return x


_REPLACEMENTS: dict[Any, Callable[..., Any]] = {
    F.batch_norm: _batch_norm,
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
    register_custom_op_symbolic(f"aten::{_name}", _dropout, OPSET)
