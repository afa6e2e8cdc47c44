"""The SQLite file of a results folder, brought to today's version and used by several threads."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from pathlib import Path
from typing import Any, Self

from autograder.errors import LedgerError
from autograder.grading import decisions
from autograder.grading.migrations import VERSION, migrate
from autograder.grading.private_files import locked, own_database

_SCHEMA = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE executions (
    key TEXT PRIMARY KEY, outcome TEXT NOT NULL, detail TEXT NOT NULL, seconds REAL NOT NULL,
    device TEXT NOT NULL, repairs TEXT NOT NULL, names TEXT NOT NULL, notebook BLOB NOT NULL,
    lacks TEXT NOT NULL, mishaps TEXT NOT NULL
);
CREATE TABLE seen (
    execution TEXT NOT NULL, name TEXT NOT NULL, digest TEXT NOT NULL,
    PRIMARY KEY (execution, name)
) WITHOUT ROWID;
CREATE TABLE observations (digest TEXT PRIMARY KEY, data TEXT NOT NULL);
CREATE TABLE attachments (
    observation TEXT NOT NULL, field TEXT NOT NULL, content TEXT NOT NULL,
    PRIMARY KEY (observation, field)
) WITHOUT ROWID;
CREATE TABLE contents (digest TEXT PRIMARY KEY, content BLOB NOT NULL);
CREATE TABLE judgements (key TEXT PRIMARY KEY, data TEXT NOT NULL);
CREATE TABLE submissions (
    position INTEGER PRIMARY KEY, path TEXT NOT NULL, student TEXT NOT NULL, people TEXT NOT NULL,
    late INTEGER NOT NULL, remarks TEXT NOT NULL, execution TEXT, grade TEXT
);
""" + ";".join((*decisions.TABLES, ""))
# How long a process waits for another one that writes; none takes longer than a moment.
_PATIENCE = 10.0


class Database:
    """The file of one results folder; safe to use from several threads of one process.

    One process at a time may write grades. One that is `beside` may read and decide meanwhile.
    Every method raises LedgerError when the file cannot be read or written.
    """

    def __init__(self, folder: Path, *, beside: bool = False) -> None:
        self.file = folder / "ledger.sqlite"
        self._turn = threading.RLock()
        self._guard: AbstractContextManager[object] = (
            nullcontext() if beside else closing(locked(folder))
        )
        try:
            with self._at_work():
                own_database(self.file)
                self._base = sqlite3.connect(self.file, timeout=_PATIENCE, check_same_thread=False)
        except LedgerError:
            self._let_go()
            raise
        try:
            with self._at_work():
                # A write-ahead log survives a kill at any moment and needs one write a commit.
                self._base.execute("PRAGMA journal_mode = WAL")
                # What can be executed again may be lost with the power; a decision may not.
                safety = "FULL" if beside else "NORMAL"
                self._base.execute(f"PRAGMA synchronous = {safety}")
                self._set_up(beside=beside)
        except LedgerError:
            self._base.close()
            self._let_go()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Write what is pending and let go of the file."""
        try:
            with self._at_work():
                self._base.commit()
        finally:
            self._base.close()
            self._let_go()

    def _let_go(self) -> None:
        with self._guard:
            pass

    def _set_up(self, *, beside: bool) -> None:
        (found,) = self._base.execute("PRAGMA user_version").fetchone()
        if found == 0:
            self._base.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;")
        elif found > VERSION:
            raise LedgerError(
                f"{self.file}: made by a newer version of autograder; use that, or name another "
                "folder"
            )
        elif found < VERSION and beside:
            raise LedgerError(f"{self.file}: an older autograder is at work here; let it finish")
        elif found < VERSION:
            migrate(self._base, found)

    def _one(self, query: str, *values: object) -> tuple[Any, ...] | None:
        rows = self._all(query, *values)
        return rows[0] if rows else None

    def _all(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self._at_work():
            return self._base.execute(query, values).fetchall()

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        with self._turn:
            try:
                yield
            except sqlite3.DatabaseError as error:
                raise LedgerError(f"{self.file}: {_advice(error)}") from error
            except OSError as error:
                raise LedgerError(f"{self.file}: cannot be used: {error.strerror}") from error


def _advice(error: sqlite3.DatabaseError) -> str:
    code = getattr(error, "sqlite_errorcode", None)
    if code == sqlite3.SQLITE_FULL:
        return "the disk is full; make room and run the same command again: it goes on there"
    if code == sqlite3.SQLITE_NOTADB:
        return "this is no ledger of autograder; move it away or name another folder"
    return f"the ledger cannot be used ({error})"
