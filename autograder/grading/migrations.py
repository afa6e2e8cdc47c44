"""Takes over the ledgers of earlier versions, one version after the other."""

import json
import sqlite3
from collections.abc import Callable
from typing import Any

from autograder.grading import decisions


def migrate(base: sqlite3.Connection, version: int) -> None:
    """Bring a ledger of that version to today's, all of it or nothing."""
    base.execute("BEGIN IMMEDIATE")
    try:
        for step in _STEPS[version - 1 :]:
            step(base)
        base.execute(f"PRAGMA user_version = {VERSION}")
    except BaseException:
        base.rollback()
        raise
    base.commit()


def _files_and_feedback_in_parts(base: sqlite3.Connection) -> None:
    """Files of observations have a table of their own; messages and flags become objects."""
    for statement in (
        "CREATE TABLE attachments (observation TEXT NOT NULL, field TEXT NOT NULL,"
        " content TEXT NOT NULL, PRIMARY KEY (observation, field)) WITHOUT ROWID",
        "INSERT INTO attachments SELECT digest, 'evaluation', evaluation FROM observations"
        " WHERE evaluation IS NOT NULL",
        "INSERT INTO attachments SELECT digest, 'training', training FROM observations"
        " WHERE training IS NOT NULL",
        "ALTER TABLE observations DROP COLUMN evaluation",
        "ALTER TABLE observations DROP COLUMN training",
        "ALTER TABLE graphs RENAME TO contents",
        # They belong to other tests of another form: whatever is asked for is judged anew.
        "DELETE FROM judgements",
    ):
        base.execute(statement)
    rows = base.execute("SELECT position, grade FROM submissions WHERE grade IS NOT NULL")
    for position, text in rows.fetchall():
        grade = json.dumps(_in_parts(json.loads(text)))
        base.execute("UPDATE submissions SET grade = ? WHERE position = ?", (grade, position))


def _in_parts(grade: dict[str, Any]) -> dict[str, Any]:
    """A grade whose messages and flags were texts; these stay, word for word, as notes."""
    grade["flags"] = [{"kind": "network", "text": text} for text in grade["flags"]]
    for question in grade["questions"]:
        for case in question["cases"]:
            message = case.pop("message", None)
            case["feedback"] = {"notes": message.splitlines()} if message else None
    return grade


def _packages_that_were_missing(base: sqlite3.Connection) -> None:
    """Executions name the packages that they lacked; of earlier ones that is not known."""
    base.execute("ALTER TABLE executions ADD COLUMN lacks TEXT NOT NULL DEFAULT '[]'")


def _decisions(base: sqlite3.Connection) -> None:
    """Humans may decide."""
    for statement in decisions.TABLES:
        base.execute(statement)


def _cells_that_raised(base: sqlite3.Connection) -> None:
    """Executions say which cells raised; of earlier ones only their `detail` tells."""
    base.execute("ALTER TABLE executions ADD COLUMN mishaps TEXT NOT NULL DEFAULT '{}'")


_STEPS: tuple[Callable[[sqlite3.Connection], None], ...] = (
    _files_and_feedback_in_parts,
    _packages_that_were_missing,
    _decisions,
    _cells_that_raised,
)

VERSION = len(_STEPS) + 1
"""The version of today's ledgers."""
