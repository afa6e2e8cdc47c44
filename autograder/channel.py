"""Reads what a student's process left as observations, trusting none of it."""

import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from autograder.model import NetworkData, Observation, Other

_MOST_JSON_BYTES = 2_000_000
_MOST_ONNX_BYTES = 200_000_000

_observation: TypeAdapter[Observation] = TypeAdapter(Observation)


def read_observations(folder: Path, names: Iterable[str]) -> dict[str, Observation]:
    """The observations of the named variables. Never raises: a bad file becomes `Other`."""
    found = {name: _read(folder, name) for name in names}
    return {name: observation for name, observation in found.items() if observation is not None}


def last_changes(folder: Path, names: Iterable[str]) -> Mapping[str, int]:
    """For each variable observed so far, the time of its last observation in nanoseconds."""
    times: dict[str, int] = {}
    for name in names:
        try:
            times[name] = (folder / f"{name}.json").lstat().st_mtime_ns
        except OSError:
            continue
    return times


def _read(folder: Path, name: str) -> Observation | None:
    try:
        text = _bytes(folder / f"{name}.json", _MOST_JSON_BYTES)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        return _unusable(name, str(error))
    try:
        observation = _observation.validate_json(text)
    except ValidationError:
        return _unusable(name, "the observation is not of the agreed form")
    if observation.name != name:
        return _unusable(name, "the observation is that of another variable")
    if not isinstance(observation, NetworkData):
        return observation
    if observation.problem or observation.output:
        return observation.model_copy(update={"evaluation": None, "training": None})
    try:
        graphs = {
            mode: _bytes(folder / f"{name}.{mode}.onnx", _MOST_ONNX_BYTES)
            for mode in ("evaluation", "training")
        }
    except (OSError, ValueError) as error:
        return _unusable(name, f"the network's file cannot be read: {error}")
    return observation.model_copy(update=graphs)


def _unusable(name: str, detail: str) -> Other:
    return Other(name=name, type_name="unknown", detail=detail[:500])


def _bytes(path: Path, most: int) -> bytes:
    """The content of a regular file of at most `most` bytes.

    Raises OSError where it cannot be opened and ValueError for anything but such a file; symbolic
    links are not followed and a FIFO does not block.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise ValueError(f"{path.name} is not a regular file")
        content = file.read(most + 1)
    if len(content) > most:
        raise ValueError(f"{path.name} is larger than {most:,} bytes")
    return content
