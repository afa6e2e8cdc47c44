"""File names for the people of a class."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

from autograder.model import Grade

_LONGEST = 60
# Letters that have no accent to take off, as people themselves write them without their keyboard.
_SPELLED = str.maketrans(
    {"æ": "ae", "ø": "oe", "å": "aa", "œ": "oe", "ß": "ss", "þ": "th", "ð": "d", "đ": "d", "ł": "l"}
)
# Windows keeps these names for devices, whatever their ending.
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)?")


def slug_of(grades: Iterable[Grade]) -> dict[str, str]:
    """A file name without ending for each submission, by its path.

    It comes from the student's name and holds a-z, 0-9 and hyphens only. Where that would be empty
    or the same for two, a part of the path's checksum follows after two hyphens, so that a name
    depends on no order and nobody can choose somebody else's.
    """
    plain = {grade.submission: _plain(grade.student) for grade in grades}
    times = Counter(plain.values())
    return {
        path: name if times[name] == 1 and not _RESERVED.fullmatch(name) else _marked(name, path)
        for path, name in plain.items()
    }


def _plain(name: str) -> str:
    composed = unicodedata.normalize("NFC", name).lower().translate(_SPELLED)
    letters = unicodedata.normalize("NFKD", composed).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", letters)[:_LONGEST].strip("-")


def _marked(name: str, path: str) -> str:
    checksum = hashlib.sha256(path.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"{name or 'student'}--{checksum}"
