"""The folders of one run: where the student's code works and where its observations appear."""

import shutil
import site
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from autograder import programs
from autograder.errors import SandboxError
from autograder.running.scratch import Scratch
from autograder.running.shortage import check_room, machine_fault

_FONT_SECONDS = 120


@dataclass(frozen=True)
class Workspace:
    """Folders below `root`, which goes away after the run.

    `work` is the notebook's current folder, `home` its home and temporary folder, `observations`
    receives what the watcher writes, `runtime` holds the kernel's sockets, `fonts` Matplotlib's
    font list.
    """

    root: Path

    @property
    def work(self) -> Path:
        """The current folder of the notebook."""
        return self.root / "work"

    @property
    def home(self) -> Path:
        """HOME, TMPDIR and IPYTHONDIR of the kernel."""
        return self.root / "home"

    @property
    def observations(self) -> Path:
        """Where the watcher writes."""
        return self.root / "observations"

    @property
    def runtime(self) -> Path:
        """Connection file and sockets."""
        return self.root / "run"

    @property
    def fonts(self) -> Path:
        """Matplotlib's configuration folder, with the list of fonts in it."""
        return self.root / "fonts"


@contextmanager
def workspace(files: Iterable[Path]) -> Iterator[Workspace]:
    """A fresh workspace whose `work` folder holds copies of `files`.

    Raises SandboxError, at the end where the disk is full by then.
    """
    with Scratch.opened() as scratch, scratch.claimed() as base:
        folders = Workspace(base)
        try:
            _fill(folders, files)
        except OSError as error:
            raise SandboxError(machine_fault(error) or f"{base}: {error}") from error
        try:
            yield folders
        except SandboxError:
            check_room(base)
            raise
        check_room(base)


def _fill(folders: Workspace, files: Iterable[Path]) -> None:
    for name in ("work", "home", "observations", "run", "fonts"):
        (folders.root / name).mkdir(mode=0o700)
    for name, content in _font_list().items():
        (folders.fonts / name).write_bytes(content)
    for file in files:
        shutil.copy(file, folders.work)


def remove_left_behind() -> None:
    """Remove the workspaces of graders that were killed and could not do it themselves.

    Raises SandboxError where there can be no workspaces.
    """
    with Scratch.opened() as scratch:
        scratch.remove_left_behind()


@cache
def _font_list() -> Mapping[str, bytes]:
    """The files with Matplotlib's list of the fonts of this machine, made once a grader.

    Searching the fonts takes seconds, which every submission would otherwise pay in its first
    figure. The search runs in a process of its own to keep Matplotlib out of the grader.
    """
    with Scratch.opened() as scratch, scratch.claimed() as folder:
        # The home of a user holds fonts that no kernel can read.
        programs.result(
            programs.python("autograder.running.fonts"),
            programs.environment(
                MPLCONFIGDIR=str(folder), HOME=str(folder), PYTHONUSERBASE=site.getuserbase()
            ),
            _FONT_SECONDS,
        )
        return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}
