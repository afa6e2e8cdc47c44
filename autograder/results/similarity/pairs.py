"""Finds the pairs of submissions that share most of their unusual code.

Code is compared as MOSS does it (Schleimer, Wilkerson and Aiken, SIGMOD 2003), by hashes of all
runs of some tokens, of which those that were handed out or that many have do not count. A class is
small enough to keep every hash; so nothing is thinned out, and each run that two share is found.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from textwrap import dedent
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from autograder.results.similarity.work import RUN, Hashes, OwnCode, code_cells, read_work

# A pair shares enough to be shown with a good part of little code, or with much code.
_LEAST_TOKENS = 3 * RUN
_LEAST_SHARE = 0.25
_MANY_TOKENS = 10 * RUN
_MOST_PASSAGES = 8
_MOST_PLACES = 8
_CANDIDATES = 10
_GAP = 10
_LEAST_OWN = RUN // 2
_MOST_TEXT = 10_000


@dataclass(frozen=True)
class Passage:
    """The same code in two submissions, each as its student wrote it."""

    first: str
    second: str


@dataclass(frozen=True)
class Pair:
    """Two students whose submissions share unusual code.

    `share` is the part, 0 to 1, of the unusual code of the one who has less of it that the other
    has too. Passages are in the order of the first one's cells.
    """

    first: str
    second: str
    share: float
    passages: tuple[Passage, ...]


class _Match(NamedTuple):
    """A pair before its passages are gathered: `tokens` in common, where in each."""

    first: int
    second: int
    share: float
    tokens: int


def similar(
    notebooks: Iterable[tuple[str, str]], template: str, most: int = 50
) -> tuple[Pair, ...]:
    """At most `most` pairs of students that share unusual code, the largest share first.

    Takes students with their notebooks' JSON, and that of the notebook that was handed out. Never
    raises for what students wrote: what is no notebook shares nothing.
    """
    given = code_cells(template)
    handed_out = frozenset(given)
    works = [read_work(student, code_cells(text), handed_out) for student, text in notebooks]
    common = np.unique(read_work("", given).runs)
    # Owners count in tens in a small class; in a large one, fifty who share are no secret.
    unusual = _unusual(works, common, most_owners=max(3, min(len(works) // 10, 50)))
    matches = [
        match
        for first, second in _candidates(works, unusual, most * _CANDIDATES)
        if (match := _match(works, unusual, first, second)) is not None
    ]
    matches.sort(key=lambda match: (-match.share, -match.tokens, match.first, match.second))
    return tuple(_pair(works, unusual, match) for match in matches[:most])


def _unusual(works: list[OwnCode], common: Hashes, most_owners: int) -> list[Hashes]:
    """The fingerprints of each work, sorted, that were not handed out and that few have."""
    own = [np.setdiff1d(work.runs, common) for work in works]
    if not own:
        return []
    hashes, owners = np.unique(np.concatenate(own), return_counts=True)
    usual = hashes[owners > most_owners]
    return [np.setdiff1d(runs, usual, assume_unique=True) for runs in own]


def _candidates(works: list[OwnCode], unusual: list[Hashes], most: int) -> list[tuple[int, int]]:
    """The pairs with the largest share of fingerprints, as far as those tell; sorted."""
    sizes = np.array([len(runs) for runs in unusual], np.int64)
    if not sizes.sum():
        return []
    hashes = np.concatenate(unusual)
    owners = np.repeat(np.arange(len(works), dtype=np.int64), sizes)
    order = np.argsort(hashes, kind="stable")
    hashes, owners = hashes[order], owners[order]
    codes, counts = _pair_counts(hashes, owners, len(works))
    first, second = codes // len(works), codes % len(works)
    shares = counts / np.minimum(sizes[first], sizes[second])
    enough = (counts > _LEAST_TOKENS - RUN) & (shares >= _LEAST_SHARE / 2)
    enough |= counts > _MANY_TOKENS - RUN
    best = np.lexsort((codes[enough], -counts[enough], -shares[enough]))[:most]
    pairs = zip(first[enough][best].tolist(), second[enough][best].tolist(), strict=True)
    return [pair for pair in pairs if works[pair[0]].student != works[pair[1]].student]


def _pair_counts(
    hashes: Hashes, owners: NDArray[np.int64], number: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """How many hashes each pair of owners shares; a pair is coded as first * number + second.

    The hashes are sorted, so equal ones are neighbours: a step compares all at one distance.
    """
    codes, counts = np.empty(0, np.int64), np.empty(0, np.int64)
    distance = 1
    while (same := hashes[distance:] == hashes[:-distance]).any():
        found = owners[:-distance][same] * number + owners[distance:][same]
        new, times = np.unique(found, return_counts=True)
        every, where = np.unique(np.concatenate([codes, new]), return_inverse=True)
        totals = np.bincount(where, weights=np.concatenate([counts, times]))
        codes, counts = every, totals.astype(np.int64)
        distance += 1
    return codes, counts


def _covered(work: OwnCode, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which tokens of a work stand in one of the chosen runs."""
    changes = np.zeros(len(work.tokens) + 1, np.int64)
    starts = work.starts[chosen]
    changes[starts] += 1
    changes[starts + RUN] -= 1
    return np.cumsum(changes)[:-1] > 0


