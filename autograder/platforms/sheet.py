"""A table of marks for a platform, and proof that the platform would take it."""

import csv
import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from autograder.platforms.spreadsheet import Row
from autograder.submissions.tree import clean

_EPOCH = (1980, 1, 1, 0, 0, 0)


class SheetError(ValueError):
    """A table that its platform would not take as it is meant; the message is one sentence."""


@dataclass(frozen=True)
class Sheet:
    """Rows to import, the header first. `marks` are what they say, by the platform's own key.

    `told` are sentences about people whose mark is not in it.
    """

    rows: Sequence[Row]
    marks: Mapping[str, str] = field(default_factory=dict)
    told: tuple[str, ...] = ()


@dataclass(frozen=True)
class Upload:
    """A file for a platform. `marks` counts those in it; `told` is what a human should know.

    `refusal` says why the file is not to be kept, for which its content is empty.
    """

    name: str
    content: bytes = b""
    marks: int = 0
    told: tuple[str, ...] = ()
    refusal: str = ""


def parsed(text: str) -> tuple[list[str], list[list[str]]]:
    """Header and rows of a table as importers split them; raises SheetError with the row."""
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    for number, row in enumerate(rows, 1):
        if len(row) != len(rows[0]):
            raise SheetError(f"row {number} has {len(row)} columns, the header {len(rows[0])}")
    return rows[0], rows[1:]


def by_key(rows: Sequence[Sequence[str]], key: int, mark: int) -> dict[str, str]:
    """The marks by the cell that names somebody; raises SheetError if it does so twice."""
    found: dict[str, str] = {}
    for number, row in enumerate(rows, 2):
        if not row[key]:
            raise SheetError(f"row {number} names nobody")
        if row[key] in found:
            raise SheetError(f"row {number}: {clean(row[key])} is in the table twice")
        found[row[key]] = row[mark]
    return found


def zipped(files: Mapping[str, bytes | Callable[[], bytes]]) -> bytes:
    """A zip of these files, one in memory at a time; the same give the same bytes anywhere."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted(files):
            entry = zipfile.ZipInfo(path, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # else it tells which system made it
            entry.external_attr = 0o100644 << 16
            content = files[path]
            packed.writestr(entry, content() if callable(content) else content)
    return archive.getvalue()
