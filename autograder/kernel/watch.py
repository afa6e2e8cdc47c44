"""Writes what a student's variables hold after each cell into the observation folder.

A file a variable, `<name>.json`, beside the ONNX files that it names; what an expression gave has a
name made of the expression's fingerprint. Files appear whole, by
renaming, so a kernel that dies leaves the last complete observation.
"""

import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from autograder.kernel.containers import gives_once
from autograder.kernel.observe import observed_among
from autograder.model import Observation
from autograder.observables import NOTHING_TAKEN, Taken, file_stem


class VariableWatcher:
    """Observes the named variables whenever they may have changed.

    `takes` says what networks take that are in some of them.
    """

    def __init__(
        self,
        names: Iterable[str],
        folder: Path,
        takes: Taken = NOTHING_TAKEN,
    ) -> None:
        self._names, self._takes = tuple(names), takes
        self._folder = folder
        self._fingerprints: dict[str, tuple[int, int]] = {}
        self._written: dict[str, str] = {}
        self._given: dict[str, object] = {}

    def after_cell(self, namespace: Mapping[str, Any]) -> None:
        """Write the observation of each variable that differs from the one written last."""
        for name in self._names:
            if name in namespace and self._may_have_changed(name, namespace[name]):
                self._write(observed_among(name, namespace, self._takes))

    def _may_have_changed(self, name: str, value: object) -> bool:
        if gives_once(value):
            # Seen once, when it is whole: later cells take from it.
            is_new = self._given.get(name) is not value
            self._given[name] = value
            return is_new
        # Imported late: a notebook without networks never loads torch.
        import sys

        if "torch" not in sys.modules:
            return True
        from autograder.kernel.export import fingerprint

        try:
            current = fingerprint(value)
        except Exception:  # a student's __repr__ may raise anything
            return True
        if current is None:
            self._fingerprints.pop(name, None)
            return True
        if self._fingerprints.get(name) == (id(value), current):
            return False
        self._fingerprints[name] = (id(value), current)
        return True

    def _write(self, observation: Observation) -> None:
        text, files = _as_files(observation)
        mark = text + "".join(f" {zlib.crc32(content)}" for content in files.values())
        if self._written.get(observation.name) != mark:
            _put_all(self._folder, observation.name, text, files)
            self._written[observation.name] = mark


def write_observation(observation: Observation, folder: Path) -> None:
    """Write an observation into a folder. Raises OSError."""
    _put_all(folder, observation.name, *_as_files(observation))


def _as_files(observation: Observation) -> tuple[str, dict[str, bytes]]:
    """The observation as JSON, and the files that belong to it by their names."""
    files: dict[str, bytes] = {}
    if contents := observation.attachments():
        stem = file_stem(observation.name)
        # One that is missing is written empty: what lies there may be an older network's.
        for field in observation.ATTACHMENTS:
            files[f"{stem}.{field}.onnx"] = contents.get(field, b"")
    return observation.without_attachments(), files


def _put_all(folder: Path, key: str, text: str, files: Mapping[str, bytes]) -> None:
    for file_name, content in files.items():
        _put(folder, file_name, content)
    _put(folder, f"{file_stem(key)}.json", text.encode())


def _put(folder: Path, file_name: str, content: bytes) -> None:
    unfinished = folder / f"{file_name}.new"
    unfinished.write_bytes(content)
    unfinished.replace(folder / file_name)
