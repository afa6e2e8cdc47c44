"""The parts that a report is made of: one that fails costs that part and is named."""

from collections.abc import Callable
from typing import TypeVar

from autograder.errors import AutograderError, LedgerError

_Made = TypeVar("_Made")
_Without = TypeVar("_Without")
_MOST_CHARACTERS = 300


class Parts:
    """Makes them, one after the other; `problems` has a sentence for each that could not be."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def made(self, what: str, make: Callable[[], _Made], otherwise: _Without) -> _Made | _Without:
        """The part, or what is there without it.

        Raises LedgerError: where results cannot be read or written, no part can be made.
        """
        try:
            return make()
        except LedgerError:
            raise
        except Exception as error:  # a MemoryError as well: it was this part that wanted too much
            said = isinstance(error, AutograderError)
            why = str(error) if said else f"{type(error).__name__}: {error}"
            self.miss(what, why)
            return otherwise

    def miss(self, what: str, why: str) -> None:
        """Name a part that could not be made."""
        why = " ".join(why[: 2 * _MOST_CHARACTERS].split())
        short = why if len(why) <= _MOST_CHARACTERS else f"{why[:_MOST_CHARACTERS]}…"
        self.problems.append(f"{what}: not made: {short}")
