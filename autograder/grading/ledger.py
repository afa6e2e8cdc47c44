"""What has been executed and graded, in one SQLite file: a batch that was stopped goes on there.

Executions are kept by the fingerprint of all that they depend on, marks by that of the tests, so
that nothing runs twice and a change of a test needs no student code to run again.
"""

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from autograder.grading import decisions
from autograder.grading.database import Database
from autograder.grading.decisions import Decision
from autograder.grading.marks import decided
from autograder.grading.shared import Shared
from autograder.grading.standing import Book, Standing, work_of
from autograder.judging import fingerprint
from autograder.judging.scoring import Run
from autograder.model import (
    Entry,
    Execution,
    Grade,
    Mishaps,
    Observation,
    Outcome,
    Owned,
    Person,
)

_observation: TypeAdapter[Observation] = TypeAdapter(Observation)
_grade: TypeAdapter[Grade] = TypeAdapter(Annotated[Grade, Field(discriminator="status")])
_ROWS_AT_A_TIME = 200
_OF_RUNS = ("executions", "seen", "observations", "attachments", "contents", "judgements")
_people: TypeAdapter[tuple[Person, ...]] = TypeAdapter(tuple[Person, ...])


@dataclass(frozen=True)
class Line(Owned):
    """One submission of the batch as the ledger remembers it; `grade` is None before its turn."""

    position: int
    path: str
    student: str
    people: tuple[Person, ...]
    late: bool
    remarks: tuple[str, ...]
    execution: str | None
    grade: Grade | None
    row: int = field(default=0, repr=False, compare=False)

    @property
    def content(self) -> str:
        """The fingerprint of what was handed in; empty where it could not be read."""
        return (self.execution or "").partition(".")[0]


