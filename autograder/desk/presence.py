"""Who looks at what right now."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

_GONE_AFTER = 30.0  # seconds without a sign of life


@dataclass(frozen=True)
class Whereabouts:
    """Where somebody is: the address of the page, and what is there in words."""

    who: str
    address: str
    words: str


class Presence:
    """Remembers where each person was last; `clock` counts seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._turn = clock, threading.Lock()
        self._places: dict[str, tuple[float, Whereabouts]] = {}

    def note(self, session: str, place: Whereabouts) -> None:
        """Somebody, known by a browser's session, is there now."""
        with self._turn:
            self._places[session] = (self._clock(), place)

    def stays(self, session: str) -> None:
        """Somebody is still where they were."""
        with self._turn:
            if session in self._places:
                self._places[session] = (self._clock(), self._places[session][1])

    def others(self, session: str) -> list[Whereabouts]:
        """Where the others are."""
        with self._turn:
            now = self._clock()
            self._places = {k: v for k, v in self._places.items() if now - v[0] < _GONE_AFTER}
            return [place for key, (_, place) in self._places.items() if key != session]
