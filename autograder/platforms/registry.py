"""The learning platforms that there are, and whose a download or a table is."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from autograder.errors import UsageError
from autograder.model import Grade, Graded
from autograder.platforms.blackboard import Blackboard
from autograder.platforms.brightspace import Brightspace
from autograder.platforms.canvas import Canvas
from autograder.platforms.csv_writer import csv_text
from autograder.platforms.gradescope import Gradescope
from autograder.platforms.moodle import Moodle
from autograder.platforms.nbgrader import Nbgrader
from autograder.platforms.platform import Notebooks, Platform
from autograder.platforms.roster import PLAIN, Roster
from autograder.platforms.sakai import Sakai
from autograder.platforms.sheet import SheetError, Upload
from autograder.platforms.spreadsheet import Columns, Table, named_columns, person_of, table_of
from autograder.platforms.versions import Teams, Vocareum
from autograder.submissions.handed_in import HandedIn
from autograder.submissions.tree import FileTree, clean

_MOST_TITLES = 4  # lines above the header of a table

PLATFORMS: tuple[Platform, ...] = (
    Gradescope(), Moodle(), Brightspace(), Blackboard(), Sakai(), Canvas(), Nbgrader(), Teams(),
    Vocareum(),
)  # fmt: skip
"""In the order in which they are asked, those with the clearest signs first."""


def platform_of(kind: str) -> Platform | None:
    """The platform of that kind; None for a plain folder or list."""
    return next((platform for platform in PLATFORMS if platform.kind == kind), None)


def recognised(tree: FileTree) -> tuple[str, list[HandedIn]] | None:
    """Whose download a tree is, and what is in it; None if it is nobody's. Raises UsageError.

    It is the platform's that knows the most of its files: students choose names, and one who calls
    a file as another platform would does not decide for the whole class.
    """
    found = [
        (platform.kind, handed_in)
        for platform in PLATFORMS
        if (handed_in := platform.recognise(tree)) is not None
    ]
    return max(found, key=lambda one: _known(one[1]), default=None)


def _known(handed_in: Iterable[HandedIn]) -> int:
    """How many files are somebody's or the platform's."""
    return len({
        path for one in handed_in for path in (*(file.path for file in one.files), *one.own_files)
    })  # fmt: skip


def read_roster(file: Path) -> Roster:
    """The roster in a CSV file; raises UsageError with one sentence if it cannot be made out."""
    table = table_of(file)
    whole = table
    table, columns, platform = _made_out(whole)
    title = len(whole.rows) - len(table.rows)
    kind, person = (platform.kind, platform.person) if platform else (PLAIN, person_of)
    if not (columns.name or columns.first or columns.last or kind != PLAIN):
        shown = ", ".join(map(clean, table.header[:8]))
        raise UsageError(f"{file}: no column holds names; its columns are {shown}")
    if platform is not None:
        _must_be_whole(file, table, columns, title)
    found = [(place, who) for place, row in enumerate(table.rows) if (who := person(row, columns))]
    if not found:
        raise UsageError(f"{file}: there is nobody on this list")
    places, people = zip(*found, strict=True)
    return Roster(
        people=people,
        kind=kind,
        header=table.header,
        rows=table.rows,
        places=places,
        path=file,
        separator=table.separator,
        columns=columns,
        ids_need_names=platform is not None and platform.ids_need_names,
    )


def _must_be_whole(file: Path, table: Table, columns: Columns, titles: int) -> None:
    """Raise UsageError, with the line, for a sheet of a platform that cannot be filled safely."""
    line = 1 + titles
    seen: dict[str, int] = {}
    for row in (table.header, *table.rows):
        width, key = (
            len(table.header),
            "".join(row[n] for n in columns.id[:1] if n < len(row)).strip(),
        )
        if any(row) and len(row) != width:
            raise UsageError(
                f"{file}: line {line}: {len(row)} columns, where the header has {width}; export "
                "the sheet anew"
            )
        if key and key in seen:
            raise UsageError(f"{file}: line {line}: {clean(key)} stands in line {seen[key]}, too")
        seen[key] = line
        line += 1 + sum(cell.count("\n") for cell in row)


def _made_out(table: Table) -> tuple[Table, Columns, Platform | None]:
    """The table from its header on, which a title may precede; its columns and its platform."""
    for start in range(min(_MOST_TITLES, len(table.rows)) + 1):
        below = (
            table
            if not start
            else Table(table.rows[start - 1], table.rows[start:], table.separator)
        )
        for platform in PLATFORMS:
            if (own := platform.columns(below)) is not None:
                return below, own, platform
        columns = named_columns(below.header)
        if columns.name or columns.first or columns.last:
            return below, columns, None
    return table, named_columns(table.header), None


def uploads(
    roster: Roster | None,
    kind: str,
    title: str,
    grades: Sequence[Grade],
    texts: Mapping[str, str],
    notebooks: Notebooks,
    pages: Mapping[str, Path] | None = None,
) -> Iterator[Upload]:
    """The files to upload: marks to import, and feedback.

    `roster` is an export of a platform's gradebook or, for Moodle, its grading worksheet: the
    marks are that sheet, filled in. Without one `kind` names the platform of the download, and
    some get marks by the ids of `people`. `title` names the assignment's column; `texts`,
    `notebooks` and `pages` are those of `Platform.feedback`.
    """
    try:
        file = import_file(roster, kind, title, grades)
    except UsageError as error:
        file = Upload("", refusal=str(error))
    if file is not None:
        yield file
    if (platform := platform_of(kind)) is not None:
        for name, content in platform.feedback(grades, texts, notebooks, pages).items():
            yield Upload(name, content)


def import_file(
    roster: Roster | None, kind: str, title: str, grades: Sequence[Grade]
) -> Upload | None:
    """The file of marks to import, as its platform would read it; None where none can be made.

    Raises UsageError if the platform would read something else than what is meant.
    """
    platform = platform_of(roster.kind) if roster is not None else None
    if roster is not None and platform is not None:
        sheet = platform.fill(roster, title, grades)
    elif (platform := platform_of(kind)) is not None:
        marked = [(p, g) for g in grades if isinstance(g, Graded) for p in g.people]
        sheet = platform.make(title, marked)
    if platform is None or sheet is None:
        return None
    text = csv_text(sheet.rows)
    name = platform.marks_file
    try:
        taken = platform.read(text)
    except (SheetError, csv.Error) as error:
        raise UsageError(
            f"{name} is not written, since {platform.kind} would refuse it: {error}"
        ) from error
    if wrong := sorted(set(taken.items()) ^ set(sheet.marks.items())):
        raise UsageError(
            f"{name} is not written: {platform.kind} would read {wrong[0][0]} otherwise"
        )
    return Upload(name, text.encode("utf-8", "replace"), len(taken), sheet.told)


def all_uploads() -> tuple[str, ...]:
    """The names of all files to upload that a results folder may hold, from any batch."""
    return tuple(name for platform in PLATFORMS for name in platform.uploads)
