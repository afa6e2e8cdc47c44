"""Which files of a results folder are what they should be: only the others are made anew.

The ledger remembers for each file what it was made from, and the stamp of the file as it was
written. One that was deleted, edited, replaced or opened to others since is made anew.
"""

import json
from pathlib import Path

from autograder.grading.ledger import Ledger
from autograder.grading.private_files import stamp, write

_FILES = "files"


class RememberedFiles:
    """The files below `folder`; what is neither asked for nor written is forgotten by `keep`."""

    def __init__(self, folder: Path, ledger: Ledger) -> None:
        self._folder, self._ledger = folder, ledger
        self._before: dict[str, list[object]] = json.loads(ledger.fact(_FILES) or "{}")
        self._now: dict[str, list[object]] = {}

    def is_current(self, name: str, made_from: str) -> bool:
        """Whether the file is there as it was written, and was made from just that."""
        kept = self._before.get(name)
        if kept is None or kept != [made_from, stamp(self._folder, name)]:
            return False
        self._now[name] = kept
        return True

    def write(self, name: str, made_from: str, text: str, *, remember: bool = True) -> None:
        """Write a file; raises UsageError. One that is not what it should be is not remembered."""
        write(self._folder, name, text.encode("utf-8", "replace"))
        if remember:
            self._now[name] = [made_from, stamp(self._folder, name)]

    def keep(self) -> None:
        """Note what has been asked for and written."""
        if self._now != self._before:
            self._ledger.note(_FILES, json.dumps(self._now))
