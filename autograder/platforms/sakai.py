"""Sakai: a folder a student, named for both names and the login, as "Download All" writes them."""

import re

from autograder.model import Person
from autograder.platforms.platform import Platform
from autograder.submissions.handed_in import HandedIn
from autograder.submissions.tree import File, FileTree

_NAME = re.compile(r"(?P<last>[^,/]+), *(?P<first>[^()/]*?) *\((?P<login>[^()/]+)\)")
_OWN = ("timestamp.txt", "comments.txt")
_FEEDBACK = re.compile(r"feedback attachment", re.IGNORECASE)


class Sakai(Platform):
    """Sakai's assignments; grades.csv is a roster like any other, below a line with the title."""

    kind = "sakai"
    own_files = frozenset({"grades.csv", "grades.xls"})

    @property
    def uploads(self) -> tuple[str, ...]:
        """See `Platform`."""
        return ()

    def recognise(self, tree: FileTree) -> list[HandedIn] | None:
        """See `Platform`."""
        below = tree.by_top()
        matches = [m for top in tree.top if (m := _NAME.fullmatch(top)) and top in tree.folders]
        return [_handed_in(match, below[match[0]]) for match in matches] or None


def _handed_in(match: re.Match[str], files: tuple[File, ...]) -> HandedIn:
    name = f"{match['first']} {match['last']}".strip()
    own = {file.path for file in files if file.name in _OWN and file.path.count("/") == 1}
    own |= {file.path for file in files if _FEEDBACK.match((*file.path.split("/"), "")[1])}
    return HandedIn(
        path=match[0],
        student=name,
        files=tuple(file for file in files if file.path not in own),
        people=(Person(name=name, login=match["login"]),),
        owner=("sakai", match["login"]),
        own_files=tuple(own),
    )
