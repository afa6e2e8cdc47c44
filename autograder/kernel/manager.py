"""Starts a student's kernel: the seam between nbclient and the process that runs student code."""

import os
import sys
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager

from autograder.kernel.workspace import Workspace

# glibc gives large blocks back to the system and asks for them again in every training step
# unless it is told to keep them; results are the same to the bit.
_MALLOC = {
    "MALLOC_MMAP_THRESHOLD_": "1073741824",
    "MALLOC_TRIM_THRESHOLD_": "1073741824",
    "MALLOC_TOP_PAD_": "67108864",
}
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "SYSTEMROOT")


class KernelManager(AsyncKernelManager):
    """Starts `autograder.kernel.launch` over Unix sockets in a workspace's own folder."""

    def __init__(self, workspace: Workspace, **settings: Any) -> None:
        super().__init__(
            transport="ipc", connection_file=str(workspace.runtime / "kernel.json"), **settings
        )

    @property
    def kernel_spec(self) -> KernelSpec:
        """How the kernel is started; the notebook's own kernelspec has no say."""
        command = [sys.executable, "-m", "autograder.kernel.launch", "-f", "{connection_file}"]
        return KernelSpec(argv=command, display_name="student", language="python")


def environment(workspace: Workspace, *, threads: int, device: str) -> dict[str, str]:
    """The environment of a student's kernel: nothing of the grader's but what finds programs."""
    home = str(workspace.home)
    variables = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    variables |= _MALLOC
    variables |= {
        "HOME": home,
        "TMPDIR": home,
        "IPYTHONDIR": home,
        "MPLCONFIGDIR": str(workspace.fonts),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "OMP_NUM_THREADS": str(threads),
        "OPENBLAS_NUM_THREADS": str(threads),
        "MKL_NUM_THREADS": str(threads),
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
        "PIP_NO_INDEX": "1",
        "AUTOGRADER_GRADING": "1",
    }
    # An empty list hides every GPU from torch.
    variables["CUDA_VISIBLE_DEVICES"] = (
        os.environ.get("CUDA_VISIBLE_DEVICES", "0") if device == "cuda" else ""
    )
    return variables