def _own(work: OwnCode, unusual: Hashes) -> NDArray[np.bool_]:
    """Which tokens of a work stand in none of the runs that were handed out or that many have."""
    return ~_covered(work, ~np.isin(work.runs, unusual))


def _match(works: list[OwnCode], unusual: list[Hashes], first: int, second: int) -> _Match | None:
    """How much two works share, in tokens; None where that is too little to say anything."""
    own = {index: _own(works[index], unusual[index]) for index in (first, second)}
    smaller = min(own, key=lambda index: (int(own[index].sum()), index))
    shared = np.isin(works[smaller].runs, np.intersect1d(unusual[first], unusual[second], True))
    tokens = int((_covered(works[smaller], shared) & own[smaller]).sum())
    if tokens < _LEAST_TOKENS:
        return None
    share = tokens / int(own[smaller].sum())
    if share < _LEAST_SHARE and tokens < _MANY_TOKENS:
        return None
    return _Match(first, second, round(share, 4), tokens)


# --- passages -------------------------------------------------------------------------------------


class _Block(NamedTuple):
    """Equal tokens: where they begin in each work, and where they end."""

    first: int
    second: int
    first_end: int
    second_end: int


def _pair(works: list[OwnCode], unusual: list[Hashes], match: _Match) -> Pair:
    first, second = works[match.first], works[match.second]
    shared = np.intersect1d(unusual[match.first], unusual[match.second], True)
    own = np.concatenate([[0], np.cumsum(_own(first, unusual[match.first]))])
    blocks = [
        block
        for block in _merged(list(_blocks(first, second, shared)), first, second)
        if own[block.first_end] - own[block.first] >= _LEAST_OWN
    ]
    longest = sorted(blocks, key=lambda block: (block.first - block.first_end, block))
    chosen = sorted(longest[:_MOST_PASSAGES])
    passages = tuple(
        Passage(_text(first, b.first, b.first_end), _text(second, b.second, b.second_end))
        for b in chosen
    )
    return Pair(first.student, second.student, match.share, passages)


def _blocks(first: OwnCode, second: OwnCode, shared: Hashes) -> Iterator[_Block]:
    """Equal stretches of code around shared runs, each as long as it can be."""
    places: defaultdict[int, deque[int]] = defaultdict(deque)
    for index in np.flatnonzero(np.isin(second.runs, shared)).tolist():
        places[int(second.runs[index])].append(int(second.starts[index]))
    done = 0
    used: set[int] = set()
    for index in np.flatnonzero(np.isin(first.runs, shared)).tolist():
        start = int(first.starts[index])
        if start < done:
            continue
        here = _fresh(places[int(first.runs[index])], used)
        length, place = max((_length(first, second, start, place), -place) for place in here)
        done = start + length
        used.update(range(-place, -place + length))
        yield _Block(start, -place, done, -place + length)


def _fresh(places: deque[int], used: Set[int]) -> list[int]:
    """The first places that are not used yet, or any: what is repeated is shown once for each.

    Used ones are taken off for good, so that the same places are not passed over again and again.
    """
    last = places[0]
    fresh: list[int] = []
    while places and len(fresh) < _MOST_PLACES:
        last = places.popleft()
        if last not in used:
            fresh.append(last)
    places.extendleft(reversed(fresh or [last]))
    return fresh or [last]


def _length(first: OwnCode, second: OwnCode, start: int, place: int) -> int:
    """How many tokens from there on are equal, within a cell of each."""
    most = min(
        np.searchsorted(first.cells, first.cells[start], "right") - start,
        np.searchsorted(second.cells, second.cells[place], "right") - place,
    )
    done, step = 0, RUN
    while done < most:
        ahead = slice(done, min(done + step, most))
        equal = first.tokens[start:][ahead] == second.tokens[place:][ahead]
        if not equal.all():
            return done + int(equal.argmin())
        done, step = ahead.stop, 2 * step
    return int(most)


def _merged(blocks: list[_Block], first: OwnCode, second: OwnCode) -> Iterator[_Block]:
    """The blocks, those made one that only a few changed tokens keep apart."""
    last: _Block | None = None
    for block in blocks:
        if (
            last is not None
            and first.cells[last.first] == first.cells[block.first]
            and second.cells[last.second] == second.cells[block.second]
            and block.first - last.first_end <= _GAP
            and 0 <= block.second - last.second_end <= _GAP
        ):
            last = _Block(last.first, last.second, block.first_end, block.second_end)
            continue
        if last is not None:
            yield last
        last = block
    if last is not None:
        yield last


def _text(work: OwnCode, start: int, end: int) -> str:
    """The lines that hold the tokens from `start` to `end`, as they were written."""
    lines = work.sources[work.cells[start]].split("\n")
    shown = "\n".join(lines[work.lines[start] : work.lines[end - 1] + 1])
    # A line may be as long as a notebook, and a report holds hundreds of passages at a time.
    shown = shown if len(shown) <= _MOST_TEXT else f"{shown[:_MOST_TEXT]}…"
    # Half a surrogate pair could be neither shown nor kept.
    return dedent(shown).encode("utf-8", "replace").decode()
