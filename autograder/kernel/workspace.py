"""The folders of one run: where the student's code works and where its observations appear."""

import contextlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

# A Unix socket's path has at most 107 bytes, so the folder's own path must be short.
_LONGEST = 70


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
    """A fresh workspace whose `work` folder holds copies of `files`."""
    parent = tempfile.gettempdir()
    base = Path(tempfile.mkdtemp(prefix="cnn-", dir=parent if len(parent) < _LONGEST else "/tmp"))
    try:
        folders = Workspace(base)
        for folder in (folders.work, folders.home, folders.observations, folders.runtime):
            folder.mkdir(mode=0o700)
        shutil.copytree(_font_list(), folders.fonts)
        for file in files:
            shutil.copy(file, folders.work)
        yield folders
    finally:
        _remove(base)


def _remove(folder: Path) -> None:
    """Remove a folder, however deep its tree and whatever the rights of what is in it."""
    with contextlib.suppress(RecursionError):
        shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        for command in (["chmod", "-R", "u+rwx"], ["rm", "-rf"]):
            subprocess.run([*command, "--", str(folder)], capture_output=True, check=False)


@cache
def _font_list() -> Path:
    """A folder with Matplotlib's list of the fonts of this machine, made once a grader.

    Searching the fonts takes seconds, which every submission would otherwise pay in its first
    figure. The search runs in a process of its own to keep Matplotlib out of the grader.
    """
    keeper = tempfile.TemporaryDirectory(prefix="cnn-fonts-")
    _keepers.append(keeper)
    subprocess.run(
        [sys.executable, "-c", "import matplotlib.font_manager"],
        env={"MPLCONFIGDIR": keeper.name, "HOME": keeper.name},
        capture_output=True,
        check=False,
        timeout=120,
    )
    return Path(keeper.name)


# Kept until the grader's process ends, which removes the folders.
_keepers: list[tempfile.TemporaryDirectory[str]] = []
