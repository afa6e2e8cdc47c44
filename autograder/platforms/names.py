"""Names of people as they are compared: in any order, case and spelling of accents."""

import re
import unicodedata
from functools import lru_cache

# Letters that no decomposition gives, each with the spellings that are in use for it.
_SPELLINGS = {
    "ø": ("o", "oe"), "æ": ("ae", "ae"), "å": ("a", "aa"), "ö": ("o", "oe"), "ä": ("a", "ae"),
    "ü": ("u", "ue"), "ð": ("d", "d"), "þ": ("th", "th"), "ł": ("l", "l"), "đ": ("d", "dj"),
    "œ": ("oe", "oe"), "\N{LATIN SMALL LETTER DOTLESS I}": ("i", "i"),
}  # fmt: skip
_PLAIN, _LONG = (str.maketrans({k: v[n] for k, v in _SPELLINGS.items()}) for n in (0, 1))


def written(name: str) -> str:
    """A name as people write it: `Last, First` turned round, case and spaces evened out."""
    name = unicodedata.normalize("NFC", name).casefold()
    last, comma, first = name.partition(",")
    return " ".join(f"{first} {last}".split() if comma else name.split())


@lru_cache(maxsize=20_000)
def spellings(name: str) -> frozenset[str]:
    """What is left of a name in letters alone, begun at any of its words, with and without accents.

    Canvas, which writes `nielsensøren` for Søren Nielsen, is met in one of them.
    """
    words = re.findall(r"\w+", written(name))
    orders = ["".join(words[n:] + words[:n]) for n in range(len(words))]
    return frozenset(spelt for order in orders for spelt in _spelt(order))


def _spelt(word: str) -> set[str]:
    ascii_alone = "".join(character for character in word if character.isascii())
    return {word, _stripped(word, _PLAIN), _stripped(word, _LONG), ascii_alone} - {""}


def _stripped(word: str, table: dict[int, str]) -> str:
    decomposed = unicodedata.normalize("NFD", word.translate(table))
    return "".join(c for c in decomposed if not unicodedata.combining(c))
