"""Ledgers of earlier versions are taken over whole: `ledgers/` holds one that each has written."""

import shutil
import sqlite3
from pathlib import Path

import pytest
from conftest import ROOT, assignment

from autograder.errors import LedgerError
from autograder.grading import migrations
from autograder.grading.ledger import Ledger
from autograder.grading.migrations import VERSION
from autograder.grading.rescore import rescore
from autograder.model import Graded, NetworkData, Outcome

OLD = sorted((ROOT / "tests" / "ledgers").glob("*.sqlite"))


@pytest.fixture(params=OLD, ids=lambda file: file.stem)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A results folder that an earlier version has written."""
    shutil.copy(request.param, tmp_path / "ledger.sqlite")
    return tmp_path


def test_there_is_a_ledger_of_every_earlier_version() -> None:
    assert [file.stem for file in OLD] == [f"version{n}" for n in range(1, VERSION)]


def test_marks_messages_and_networks_are_taken_over(old: Path) -> None:
    with Ledger(old) as ledger:
        ana, bo = ledger.lines()
        assert isinstance(ana.grade, Graded)
        assert isinstance(bo.grade, Graded)
        assert (ana.grade.score, bo.grade.outcome) == (1.5, Outcome.CELL_ERROR)
        assert any("ZeroDivisionError" in flag.text for flag in bo.grade.flags)
        said = {case.name: case.message or "" for case in ana.grade.questions[0].cases}
        assert said["test_public_accuracy"].splitlines()[0].startswith("Expected: `net_conv`")
        run = ledger.run(ana.execution or "")
        assert run is not None
        net = run.observations()["net_conv"]
        assert isinstance(net, NetworkData)
        assert set(net.attachments()) == {"evaluation", "training"}
        assert all(len(content) > 500 for content in net.attachments().values())
    with Ledger(old) as again:
        assert [line.grade for line in again.lines()] == [ana.grade, bo.grade]


def test_a_ledger_taken_over_is_marked_anew(old: Path) -> None:
    with Ledger(old) as ledger:
        grades, _ = rescore(ledger, assignment("assignment2"), {})
    structure = grades[0].questions[0].cases[1]
    assert (structure.name, structure.status) == ("test_structure", "passed")
    public = grades[0].questions[0].cases[2].feedback
    assert public is not None
    assert public.mistake.startswith("accuracy below")


def test_a_step_that_fails_changes_nothing(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(base: sqlite3.Connection) -> None:
        base.execute("DELETE FROM submissions")
        raise sqlite3.OperationalError("database or disk is full")

    before = sqlite3.connect(old / "ledger.sqlite").execute("SELECT * FROM submissions").fetchall()
    monkeypatch.setattr(migrations, "_STEPS", (*migrations._STEPS, full))
    with pytest.raises(LedgerError, match="full"):
        Ledger(old)
    base = sqlite3.connect(old / "ledger.sqlite")
    assert base.execute("SELECT * FROM submissions").fetchall() == before
    assert base.execute("PRAGMA user_version").fetchone()[0] < VERSION