class Ledger(Database):
    """The ledger of one results folder: executions, judgements, the batch and decisions."""

    def forget(self) -> None:
        """Forget everything but the facts: all is executed anew."""
        with self._at_work():
            for table in _OF_RUNS:
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
                "INSERT OR REPLACE INTO executions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (key, execution.outcome, execution.detail, execution.seconds, execution.device,
                 json.dumps(execution.repairs), json.dumps(run.names), notebook,
                 json.dumps(execution.lacks), execution.mishaps.model_dump_json()),
            )  # fmt: skip
            self._base.commit()
        if execution.card:
            self.note(f"GPU of {key}", execution.card)

    def run(self, key: str) -> Run | None:
        """The run kept under that key."""
        row = self._one(
            "SELECT outcome, detail, seconds, device, repairs, names, lacks, mishaps"
            " FROM executions WHERE key = ?",
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
            mishaps=Mishaps.model_validate_json(row[7]),
            digests=digests,
            observations=lambda: {n: self._observation(d) for n, d in digests.items()},
        )

    def notebook(self, key: str) -> str | None:
        """The executed notebook (JSON) of that key."""
        row = self._one("SELECT notebook FROM executions WHERE key = ?", key)
        return None if row is None else zlib.decompress(row[0]).decode()

    def notebook_print(self, key: str) -> str:
        """The fingerprint of that notebook; empty without one."""
        row = self._one("SELECT notebook FROM executions WHERE key = ?", key)
        return "" if row is None else fingerprint.of_bytes(row[0])

    def _keep_observation(self, digest: str, seen: Observation) -> None:
        text = seen.without_attachments()
        self._base.execute("INSERT OR IGNORE INTO observations VALUES (?, ?)", (digest, text))
        for place, content in seen.attachments().items():
            name = fingerprint.of_bytes(content)
            self._base.execute("INSERT OR IGNORE INTO contents VALUES (?, ?)", (name, content))
            self._base.execute(
                "INSERT OR IGNORE INTO attachments VALUES (?, ?, ?)", (digest, place, name)
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
        return seen.with_attachments({str(place): bytes(content) for place, content in attached})

    # --- judgements: a Memory for the Scorer ------------------------------------------------------

    def get(self, key: str) -> str | None:
        """The judgement kept under the key."""
        row = self._one("SELECT data FROM judgements WHERE key = ?", key)
        return None if row is None else str(row[0])

    def put(self, key: str, text: str) -> None:
        """Keep a judgement."""
        with self._at_work():
            self._base.execute("INSERT OR REPLACE INTO judgements VALUES (?, ?)", (key, text))
            # At once: whoever decides meanwhile must not wait for a submission to be judged.
            self._base.commit()

    # --- the batch ------------------------------------------------------------------------------

    def begin(self, entries: Sequence[Entry], kept: Sequence[Line] = ()) -> list[int]:
        """These entries, and the lines that are kept as they are, are the batch from now on.

        Gives the positions of the entries, which have no grade yet.
        """
        whole: list[Entry | Line] = [*entries, *kept]
        if kept:
            whole.sort(key=lambda one: one.path.split("/"))
        rows = [
            (i, one.path, one.student, _people.dump_json(one.people).decode(), one.late,
             json.dumps(one.remarks), *_so_far(one))
            for i, one in enumerate(whole)
        ]  # fmt: skip
        places = {id(one): position for position, one in enumerate(whole)}
        with self._at_work():
            self._base.execute("DELETE FROM submissions")
            self._base.executemany("INSERT INTO submissions VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
            self._base.commit()
        return [places[id(entry)] for entry in entries]

    def record(self, position: int, grade: Grade, execution: str | None) -> None:
        """Write the grade of a submission for good."""
        self.record_all([(position, grade, execution)])

    def record_all(self, grades: Sequence[tuple[int, Grade, str | None]]) -> None:
        """Write many grades at a time."""
        rows = [(grade.model_dump_json(), execution, i) for i, grade, execution in grades]
        with self._at_work():
            self._base.executemany(
                "UPDATE submissions SET grade = ?, execution = ? WHERE position = ?", rows
            )
            self._base.commit()

    def lines(self, known: Mapping[int, Line] | None = None) -> Iterator[Line]:
        """The submissions of the batch in their order; those that are `known` as they are there.

        Of a large class most is known: parsing a grade takes far longer than comparing it.
        """
        shared = Shared()
        for row in self._rows():
            position, path, student, people, late, remarks, execution, grade = row
            before = known.get(position) if known else None
            if before is not None and before.row == hash(row):
                yield before
                continue
            yield Line(
                position=position,
                path=path,
                student=student,
                people=_people.validate_json(people),
                late=bool(late),
                remarks=tuple(json.loads(remarks)),
                execution=execution,
                grade=None if grade is None else shared.grade(_grade.validate_json(grade)),
                row=hash(row),
            )

    def _rows(self) -> Iterator[tuple[Any, ...]]:
        """The table of submissions, some at a time: as text, a large class is larger still."""
        last = -1
        while rows := self._all(
            "SELECT position, path, student, people, late, remarks, execution, grade "
            "FROM submissions WHERE position > ? ORDER BY position LIMIT ?",
            last, _ROWS_AT_A_TIME,
        ):  # fmt: skip
            yield from rows
            last = rows[-1][0]

    def executions(self) -> dict[str, str | None]:
        """The path of each submission, with the key of its run; None for those without."""
        rows = self._all("SELECT path, execution FROM submissions ORDER BY position")
        return {str(path): key for path, key in rows}

    def version(self) -> int:
        """A number that changes when another process, or connection, has written."""
        row = self._one("PRAGMA data_version")
        assert row is not None, "SQLite always has one"
        return int(row[0])

    # --- what humans decide -----------------------------------------------------------------------

    def decide(self, made: Sequence[Decision], seen: int | None = None) -> list[int]:
        """Write decisions for good, all or none; their ids.

        `seen` is the last one that whoever decides knows: raises OvertakenError where somebody else
        has decided about the same since then.
        """
        with self._at_work():
            self._base.execute("BEGIN IMMEDIATE")
            try:
                numbers = decisions.insert(self._base, made, seen)
            except BaseException:
                self._base.rollback()
                raise
            self._base.commit()
            return numbers

    def decisions(self, after: int = 0) -> list[Decision]:
        """The decisions with a greater id, in the order in which they were made."""
        with self._at_work():
            return list(decisions.select(self._base, after))

    def standings(
        self, known: Mapping[int, Line] | None = None
    ) -> Iterator[tuple[Line, Standing, Grade | None]]:
        """Each line with what stands for it, and its grade with that: tests plus decisions."""
        lines = list(self.lines(known))
        book = Book(self.decisions(), lines)
        for line in lines:
            standing = book.standing(work_of(line))
            grade = None if line.grade is None else decided(line.grade, standing, book)
            yield line, standing, grade

    def grades(self) -> list[Grade]:
        """The grades of the batch as they count, of those that have one."""
        return [grade for _, _, grade in self.standings() if grade is not None]


def _so_far(one: Entry | Line) -> tuple[str | None, str | None]:
    """The execution and the grade of a line; an entry has none."""
    if isinstance(one, Entry):
        return None, None
    return one.execution, None if one.grade is None else one.grade.model_dump_json()
