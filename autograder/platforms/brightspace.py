"""Brightspace: a folder an attempt, its name the student and the time; or so each file's name."""

import re
from collections import defaultdict
from dataclasses import replace

from autograder.model import Person
from autograder.submissions.handed_in import HandedIn
from autograder.submissions.tree import File, Tree

_NAME = re.compile(
    r"(?P<ids>\d+-\d+) - (?P<who>.+?) - (?P<date>[^-]*?\b(?:19|20)\d\d\b,? +"
    r"\d{1,2}[:.]?\d\d(?:[:.]?\d\d)?(?: ?[AP]\.?M\b\.?)?)(?: - (?P<file>.+))?$",
    re.IGNORECASE | re.DOTALL,
)
_TIME = re.compile(r"(\d{1,2})[:.]?(\d\d)(?:[:.]?\d\d)? ?(?:([AP])\.?M\.?)?$", re.IGNORECASE)
# English, Danish, German, French, Spanish and Dutch, by the letters that tell months apart.
_MONTHS = (
    r"jan|jän|ene|janv", r"feb|fév|fev", r"mar|mär|mrt|maa", r"apr|avr|abr", r"may|maj|mai|mei",
    r"jun|juin", r"jul|juil", r"aug|aoû|ago", r"sep", r"oct|okt", r"nov", r"dec|dez|déc|dic",
)  # fmt: skip


def brightspace(tree: Tree) -> list[HandedIn] | None:
    """Every attempt of every student or group; None if this is no download from Brightspace."""
    tops = {top: match for top in tree.top if (match := _NAME.match(top))}
    if not tops:
        return None
    below = tree.by_top()
    attempts: dict[tuple[str, str, str], list[tuple[str, tuple[File, ...]]]] = defaultdict(list)
    for top, match in tops.items():
        files = below[top]
        if match["file"] and top not in tree.folders:
            files = tuple(replace(file, name=match["file"]) for file in files)
        attempts[match["ids"], match["who"], match["date"]].append((top, files))
    return [_handed_in(*whose, parts) for whose, parts in attempts.items()]


def _handed_in(
    ids: str, who: str, date: str, parts: list[tuple[str, tuple[File, ...]]]
) -> HandedIn:
    group, _, name = who.rpartition(" - ")
    person = Person(name=name)
    return HandedIn(
        path=parts[0][0],
        student=f"{group} ({name})" if group else name,
        files=tuple(file for _, files in parts for file in files),
        people=(person,),
        owner=("brightspace", ids, group or name),
        when=timestamp(date),
    )


def timestamp(date: str) -> str:
    """`Sep 24, 2024 926 PM` or `24 september 2024 2126` as `2024-09-24 21:26`.

    A month of an unknown language counts as the first one: the order within a month still holds.
    """
    year = re.search(r"\b(?:19|20)\d\d\b", date)
    assert year is not None  # the pattern of names asks for one
    before, after = date[: year.start()].lower(), date[year.end() :].strip(" ,")
    day = re.search(r"\d{1,2}", before)
    month = next((n for n, names in enumerate(_MONTHS, 1) if re.search(rf"\b({names})", before)), 1)
    hour, minute, half = _clock(after)
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return f"{year[0]}-{month:02}-{int(day[0]) if day else 1:02} {hour:02}:{minute:02}"


def _clock(text: str) -> tuple[int, int, str]:
    match = _TIME.match(text)
    return (int(match[1]), int(match[2]), (match[3] or "").lower()) if match else (0, 0, "")
