"""The layers between student code and everything else, put on in the kernel's own process.

Landlock (landlock(7)) closes the file system but for the workspace and what Python needs, and
keeps signals and abstract sockets inside. A seccomp filter (seccomp(2)) refuses the network and
the system calls that reach into other processes or the system. A user of its own (`privileges`)
owns nothing but the workspace. All are for good, and inherited.
"""

import os
import resource
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from autograder.kernel.landlock_calls import version
from autograder.kernel.privileges import closed_to_others, missing_capability
from autograder.kernel.seats import why_no_seats
from autograder.model import Layer


@dataclass(frozen=True)
class Layers:
    """Which layers this machine has: Landlock's version (0 for none), seccomp and users.

    `reasons` says for each layer that is missing why.
    """

    landlock: int
    seccomp: bool
    user: bool
    reasons: Mapping[Layer, str]

    @property
    def reason(self) -> str:
        """Why student code is not confined, where it is not; a user of its own is a layer more."""
        missing = (layer for layer in (Layer.LANDLOCK, Layer.SECCOMP) if layer in self.reasons)
        return "; ".join(f"{layer}: {self.reasons[layer]}" for layer in missing)

    @property
    def files_are_closed(self) -> bool:
        """Whether student code can be kept from the files of others."""
        return self.landlock > 0


@cache
def available() -> Layers:
    """The layers of this machine."""
    reasons: dict[Layer, str] = {}
    landlock = version()
    if not landlock:
        reasons[Layer.LANDLOCK] = "the system's kernel has no Landlock"
    try:
        import pyseccomp  # noqa: F401

        seccomp = True
    except Exception as error:  # raises RuntimeError where the system has no libseccomp
        seccomp = False
        reasons[Layer.SECCOMP] = str(error)
    if without := why_no_user():
        reasons[Layer.USER] = without
    return Layers(landlock, seccomp, not without, reasons)


def why_no_user() -> str:
    """What keeps kernels from having users of their own here; empty where nothing does."""
    if os.geteuid() != 0:
        return "the grader is not root"
    if (missing := missing_capability()) is not None:
        return f"the grader lacks the capability {missing}"
    if without := why_no_seats():
        return without
    places = (sys.prefix, sys.base_prefix, str(Path(__file__).parents[1]), tempfile.gettempdir())
    for place in places:
        if (closed := closed_to_others(Path(place))) is not None:
            return f"other users cannot read {closed}"
    return ""


def best_layers() -> tuple[Layer, ...]:
    """Every layer that this machine has."""
    here = available()
    wanted = {
        Layer.LANDLOCK: here.files_are_closed,
        Layer.SECCOMP: here.seccomp,
        Layer.USER: here.user,
    }
    return tuple(layer for layer, there in wanted.items() if there)


def limit_resources(disk_bytes: int, open_files: int) -> None:
    """Cap single files and open files (never above the machine's cap), and write no core dumps."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (disk_bytes, disk_bytes))
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most != resource.RLIM_INFINITY:  # nobody but root may raise what the machine allows
        open_files = min(open_files, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (open_files, open_files))
