"""Which cells of an executed notebook raised, and what that kept from being made."""

import re
from collections.abc import Collection, Iterable, Mapping
from itertools import accumulate, islice
from typing import TYPE_CHECKING

from autograder.model import CellError, Missing, Observation, TextLine, one_line
from autograder.notebooks.names import LONGEST_NAME, alike, first_line, names_made, names_mentioned
from autograder.observables import is_call, names_in

if TYPE_CHECKING:
    from nbformat import NotebookNode

_MOST_ERRORS = 50
_MOST_NAMES = 200
_MOST_TEXTS = 300
_LONGEST = 300
# Characters that are looked through for names; strangers' notebooks may have millions.
_MOST_CODE = 500_000
# The file name that IPython gives to a cell says nothing to anybody.
_IN_CELL = re.compile(r" \(\d+\.py, line (\d+)\)$")


def errors_of(notebook: "NotebookNode", names: Collection[str]) -> tuple[CellError, ...]:
    """The cells that raised, in order; `names` are the variables that tests look at."""
    found = []
    for number, cell in enumerate(notebook.cells, 1):
        if (raised := _raised(cell)) is None:
            continue
        made = [name for name in names_made(cell.source) if len(name) <= LONGEST_NAME]
        error = CellError(
            cell=number,
            line=one_line(first_line(cell.source)),
            raised=raised,
            makes=tuple(made[:_MOST_NAMES]),
            mentions=names_mentioned(cell.source, names),
        )
        # A key that is missing has the name of a variable by chance.
        is_name = raised.startswith("NameError")
        below = _made_below(notebook, number, error.undefined) if is_name else 0
        found.append(error.model_copy(update={"made_below": below}))
        if len(found) == _MOST_ERRORS:
            break
    return tuple(found)


def _made_below(notebook: "NotebookNode", number: int, name: str) -> int:
    """The first cell below that one which makes the name; 0 if none does, or one above tried."""
    sizes = accumulate(len(cell.source) for cell in notebook.cells)
    for place, (cell, size) in enumerate(zip(notebook.cells, sizes, strict=True), 1):
        if size > _MOST_CODE:
            break
        if cell.cell_type == "code" and name in cell.source and name in names_made(cell.source):
            return place if place > number else 0
    return 0


def near_names(
    notebook: "NotebookNode", names: Collection[str], seen: Collection[str]
) -> dict[str, str]:
    """For each variable that was not seen, a name much like it that the notebook sets."""
    missing = [name for name in names if name not in seen]
    if not missing:
        return {}
    ran = [c.source for c in notebook.cells if c.cell_type == "code" and _raised(c) is None]
    sizes = accumulate(map(len, ran))
    looked_at = (source for source, size in zip(ran, sizes, strict=True) if size < _MOST_CODE)
    return alike(missing, (name for source in looked_at for name in names_made(source)), names)


def there(names: Iterable[str], seen: Mapping[str, Observation]) -> set[str]:
    """Those of the names that were seen, or that the expressions evaluated did not lack."""
    lacking = {o.lacks or o.name for o in seen.values() if isinstance(o, Missing)}
    evaluated = {name for key in seen if is_call(key) for name in names_in(key)}
    return {name for name in names if name not in lacking and (name in seen or name in evaluated)}


def texts_of(notebook: "NotebookNode", names: Collection[str]) -> tuple[TextLine, ...]:
    """The lines of cells of text, markdown or raw, that have numbers or name a variable."""
    found = (
        TextLine(cell=number, line=line, mentions=names_mentioned(line, names))
        for number, cell in enumerate(notebook.cells, 1)
        if cell.cell_type != "code"
        for line in lines_with_answers(cell.source, names)
    )
    return tuple(islice(found, _MOST_TEXTS))


def lines_with_answers(source: str, names: Collection[str]) -> list[str]:
    """The lines of a cell of text, cut, in which an answer may stand."""
    lines = (one_line(" ".join(line[:_LONGEST].split()))[:100] for line in source.splitlines())
    return [n for n in lines if any(map(str.isdigit, n)) or names_mentioned(n, names)]


def _raised(cell: "NotebookNode") -> str | None:
    """What a cell raised, in one line; None if it did not."""
    for output in cell.get("outputs", ()):
        if output.output_type == "error":
            said = f"{output.ename}: {output.evalue}".strip().splitlines() or [""]
            return one_line(_IN_CELL.sub(r" in line \1", said[0]))[:_LONGEST]
    return None
