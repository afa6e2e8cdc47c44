"""The folders of one run: where the student's code works and where its observations appear."""

import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

# A Unix socket's path has at most 107 bytes, so the folder's own path must be short.
_LONGEST = 70
_PREFIX = "cnn-"
# A folder is claimed as soon as it is made; a younger one may be on its way to that.
_CLAIM_SECONDS = 60


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
    base = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=_parent()))
    claim = _claim(base)
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
        os.close(claim)


def remove_left_behind() -> None:
    """Remove the workspaces of graders that were killed and could not do it themselves."""
    for folder in _parent().glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):  # gone, claimed, or somebody else's
            is_new = time.time() - folder.stat().st_mtime < _CLAIM_SECONDS
            if not is_new and not folder.is_symlink():
                os.close(_claim(folder))
                _remove(folder)


def _claim(folder: Path) -> int:
    """A descriptor that holds the folder until it is closed, by the end of this process at last.

    Raises OSError where another process holds it.
    """
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise
    return handle


def _parent() -> Path:
    """Where workspaces are made."""
    usual = tempfile.gettempdir()
    return Path(usual if len(usual) < _LONGEST else "/tmp")


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
    keeper = tempfile.TemporaryDirectory(prefix=_PREFIX, dir=_parent())
    _keepers.append((keeper, _claim(Path(keeper.name))))
    subprocess.run(
        [sys.executable, "-c", "import matplotlib.font_manager"],
        env={"MPLCONFIGDIR": keeper.name, "HOME": keeper.name},
        capture_output=True,
        check=False,
        timeout=120,
    )
    return Path(keeper.name)


# Kept until the grader's process ends, which removes the folders.
_keepers: list[tuple[tempfile.TemporaryDirectory[str], int]] = []
