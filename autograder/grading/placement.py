"""Who runs where: the slots of each worker and the shares of each GPU, handed out and taken back.

Bookkeeping alone: it knows no network, no clock and no thread.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Card:
    """A GPU: `name` as CUDA_VISIBLE_DEVICES calls it on the machine `host`."""

    host: str
    name: str


@dataclass(frozen=True)
class Lease:
    """Leave to run once at a worker, on a card where there are any; `alone` has both to itself."""

    worker: str
    card: Card | None = None
    alone: bool = False


@dataclass
class _Shares:
    """Something that several runs share: how many at most, and how many do.

    While it is `reserved` nobody new is let in, until it is empty for the one who wants it alone.
    """

    most: int
    used: int = 0
    reserved: bool = False

    def has_room(self, *, alone: bool) -> bool:
        return not self.used if alone else self.used < self.most and not self.reserved

    def enter(self, *, alone: bool) -> None:
        self.used += self.most if alone else 1

    def leave(self, *, alone: bool) -> None:
        self.used -= self.most if alone else 1


@dataclass
class _Seat:
    """A worker's place: the machine that it is on, its slots, and the cards that it may use."""

    host: str
    slots: _Shares
    cards: tuple[Card, ...]
    runs: int = 0


@dataclass
class Placement:
    """Workers with `jobs` slots each; where runs need a card, `per_gpu` of them share one.

    Workers on one machine share its cards: none is given out twice as a whole.
    """

    jobs: int
    per_gpu: int = 0
    _workers: dict[str, _Seat] = field(default_factory=dict)
    _cards: dict[Card, _Shares] = field(default_factory=dict)

    def add(self, worker: str, host: str, cards: Collection[str] = ()) -> None:
        """A worker has come."""
        known = tuple(Card(host, name) for name in cards) if self.per_gpu else ()
        for card in known:
            self._cards.setdefault(card, _Shares(self.per_gpu))
        self._workers[worker] = _Seat(host, _Shares(self.jobs), known)

    def remove(self, worker: str) -> None:
        """A worker is gone; leases of it may still be given back."""
        seat = self._workers.pop(worker, None)
        if seat is not None and seat.slots.reserved:
            self._open_again(seat)

    def __contains__(self, worker: str) -> bool:
        return worker in self._workers

    @property
    def slots(self) -> int:
        """How many runs there can be at a time."""
        if not self.per_gpu:
            return sum(seat.slots.most for seat in self._workers.values())
        in_reach = {card for seat in self._workers.values() for card in seat.cards}
        most = Counter[str]()
        for seat in self._workers.values():
            most[seat.host] += seat.slots.most
        shares = Counter(card.host for card in in_reach)
        return sum(min(most[host], shares[host] * self.per_gpu) for host in most)

    def take(self, *, alone: bool = False, avoid: Collection[str] = ()) -> Lease | None:
        """Leave to run now, at the worker with the fewest runs; None where all is taken.

        Where somebody wants to be `alone` and nobody is, one place is kept free of newcomers. A
        worker to `avoid` is taken only where there is no other.
        """
        for name in self._by_choice(avoid, alone=alone):
            seat = self._workers[name]
            card = self._free_card(seat, alone=alone)
            if seat.slots.has_room(alone=alone) and (card is not None or not self.per_gpu):
                if seat.slots.reserved:
                    self._open_again(seat)
                seat.slots.enter(alone=alone)
                seat.runs += 1
                if card is not None:
                    self._cards[card].enter(alone=alone)
                return Lease(name, card, alone)
        if alone:
            self._reserve(avoid)
        return None

    def give_back(self, lease: Lease) -> None:
        """A run has ended, or its worker is gone."""
        if (seat := self._workers.get(lease.worker)) is not None:
            seat.slots.leave(alone=lease.alone)
            seat.runs -= 1
        if lease.card is not None:
            self._cards[lease.card].leave(alone=lease.alone)

    def running(self) -> Mapping[str, int]:
        """How many run on each machine."""
        found = Counter[str]()
        for seat in self._workers.values():
            found[seat.host] += seat.runs
        return found

    def _by_choice(self, avoid: Collection[str], *, alone: bool) -> list[str]:
        names = [name for name in self._workers if name not in avoid] or list(self._workers)
        return sorted(names, key=lambda name: (
            not (alone and self._workers[name].slots.reserved), self._workers[name].runs
        ))  # fmt: skip

    def _free_card(self, seat: _Seat, *, alone: bool) -> Card | None:
        free = [card for card in seat.cards if self._cards[card].has_room(alone=alone)]
        return min(free, key=lambda card: self._cards[card].used, default=None)

    def _reserve(self, avoid: Collection[str]) -> None:
        """Keep newcomers from one worker, and from one of its cards, unless that is done."""
        if any(seat.slots.reserved for seat in self._workers.values()):
            return
        for name in self._by_choice(avoid, alone=False)[:1]:
            seat = self._workers[name]
            seat.slots.reserved = True
            for card in seat.cards[:1]:
                self._cards[card].reserved = True

    def _open_again(self, seat: _Seat) -> None:
        seat.slots.reserved = False
        for card in seat.cards:
            self._cards[card].reserved = False
