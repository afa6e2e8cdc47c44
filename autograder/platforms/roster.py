"""The list of a class, as a learning platform or a TA wrote it, and who of it handed in."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import NoReturn

from autograder.errors import SubmissionError
from autograder.model import Entry, Person
from autograder.platforms.index import Index
from autograder.platforms.names import runs, spellings
from autograder.platforms.spreadsheet import Columns
from autograder.submissions.tree import LeftOut, Reason

PLAIN = "plain"
"""The kind of a list that a TA keeps."""


@dataclass(frozen=True)
class Roster:
    """The people of a class. `header` and `rows` are the file as it is, to be filled in.

    `kind` is that of the platform that wrote it, or plain. `places` gives for each of `people` its
    row; a row may be nobody's, such as Canvas's "Points Possible". `separator` is what stood
    between columns. `ids_need_names` says that a download's ids may be those of something else
    than people, so that one counts only where the name fits.
    """

    people: tuple[Person, ...]
    kind: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    places: tuple[int, ...]
    path: Path
    separator: str = ","
    columns: Columns = field(default_factory=Columns)
    ids_need_names: bool = False

    @cached_property
    def groups(self) -> Mapping[tuple[str, ...], tuple[int, ...]]:
        """The members of each group, by its name; none where the list tells no groups."""
        found: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for index, place in enumerate(self.places):
            for column in self.columns.group:
                for name in spellings("".join(self.rows[place][column : column + 1])):
                    if index not in found[name]:
                        found[name].append(index)
        return {name: tuple(members) for name, members in found.items()}

    @cached_property
    def index(self) -> Index:
        """How its people are found."""
        further = [
            [row[n].strip() for n in self.columns.further_ids if n < len(row)]
            for row in (self.rows[place] for place in self.places)
        ]
        return Index(
            self.people,
            further,
            ids_need_names=self.ids_need_names,
            is_blind=not self.columns.name,
        )


@dataclass(frozen=True)
class Reconciled:
    """Entries with the people of the roster, and where the two do not fit together.

    Of the `missing` nothing was handed in; `namesakes` may have one of the entries in `alike`,
    whose people cannot be told from somebody else on the roster. These are in `unknown`, too, with
    entries of people who are not on it. `twice` have several entries.
    """

    entries: tuple[Entry, ...]
    missing: tuple[Person, ...]
    unknown: tuple[Entry, ...]
    alike: tuple[Entry, ...]
    namesakes: tuple[Person, ...]
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
    alike: list[Entry] = []
    meant = set[int]()
    owned: dict[int, list[Entry]] = defaultdict(list)
    for given in entries:
        people = [person for one in given.people or (Person(name=given.student),)
                  for person in _members(roster, one)]  # fmt: skip
        found = [roster.index.find(person) for person in people]
        entry = _entry(roster, given, people, found)
        known.append(entry)
        if None in found:
            unknown.append(entry)
        lost = [p for p, place in zip(people, found, strict=True) if place is None]
        named = [several for p in lost if len(several := roster.index.named(p.name)) > 1]
        if named:
            alike.append(entry)
            meant.update(*named)
        for place in {place for place in found if place is not None}:
            owned[place].append(entry)
    return Reconciled(
        entries=tuple(known),
        missing=tuple(p for n, p in enumerate(roster.people) if n not in owned.keys() | meant),
        unknown=tuple(unknown),
        alike=tuple(alike),
        namesakes=tuple(roster.people[n] for n in sorted(meant - owned.keys())),
        twice=tuple((roster.people[n], tuple(own)) for n, own in owned.items() if len(own) > 1),
    )


def _members(roster: Roster, person: Person) -> Sequence[Person]:
    """The people of a group that handed in under its own name; else the person."""
    groups = {roster.groups[n] for n in spellings(person.name) if n in roster.groups}
    return [roster.people[n] for n in groups.pop()] if len(groups) == 1 else [person]


def _entry(
    roster: Roster, entry: Entry, people: Sequence[Person], found: Sequence[int | None]
) -> Entry:
    """The entry with what the roster knows of its people."""
    merged = []
    remarks = entry.remarks
    for person, place in zip(people, found, strict=True):
        if place is not None:
            merged.append(_merged(roster.people[place], person))
            if roster.kind == "canvas" and not _is_called(person, roster.people[place]):
                remarks = (*remarks, f"Handed in under the name {person.name}, as groups do; the "
                           "download tells no other members.")  # fmt: skip
        else:
            merged.append(person.model_copy(update={"id": ""} if roster.ids_need_names else {}))
    student = entry.student if None in found else _together(merged)
    return replace(entry, student=student, people=tuple(merged), remarks=remarks)


def _is_called(person: Person, listed: Person) -> bool:
    """Whether the name may be that of the one who is listed, or says nothing about it."""
    if not person.name.strip(" ?") or person.name.startswith("anon"):
        return True
    keys = {listed.id, listed.login, listed.email, listed.email.partition("@")[0]}
    return (
        person.name.casefold() in {key.casefold() for key in keys}
        or bool(spellings(person.name) & spellings(listed.name))
        or bool(runs(person.name) & runs(listed.name))
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
