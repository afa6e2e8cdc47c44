"""A part of a class, graded into the results of the whole."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from autograder.errors import UsageError
from autograder.grading.ledger import Ledger, Line
from autograder.judging.scoring import Run
from autograder.model import Entry, Execution, Grade, Person
from autograder.platforms.names import spellings


@dataclass(frozen=True)
class Part:
    """The ledger as a part of its submissions sees it: a Store in which they count from 0.

    `positions` are where they stand in the class. `afresh` lets them run whatever is stored.
    """

    ledger: Ledger
    positions: Sequence[int]
    afresh: bool = False

    def run(self, key: str) -> Run | None:
        """The run kept under the key."""
        return None if self.afresh else self.ledger.run(key)

    def keep(self, key: str, execution: Execution, run: Run) -> None:
        """Keep an execution, which `run` describes."""
        self.ledger.keep(key, execution, run)

    def record(self, position: int, grade: Grade, execution: str | None) -> None:
        """Keep the grade of the submission at that position of the part."""
        self.ledger.record(self.positions[position], grade, execution)


def named(entries: Sequence[Entry], names: Iterable[str]) -> list[Entry]:
    """The entries of these people, by name, login, id, address or path.

    Raises UsageError for a name that is nobody's.
    """
    found: list[Entry] = []
    for name in names:
        own = [entry for entry in entries if _is_called(entry, name)]
        if not own:
            raise UsageError(f"--only {name}: nobody of that name is among the submissions")
        found.extend(entry for entry in own if entry not in found)
    return found


def _is_called(entry: Entry, name: str) -> bool:
    marks = {entry.path, entry.path.partition("/")[0], entry.student}
    for person in entry.people:
        marks |= {person.name, person.id, person.login, person.email}
    if name.casefold() in {mark.casefold() for mark in marks if mark}:
        return True
    names = [entry.student, *(person.name for person in entry.people)]
    return any(spellings(name) & spellings(other) for other in names)


class Joined:
    """Entries that come to the lines of a class: `kept` are those of everybody else.

    An entry takes the path of the line of the same people, by which a human's points are kept, and
    never one that is somebody else's. `shared` counts the lines whose people or paths come again.
    """

    def __init__(self, lines: Sequence[Line], entries: Sequence[Entry]) -> None:
        by_mark: dict[object, list[Line]] = {}
        for line in lines:
            for mark in _marks(line.people, line.student):
                by_mark.setdefault(mark, []).append(line)
        own = {line.path: line for line in lines}
        self.before: list[Line | None] = []
        for entry in entries:
            same = {
                line.path: line
                for mark in _marks(entry.people, entry.student)
                for line in by_mark.get(mark, ())
                if _agree(line.people, entry.people)
            }
            there = own.get(entry.path)
            if there is not None and there.path in same:
                same = {there.path: there}
            self.before.append(next(iter(same.values())) if len(same) == 1 else None)
        gone = {line.path for line in self.before if line is not None}
        self.shared = len(gone | ({entry.path for entry in entries} & own.keys()))
        self.kept = [line for line in lines if line.path not in gone]
        self.entries = tuple(_with_paths(entries, self.before, {line.path for line in self.kept}))


def _with_paths(
    entries: Sequence[Entry], before: Sequence[Line | None], taken: set[str]
) -> Iterable[Entry]:
    times: Counter[str] = Counter(taken)
    for entry, line in zip(entries, before, strict=True):
        path = entry.path if line is None else line.path
        if times[path]:
            path = f"{entry.student}/{path}"
        times[path] += 1
        yield replace(entry, path=path if times[path] == 1 else f"{path} ({times[path]})")


def _marks(people: Sequence[Person], student: str) -> set[tuple[str, object]]:
    """All by which the same people may be found again."""
    marks: set[tuple[str, object]] = set()
    for person in people or (Person(name=student),):
        marks |= {("id", person.id), ("login", person.login.casefold())}
        marks |= {("email", person.email.casefold())}
        marks |= {("name", spelling) for spelling in spellings(person.name)}
    return {(kind, mark) for kind, mark in marks if mark}


def _agree(people: Sequence[Person], others: Sequence[Person]) -> bool:
    """Whether both are as many people, and no id, login or address tells these apart."""
    if len(people) > 1 or len(others) > 1:
        return set(people) == set(others)
    pairs = [(one, other) for one in people for other in others]
    return all(not (a and b) or a == b for one, other in pairs for a, b in _both(one, other))


def _both(one: Person, other: Person) -> Iterable[tuple[str, str]]:
    return ((one.id, other.id), (one.login.casefold(), other.login.casefold()),
            (one.email.casefold(), other.email.casefold()))  # fmt: skip
