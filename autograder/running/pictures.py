"""Whether a notebook pictures what its networks have learned."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from autograder.model import NetworkData, Observation

if TYPE_CHECKING:
    from nbformat import NotebookNode


def with_pictures(
    seen: Mapping[str, Observation],
    notebook: "NotebookNode",
    changed_at: Mapping[str, int],
    pattern: str,
) -> dict[str, Observation]:
    """The observations; networks know whether they were pictured in or after their last cell.

    `changed_at` has the number of the cell that last changed each, and `pattern` finds the calls
    that make such a picture; without one, nobody asks.
    """
    if not pattern:
        return dict(seen)
    calls = re.compile(pattern)
    return {
        name: one.model_copy(update={"pictured": _is_pictured(name, notebook, changed_at, calls)})
        if isinstance(one, NetworkData)
        else one
        for name, one in seen.items()
    }


def _is_pictured(
    name: str, notebook: "NotebookNode", changed_at: Mapping[str, int], calls: re.Pattern[str]
) -> bool | None:
    if name not in changed_at:
        return None
    return any(
        name in cell.source and calls.search(cell.source) and _shows_picture(cell)
        for cell in notebook.cells[changed_at[name] :]
        if cell.cell_type == "code"
    )


def _shows_picture(cell: "NotebookNode") -> bool:
    return any("image/png" in output.get("data", {}) for output in cell.outputs)
