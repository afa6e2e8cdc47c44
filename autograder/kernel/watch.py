"""Writes what a student's variables hold after each cell into the observation folder.

A file a variable, `<name>.json`, beside the ONNX files that it names. Files appear whole, by
renaming, so a kernel that dies leaves the last complete observation.
"""

import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from autograder.kernel.observe import observe
from autograder.model import Observation


class VariableWatcher:
    """Observes the named variables whenever they may have changed."""

    def __init__(self, names: Iterable[str], folder: Path) -> None:
        self._names = tuple(names)
        self._folder = folder
        self._fingerprints: dict[str, tuple[int, int]] = {}
        self._written: dict[str, str] = {}

    def after_cell(self, namespace: Mapping[str, Any]) -> None:
        """Write the observation of each variable that differs from the one written last."""
        for name in self._names:
            if name in namespace and self._may_have_changed(name, namespace[name]):
                self._write(observe(name, namespace[name]))

    def _may_have_changed(self, name: str, value: object) -> bool:
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
        text = observation.without_attachments()
        files: dict[str, bytes] = {}
        if contents := observation.attachments():
            # One that is missing is written empty: what lies there may be an older network's.
            for field in observation.ATTACHMENTS:
                files[f"{observation.name}.{field}.onnx"] = contents.get(field, b"")
        mark = text + "".join(f" {zlib.crc32(content)}" for content in files.values())
        if self._written.get(observation.name) == mark:
            return
        for file_name, content in files.items():
            self._put(file_name, content)
        self._put(f"{observation.name}.json", text.encode())
        self._written[observation.name] = mark

    def _put(self, file_name: str, content: bytes) -> None:
        unfinished = self._folder / f"{file_name}.new"
        unfinished.write_bytes(content)
        unfinished.replace(self._folder / file_name)
