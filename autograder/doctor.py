"""What this machine offers: versions of the packages that matter, and devices."""

import json
import platform
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version

_PACKAGES = (
    "cnn-autograder", "torch", "numpy", "otter-grader", "nbclient", "nbformat", "ipykernel",
    "onnx", "onnxruntime", "scikit-learn",
)  # fmt: skip

_PROBE = """
import json, torch
names = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
print(json.dumps(names))
"""


@dataclass(frozen=True)
class Finding:
    """One thing looked at: `fine` is None where it is neither good nor bad."""

    what: str
    result: str
    fine: bool | None = None


def examine() -> list[Finding]:
    """Look at Python, packages and devices."""
    findings = [Finding("Python", f"{platform.python_version()} ({sys.executable})", True)]
    findings.append(Finding("system", platform.platform()))
    for name in _PACKAGES:
        try:
            findings.append(Finding(name, version(name), True))
        except PackageNotFoundError:
            findings.append(Finding(name, "not installed", False))
    devices = cuda_devices()
    findings.append(Finding("CUDA", ", ".join(devices) or "no device; networks train on the CPU"))
    return findings


@cache
def cuda_devices() -> tuple[str, ...]:
    """The names of the CUDA devices, asked in a process of its own: the grader loads no torch."""
    answer = subprocess.run(
        [sys.executable, "-c", _PROBE], capture_output=True, text=True, check=False
    )
    try:
        return tuple(json.loads(answer.stdout))
    except json.JSONDecodeError:
        return ()
