"""nbgrader: a folder a student and in it one an assignment; and the exchange's folder of what came.

The names are those of nbgrader's `submitted_directory` and of `exchange/default/submit.py`.
"""

import re
from collections import defaultdict

from autograder.errors import SubmissionError
from autograder.model import Person
from autograder.platforms.platform import Platform
from autograder.submissions.handed_in import HandedIn
from autograder.submissions.tree import File, FileTree

_STAMP, _MOST_STAMP = "timestamp.txt", 1_000
_TIME = re.compile(rb"\s*\d{4}-\d\d-\d\d \d\d:\d\d")
_INBOUND = re.compile(
    r"(?P<who>[^+]+)\+(?P<assignment>[^+]+)\+(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[^+]*)(?:\+.*)?"
)


class Nbgrader(Platform):
    """Folders that nbgrader keeps; it has its own gradebook."""

    kind = "nbgrader"

    @property
    def uploads(self) -> tuple[str, ...]:
        """See `Platform`."""
        return ()

    def recognise(self, tree: FileTree) -> list[HandedIn] | None:
        """See `Platform`; in the exchange, every attempt."""
        below = tree.by_top()
        inbound = [match for top in tree.top if (match := _INBOUND.fullmatch(top))]
        if inbound:
            return [
                _handed_in(
                    m[0], m["who"], below[m[0]], ("nbgrader", m["who"]), m["time"][:26].strip()
                )
                for m in inbound
            ]
        stamps = [file for file in tree.files if _is_stamp(file.path)]
        if not (stamps and _is_nbgrader_s(stamps[0])):
            return None
        stamped = {file.path.split("/")[0] for file in stamps}
        handed_in: dict[str, list[File]] = defaultdict(list)
        for top in stamped:
            handed_in[top].extend(below[top])
        return [
            _handed_in(top, top, tuple(files)) for top, files in sorted(handed_in.items())
        ] or None


def _is_stamp(path: str) -> bool:
    return path.count("/") == 2 and path.endswith(f"/{_STAMP}")


def _is_nbgrader_s(stamp: File) -> bool:
    """Whether a time is written as nbgrader does; others write it in numbers alone."""
    try:
        return _TIME.match(stamp.read(_MOST_STAMP)) is not None
    except SubmissionError:
        return False


def _handed_in(
    path: str, who: str, files: tuple[File, ...], owner: object = None, when: str = ""
) -> HandedIn:
    return HandedIn(
        path=path,
        student=who,
        files=tuple(file for file in files if file.name != _STAMP),
        people=(Person(name=who, login=who),),
        owner=owner,
        when=when,
        own_files=tuple(file.path for file in files if file.name == _STAMP),
    )
