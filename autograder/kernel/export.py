"""A PyTorch network as two ONNX graphs: eval mode with weights, training mode without.

The TorchScript exporter (`dynamo=False`) needs some 30 ms a graph and follows plain Python; with
`training=PRESERVE` it neither folds batch normalisation into convolutions nor drops dropout.
"""

import contextlib
import copy
import io
import random
import warnings
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.onnx import TrainingMode, register_custom_op_symbolic, symbolic_helper

from autograder.model import NetworkData, Observation, Other

_OPSET = 17


def observe_network(name: str, value: object) -> Observation:
    """The observation of a network; anything that is neither module nor callable is `Other`."""
    type_name = type(value).__name__[:200]
    if not isinstance(value, nn.Module):
        if not callable(value):
            return Other(name=name, type_name=type_name)
        value = _Function(value)
    module = _unwrapped(value)
    facts: dict[str, Any] = {
        "name": name,
        "type_name": type(module).__name__[:200],
        "left_in_training": bool(module.training),
        "declared": tuple(type(m).__name__[:100] for m in module.modules())[:500],
    }
    with _undisturbed(module):
        return NetworkData(**facts, **_graphs(module))


def fingerprint(value: object) -> int | None:
    """A number that changes whenever the network's structure, mode or weights do.

    None for anything that is no module. Weights are hashed by content, since writing through
    `.data` leaves no other trace. The cost is about 1 ms a million weights.
    """
    if not isinstance(value, nn.Module):
        return None
    digest = zlib.crc32(f"{id(value)} {value!r} {[m.training for m in value.modules()]}".encode())
    for tensor in (*value.parameters(), *value.buffers()):
        if not isinstance(tensor, nn.UninitializedParameter | nn.UninitializedBuffer):
            digest = zlib.crc32(tensor.detach().cpu().contiguous().numpy(), digest)
    return digest


class _Function(nn.Module):
    """A network written as a plain function."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__()
        self.function = function

    def forward(self, images: torch.Tensor) -> Any:
        """The function's result."""
        return self.function(images)


def _unwrapped(module: nn.Module) -> nn.Module:
    """The network inside `torch.compile` or `DataParallel`."""
    inner = getattr(module, "_orig_mod", None)
    if inner is None and isinstance(module, nn.DataParallel):
        inner = module.module
    return _unwrapped(inner) if isinstance(inner, nn.Module) else module


def _graphs(module: nn.Module) -> dict[str, Any]:
    images = _images(module)
    try:
        probe = _copied(module).eval()
        with torch.no_grad():
            output = probe(images)
    except Exception as error:  # a student's forward may raise anything
        return {"problem": _in_words(error), "takes_flat_input": _takes_flat(module, images)}
    if not isinstance(output, torch.Tensor):
        return {"output": _container(output)}
    if output.ndim != 2 or output.shape[0] != len(images):
        return {"output": f"a tensor of shape {tuple(output.shape)} for {len(images)} images"}
    try:
        return {
            "evaluation": _onnx(_copied(module).eval(), images, with_weights=True),
            "training": _onnx(_copied(module).train(), images, with_weights=False),
        }
    except Exception as error:
        return {"problem": f"an operation that ONNX does not have: {_in_words(error)}"}


def _images(module: nn.Module) -> torch.Tensor:
    """Two different images; training-mode batch normalisation refuses a batch of one."""
    first = next((p for p in module.parameters()), torch.empty(0))
    generator = torch.Generator().manual_seed(0)
    return torch.rand((2, 1, 28, 28), generator=generator).to(first.device)


def _copied(module: nn.Module) -> nn.Module:
    """A copy to experiment on, also of a network that keeps results of its last forward pass."""
    original = torch.Tensor.__deepcopy__

    def detached(tensor: torch.Tensor, memo: dict[int, Any]) -> Any:
        return original(tensor if tensor.is_leaf else tensor.detach(), memo)

    torch.Tensor.__deepcopy__ = detached  # type: ignore[method-assign]
    try:
        return copy.deepcopy(module)
    finally:
        torch.Tensor.__deepcopy__ = original  # type: ignore[method-assign]


def _onnx(module: nn.Module, images: torch.Tensor, *, with_weights: bool) -> bytes:
    file = io.BytesIO()
    with torch.no_grad():
        torch.onnx.export(
            module,
            (images,),
            file,
            dynamo=False,
            export_params=with_weights,
            training=TrainingMode.PRESERVE,
            do_constant_folding=False,
            opset_version=_OPSET,
            input_names=["images"],
            output_names=["scores"],
            dynamic_axes={"images": {0: "N"}, "scores": {0: "N"}},
        )
    return file.getvalue()


def _takes_flat(module: nn.Module, images: torch.Tensor) -> bool:
    with contextlib.suppress(Exception), torch.no_grad():
        return isinstance(_copied(module).eval()(images.flatten(1)), torch.Tensor)
    return False


def _in_words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:600]


def _container(output: object) -> str:
    kind = type(output).__name__[:100]
    if isinstance(output, (tuple, list, dict)):
        return f"{kind} of {len(output)}"
    return f"a {kind}"


@contextlib.contextmanager
def _undisturbed(module: nn.Module) -> Iterator[None]:
    """Leave random generators, printed output and gradients as they would be unobserved."""
    python, numpy = random.getstate(), np.random.get_state()
    devices = {p.device for p in module.parameters() if p.device.type == "cuda"}
    quiet = io.StringIO()
    with (
        torch.random.fork_rng(devices=sorted(d.index for d in devices)),
        torch.compiler.set_stance("force_eager"),
        contextlib.redirect_stdout(quiet),
        contextlib.redirect_stderr(quiet),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(numpy)


def _dropout(graph: Any, images: Any, p: Any, train: Any) -> Any:
    """ONNX has one Dropout; the exporter leaves out the kinds that drop whole channels."""
    ratio = torch.tensor(symbolic_helper._get_const(p, "f", "p"), dtype=torch.float32)
    training = torch.tensor(bool(symbolic_helper._get_const(train, "b", "train")))
    constants = [graph.op("Constant", value_t=tensor) for tensor in (ratio, training)]
    return graph.op("Dropout", images, *constants)


for _name in ("feature_dropout", "alpha_dropout", "feature_alpha_dropout"):
    register_custom_op_symbolic(f"aten::{_name}", _dropout, _OPSET)
