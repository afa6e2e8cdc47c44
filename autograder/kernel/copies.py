"""Networks to experiment on, so that looking at a student's network leaves it as it is."""

import contextlib
import copy
import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import nn
from torch.nn.parameter import UninitializedBuffer, is_lazy
from torch.nn.utils import parametrize

# Where `torch.compile` keeps what it was given: functions cannot be exported in compiled form.
_COMPILED_FROM = "_torchdynamo_orig_callable"


class FunctionNetwork(nn.Module):
    """A network written as a plain function; `parts` are the modules that it calls.

    A function that `has_parts` uses some module or tensor.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__()
        self.function = getattr(function, _COMPILED_FROM, function)
        self.parts = nn.ModuleList()
        used = {id(v): v for v in _used_by(self.function, set())}
        self.has_parts = bool(used)
        for index, value in enumerate(used.values()):
            if isinstance(value, nn.Module):
                self.parts.append(value)
            elif isinstance(value, nn.Parameter):
                self.register_parameter(f"weight_{index}", value)
            elif not is_lazy(value):
                self.register_buffer(f"weight_{index}", value)

    def forward(self, *inputs: torch.Tensor) -> Any:
        """The function's result."""
        return self.function(*inputs)

    def __deepcopy__(self, memo: dict[int, Any]) -> "FunctionNetwork":
        # A copy of the parts would be of no use: the function goes on calling the originals.
        return self

    @contextlib.contextmanager
    def restored(self) -> Iterator[None]:
        """Put modes and buffers back as they were."""
        modes = [(part, part.training) for part in self.modules()]
        buffers = [(b, b.detach().clone()) for b in self.buffers() if not is_lazy(b)]
        try:
            yield
        finally:
            for part, training in modes:
                part.training = training
            with torch.no_grad():
                for buffer, value in buffers:
                    # Also an equal copy would count as a change to autograd.
                    if not torch.equal(buffer, value):
                        buffer.copy_(value)


def copied(module: nn.Module) -> nn.Module:
    """A copy of the network, also of one that keeps results of its last forward pass.

    Hooks that watch its layers are left out: they would watch our experiments.
    """
    original: Any = torch.Tensor.__deepcopy__

    def detached(tensor: torch.Tensor, memo: dict[int, Any]) -> Any:
        if isinstance(tensor, UninitializedBuffer):
            blank: Any = UninitializedBuffer
            return blank(device=tensor.data.device, dtype=tensor.data.dtype)
        # Only leaves can be copied, and only parameters may ask for gradients in an export.
        if is_lazy(tensor) or isinstance(tensor, nn.Parameter) or not tensor.requires_grad:
            return original(tensor, memo)
        return tensor.detach().clone()

    torch.Tensor.__deepcopy__ = detached  # type: ignore[method-assign]
    try:
        try:
            twin = copy.deepcopy(module)
        except Exception:  # what cannot be copied may be anything
            twin = copy.deepcopy(module, _uncopyable(module))
    finally:
        torch.Tensor.__deepcopy__ = original  # type: ignore[method-assign]
    for part in list(twin.modules()):
        part._forward_hooks.clear()
        forward = inspect.getattr_static(type(part), "forward", None)
        if (plain := getattr(forward, _COMPILED_FROM, None)) is not None:
            part.forward = plain.__get__(part)
        for name, child in part.named_children():
            setattr(part, name, unwrapped(child))
    return twin


def in_mode(module: nn.Module, *, training: bool) -> nn.Module:
    """The network, put into a mode; also one whose own `train` does something else."""
    try:
        module.train(training)
    except Exception:  # a student's method may raise anything
        for part in module.modules():
            part.training = training
    return module


def plainly_weighted(module: nn.Module) -> nn.Module:
    """The network with the weights themselves in the place of what they are computed from.

    How an orthogonal or a normalised weight comes about is no matter of the images. What cannot be
    copied stays as it is.
    """
    if isinstance(module, FunctionNetwork):
        return module
    _replace_quantised(module)
    for part in module.modules():
        if not parametrize.is_parametrized(part):
            continue
        # Removing takes a property off the class, which a copy shares with what it is copied from.
        shared = type(part)
        own = {n: v for n, v in vars(shared).items() if n not in ("__dict__", "__weakref__")}
        part.__class__ = type(shared.__name__, shared.__bases__, own)
        for name in list(part.parametrizations):  # type: ignore[arg-type]  # a ModuleDict
            # One that makes no tensor of the old shape stays.
            with contextlib.suppress(Exception):
                parametrize.remove_parametrizations(part, name, leave_parametrized=True)
    return module


def _replace_quantised(module: nn.Module) -> None:
    """Put dense layers of single precision in the place of those with weights of 8 bits."""
    for part in list(module.modules()):
        for name, child in part.named_children():
            if type(child).__module__.startswith("torch.ao.nn.quantized.dynamic") and hasattr(
                child, "in_features"
            ):
                layer: Any = child
                plain: Any = nn.Linear(layer.in_features, layer.out_features)
                plain.weight = nn.Parameter(layer.weight().dequantize())
                plain.bias = None if layer.bias() is None else nn.Parameter(layer.bias())
                setattr(part, name, plain)


def unwrapped(module: nn.Module) -> nn.Module:
    """The network inside `torch.compile` or `DataParallel`."""
    inner = getattr(module, "_orig_mod", None)
    if inner is None and isinstance(module, nn.DataParallel):
        inner = module.module
    return unwrapped(inner) if isinstance(inner, nn.Module) else module


def _uncopyable(module: nn.Module) -> dict[int, Any]:
    """What a deep copy has to share with the original: Python modules, open files and the like."""
    shared: dict[int, Any] = {}
    for part in module.modules():
        for value in vars(part).values():
            if isinstance(value, dict | nn.Module | torch.Tensor):
                continue
            try:
                copy.deepcopy(value)
            except Exception:
                shared[id(value)] = value
    return shared


def _used_by(function: Callable[..., Any], seen: set[int]) -> Iterator[Any]:
    """The modules and weights that a function finds in its surroundings, in lists too.

    Functions that it calls are searched as well; `seen` holds the ids of those that have been.
    """
    seen.add(id(function))
    values = [getattr(function, "__self__", None), *getattr(function, "__dict__", {}).values()]
    if isinstance(function, functools.partial):
        values += [function.func, *function.args, *function.keywords.values()]
    with contextlib.suppress(TypeError, ValueError):
        surroundings = inspect.getclosurevars(function)
        values += [*surroundings.nonlocals.values(), *surroundings.globals.values()]
    for value in tuple(values):
        if isinstance(value, list | tuple):
            values.extend(value)
        elif isinstance(value, dict):
            values.extend(value.values())
    for value in values:
        if isinstance(value, nn.Module | torch.Tensor):
            yield value
        elif inspect.isfunction(value) and id(value) not in seen:
            yield from _used_by(value, seen)
