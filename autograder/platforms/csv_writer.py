"""The one writer of CSV files, whatever reads them: cells of strangers stay cells, and text.

Whoever opens a file decides what separates its columns and ends its lines: Excel takes semicolons
where the comma is a decimal sign, and so starts cells within ours. Hence no cell holds a line break
or a tab, and after each semicolon it is as harmless as at its start.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence

_Row = Sequence[object]

# Control characters and line ends as signs that people know; a sign that was there before gets
# _AS_IT_IS in front, so that `unescape_formula` can tell them apart.
_AS_IT_IS = "\u2426"
_SIGNS = {chr(code): chr(0x2400 + code) for code in range(32)} | {
    "\n": "¶", "\x7f": "\u2421", "\x85": "\u2424", "\u2028": "\u21b5", "\u2029": "\u23ce",
}  # fmt: skip
_SHOWN = str.maketrans(_SIGNS | {sign: _AS_IT_IS + sign for sign in (*_SIGNS.values(), _AS_IT_IS)})
_MEANT = {sign: character for character, sign in _SIGNS.items()}
_SIGN = re.compile(rf"{_AS_IT_IS}(.)|[{''.join(_MEANT)}]", re.DOTALL)

# A spreadsheet takes a cell that starts with one of these for a formula, the full-width signs that
# East Asian keyboards write included, and blanks in front of it too, visible or not.
_FORMULA = r"=+\-@\uff1d\uff0b\uff0d\uff20"
_BLANKS = r"[\s\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]*"
# Apostrophes that were there before count as well, so that ours can be taken off again. After a
# semicolon a quotation mark would open a cell that swallows the next rows, and so would the one
# that ends the whole cell.
_DANGER = rf"(?='*{_BLANKS}[{_FORMULA}])"
_START = re.compile(_DANGER)
_INNER = re.compile(rf";(?={_DANGER}|'*{_BLANKS}(?:\"|\Z))")
_GUARDED = re.compile(rf"\A'{_DANGER}")
_GUARDED_INNER = re.compile(rf";'(?={_DANGER}|'*{_BLANKS}(?:\"|\Z))")
# A sign that stands alone, and a number, which a spreadsheet can do no more than compute to itself.
_PLAIN = re.compile(rf"{_BLANKS}[{_FORMULA}]|[+-]\d+(?:[.,]\d+)?")


def csv_text(rows: Iterable[_Row]) -> str:
    """Rows as CSV with commas, one row a line; all text in it harmless."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for row in rows:
        cells = [escape_formula(cell) for cell in row]
        # What reads no commas takes the whole row for the first cell, and computes "-" with it.
        if cells and isinstance(cells[0], str) and _PLAIN.fullmatch(cells[0]):
            cells[0] = f"'{cells[0]}"
        writer.writerow(cells)
    return text.getvalue()


def escape_formula(value: object) -> object:
    """A cell's value on one line, in which no spreadsheet finds a formula: an apostrophe precedes.

    Numbers, and signs that stand alone, stay as they are.
    """
    if not isinstance(value, str):
        return value
    text = _INNER.sub(";'", value.translate(_SHOWN))
    return f"'{text}" if _START.match(text) and not _PLAIN.fullmatch(text) else text


def unescape_formula(cell: str) -> str:
    """The text of a cell before `csv_text` or `escape_formula` looked at it."""
    text = _GUARDED_INNER.sub(";", _GUARDED.sub("", cell))
    return _SIGN.sub(lambda sign: sign[1] or _MEANT[sign[0]], text)
