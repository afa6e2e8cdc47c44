"""Moodle: a folder a student, or all of it in the name of each file."""

import re
from collections import defaultdict
from dataclasses import replace

from autograder.model import Person
from autograder.submissions.handed_in import HandedIn
from autograder.submissions.tree import File, Tree

_NAME = re.compile(
    r"(?P<name>.+)_(?P<id>\d+)_assignsubmission_(?P<kind>[a-z]+)(?:_(?P<file>.*))?$", re.DOTALL
)


def moodle(tree: Tree) -> list[HandedIn] | None:
    """What each student handed in; None if this is no download from Moodle.

    Blind marking shows a word for "participant" in the place of every name.
    """
    tops = {top: match for top in tree.top if (match := _NAME.match(top))}
    if not tops:
        return None
    below = tree.by_top()
    owned: dict[tuple[str, str], list[tuple[str, tuple[File, ...]]]] = defaultdict(list)
    ids_of = defaultdict(set)
    for top, match in tops.items():
        files = below[top]
        if match["file"] and top not in tree.folders:
            files = tuple(replace(file, name=match["file"]) for file in files)
        owned[match["name"], match["id"]].append((top, files))
        ids_of[match["name"]].add(match["id"])
    found = []
    for (name, number), parts in owned.items():
        blind = len(ids_of[name]) > 1 or name.endswith("Participant")
        found.append(_handed_in(f"{name} {number}" if blind else name, number, parts))
    return found


def _handed_in(name: str, number: str, parts: list[tuple[str, tuple[File, ...]]]) -> HandedIn:
    return HandedIn(
        path=parts[0][0],
        student=name,
        files=tuple(file for _, files in parts for file in files),
        people=(Person(name=name, id=number),),
        owner=("moodle", number, name),
    )
