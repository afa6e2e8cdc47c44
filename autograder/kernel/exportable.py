"""PyTorch functions in terms that its ONNX exporter has, for the time of an export."""

from typing import Any

import torch
from torch import nn
from torch.onnx import symbolic_helper, utils
from torch.overrides import TorchFunctionMode

from autograder.kernel.replacements import REPLACEMENTS

OPSET = 20
"""The version of ONNX's operators that networks are written in."""


class Exportable(TorchFunctionMode):
    """While entered, functions that ONNX lacks are replaced by others of the same result.

    Weights that `module` uses and does not know of, as in a plain list, ask for no gradient
    meanwhile: the exporter takes them as constants then.
    """

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self._known = {id(weight) for weight in module.parameters()}
        self._frozen: list[torch.Tensor] = []

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """The result of `func` or of its replacement."""
        for value in (*args, *(kwargs or {}).values()):
            if isinstance(value, torch.Tensor) and value.is_leaf and value.requires_grad:
                self._freeze(value)
        return REPLACEMENTS.get(func, func)(*args, **(kwargs or {}))

    def __exit__(self, *error: object) -> None:
        """Leave such weights as they were."""
        super().__exit__(*error)  # type: ignore[no-untyped-call]
        for weight in self._frozen:
            weight.requires_grad_(True)

    def _freeze(self, weight: torch.Tensor) -> None:
        if id(weight) not in self._known:
            weight.requires_grad_(False)
            self._frozen.append(weight)


def _dropout(graph: Any, images: Any, p: Any, train: Any) -> Any:
    """ONNX has one Dropout; only the place of the others is judged, so they may stand for it."""
    ratio = torch.tensor(symbolic_helper._get_const(p, "f", "p"), dtype=torch.float32)
    training = torch.tensor(bool(symbolic_helper._get_const(train, "b", "train")))
    constants = [graph.op("Constant", value_t=tensor) for tensor in (ratio, training)]
    return graph.op("Dropout", images, *constants)


# Not by replacing functions: a scripted network calls them from C++.
for _name in ("feature_dropout", "alpha_dropout", "feature_alpha_dropout"):
    utils.register_custom_op_symbolic(f"aten::{_name}", _dropout, OPSET)
