"""Results are for the one who grades: private whatever the umask, and written through no link."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.errors import LedgerError, UsageError
from autograder.grading.ledger import Ledger
from autograder.grading.private_files import make_folder, remove_others, write


@pytest.fixture(params=[0o000, 0o022], ids=["umask 000", "umask 022"])
def careless(request: pytest.FixtureRequest) -> Iterator[None]:
    """A umask that closes little or nothing."""
    before = os.umask(request.param)
    yield
    os.umask(before)


def rights(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


@pytest.mark.usefixtures("careless")
def test_everything_is_private(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "results"
    make_folder(folder)
    with Ledger(folder) as ledger:
        ledger.note("a", "b")
        write(folder, "grades.csv", b"1")
        write(folder, "report/students/ana.html", b"2")
        write(folder, "report/index.html", b"3")
        found = {path: rights(path) for path in (folder.parent, *folder.parent.rglob("*"))}
    assert {path.name for path in found} >= {"ledger.sqlite-wal", "ledger.sqlite-shm", ".lock"}
    assert {p: oct(r) for p, r in found.items() if r != (0o700 if p.is_dir() else 0o600)} == {}
    assert (folder / "report" / "students" / "ana.html").read_bytes() == b"2"


def test_results_of_an_older_version_become_private(tmp_path: Path) -> None:
    folder = tmp_path / "results"
    make_folder(folder)
    with Ledger(folder) as ledger:
        ledger.note("a", "b")
    (folder / "ledger.sqlite").chmod(0o644)
    (folder / "report").mkdir(mode=0o755)
    folder.chmod(0o755)
    make_folder(folder)
    with Ledger(folder):
        write(folder, "report/index.html", b"")
    assert [rights(folder), rights(folder / "report")] == [0o700, 0o700]
    assert rights(folder / "ledger.sqlite") == 0o600


def test_a_folder_that_holds_other_things_keeps_its_rights(tmp_path: Path) -> None:
    folder = tmp_path / "home"
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)
    (folder / "notes.txt").write_text("mine", "utf-8")
    make_folder(folder)
    assert rights(folder) == 0o755


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o1777])
def test_a_folder_that_others_may_write_is_refused(tmp_path: Path, mode: int) -> None:
    folder = tmp_path / "results"
    folder.mkdir()
    folder.chmod(mode)
    with pytest.raises(UsageError, match="others may write there"):
        make_folder(folder)
    with pytest.raises(UsageError, match="others may write there"):
        Ledger(folder)
    assert list(folder.iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="gives a folder away, which needs root")
def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "results"
    folder.mkdir()
    os.chown(folder, 12345, 12345)
    with pytest.raises(UsageError, match="belongs to another user"):
        make_folder(folder)


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    folder, victim = tmp_path / "results", tmp_path / "victim"
    make_folder(folder)
    victim.mkdir()
    kept = victim / "kept.txt"
    kept.write_text("mine", "utf-8")
    (folder / "grades.csv").symlink_to(kept)
    (folder / "feedback").symlink_to(victim)
    write(folder, "grades.csv", b"marks")
    assert not (folder / "grades.csv").is_symlink()
    with pytest.raises(UsageError, match="cannot be written"):
        write(folder, "feedback/ana.md", b"marks")
    remove_others(folder, "feedback", "*.txt", ())
    assert kept.read_text("utf-8") == "mine"
    assert list(victim.iterdir()) == [kept]


@pytest.mark.parametrize("name", [".lock", "ledger.sqlite", "ledger.sqlite-wal"])
@pytest.mark.parametrize("exists", [True, False])
def test_the_ledger_follows_no_link(tmp_path: Path, name: str, exists: bool) -> None:
    folder, victim = tmp_path / "results", tmp_path / "victim"
    make_folder(folder)
    if exists:
        victim.write_bytes(b"mine")
    (folder / name).symlink_to(victim)
    with pytest.raises(LedgerError, match="cannot be"):
        Ledger(folder)
    assert victim.exists() == exists
    assert not exists or victim.read_bytes() == b"mine"


def test_what_a_kill_left_half_written_is_removed(tmp_path: Path) -> None:
    make_folder(tmp_path / "results")
    folder = tmp_path / "results"
    (folder / ".grades.csv.0123456789abcdef.new").write_bytes(b"half")
    for name in ("old.md", "own.txt", "new.md"):
        (folder / name).write_bytes(b"")
    remove_others(folder, "", "*.md", ["new.md"])
    assert sorted(path.name for path in folder.iterdir()) == ["new.md", "own.txt"]
