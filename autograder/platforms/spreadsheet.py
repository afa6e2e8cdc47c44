"""Tables that people keep of a class: CSV in any encoding, with headers in several languages."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from autograder.errors import UsageError
from autograder.model import Person

_MOST_BYTES = 50_000_000
_SEPARATORS = ",;\t"
_OTHER_FORMATS = {
    b"PK\x03\x04": "an Excel workbook or a zip",
    b"\xd0\xcf\x11\xe0": "an Excel workbook",
    b"%PDF": "a PDF",
    b"<!do": "a web page",
    b"<htm": "a web page",
    b"{\\rt": "a text with formatting",
}
_NAME = {
    "name", "full name", "fullname", "student", "student name", "students", "display name",
    "navn", "fulde navn", "studerende", "elev", "elevnavn",
    "vollständiger name", "teilnehmer", "teilnehmer/in", "studierende", "schüler",
}  # fmt: skip
_FIRST = {"first name", "firstname", "first", "given name", "fornavn", "vorname"}
_LAST = {"last name", "lastname", "last", "surname", "family name", "efternavn", "nachname",
         "familienname"}  # fmt: skip
_EMAIL = {"email", "e-mail", "mail", "email address", "e-mail address", "mailadresse",
          "e-mailadresse", "emailadresse", "e-mail-adresse", "e-mailadr."}  # fmt: skip
_LOGIN = {"login", "login id", "sis login id", "username", "user name", "netid", "brugernavn",
          "initialer", "anmeldename", "benutzername", "kennung"}  # fmt: skip
_ID = ("id", "student id", "studentid", "student number", "sid", "user id", "orgdefinedid",
       "sis user id", "id number", "integration id", "studienummer", "studie-id", "studienr.",
       "id-nummer", "matrikelnummer", "matrikelnr.", "matrikel-nr.", "nr.", "number")  # fmt: skip
_TEST_STUDENTS = {"student, test", "test student"}


@dataclass(frozen=True)
class Columns:
    """Which columns hold what, the surest first; `further_ids` are ids beside the one that counts.

    Positions count from 0; a tuple is empty where there is no such column.
    """

    name: tuple[int, ...] = ()
    first: tuple[int, ...] = ()
    last: tuple[int, ...] = ()
    email: tuple[int, ...] = ()
    login: tuple[int, ...] = ()
    id: tuple[int, ...] = ()
    group: tuple[int, ...] = ()

    @property
    def further_ids(self) -> tuple[int, ...]:
        """Columns of ids other than the first, such as that of a student register."""
        return self.id[1:]


Row = Sequence[str]


class Table(NamedTuple):
    """A CSV file as it is; `separator` stood between its columns."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    separator: str

    @property
    def titles(self) -> list[str]:
        """The headers as they are compared."""
        return [_title(title) for title in self.header]


def table_of(file: Path, strict: bool = False) -> Table:
    """Header, rows and separator of a CSV file; raises UsageError with one sentence.

    `strict` refuses quotation marks that don't pair up, which otherwise make one row of several.
    """
    try:
        with file.open("rb") as opened:
            content = opened.read(_MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror}") from error
    if len(content) > _MOST_BYTES:
        raise UsageError(f"{file}: too large for the list of a class")
    text = _text(file, content).lstrip("\r\n")
    if not text.strip():
        raise UsageError(f"{file}: the file is empty")
    first, _, rest = text.partition("\n")
    named = re.fullmatch(r"sep=([,;\t])\r?", first.strip(" "))  # Excel's way of naming it
    text = rest if named else text
    try:
        separator = named[1] if named else _separator(text)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=strict)
        rows = list(reader)
    except csv.Error as error:
        raise UsageError(f"{file}: line {reader.line_num}: not a CSV file: {error}") from error
    if not rows:
        raise UsageError(f"{file}: the file is empty")
    return Table(tuple(rows[0]), tuple(map(tuple, rows[1:])), separator)


def _text(file: Path, content: bytes) -> str:
    for start, name in _OTHER_FORMATS.items():
        if content[:4].lower() == start.lower():
            raise UsageError(f"{file}: this is {name}; export or save it as CSV")
    encodings = (
        ("utf-16",) if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1252")
    )
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    text = content.decode("latin-1")
    if "\0" in text or re.search("[\x80-\x9f]", text):
        raise UsageError(f"{file}: not a text in UTF-8, UTF-16 or Latin-1; save it as CSV in UTF-8")
    return text


def _separator(text: str) -> str:
    """What stands between columns: what cuts the header into the most of them."""

    def width(separator: str) -> int:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        with suppress(csv.Error):  # told when the rows are read
            return len(next(reader, []))
        return 0

    return max(_SEPARATORS, key=width)


def named_columns(header: Row) -> Columns:
    """Which columns hold names, addresses and ids, by their titles."""
    titles = [_title(title) for title in header]
    return Columns(
        name=_among(titles, _NAME),
        first=_among(titles, _FIRST),
        last=_among(titles, _LAST),
        email=_among(titles, _EMAIL),
        login=_among(titles, _LOGIN),
        id=tuple(n for wanted in _ID for n, title in enumerate(titles) if title == wanted),
    )


def person_of(row: Row, columns: Columns) -> Person | None:
    """Whose row it is; None for a row of no student."""

    def cell(places: Iterable[int]) -> str:
        return next((row[n].strip() for n in places if n < len(row) and row[n].strip()), "")

    both = (cell(columns.first), cell(columns.last))
    name = cell(columns.name) or " ".join(part for part in both if part)
    if not name or name.casefold() in _TEST_STUDENTS:
        return None
    return Person(
        name=name,
        id=(cell(columns.id[:1]) or cell(columns.id)).removeprefix("#"),
        email=cell(columns.email),
        login=cell(columns.login).removeprefix("#"),
    )


def _title(header: str) -> str:
    """A header as it is compared; Brightspace writes `Name <Text>` and the like behind some."""
    return " ".join(re.sub(r"<[^>]*>", "", header).casefold().replace("_", " ").split())


def _among(titles: Sequence[str], wanted: set[str]) -> tuple[int, ...]:
    return tuple(n for n, title in enumerate(titles) if title in wanted)
