"""Names of people as they are compared: in any order and case, with or without accents.

No letter is ever dropped: 王 David is not 李 David, nor is रीमा, by its vowel signs, राम.
"""

import unicodedata
from collections.abc import Iterator
from functools import lru_cache

# Letters that no decomposition gives, each with the spellings that are in use for it.
_SPELLINGS = {
    "ø": ("o", "oe"), "æ": ("ae", "ae"), "å": ("a", "aa"), "ö": ("o", "oe"), "ä": ("a", "ae"),
    "ü": ("u", "ue"), "ð": ("d", "d"), "þ": ("th", "th"), "ł": ("l", "l"), "đ": ("d", "dj"),
    "œ": ("oe", "oe"), "\N{LATIN SMALL LETTER DOTLESS I}": ("i", "i"),
}  # fmt: skip
_PLAIN, _LONG = (str.maketrans({k: v[n] for k, v in _SPELLINGS.items()}) for n in (0, 1))
# Signs within a name, which some write and some leave out, and where some part words.
_JOINTS = "'\u2019\u02bc`\u00b4.-\u2010\u2011"
# In other scripts a mark is a letter's part that tells words apart, or a vowel.
_ACCENTED = ("LATIN", "GREEK")


def written(name: str) -> str:
    """A name as people write it: `Last, First` turned round, case and spaces evened out."""
    name = unicodedata.normalize("NFC", name).casefold()
    last, comma, first = name.partition(",")
    return " ".join(f"{first} {last}".split() if comma else name.split())


@lru_cache(maxsize=20_000)
def spellings(name: str) -> frozenset[tuple[str, ...]]:
    """The words of a name in order of the alphabet, spelled in all ways that are in use."""
    return frozenset(tuple(sorted(words)) for words in _spelled(name) if words)


@lru_cache(maxsize=20_000)
def runs(name: str) -> frozenset[str]:
    """The words of a name without a gap, begun at any of them.

    Canvas, which writes `nielsensøren` for Søren Nielsen, is met in one of them.
    """
    orders = (words[n:] + words[:n] for words in _spelled(name) for n in range(len(words)))
    return frozenset("".join(order) for order in orders)


def is_run(name: str) -> bool:
    """Whether the name has neither gaps nor capitals, so that nothing tells where its words end."""
    return name == name.lower() and len(_words(written(name), " ")) == 1


def holds(text: str, name: str) -> bool:
    """Whether all words of the name are in the text, such as `Group 2-Ana Sousa`."""
    texts = [set(words) for words in _spelled(text)]
    return any(words and set(words) <= whole for words in _spelled(name) for whole in texts)


def _spelled(name: str) -> Iterator[list[str]]:
    for joint in ("", " "):
        words = _words(written(name), joint)
        yield words
        for table in (_PLAIN, _LONG):
            yield [_without_accents(word.translate(table)) for word in words]


def _words(text: str, joint: str) -> list[str]:
    def shown(character: str) -> str:
        if unicodedata.category(character)[0] in "LMN":
            return character
        hidden = unicodedata.category(character) == "Cf"
        return "" if hidden else joint if character in _JOINTS else " "

    return "".join(map(shown, text)).split()


def _without_accents(word: str) -> str:
    kept: list[str] = []
    base = ""
    for character in unicodedata.normalize("NFD", word):
        if not unicodedata.combining(character):
            base = unicodedata.name(character, "")
        elif base.startswith(_ACCENTED):
            continue
        kept.append(character)
    return unicodedata.normalize("NFC", "".join(kept))
