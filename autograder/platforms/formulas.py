"""Text in the cells of a CSV file that people open in a spreadsheet."""

import re

# A spreadsheet takes a cell that starts with one of these for a formula, the full-width signs that
# East Asian keyboards write included, and blanks in front of it too. Apostrophes that were there
# before count as well, so that ours can be taken off again.
_FORMULA = re.compile(
    r"'*(?:[\s\x00-\x20\ufeff\u200b]*[=+\-@\uff1d\uff0b\uff0d\uff20].|[\t\r\n])", re.DOTALL
)


def harmless(value: object) -> object:
    """A cell's value that no spreadsheet takes for a formula: such text gets an apostrophe first.

    Numbers, and signs that stand alone, stay as they are.
    """
    if isinstance(value, str) and _FORMULA.match(value):
        return f"'{value}"
    return value


def original(cell: str) -> str:
    """The text of a cell before `harmless` looked at it."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell[1:]) else cell
