"""Whether a notebook asks for a GPU without looking whether there is one."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbformat import NotebookNode

# What works without a GPU as well, such as the line by which notebooks usually choose.
_HONEST = re.compile(
    r"""["']cuda(?::\d)?["']\s+if\s+(?:torch\.)?cuda\.is_available\(\)"""
    r"""|(?:torch\.)?cuda\.(?:is_available|device_count|empty_cache|manual_seed(?:_all)?)\("""
    r"""|["']mps["']\s+if\s+(?:torch\.)?backends\.mps\.is_available\(\)|mps\.is_available\("""
    r"""|^[ \t]*+\#[^\n]*+""",
    re.MULTILINE,
)
_ASKS = re.compile(r"cuda|\bmps\b|\.to\(\s*\d|device\s*=\s*\d|pin_memory\(")


def asks_for_gpu(notebook: "NotebookNode") -> bool:
    """Whether some code may need a GPU; where in doubt it is so, which costs little."""
    return any(
        _ASKS.search(_HONEST.sub("", cell.source)) is not None
        for cell in notebook.cells
        if cell.cell_type == "code" and _ASKS.search(cell.source)
    )
