"""Reads what a student's process left as observations, trusting none of it."""

import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from autograder.model import NetworkData, Observation, Other
from autograder.observables import file_stem

_MOST_JSON_BYTES = 2_000_000
_MOST_ONNX_BYTES = 200_000_000
_MOST_BYTES = 400_000_000

_observation: TypeAdapter[Observation] = TypeAdapter(Observation)


def read_observations(
    folder: Path, names: Iterable[str], most_bytes: int = _MOST_BYTES
) -> dict[str, Observation]:
    """The observations with these keys, of which at most so many bytes are read.

    Never raises: a bad file becomes `Other`.
    """
    try:
        # Student code may have put a link in the folder's place: to a neighbour's, for one.
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        return {name: _unusable(name, f"the observations are gone: {error}") for name in names}
    try:
        files = _Files(handle, min(most_bytes, _MOST_BYTES))
        found = {name: _read(files, name) for name in names}
    finally:
        os.close(handle)
    return {name: observation for name, observation in found.items() if observation is not None}


def read_file(folder: Path, name: str, most_bytes: int) -> bytes:
    """A file of the folder that is not a link; raises OSError and ValueError."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        return _Files(handle, most_bytes).content(name, most_bytes)
    finally:
        os.close(handle)


def last_changes(folder: Path, names: Iterable[str]) -> Mapping[str, int]:
    """For each variable observed so far, the time of its last observation in nanoseconds."""
    times: dict[str, int] = {}
    for name in names:
        try:
            times[name] = (folder / f"{file_stem(name)}.json").lstat().st_mtime_ns
        except OSError:
            continue
    return times


def _read(files: "_Files", name: str) -> Observation | None:
    try:
        text = files.content(f"{file_stem(name)}.json", _MOST_JSON_BYTES)
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
    if isinstance(observation, NetworkData) and (observation.problem or observation.output):
        return observation.with_attachments({})
    try:
        contents = {
            field: files.content(f"{file_stem(name)}.{field}.onnx", _MOST_ONNX_BYTES)
            for field in observation.ATTACHMENTS
        }
    except (OSError, ValueError) as error:
        return _unusable(name, f"the network's file cannot be read: {error}")
    return observation.with_attachments(contents)


def _unusable(name: str, detail: str) -> Other:
    return Other(name=name, type_name="unknown", detail=detail[:500])


class _Files:
    """The files of an open folder, of which at most `most` bytes are read in all."""

    def __init__(self, folder: int, most: int) -> None:
        self._folder, self._left = folder, most

    def content(self, name: str, most: int) -> bytes:
        """The content of a regular file of at most `most` bytes.

        Raises OSError where it cannot be opened and ValueError for anything but such a file;
        symbolic links are not followed and a FIFO does not block.
        """
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        handle = os.open(name, flags, dir_fd=self._folder)
        try:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise ValueError(f"{name} is not a regular file")
            allowed = min(most, self._left)
            with os.fdopen(handle, "rb", closefd=False) as file:
                content = file.read(allowed + 1)
        finally:
            os.close(handle)
        if len(content) > allowed:
            raise ValueError(f"{name} is larger than {allowed:,} bytes")
        self._left -= len(content)
        return content
