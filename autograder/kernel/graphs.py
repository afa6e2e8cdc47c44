"""The two ONNX graphs of a PyTorch network: eval mode with weights, training mode without.

The TorchScript exporter (`dynamo=False`) needs some 30 ms a graph and follows plain Python; with
`training=PRESERVE` it neither folds batch normalisation into convolutions nor drops dropout. The
newer one follows more, and serves where this one fails.
"""

import contextlib
import io

import torch
from torch import nn
from torch.nn.utils.parametrize import ParametrizationList
from torch.onnx import TrainingMode

from autograder.kernel.copies import FunctionNetwork, copied, in_mode, plainly_weighted
from autograder.kernel.exportable import OPSET, Exportable
from autograder.kernel.given import Given
from autograder.kernel.host_masks import counted, drawn_by_torch, random_places
from autograder.kernel.newer_exporter import newer_export
from autograder.kernel.undisturbed import silent_exporter

UNKNOWN = b""
"""In a graph's place: the network works in this mode, and nobody can follow it."""


def evaluation_graph(network: nn.Module, given: Given) -> bytes:
    """What the network computes in eval mode. Raises whatever the exporters raise."""
    module = in_mode(plainly_weighted(copied(network)), training=False)
    try:
        return _older_export(module, given, with_weights=True)
    except Exception:  # exporters raise anything
        return newer_export(in_mode(plainly_weighted(copied(network)), training=False), given)


def training_graph(network: nn.Module, given: Given, evaluation: bytes) -> bytes:
    """What the network computes in training mode, UNKNOWN where nobody can follow it.

    A network whose forward pass works in eval mode alone is judged by that.
    """
    for prepared in (_wholly_in_training, _without_dropout_inside):
        with contextlib.suppress(Exception):
            return _older_export(prepared(network), given, with_weights=False)
    try:
        with torch.no_grad():
            _wholly_in_training(network)(*given.tensors)
    except Exception:  # a student's forward may raise anything
        return evaluation
    with contextlib.suppress(Exception):
        return newer_export(_wholly_in_training(network), given)
    return UNKNOWN


def _wholly_in_training(network: nn.Module) -> nn.Module:
    module = in_mode(plainly_weighted(copied(network)), training=True)
    for part in module.modules():
        # Spectral normalisation refines its estimate in place, which cannot be exported.
        if isinstance(part, ParametrizationList):
            part.eval()
    return module


def _without_dropout_inside(network: nn.Module) -> nn.Module:
    """In training mode, with no dropout between the layers of a recurrent layer."""
    module = _wholly_in_training(network)
    recurrent = [part for part in module.modules() if isinstance(part, nn.RNNBase)]
    if not recurrent or isinstance(module, FunctionNetwork):
        raise ValueError("no recurrent layer that may be changed")
    for part in recurrent:
        part.dropout = 0.0
    return module


def _older_export(module: nn.Module, given: Given, *, with_weights: bool) -> bytes:
    with counted() as made:
        graph = _traced(module, given, with_weights=with_weights)
    if made.count and (places := random_places(copied(module), given)):
        with drawn_by_torch(places):
            return _traced(module, given, with_weights=with_weights)
    return graph


def _traced(module: nn.Module, given: Given, *, with_weights: bool) -> bytes:
    file = io.BytesIO()
    # Batch normalisation written by hand often tells training by whether gradients are on.
    with torch.set_grad_enabled(module.training), silent_exporter(), Exportable(module):
        if _calls_scripts(module):
            module = torch.jit.trace(module, given.tensors, check_trace=False)
        torch.onnx.export(
            module,
            given.tensors,
            file,  # type: ignore[arg-type]  # this exporter writes to files in memory too
            dynamo=False,
            export_params=with_weights,
            training=TrainingMode.PRESERVE,
            do_constant_folding=False,
            opset_version=OPSET,
            input_names=list(given.names),
            output_names=["scores"],
            dynamic_axes={name: {0: "N"} for name in (*given.names, "scores")},
        )
    return file.getvalue()


def _calls_scripts(module: nn.Module) -> bool:
    """Whether parts of it are TorchScript: the exporter takes that as a whole or not at all."""
    parts = (part for part in module.modules() if part is not module)
    is_script = isinstance(module, torch.jit.ScriptModule)
    return not is_script and any(isinstance(part, torch.jit.ScriptModule) for part in parts)
