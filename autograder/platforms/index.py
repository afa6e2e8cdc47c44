"""The people of a roster by all that they may be called."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

from autograder.model import Person
from autograder.platforms.names import holds, is_run, runs, spellings, written

_Mark = TypeVar("_Mark", bound=Hashable)


class Index:
    """Finds people by their ids, addresses, logins and names.

    `further` are more ids for each of `people`. With `ids_need_names` an id counts only where the
    name fits, unless the list `is_blind`: then all names are words and numbers.
    """

    def __init__(
        self,
        people: Sequence[Person],
        further: Sequence[Sequence[str]],
        *,
        ids_need_names: bool,
        is_blind: bool,
    ) -> None:
        self._ids = _by(_numbers([p.id, *more]) for p, more in zip(people, further, strict=True))
        self._emails = _by({p.email.casefold()} for p in people)
        self._logins = _by(_logins(p) for p in people)
        self._names = _by({written(p.name)} for p in people)
        self._spellings = _by(spellings(p.name) for p in people)
        self._runs = _by(runs(p.name) for p in people)
        self._people = people
        self._ids_need_names = ids_need_names
        self._is_blind = is_blind

    def find(self, person: Person) -> int | None:
        """The one whom the surest of the person's marks names; None if it names several."""
        named = self.named(person.name)
        steps: Sequence[Callable[[], set[int]]] = (
            lambda: self._by_id(person),
            lambda: _all(self._emails, {person.email.casefold()}),
            lambda: _all(self._logins, {person.login.casefold()}),
            lambda: named,
            # Folders are often named for logins, addresses or numbers.
            lambda: _all(self._logins, {person.name.casefold()}),
            lambda: _all(self._emails, {person.name.casefold()}),
            lambda: _all(self._ids, _numbers([person.name])),
        )
        for step in steps:
            if found := step():
                # Numbers of two systems may coincide; then the name is somebody else's.
                contradicted = named and not found & named
                return found.pop() if len(found) == 1 and not contradicted else None
        return None

    def named(self, name: str) -> set[int]:
        """All who may be meant by a name: those written so, else those spelled so."""
        if found := _all(self._names, {written(name)}):
            return found
        if found := _all(self._spellings, spellings(name)):
            return found
        return _all(self._runs, runs(name)) if is_run(name) else set()

    def _by_id(self, person: Person) -> set[int]:
        found = _all(self._ids, _numbers([person.id]))
        if not self._ids_need_names:
            return found
        return {n for n in found if self._is_blind or holds(person.name, self._people[n].name)}


def _all(known: Mapping[_Mark, set[int]], marks: Iterable[_Mark]) -> set[int]:
    return {place for mark in marks if mark for place in known.get(mark, ())}


def _by(marks: Iterable[Iterable[_Mark]]) -> dict[_Mark, set[int]]:
    places: dict[_Mark, set[int]] = defaultdict(set)
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
