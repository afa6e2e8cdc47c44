"""Expressions of tests in the student's own session, which stays as it is where the system forks.

Where it does not, they are evaluated in the session itself, and whatever they change stays changed.
"""

import contextlib
import io
import os
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.kernel.calls import CallRequest, evaluated, in_a_fork
from autograder.model import Limits, Observation, Settings, Unfinished
from autograder.observables import names_in
from autograder.running.observations import read_observations

Inputs = Mapping[str, NDArray[Any]]
"""Arrays by the names that expressions have for them."""

IN_THE_SESSION = (
    "Your functions were called in this session: this system has no copy of it to call them in."
)
"""What a check says where expressions had to be evaluated in the session itself."""


def forks() -> bool:
    """Whether a session can be copied here. macOS can, and its own libraries crash in the copy."""
    return sys.platform == "linux" and hasattr(os, "pidfd_open")


def observed_calls(
    sources: Iterable[str], namespace: Mapping[str, Any], inputs: Inputs
) -> dict[str, Observation]:
    """What each expression gives in this namespace and with these inputs, with no output."""
    if forks():
        return {source: _in_a_copy(source, namespace, inputs) for source in sources}
    found = {}
    with contextlib.redirect_stdout(io.StringIO()):
        for source in sources:
            found[source] = evaluated(source, list(names_in(source)), namespace, inputs)
    return found


def _in_a_copy(source: str, namespace: Mapping[str, Any], inputs: Inputs) -> Observation:
    seconds, factor = Limits().call_seconds, Limits().busy_factor
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as given:
        names = names_in(source)
        files = {name: str(Path(given, f"{name}.npy")) for name in names if name in inputs}
        for name, file in files.items():
            np.save(file, inputs[name], allow_pickle=False)
        request = CallRequest(
            source=source,
            names=list(names),
            inputs=files,
            folder=folder,
            seconds=seconds,
            most_seconds=seconds * factor,
            seed=Settings().seed,
            readable=[],
            confined=False,
        )
        in_a_fork(request, namespace)
        seen = read_observations(Path(folder), [source])
    return seen.get(source) or Unfinished(name=source, why="died", seconds=seconds)
