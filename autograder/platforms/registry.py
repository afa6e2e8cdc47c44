"""The learning platforms that there are, and whose a download or a table is."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from autograder.errors import UsageError
from autograder.model import Grade, Graded
from autograder.platforms.brightspace import Brightspace
from autograder.platforms.canvas import Canvas
from autograder.platforms.csv_writer import csv_text
from autograder.platforms.gradescope import Gradescope
from autograder.platforms.moodle import Moodle
from autograder.platforms.platform import Platform
from autograder.platforms.roster import PLAIN, Roster
from autograder.platforms.spreadsheet import named_columns, person_of, table_of
from autograder.submissions.handed_in import HandedIn
from autograder.submissions.tree import Tree

PLATFORMS: tuple[Platform, ...] = (Gradescope(), Moodle(), Brightspace(), Canvas())
"""In the order in which they are asked, those with the clearest signs first."""


def platform_of(kind: str) -> Platform | None:
    """The platform of that kind; None for a plain folder or list."""
    return next((platform for platform in PLATFORMS if platform.kind == kind), None)


def recognised(tree: Tree) -> tuple[str, list[HandedIn]] | None:
    """Whose download a tree is, and what is in it; None if it is nobody's. Raises UsageError."""
    for platform in PLATFORMS:
        if (handed_in := platform.recognise(tree)) is not None:
            return platform.kind, handed_in
    return None


def read_roster(file: Path) -> Roster:
    """The roster in a CSV file; raises UsageError with one sentence if it cannot be made out."""
    table = table_of(file)
    kind, columns, person = PLAIN, named_columns(table.header), person_of
    for platform in PLATFORMS:
        if (own := platform.columns(table)) is not None:
            kind, columns, person = platform.kind, own, platform.person
            break
    if not (columns.name or columns.first or columns.last or kind != PLAIN):
        shown = ", ".join(name.strip() for name in table.header[:8])
        raise UsageError(f"{file}: no column holds names; its columns are {shown}")
    found = [(place, who) for place, row in enumerate(table.rows) if (who := person(row, columns))]
    if not found:
        raise UsageError(f"{file}: there is nobody on this list")
    places, people = zip(*found, strict=True)
    return Roster(people, kind, table.header, table.rows, places, file, table.separator, columns)


def uploads(
    roster: Roster | None,
    kind: str,
    title: str,
    grades: Sequence[Grade],
    texts: Mapping[str, str],
) -> Iterator[tuple[str, bytes]]:
    """The files to upload, by name: marks to import, and feedback.

    `roster` is an export of a platform's gradebook or, for Moodle, its grading worksheet: the
    marks are that sheet, filled in. Without one `kind` names the platform of the download, and
    some get marks by the ids of `people`. `title` names the assignment's column; `texts` are the
    feedback by submission.
    """
    if (file := import_file(roster, kind, title, grades)) is not None:
        yield file[0], file[1].encode("utf-8", "replace")
    if (platform := platform_of(kind)) is not None:
        yield from platform.feedback(grades, texts).items()


def import_file(
    roster: Roster | None, kind: str, title: str, grades: Sequence[Grade]
) -> tuple[str, str] | None:
    """The name and text of the file of marks to import; None where none can be made."""
    of_roster = platform_of(roster.kind) if roster is not None else None
    if roster is not None and of_roster is not None:
        rows = of_roster.fill(roster, title, grades)
        return (of_roster.marks_file, csv_text(rows)) if rows else None
    marked = [(p, g) for g in grades if isinstance(g, Graded) for p in g.people]
    of_download = platform_of(kind)
    if of_download is not None and (rows := of_download.make(title, marked)):
        return of_download.marks_file, csv_text(rows)
    return None


def all_uploads() -> tuple[str, ...]:
    """The names of all files to upload that a results folder may hold, from any batch."""
    return tuple(name for platform in PLATFORMS for name in platform.uploads)
