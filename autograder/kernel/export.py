"""A PyTorch network as data: its two graphs, and what words the feedback about it."""

import contextlib
import zlib
from collections.abc import Sequence
from typing import Any

import torch
from torch import nn
from torch.nn.parameter import is_lazy

from autograder.kernel.copies import FunctionNetwork, copied, in_mode, unwrapped
from autograder.kernel.forward_stop import forward_stop
from autograder.kernel.given import Given, made_up
from autograder.kernel.graphs import evaluation_graph, training_graph
from autograder.kernel.newer_exporter import CannotFollow
from autograder.kernel.scale import seen_scale
from autograder.kernel.undisturbed import undisturbed
from autograder.kernel.unregistered import unregistered
from autograder.model import (
    CANNOT_BE_FOLLOWED,
    NO_HASH,
    WITHOUT_SIGNATURE,
    NetworkData,
    Observation,
    Other,
)
from autograder.observables import InputSignature

_TWO_MODES = (nn.modules.dropout._DropoutNd, nn.modules.batchnorm._BatchNorm)


def observe_network(name: str, value: object, inputs: Sequence[InputSignature] = ()) -> Observation:
    """The observation of a network that takes `inputs`.

    It may be a function that calls modules or uses weights. Anything else is `Other`.
    """
    type_name = type(value).__name__[:200]
    if not isinstance(value, nn.Module):
        if not callable(value):
            return Other(name=name, type_name=type_name)
        # `net_conv = net.forward` is the network as well.
        owner = getattr(value, "__self__", None)
        value = owner if isinstance(owner, nn.Module) else FunctionNetwork(value)
        # Nothing is called just because it can be: a test has to say that it is a network, and a
        # network has layers or weights.
        if isinstance(value, FunctionNetwork) and not (inputs and value.has_parts):
            return Other(name=name, type_name=type_name)
    module = unwrapped(value)
    try:
        hash(module)
    except Exception as error:  # PyTorch keeps modules in sets
        return NetworkData(name=name, type_name=type_name, problem=f"{NO_HASH}: {_in_words(error)}")
    facts: dict[str, Any] = {
        "name": name,
        "type_name": type(module).__name__[:200],
        "left_in_training": _left_in_training(module),
        "declared": _layers_of(module),
        "scale": seen_scale(module),
        "unregistered": unregistered(module),
    }
    with undisturbed(module):
        return NetworkData(**facts, **_graphs(module, inputs))


def fingerprint(value: object) -> int | None:
    """A number that changes whenever the network's structure, settings, mode or weights do.

    None for anything that is no module. Weights are hashed by content, since writing through
    `.data` leaves no other trace. The cost is about 1 ms a million weights.
    """
    if not isinstance(value, nn.Module):
        return None
    digest = zlib.crc32(f"{id(value)} {value!r}".encode())
    for part in value.modules():
        for name, attribute in vars(part).items():
            if isinstance(attribute, bool | int | float | str):
                digest = zlib.crc32(f"{name} {attribute!r}".encode(), digest)
            for tensor in attribute if isinstance(attribute, list | tuple) else (attribute,):
                if isinstance(tensor, torch.Tensor):
                    digest = zlib.crc32(_content(tensor), digest)
    for tensor in (*value.parameters(), *value.buffers()):
        if not is_lazy(tensor):
            digest = zlib.crc32(_content(tensor), digest)
    return digest


def _content(tensor: torch.Tensor) -> bytes:
    flat = tensor.detach().cpu().contiguous().reshape(-1)
    return flat.view(torch.uint8).numpy().tobytes()


def _left_in_training(module: nn.Module) -> bool:
    if isinstance(module, FunctionNetwork):
        # Its layers have a mode each, which only some of them heed.
        return any(part.training for part in module.modules() if isinstance(part, _TWO_MODES))
    return bool(module.training)


def _layers_of(module: nn.Module) -> tuple[str, ...]:
    """The names of PyTorch's layers in a network; a student's own class may be called anything."""
    types = [type(part) for part in module.modules()]
    return tuple(t.__name__[:100] for t in types if t.__module__.startswith("torch."))[:500]


def _graphs(module: nn.Module, inputs: Sequence[InputSignature]) -> dict[str, Any]:
    if not inputs:
        return {"problem": WITHOUT_SIGNATURE}
    given = made_up(module, inputs)
    try:
        probe, output = _tried(module, given)
    except Exception as error:  # a student's forward may raise anything
        return {
            "problem": _in_words(error),
            "takes_flat_input": _takes_flat(module, given),
            "stop": forward_stop(module, given),
        }
    if not isinstance(output, torch.Tensor):
        return {"output": _container(output)}
    if output.ndim == 0 or output.shape[0] != len(given):
        described = f"a tensor of shape {tuple(output.shape)} for {len(given)} examples"
        return {"output": described, "stop": forward_stop(module, given)}
    unusual: dict[str, Any] = {}
    if output.ndim != 2:
        unusual = {"gives": tuple(output.shape[1:]), "stop": forward_stop(module, given)}
    try:
        evaluation = evaluation_graph(probe, given)
    except Exception as error:
        return {"problem": f"{CANNOT_BE_FOLLOWED}: {_in_words(error)}", **unusual}
    return {
        "evaluation": evaluation,
        "training": training_graph(probe, given, evaluation),
        **unusual,
    }


def _tried(module: nn.Module, given: Given) -> tuple[nn.Module, Any]:
    """A copy of the network that has run once, and what it gave; its lazy layers have their sizes.

    A network of another precision that refuses float32 inputs is tried in single precision.
    """
    probe = in_mode(copied(module), training=False)
    with torch.no_grad():
        try:
            output = probe(*given.tensors)
        except Exception:
            if all(p.dtype == torch.float32 for p in module.parameters()):
                raise
            probe = in_mode(copied(module), training=False).float()
            output = probe(*given.tensors)
    for part in probe.modules():
        # A lazy layer that was not called has nothing to export.
        for tensors in (part._parameters, part._buffers):
            for name, tensor in tensors.items():
                if tensor is not None and is_lazy(tensor):
                    tensors[name] = None
    return probe, output


def _takes_flat(module: nn.Module, given: Given) -> bool:
    with contextlib.suppress(Exception), torch.no_grad():
        probe = in_mode(copied(module), training=False)
        return isinstance(probe(*given.flat().tensors), torch.Tensor)
    return False


def _in_words(error: Exception) -> str:
    if isinstance(error, CannotFollow):
        return str(error)[:600]
    first_line = next(iter(str(error).strip().splitlines()), "")
    return f"{type(error).__name__}: {first_line}"[:600]


def _container(output: object) -> str:
    kind = type(output).__name__[:100]
    if isinstance(output, (tuple, list, dict)):
        return f"{kind} of {len(output)}"
    return f"a {kind}"
