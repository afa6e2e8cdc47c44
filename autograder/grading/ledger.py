"""What has been executed and graded, in one SQLite file: a batch that was stopped goes on there.

Executions are kept by the fingerprint of all that they depend on, marks by that of the tests, so
that nothing runs twice and a change of a test needs no student code to run again.
"""

import json
import sqlite3
import threading
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, TypeAdapter

from autograder.errors import LedgerError
from autograder.grading.migrations import VERSION, migrate
from autograder.grading.private_files import locked, own_database
from autograder.judging import fingerprint
from autograder.judging.scoring import Run
from autograder.model import (
    Entry,
    Execution,
    Grade,
    Observation,
    Outcome,
    Person,
)

_SCHEMA = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE executions (
    key TEXT PRIMARY KEY, outcome TEXT NOT NULL, detail TEXT NOT NULL, seconds REAL NOT NULL,
    device TEXT NOT NULL, repairs TEXT NOT NULL, names TEXT NOT NULL, notebook BLOB NOT NULL,
    lacks TEXT NOT NULL
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
"""

_observation: TypeAdapter[Observation] = TypeAdapter(Observation)
_grade: TypeAdapter[Grade] = TypeAdapter(Annotated[Grade, Field(discriminator="status")])
_people: TypeAdapter[tuple[Person, ...]] = TypeAdapter(tuple[Person, ...])


@dataclass(frozen=True)
class Line:
    """One submission of the batch as the ledger remembers it; `grade` is None before its turn."""

    position: int
    path: str
    student: str
    people: tuple[Person, ...]
    late: bool
    remarks: tuple[str, ...]
    execution: str | None
    grade: Grade | None


class Ledger:
    """The ledger of one results folder; safe to use from several threads of one process.

    Every method raises LedgerError when the file cannot be read or written.
    """

    def __init__(self, folder: Path) -> None:
        self.file = folder / "ledger.sqlite"
        self._turn = threading.RLock()
        self._guard = locked(folder)
        try:
            with self._at_work():
                own_database(self.file)
                self._base = sqlite3.connect(self.file, check_same_thread=False)
        except LedgerError:
            self._guard.close()
            raise
        try:
            with self._at_work():
                # A write-ahead log survives a kill at any moment and needs one write a commit.
                self._base.execute("PRAGMA journal_mode = WAL")
                self._base.execute("PRAGMA synchronous = NORMAL")
                self._set_up()
        except LedgerError:
            self._base.close()
            self._guard.close()
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
            self._guard.close()

    def forget(self) -> None:
        """Forget everything but the facts: all is executed anew."""
        with self._at_work():
            for table in (
                "executions",
                "seen",
                "observations",
                "attachments",
                "contents",
                "judgements",
            ):
                self._base.execute(f"DELETE FROM {table}")
            self._base.execute("UPDATE submissions SET execution = NULL, grade = NULL")
            self._base.commit()

    # --- facts about the batch ------------------------------------------------------------------

    def fact(self, name: str) -> str | None:
        """What was noted under that name."""
        row = self._one("SELECT value FROM facts WHERE name = ?", name)
        return None if row is None else str(row[0])

    def note(self, name: str, value: str) -> None:
        """Note a fact about the whole batch."""
        with self._at_work():
            self._base.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))
            self._base.commit()

    # --- executions -----------------------------------------------------------------------------

    def keep(self, key: str, execution: Execution, run: Run) -> None:
        """Keep an execution, which `run` describes."""
        notebook = zlib.compress(execution.notebook.encode(), 3)
        with self._at_work():
            for name, seen in execution.observations.items():
                digest = run.digests[name]
                self._keep_observation(digest, seen)
                self._base.execute("INSERT OR REPLACE INTO seen VALUES (?, ?, ?)",
                                   (key, name, digest))  # fmt: skip
            self._base.execute(
                "INSERT OR REPLACE INTO executions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (key, execution.outcome, execution.detail, execution.seconds, execution.device,
                 json.dumps(execution.repairs), json.dumps(run.names), notebook,
                 json.dumps(execution.lacks)),
            )  # fmt: skip

    def run(self, key: str) -> Run | None:
        """The run kept under that key."""
        row = self._one(
            "SELECT outcome, detail, seconds, device, repairs, names, lacks FROM executions"
            " WHERE key = ?",
            key,
        )
        if row is None:
            return None
        seen = self._all("SELECT name, digest FROM seen WHERE execution = ?", key)
        digests = {str(name): str(digest) for name, digest in seen}
        return Run(
            outcome=Outcome(row[0]),
            detail=row[1],
            seconds=row[2],
            device=row[3],
            repairs=tuple(json.loads(row[4])),
            names=tuple(json.loads(row[5])),
            lacks=tuple(json.loads(row[6])),
            digests=digests,
            observations=lambda: {n: self._observation(d) for n, d in digests.items()},
        )

    def notebook(self, key: str) -> str | None:
        """The executed notebook (JSON) of that key."""
        row = self._one("SELECT notebook FROM executions WHERE key = ?", key)
        return None if row is None else zlib.decompress(row[0]).decode()

    def _keep_observation(self, digest: str, seen: Observation) -> None:
        text = seen.without_attachments()
        self._base.execute("INSERT OR IGNORE INTO observations VALUES (?, ?)", (digest, text))
        for field, content in seen.attachments().items():
            name = fingerprint.of_bytes(content)
            self._base.execute("INSERT OR IGNORE INTO contents VALUES (?, ?)", (name, content))
            self._base.execute(
                "INSERT OR IGNORE INTO attachments VALUES (?, ?, ?)", (digest, field, name)
            )

    def _observation(self, digest: str) -> Observation:
        row = self._one("SELECT data FROM observations WHERE digest = ?", digest)
        assert row is not None, "each digest that is named is kept"
        attached = self._all(
            "SELECT attachments.field, contents.content FROM attachments "
            "JOIN contents ON contents.digest = attachments.content WHERE observation = ?",
            digest,
        )
        seen = _observation.validate_json(row[0])
        return seen.with_attachments({str(field): bytes(content) for field, content in attached})

    # --- judgements: a Memory for the Scorer ------------------------------------------------------

    def get(self, key: str) -> str | None:
        """The judgement kept under the key."""
        row = self._one("SELECT data FROM judgements WHERE key = ?", key)
        return None if row is None else str(row[0])

    def put(self, key: str, text: str) -> None:
        """Keep a judgement; it is written with the next grade."""
        with self._at_work():
            self._base.execute("INSERT OR REPLACE INTO judgements VALUES (?, ?)", (key, text))

    # --- the batch ------------------------------------------------------------------------------

    def begin(self, entries: Sequence[Entry]) -> None:
        """These entries are the batch from now on; none of them has a grade yet."""
        rows = [
            (i, e.path, e.student, _people.dump_json(e.people).decode(), e.late,
             json.dumps(e.remarks), None, None)
            for i, e in enumerate(entries)
        ]  # fmt: skip
        with self._at_work():
            self._base.execute("DELETE FROM submissions")
            self._base.executemany("INSERT INTO submissions VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
            self._base.commit()

    def record(self, position: int, grade: Grade, execution: str | None) -> None:
        """Write the grade of a submission, and all that was kept for it, for good."""
        self.record_all([(position, grade, execution)])

    def record_all(self, grades: Sequence[tuple[int, Grade, str | None]]) -> None:
        """Write many grades at a time."""
        rows = [(grade.model_dump_json(), execution, i) for i, grade, execution in grades]
        with self._at_work():
            self._base.executemany(
                "UPDATE submissions SET grade = ?, execution = ? WHERE position = ?", rows
            )
            self._base.commit()

    def lines(self) -> Iterator[Line]:
        """The submissions of the batch in their order."""
        rows = self._all(
            "SELECT position, path, student, people, late, remarks, execution, grade "
            "FROM submissions ORDER BY position"
        )
        for position, path, student, people, late, remarks, execution, grade in rows:
            yield Line(
                position=position,
                path=path,
                student=student,
                people=_people.validate_json(people),
                late=bool(late),
                remarks=tuple(json.loads(remarks)),
                execution=execution,
                grade=None if grade is None else _grade.validate_json(grade),
            )

    # --- the file -------------------------------------------------------------------------------

    def _set_up(self) -> None:
        (found,) = self._base.execute("PRAGMA user_version").fetchone()
        if found == 0:
            self._base.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;")
        elif found > VERSION:
            raise LedgerError(
                f"{self.file}: made by a newer version of autograder; use that, or name another "
                "folder"
            )
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
