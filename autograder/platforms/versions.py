"""Platforms that keep every attempt of a student in a numbered folder: Teams and Vocareum."""

import re
from collections import defaultdict

from autograder.model import Person
from autograder.platforms.platform import Platform
from autograder.submissions.handed_in import HandedIn
from autograder.submissions.tree import File, FileTree


class _Versions(Platform):
    """Folders named for students; `pattern` is what follows the name, with the number as group."""

    pattern: re.Pattern[str]

    @property
    def uploads(self) -> tuple[str, ...]:
        """See `Platform`."""
        return ()

    def recognise(self, tree: FileTree) -> list[HandedIn] | None:
        """See `Platform`; every attempt, the higher number the newer."""
        attempts: dict[tuple[str, str, int], list[File]] = defaultdict(list)
        for file in tree.files:
            who, _, rest = file.path.partition("/")
            if match := self.pattern.match(rest):
                attempts[who, f"{who}/{match[0]}", int(match["number"])].append(file)
        if len({file for files in attempts.values() for file in files}) * 2 <= len(tree.files):
            return None
        return [
            HandedIn(
                path=path.rstrip("/"),
                student=who,
                files=tuple(files),
                people=(Person(name=who),),
                owner=(self.kind, who),
                when=f"version {number:03}",
            )
            for (who, path, number), files in attempts.items()
        ]


class Teams(_Versions):
    """Microsoft Teams: `<student>/<assignment>/Version <n>`."""

    kind = "teams"
    pattern = re.compile(r"[^/]+/[vw]ers\w{2,4} (?P<number>\d{1,3})/", re.IGNORECASE)


class Vocareum(_Versions):
    """Vocareum: `<student>/<n>`."""

    kind = "vocareum"
    pattern = re.compile(r"(?P<number>\d{1,3})/")
