"""Which modules a notebook imports: kernels that have them already start faster."""

import re
from pathlib import Path

from autograder.errors import SubmissionError
from autograder.notebooks.cells import cells_of
from autograder.notebooks.read import json_of

LAB = ("matplotlib.pyplot", "scipy.signal", "sklearn.metrics", "torch", "torch.utils.data")
"""What the notebooks of this lab import."""

_IMPORT = re.compile(r"^[ \t]*+(?:import|from)[ \t]++([^\W\d][\w.]*+)", re.MULTILINE)


def imports_of(notebook: Path) -> tuple[str, ...]:
    """The modules that a notebook imports as it is handed out; those of the lab without one."""
    try:
        cells = cells_of(json_of(notebook.read_bytes()))
    except (OSError, SubmissionError):
        return LAB
    if not cells:
        return LAB
    code = [cell.source for cell in cells if cell.kind == "code"]
    names = (name for source in code for name in _IMPORT.findall(source))
    return tuple(dict.fromkeys(n for n in names if n.split(".")[0] != "autograder"))
