"""A results folder as the desk sees it: kept in memory, and as new as the ledger."""

import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from autograder.course.assignment import Assignment, Course
from autograder.errors import LedgerError, UsageError
from autograder.grading.decisions import Act, Decision, RubricItem, Undo, Work
from autograder.grading.facts import ClassFacts, facts_of
from autograder.grading.ledger import Ledger, Line
from autograder.grading.marks import decided
from autograder.grading.standing import Book, Standing, work_of
from autograder.model import Grade
from autograder.results.answers import Answers
from autograder.results.pages.attention import person
from autograder.results.written import WrittenQuestion, written_questions

_T = TypeVar("_T")


@dataclass(frozen=True)
class Member:
    """One submission of the class; `key` names it in addresses."""

    key: str
    name: str
    line: Line
    work: Work


class Classroom:
    """The class of one results folder; safe to use from several threads.

    Whatever asks the ledger raises LedgerError where it is gone or cannot be used.
    """

    def __init__(self, folder: Path) -> None:
        """Raises UsageError and LedgerError where there is nothing to decide about."""
        self.folder = folder
        self.ledger = _opened(folder)
        self._file = self.ledger.file.stat()
        batch = facts_of(self.ledger)
        if batch is None:
            raise UsageError(f"{folder}: nothing was graded here yet; run `autograder grade`")
        self.batch: ClassFacts = batch
        self.assignment: Assignment = Course.at(Path(batch.course)).assignment(batch.assignment)
        master, template = self.assignment.master, self.assignment.handed_out
        self.asked: tuple[WrittenQuestion, ...] = ()
        if master.is_file() and template.is_file():
            self.asked = written_questions(master)
        self.template = template.read_text("utf-8", "replace") if template.is_file() else ""
        self._answers = Answers(self.ledger, self.template, self.asked)
        self._turn = threading.RLock()
        self._version = -1
        self.members: dict[str, Member] = {}
        self.book = Book([])
        self._standings: dict[str, Standing] = {}
        self._grades: dict[str, Grade | None] = {}
        # By member what others have derived from what stands; gone as soon as that changes.
        self.derived: dict[str, Any] = {}
        # Grows after every change of what stands.
        self._state = 0
        self._of_all: dict[str, tuple[int, Any]] = {}
        self.refresh()

    @property
    def questions(self) -> list[str]:
        """All questions: those with tests, then those that a human reads."""
        names = [question.name for question in self.assignment.questions]
        return [*names, *(question.name for question in self.asked)]

    @property
    def most(self) -> dict[str, float]:
        """The points that each question gives at most, of those that give any."""
        tested = {q.name: q.max_score for q in self.assignment.questions}
        return tested | self.assignment.settings.written

    def refresh(self) -> None:
        """Take over what others have written since; cheap where nobody has."""
        with self._turn:
            self._check_that_it_is_there()
            version = self.ledger.version()
            if version != self._version:
                self._reread_members()
                self._take_over(self.ledger.decisions(self.book.last))
                self._version = version

    def reread(self) -> None:
        """Take over what this process has written otherwise than by deciding."""
        with self._turn:
            self._version = -1
        self.refresh()

    def _check_that_it_is_there(self) -> None:
        try:
            found = self.ledger.file.stat()
        except OSError as error:
            raise LedgerError(
                f"{self.ledger.file}: is no longer there ({error.strerror})"
            ) from None
        if (found.st_dev, found.st_ino) != (self._file.st_dev, self._file.st_ino):
            raise LedgerError(
                f"{self.ledger.file}: is another file than when the desk was opened; "
                "start `autograder desk` again"
            )

    def _reread_members(self) -> None:
        known = {member.line.position: member.line for member in self.members.values()}
        lines = list(self.ledger.lines(known))
        if len(lines) == len(known) and all(known.get(one.position) is one for one in lines):
            return
        self.members = dict(map(_member, lines))
        self._reread_decisions()

    def _reread_decisions(self) -> None:
        lines = [member.line for member in self.members.values()]
        self.book = Book(self.ledger.decisions(), lines)
        self._standings.clear()
        self._grades.clear()
        self.derived.clear()
        self._state += 1

    def _take_over(self, decisions: Sequence[Decision]) -> None:
        """Let further decisions stand, and forget what they change."""
        if any(isinstance(decision.act, Undo) for decision in decisions):
            self._reread_decisions()
            return
        for decision in decisions:
            self.book.add(decision)
            if isinstance(decision.act, RubricItem):
                self._grades.clear()
                self.derived.clear()
            elif decision.work is not None:
                for key, member in self.members.items():
                    if member.work.student == decision.work.student:
                        self._standings.pop(key, None)
                        self._grades.pop(key, None)
                        self.derived.pop(key, None)
        self._state += 1

    # --- what stands ------------------------------------------------------------------------------

    def once(self, what: str, make: Callable[[], _T]) -> _T:
        """What `make` derives of the whole class, made again when anything that stands changes."""
        state = self._state
        found = self._of_all.get(what)
        if found is None or found[0] != state:
            found = self._of_all[what] = (state, make())
        made: _T = found[1]
        return made

    def standing(self, member: Member) -> Standing:
        """What stands for a member's work."""
        with self._turn:
            if member.key not in self._standings:
                self._standings[member.key] = self.book.standing(member.work)
            return self._standings[member.key]

    def grade(self, member: Member) -> Grade | None:
        """The grade as it counts; None before the member's turn."""
        with self._turn:
            if member.key not in self._grades:
                tested = member.line.grade
                self._grades[member.key] = (
                    decided(tested, self.standing(member), self.book) if tested else None
                )
            return self._grades[member.key]

    def grades(self) -> list[Grade]:
        """All grades as they count."""
        return [grade for member in self.members.values() if (grade := self.grade(member))]

    def answer(self, member: Member, question: str) -> str:
        """What the member wrote in answer to a question; empty where that is nothing."""
        if not member.line.execution or not self.asked:
            return ""
        return self._answers.of(member.line.execution).get(question, "")

    def is_read(self, member: Member, question: str) -> bool:
        """Whether a human has given points or items for a written answer."""
        standing = self.standing(member)
        on = standing.items.get(question, ())
        return (question, "") in standing.points or any(item in self.book.items for item in on)

    def readable(self) -> Iterator[Member]:
        """Those whose notebook there is to read."""
        return (member for member in self.members.values() if member.line.execution)

    # --- deciding ---------------------------------------------------------------------------------

    def decide(
        self,
        who: str,
        acts: Sequence[tuple[Member | None, str, Act]],
        seen: int | None,
    ) -> list[int]:
        """Write decisions, each about a member and a question; raises OvertakenError."""
        at = datetime.now(UTC).isoformat(timespec="seconds")
        made = [
            Decision(at=at, who=who, work=m.work if m else None, question=question, act=act)
            for m, question, act in acts
        ]
        with self._turn:
            numbers = self.ledger.decide(made, seen)
            self._take_over(self.ledger.decisions(self.book.last))
        return numbers


def _opened(folder: Path) -> Ledger:
    """The ledger, shared with others; one of an earlier version is brought to today's first."""
    if not (folder / "ledger.sqlite").is_file():
        raise UsageError(f"{folder}: no results of `autograder grade` (no ledger.sqlite there)")
    try:
        return Ledger(folder, beside=True)
    except LedgerError:
        with Ledger(folder):
            pass  # opening it is enough
        return Ledger(folder, beside=True)


def _member(line: Line) -> tuple[str, Member]:
    key = hashlib.sha256(line.path.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    name = person(line.grade) if line.grade is not None else line.student
    return key, Member(key, name, line, work_of(line))
