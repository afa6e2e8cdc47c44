"""Canvas: one flat folder, and all that it knows of a file is in the file's name."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from autograder.model import Person
from autograder.submissions.handed_in import HandedIn
from autograder.submissions.tree import File, Tree

_MOST_STRANGERS = 0.2  # the share of files that a TA may have put beside a download
_REST = r"(?:(?P<attachment>\d{2,})_(?P<file>.+)|(?P<page>text|link)\.html)$"
_NAMED = re.compile(rf"(?P<name>[\w-]+?)(?P<late>_late)?_(?P<user>\d+)_{_REST}", re.IGNORECASE)
_ANONYMOUS = re.compile(
    rf"(?P<late>late_)?(?P<name>anon(?:ymous)?)_(?P<late_2>late_)?(?P<user>[a-z0-9]+)_"
    rf"(?P<late_3>late_)?{_REST}",
    re.IGNORECASE,
)
_PAGES = {"text": "an online text", "link": "a link to a web page"}


def canvas(tree: Tree) -> list[HandedIn] | None:
    """What each student handed in; None if this is no download from Canvas."""
    matches = [(file, match) for file in tree.files if (match := _match(file))]
    if not matches or len(tree.files) - len(matches) > _MOST_STRANGERS * len(tree.files):
        return None
    attachments = [match["attachment"] for _, match in matches if match["attachment"]]
    if len(set(attachments)) < len(attachments):  # a date in a name is no id
        return None
    owned: dict[tuple[str, str], list[tuple[File, re.Match[str]]]] = defaultdict(list)
    for file, match in matches:
        owned[match["user"], match["name"]].append((file, match))
    return [_handed_in(user, name, files) for (user, name), files in owned.items()]


def _match(file: File) -> re.Match[str] | None:
    if "/" in file.path:
        return None
    return _ANONYMOUS.match(file.path) or _NAMED.match(file.path)


def _handed_in(user: str, name: str, files: Iterable[tuple[File, re.Match[str]]]) -> HandedIn:
    late = any(value for _, match in files for key, value in match.groupdict().items()
               if key.startswith("late"))  # fmt: skip
    own = tuple(
        replace(f, name=match["file"] or _PAGES[match["page"].lower()]) for f, match in files
    )
    # An anonymous id is not the user id that Canvas wants to have back.
    anonymous = name.lower().startswith("anon") and not user.isdigit()
    person = Person(name=f"anon_{user}") if anonymous else Person(name=name, id=user)
    return HandedIn(
        path=own[0].path,
        student=person.name,
        files=own,
        people=(person,),
        late=late,
        owner=("canvas", user, name),
        numbered=True,
    )
