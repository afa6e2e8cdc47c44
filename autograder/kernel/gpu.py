"""The CPU in the place of a GPU that isn't there.

Code that asks for "cuda" or "mps" without looking first is right on its author's machine. Here
such requests mean the CPU: the few functions that take a device are wrapped. `is_available()` and
`device_count()` stay honest. A wrapped function costs under a microsecond a call; a
`TorchFunctionMode`, which would catch all of them at once, a fifth of a training step.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from functools import wraps
from types import SimpleNamespace
from typing import Any

import torch
from torch.utils._device import DeviceContext

from autograder.kernel.remarks import remark

_FACTORIES = (
    "tensor", "as_tensor", "asarray", "scalar_tensor", "empty", "zeros", "ones", "full", "rand",
    "randn", "randint", "randperm", "normal", "arange", "linspace", "logspace", "eye",
    "empty_like", "zeros_like", "ones_like", "full_like", "rand_like", "randn_like",
    "randint_like", "empty_strided",
)  # fmt: skip
_METHODS = ("new_tensor", "new_empty", "new_zeros", "new_ones", "new_full")
_TYPES = ("Float", "Double", "Half", "BFloat16", "Long", "Int", "Short", "Byte", "Char", "Bool")
# What these say of the CPU: there is nothing to wait for and nothing to count.
_CUDA: Mapping[str, object] = {
    "init": None, "synchronize": None, "set_device": None, "current_device": 0, "ipc_collect": None,
    "reset_peak_memory_stats": None, "reset_max_memory_allocated": None, "mem_get_info": (0, 0),
    "get_device_name": "CPU", "get_device_capability": (0, 0), "memory_summary": "",
    "set_per_process_memory_fraction": None, "utilization": 0,
    "get_device_properties": SimpleNamespace(
        name="CPU", major=0, minor=0, total_memory=0, multi_processor_count=1
    ),
}  # fmt: skip
_MPS: Mapping[str, object] = {
    "synchronize": None, "empty_cache": None, "current_allocated_memory": 0,
    "driver_allocated_memory": 0, "set_per_process_memory_fraction": None, "seed": None,
}  # fmt: skip

_absent: set[str] = set()


def use_the_cpu_instead() -> None:
    """Let requests for a GPU of a kind that isn't here mean the CPU, in this process."""
    present = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    _absent.update(kind for kind, is_here in present.items() if not is_here)
    if not _absent:
        return
    for name in _FACTORIES:
        setattr(torch, name, _with_device_here(getattr(torch, name)))
    for name in (*_METHODS, "to"):
        setattr(torch.Tensor, name, _with_device_here(getattr(torch.Tensor, name)))
    any_module: Any = torch.nn.Module
    any_module.to = _with_device_here(any_module.to)
    # `with torch.device(...)` and `set_default_device` both make such a context.
    context: Any = DeviceContext
    context.__init__ = _with_device_here(context.__init__)
    _wrap_loading()
    _generators()
    if "mps" in _absent:
        _answer(torch.mps, _MPS)
    if "cuda" in _absent:
        _answer(torch.cuda, _CUDA)
        _without_cuda()


def _here(device: Any) -> Any:
    """The device to be used for one that was asked for; what is no device stays as it is."""
    if type(device) is int:  # the number of a GPU
        kind = "cuda"
    elif isinstance(device, torch.device):
        kind = device.type
    elif isinstance(device, str):
        kind = device.partition(":")[0]
    else:
        return device
    if kind not in _absent:
        return device
    remark("gpu", kind)
    return "cpu"


def _with_device_here(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, with a device that is here; `to` takes it as its first argument, too."""
    first = 1 if function.__name__ in ("to", "__init__") else None

    @wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if kwargs.get("device") is not None:
            kwargs["device"] = _here(kwargs["device"])
        elif first is not None and len(args) > first:
            args = (args[0], _here(args[1]), *args[2:])
        return function(*args, **kwargs)

    return wrapped


def _wrap_loading() -> None:
    """Read files that were saved on a GPU."""
    load = torch.load

    @wraps(load)
    def wrapped(f: Any, map_location: Any = None, *args: Any, **kwargs: Any) -> Any:
        return load(f, "cpu" if map_location is None else _here(map_location), *args, **kwargs)

    torch.load = wrapped


def _generators() -> None:
    original = torch.Generator

    class Kind(type(original)):  # type: ignore[misc]
        def __instancecheck__(cls, instance: object) -> bool:
            return isinstance(instance, original)

    class Generator(original, metaclass=Kind):  # type: ignore[misc,valid-type]
        def __new__(cls, device: Any = "cpu") -> Any:
            return original(_here(device))

    torch.Generator = Generator  # type: ignore[misc]


def _answer(module: Any, answers: Mapping[str, object]) -> None:
    for name, answer in answers.items():
        setattr(module, name, lambda *_args, _answer=answer, **_kwargs: _answer)


def _without_cuda() -> None:
    """What only CUDA has: `.cuda()`, its tensor types, events and streams."""

    def itself(tensor: torch.Tensor, *_args: Any, **_kwargs: Any) -> torch.Tensor:
        remark("gpu", "cuda")
        return tensor

    any_tensor: Any = torch.Tensor
    any_tensor.cuda = itself
    any_tensor.pin_memory = lambda tensor, *_args, **_kwargs: tensor
    any_tensor.type = _with_type_here(any_tensor.type)
    any_torch: Any = torch
    any_torch.set_default_tensor_type = _with_type_here(torch.set_default_tensor_type)
    cuda: Any = torch.cuda
    for kind in _TYPES:
        setattr(cuda, f"{kind}Tensor", getattr(torch, f"{kind}Tensor"))
    cuda.Event, cuda.Stream = _Event, _Stream
    cuda.current_stream = cuda.default_stream = _Stream
    cuda.device = cuda.stream = lambda *_: nullcontext()


def _with_type_here(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        names = (a.replace("torch.cuda.", "torch.") if isinstance(a, str) else a for a in args)
        return function(*names, **kwargs)

    return wrapped


class _Event:
    """A moment of the computation; on the CPU it has come when it is recorded."""

    _seconds = 0.0

    def __init__(self, *_args: Any, **_kwargs: Any) -> None:
        """All that can be set is of no use here."""

    def record(self, *_: Any) -> None:
        self._seconds = time.perf_counter()

    def synchronize(self) -> None:
        """Nothing is still under way."""

    wait = query = synchronize

    def elapsed_time(self, end: "_Event") -> float:
        """Milliseconds until the other event."""
        return 1_000 * (end._seconds - self._seconds)


class _Stream:
    """A queue of work; the CPU has done it already."""

    def __init__(self, *_args: Any, **_kwargs: Any) -> None:
        """All that can be set is of no use here."""

    def synchronize(self, *_: Any) -> None:
        """Nothing is still under way."""

    wait_stream = wait_event = synchronize
