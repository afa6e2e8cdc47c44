"""Which folder names the student whose files lie in it."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

_NOBODY = re.compile(
    r"(submi(t|tted|ssions?)|handed|handins?|in|(up|down)loads?|inbox|notebooks?|work|data|files?"
    r"|exports?|labs?(\W[a-z]\b)?|week|uge|woche|versions?|attempts?|src|source|img|images?|pictures?"
    r"|abgaben?"
    r"|aflevering(er)?|answers?|solutions?|final|old|new|v(?=\d)|[\W\d_])*|class|course|students?",
    re.IGNORECASE,
)


def name_of(path: str) -> str:
    """The last part of a path."""
    return path.rpartition("/")[2]


def above(path: str) -> str:
    """The folder that a path lies in; empty at the top."""
    return path.rpartition("/")[0]


def all_above(path: str) -> list[str]:
    """All folders that a path lies in, the topmost first."""
    parts = path.split("/")
    return ["/".join(parts[:n]) for n in range(1, len(parts))]


def names_nobody(name: str, assignment: str) -> bool:
    """Whether a folder's name is that of no person; a number alone is a student's."""
    family = re.escape(assignment.rstrip("0123456789"))
    bare = re.sub(family, "", name, flags=re.IGNORECASE)
    return any(map(str.isalpha, name)) and _NOBODY.fullmatch(bare) is not None


def owners(folders: Iterable[str], assignment: str) -> Mapping[str, str]:
    """For each folder itself, or the one above it that names somebody.

    `Version 1` names nobody, nor does a name that is found more often than there are different
    ones: `lab` in the folder of each student, but not `Ana` in those of two weeks.
    """
    folders = set(folders)
    holders: dict[str, set[str]] = defaultdict(set)  # of a name, the folders that have such a one
    held: dict[str, set[str]] = defaultdict(set)  # in a folder, the names of those in it
    for folder in folders:
        for path in [*all_above(folder), folder]:
            holders[name_of(path)].add(above(path))
            held[above(path)].add(name_of(path))

    def is_a_part(folder: str) -> bool:
        name = name_of(folder)
        alike = holders[name]
        different = set[str]().union(*(held[holder] for holder in alike))
        return names_nobody(name, assignment) or len(alike) > max(1, len(different))

    found = {}
    for folder in folders:
        owner = folder
        while "/" in owner and is_a_part(owner):
            owner = above(owner)
        found[folder] = owner
    return found
