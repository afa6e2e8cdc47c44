"""A plain folder: notebooks as a TA keeps them, named for students or in folders named for them."""

import re
from collections import defaultdict
from collections.abc import Iterator

from autograder.model import Limits, Person
from autograder.submissions.candidates import contents
from autograder.submissions.choose import Choice, choose
from autograder.submissions.handed_in import HandedIn
from autograder.submissions.tree import File, LeftOut, Tree, stem_of

_NO_NAME = re.compile(
    r"(untitled|copy|kopi|kopie|final|new|submission|solutions?|answers?|answered|done|v(?=\d)|of"
    r"|[\W\d_])*",
    re.IGNORECASE,
)
Found = tuple[HandedIn, Choice]


def plain(
    tree: Tree, assignment: str, limits: Limits, whole: str
) -> tuple[list[Found], list[LeftOut]]:
    """What students handed in, and what was left out. `whole` names the folder or zip itself.

    A folder with one notebook for the assignment, below the topmost one, names its student; else
    the file does, unless its name is only `assignment1` or the like.
    """
    found: list[Found] = []
    left_out: list[LeftOut] = []
    folders: dict[str, list[File]] = defaultdict(list)
    for file in tree.files:
        if file.is_notebook or file.is_zip:
            folders[file.path.rpartition("/")[0]].append(file)
    for folder, files in folders.items():
        here = list(_handed_in(folder, files, assignment, limits, whole))
        left_out.extend(left for _, choice in here for left in choice.left_out)
        left_out.extend(
            LeftOut(one.path, "no notebook in it")
            for one, choice in here
            if not (choice.matches or choice.left_out)
        )
        matching = [one for one in here if one[1].matches]
        if folder:
            matching, broken = _without_broken(matching)
            left_out.extend(broken)
        if folder and len(matching) == 1:
            one, choice = matching[0]
            matching = [(_of(folder.rpartition("/")[2], one.files), choice)]
        found.extend(matching)
    found.sort(key=lambda one: one[1].path.split("/"))
    return found, left_out


def _without_broken(matching: list[Found]) -> tuple[list[Found], list[LeftOut]]:
    """A zip that cannot be opened may hold anything; beside a notebook it does not matter."""
    sound = [(one, choice) for one, choice in matching if not choice.broken]
    if not sound:
        return matching, []
    why = "a zip that cannot be opened"
    return sound, [LeftOut(one.path, why) for one, choice in matching if choice.broken]


def _handed_in(
    folder: str, files: list[File], assignment: str, limits: Limits, whole: str
) -> Iterator[Found]:
    owned: dict[str, list[File]] = defaultdict(list)
    for file in files:
        owned[_student(file, folder, assignment, whole)].append(file)
    for student, own in owned.items():
        one = _of(student, tuple(own))
        yield one, choose(one, contents(own, limits), assignment, limits)


def _of(student: str, files: tuple[File, ...]) -> HandedIn:
    return HandedIn(files[0].path, student, files, (Person(name=student),))


def _student(file: File, folder: str, assignment: str, whole: str) -> str:
    stem = stem_of(file.name)
    family = re.escape(assignment.rstrip("0123456789"))
    nameless = _NO_NAME.fullmatch(re.sub(family, "", stem, flags=re.IGNORECASE))
    # A number alone is a student's.
    if nameless and (folder or whole) and any(map(str.isalpha, stem)):
        return folder.rpartition("/")[2] or whole
    return stem
