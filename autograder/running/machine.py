"""What this machine offers: versions of the packages that matter, isolation, and devices."""

import json
import os
import platform
import sys
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from autograder import programs
from autograder.kernel.isolation import available
from autograder.model import Layer

_PACKAGES = (
    "cnn-autograder", "torch", "numpy", "otter-grader", "nbclient", "nbformat", "ipykernel",
    "onnx", "onnxruntime", "scikit-learn",
)  # fmt: skip

_SIGNALS_KEPT = 6

# Where NVIDIA's driver shows itself on Linux and on Windows' subsystem for it.
_DRIVERS = ("/dev/nvidiactl", "/proc/driver/nvidia", "/dev/dxg")


@dataclass(frozen=True)
class Finding:
    """One thing looked at: `fine` is None where it is neither good nor bad."""

    what: str
    result: str
    fine: bool | None = None


def examine() -> list[Finding]:
    """Look at Python, packages, layers of isolation and devices."""
    findings = [Finding("Python", f"{platform.python_version()} ({sys.executable})", True)]
    findings.append(Finding("system", platform.platform()))
    for name in _PACKAGES:
        try:
            findings.append(Finding(name, version(name), True))
        except PackageNotFoundError:
            findings.append(Finding(name, "not installed", False))
    findings.extend(_layers())
    findings.append(_cuda())
    return findings


def _cuda() -> Finding:
    if devices := cuda_devices():
        return Finding("CUDA", ", ".join(devices))
    if closed := closed_devices():
        found = ", ".join(closed)
        return Finding("CUDA", f"{found}: closed to isolated kernels, which use the CPU", False)
    return Finding("CUDA", "no device; networks train on the CPU")


def _layers() -> list[Finding]:
    """The layers between student code and this machine; without the first it must not run."""
    here = available()
    files = f"files are closed to student code (version {here.landlock})"
    if here.files_are_closed and here.landlock < _SIGNALS_KEPT:
        files += f"; signals are not, that takes version {_SIGNALS_KEPT} (Linux 6.12)"
    present = {
        Layer.LANDLOCK: files,
        Layer.SECCOMP: "network and system calls are closed to student code",
        Layer.USER: "each kernel runs as a user of its own",
    }
    findings = []
    for layer, does in present.items():
        if (reason := here.reasons.get(layer)) is None:
            findings.append(Finding(f"layer {layer}", does, True))
        else:
            # A user of its own is a layer more, for graders that run as root.
            fine = None if layer is Layer.USER else False
            findings.append(Finding(f"layer {layer}", f"unavailable: {reason}", fine))
    return findings


def cards() -> tuple[str, ...]:
    """The CUDA devices as CUDA_VISIBLE_DEVICES names them."""
    return cards_of(os.environ.get("CUDA_VISIBLE_DEVICES"), len(cuda_devices()))


def cards_of(visible: str | None, count: int) -> tuple[str, ...]:
    """The GPUs of a process that sees `count` of them, as CUDA_VISIBLE_DEVICES names them."""
    named = [name.strip() for name in (visible or "").split(",") if name.strip()]
    return tuple((named or list(map(str, range(count))))[:count])


@cache
def cuda_devices() -> tuple[str, ...]:
    """The names of the CUDA devices that kernels can use."""
    return _asked("confined")


@cache
def closed_devices() -> tuple[str, ...]:
    """The names of the CUDA devices, where torch finds some but under isolation none."""
    return () if cuda_devices() else _asked()


def _asked(*arguments: str) -> tuple[str, ...]:
    """The devices that a process of its own finds: the grader loads no torch."""
    if not any(map(os.path.exists, _DRIVERS)):  # torch would need seconds to say the same
        return ()
    wanted = {n: os.environ[n] for n in ("CUDA_VISIBLE_DEVICES",) if n in os.environ}
    answer = programs.result(
        programs.python("autograder.running.devices", *arguments), programs.environment(**wanted)
    )
    try:
        return tuple(json.loads(answer.stdout))
    except json.JSONDecodeError:
        return ()
