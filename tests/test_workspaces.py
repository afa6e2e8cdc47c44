"""Workspaces: one private folder a user, and nothing removed that is not one of them."""

import multiprocessing
import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from conftest import ROOT, notebook_of

from autograder.errors import SandboxError
from autograder.running.scratch import Scratch, remove
from autograder.running.workspace import remove_left_behind, workspace


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A temporary folder of this test's own; its path is short enough for sockets."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        Path(folder).chmod(0o755)
        yield Path(folder)


def scratch_of(temporary: Path) -> Path:
    """The one folder in which our workspaces are."""
    return temporary / f"autograder-{os.geteuid()}"


def leave_behind(temporary: Path) -> Path:
    """The workspace of a process that has died without removing it."""

    def die() -> None:
        tempfile.tempdir = str(temporary)
        kept = ExitStack()
        scratch = kept.enter_context(Scratch.opened())
        (kept.enter_context(scratch.claimed()) / "work").mkdir()
        os._exit(0)

    before = set(scratch_of(temporary).iterdir()) if scratch_of(temporary).exists() else set()
    process = multiprocessing.get_context("fork").Process(target=die)
    process.start()
    process.join()
    (left,) = set(scratch_of(temporary).iterdir()) - before
    return left


def test_workspaces_are_in_one_folder_that_is_ours_alone(temporary: Path) -> None:
    os.umask(before := os.umask(0o777))
    try:
        with workspace([]) as one, workspace([]) as other:
            facts = scratch_of(temporary).stat()
            assert stat.S_IMODE(facts.st_mode) == (0o711 if os.geteuid() == 0 else 0o700)
            assert facts.st_uid == os.geteuid()
            assert one.root.stat().st_mode & 0o077 == 0
            assert scratch_of(temporary) in one.root.parents
            assert len({*one.root.parts} ^ {*other.root.parts}) == 2
            assert len(one.root.parent.name) >= 20  # 80 bits: nobody tries them all
            assert len(f"{one.runtime}/kernel-ipc-5") < 108
    finally:
        os.umask(before)
    assert list(scratch_of(temporary).iterdir()) != [one.root.parent]
    assert not one.root.parent.exists()


def test_what_dead_graders_left_is_removed_and_nothing_else(temporary: Path) -> None:
    dead = leave_behind(temporary)
    download = temporary / "cnn-submissions"
    (download / "ana").mkdir(parents=True)
    os.utime(download, (1, 1))
    inside = scratch_of(temporary) / "notes"
    inside.mkdir()
    imitation = scratch_of(temporary) / "imitation"
    imitation.mkdir()
    (imitation / "claim").write_text("A workspace")
    (scratch_of(temporary) / "link").symlink_to(download)
    with workspace([]) as alive:
        remove_left_behind()
        assert alive.work.is_dir()
    assert not dead.exists()
    for mine in (download / "ana", inside, imitation / "claim", scratch_of(temporary) / "link"):
        assert mine.exists()


def test_a_download_in_the_temporary_folder_is_graded(tmp_path: Path, temporary: Path) -> None:
    class_ = temporary / "cnn-submissions"
    (class_ / "ana").mkdir(parents=True)
    (class_ / "ana" / "assignment1.ipynb").write_bytes(notebook_of("# %%\npooled_features = 25"))
    os.utime(class_, (1, 1))
    command = [sys.executable, "-m", "autograder", "grade", str(class_)]
    command += ["--assignment", "assignment1", "--out", str(tmp_path / "out")]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True,
        check=False, env=os.environ | {"TMPDIR": str(temporary)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (class_ / "ana" / "assignment1.ipynb").exists()


def test_a_link_in_place_of_the_folder_is_refused(temporary: Path) -> None:
    elsewhere = temporary / "elsewhere"
    elsewhere.mkdir(mode=0o755)
    scratch_of(temporary).symlink_to(elsewhere)
    with pytest.raises(SandboxError, match="no folder for workspaces"), workspace([]):
        pass
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o755
    assert not list(elsewhere.iterdir())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_somebody_else_is_refused(temporary: Path) -> None:
    scratch_of(temporary).mkdir()
    os.chown(scratch_of(temporary), 60_702, 60_702)
    with pytest.raises(SandboxError, match="belongs to somebody else"), workspace([]):
        pass


def test_removal_follows_no_link_and_changes_no_rights_outside(temporary: Path) -> None:
    outside = temporary / "outside"
    outside.mkdir()
    (outside / "marks").write_text("7")
    (outside / "marks").chmod(0o400)
    outside.chmod(0o500)
    tree = temporary / "tree"
    (tree / "a" / "b").mkdir(parents=True)
    (tree / "a" / "link").symlink_to(outside)
    (tree / "a" / "b" / "marks").symlink_to(outside / "marks")
    (tree / "shut" / "inner").mkdir(parents=True)
    (tree / "shut" / "inner" / "file").write_text("x")
    for folder in (tree / "shut" / "inner", tree / "shut"):
        folder.chmod(0)
    with Scratch.opened() as scratch:
        tree.rename(scratch.path / "tree")
        remove(scratch.handle, "tree")
        assert not (scratch.path / "tree").exists()
    assert stat.S_IMODE(outside.stat().st_mode) == 0o500
    assert stat.S_IMODE((outside / "marks").stat().st_mode) == 0o400
    assert (outside / "marks").read_text() == "7"


def test_no_depth_is_too_deep(temporary: Path) -> None:
    with Scratch.opened() as scratch:
        os.mkdir("deep", dir_fd=scratch.handle)
        folder = os.open("deep", os.O_RDONLY, dir_fd=scratch.handle)
        for _ in range(3_000):
            os.mkdir("d", dir_fd=folder)
            inner = os.open("d", os.O_RDONLY, dir_fd=folder)
            os.close(folder)
            folder = inner
        os.close(folder)
        remove(scratch.handle, "deep")
        assert not (scratch.path / "deep").exists()
