"""PyTorch functions in terms that its ONNX exporter has, for the time of an export."""

from typing import Any

import torch
from torch.onnx import symbolic_helper, utils
from torch.overrides import TorchFunctionMode

from autograder.kernel.replacements import REPLACEMENTS

OPSET = 20
"""The version of ONNX's operators that networks are written in."""


class Exportable(TorchFunctionMode):
    """While entered, functions that ONNX lacks are replaced by others of the same result."""

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """The result of `func` or of its replacement."""
        return REPLACEMENTS.get(func, func)(*args, **(kwargs or {}))


def _dropout(graph: Any, images: Any, p: Any, train: Any) -> Any:
    """ONNX has one Dropout; only the place of the others is judged, so they may stand for it."""
    ratio = torch.tensor(symbolic_helper._get_const(p, "f", "p"), dtype=torch.float32)
    training = torch.tensor(bool(symbolic_helper._get_const(train, "b", "train")))
    constants = [graph.op("Constant", value_t=tensor) for tensor in (ratio, training)]
    return graph.op("Dropout", images, *constants)


# Not by replacing functions: a scripted network calls them from C++.
for _name in ("feature_dropout", "alpha_dropout", "feature_alpha_dropout"):
    utils.register_custom_op_symbolic(f"aten::{_name}", _dropout, OPSET)
