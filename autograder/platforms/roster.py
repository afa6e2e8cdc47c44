"""The list of a class, as a learning platform or a TA wrote it, and who of it handed in."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import NoReturn

from autograder.errors import SubmissionError
from autograder.model import Entry, Person
from autograder.platforms.names import spellings, written
from autograder.platforms.spreadsheet import Columns
from autograder.submissions.tree import LeftOut, Reason

PLAIN = "plain"
"""The kind of a list that a TA keeps."""


@dataclass(frozen=True)
class Roster:
    """The people of a class. `header` and `rows` are the file as it is, to be filled in.

    `kind` is that of the platform that wrote it, or plain. `places` gives for each of `people` its
    row; a row may be nobody's, such as Canvas's "Points Possible". `separator` is what stood
    between columns.
    """

    people: tuple[Person, ...]
    kind: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    places: tuple[int, ...]
    path: Path
    separator: str = ","
    columns: Columns = field(default_factory=Columns)

    @cached_property
    def index(self) -> "_Index":
        """How its people are found."""
        return _Index(self)


@dataclass(frozen=True)
class Reconciled:
    """Entries with the people of the roster, and where the two do not fit together.

    `missing` handed in nothing; the people of `unknown` entries are not on the roster, or cannot be
    told from somebody else there; `twice` have several entries.
    """

    entries: tuple[Entry, ...]
    missing: tuple[Person, ...]
    unknown: tuple[Entry, ...]
    twice: tuple[tuple[Person, tuple[Entry, ...]], ...]


def match(roster: Roster, person: Person) -> int | None:
    """The row of the roster that is this person's: by id, email, login, then name.

    None if there is no such row, or several that are equally good.
    """
    index = roster.index.find(person)
    return None if index is None else roster.places[index]


def reconcile(roster: Roster, entries: Iterable[Entry]) -> Reconciled:
    """Who handed in what, by the roster."""
    known: list[Entry] = []
    unknown: list[Entry] = []
    owned: dict[int, list[Entry]] = defaultdict(list)
    for entry in entries:
        handed_in_by = entry.people or (Person(name=entry.student),)
        found = [roster.index.find(person) for person in handed_in_by]
        people = tuple(
            person if place is None else _merged(roster.people[place], person)
            for person, place in zip(handed_in_by, found, strict=True)
        )
        if None not in found:
            entry = replace(entry, student=_together(people))
        entry = replace(entry, people=people)
        known.append(entry)
        if None in found:
            unknown.append(entry)
        for place in {place for place in found if place is not None}:
            owned[place].append(entry)
    return Reconciled(
        entries=tuple(known),
        missing=tuple(p for n, p in enumerate(roster.people) if n not in owned),
        unknown=tuple(unknown),
        twice=tuple((roster.people[n], tuple(own)) for n, own in owned.items() if len(own) > 1),
    )


def handed_in_otherwise(
    roster: Roster, entries: Sequence[Entry], left_out: Iterable[LeftOut]
) -> tuple[list[Entry], list[LeftOut]]:
    """Entries for people of the roster of whom there are only files without a notebook.

    Gives these, and what is left out all the same.
    """
    missing = {roster.index.find(person) for person in reconcile(roster, entries).missing} - {None}
    files: dict[int, list[LeftOut]] = defaultdict(list)
    rest = []
    for item in left_out:
        place = roster.index.find(Person(name=item.student)) if item.student else None
        if item.reason is Reason.NO_NOTEBOOK and place is not None and place in missing:
            files[place].append(item)
        else:
            rest.append(item)
    found = []
    for place, own in files.items():
        person = roster.people[place]
        names = ", ".join(item.path.rpartition("/")[2] for item in own)
        sentence = f"no notebook was handed in, but {names}"
        read = partial(_refuse, sentence)
        found.append(Entry(own[0].path, person.name, read, people=(person,)))
    return found, rest


def _refuse(sentence: str) -> NoReturn:
    raise SubmissionError(sentence)


def _together(people: Sequence[Person]) -> str:
    names = [person.name for person in people]
    return ("; " if any("," in name for name in names) else ", ").join(names)


def _merged(listed: Person, handed_in: Person) -> Person:
    """The roster's person, with what only the download knows."""
    return Person(
        name=listed.name,
        id=listed.id or handed_in.id,
        email=listed.email or handed_in.email,
        login=listed.login or handed_in.login,
    )


class _Index:
    """The people of a roster by all that they may be called."""

    def __init__(self, roster: Roster) -> None:
        people = roster.people
        further = [
            [row[n].strip() for n in roster.columns.further_ids if n < len(row)]
            for row in (roster.rows[place] for place in roster.places)
        ]
        self._ids = _by(_numbers([p.id, *more]) for p, more in zip(people, further, strict=True))
        self._emails = _by({p.email.casefold()} for p in people)
        self._logins = _by(_logins(p) for p in people)
        self._names = _by({written(p.name)} for p in people)
        self._spellings = _by(spellings(p.name) for p in people)

    def find(self, person: Person) -> int | None:
        """The one whom the surest of the person's marks names; None if it names several."""
        steps: Sequence[tuple[Mapping[str, set[int]], Callable[[], Iterable[str]]]] = (
            (self._ids, lambda: _numbers([person.id])),
            (self._emails, lambda: {person.email.casefold()}),
            (self._logins, lambda: {person.login.casefold()}),
            (self._names, lambda: {written(person.name)}),
            (self._spellings, lambda: spellings(person.name)),
            # Folders are often named for logins, addresses or numbers.
            (self._logins, lambda: {person.name.casefold()}),
            (self._emails, lambda: {person.name.casefold()}),
            (self._ids, lambda: _numbers([person.name])),
        )
        named = self._names.get(written(person.name), set())
        for known, marks in steps:
            found = {place for mark in marks() if mark for place in known.get(mark, ())}
            if found:
                # Numbers of two systems may coincide; then the name is somebody else's.
                contradicted = named and not found & named
                return found.pop() if len(found) == 1 and not contradicted else None
        return None


def _by(marks: Iterable[Iterable[str]]) -> dict[str, set[int]]:
    places: dict[str, set[int]] = defaultdict(set)
    for place, own in enumerate(marks):
        for mark in own:
            if mark:
                places[mark].add(place)
    return places


def _numbers(ids: Iterable[str]) -> set[str]:
    """Ids without the `#` that Brightspace may write before them."""
    return {number.strip().removeprefix("#").casefold() for number in ids}


def _logins(person: Person) -> set[str]:
    """The login, and what stands before the `@` of an address, which often is the same."""
    whole = {person.login, person.email}
    return {text.partition("@")[0].casefold() for text in whole} | {person.login.casefold()}
