"""What was noticed while a notebook ran: written for the grader, who tells student and staff."""

import json
from pathlib import Path
from typing import Literal

RemarkKind = Literal["package", "lost", "import", "plots", "magic", "gpu", "output"]
REMARKS_FILE = "-remarks.json"
"""No variable has this name, so that no observation is written to the same file."""
COLAB = "google_colab"
"""The name of `google.colab` among packages; it is there on Colab, and nowhere else."""

_MOST = 50
_LONGEST = 100

# A kernel is a process: it has one folder to write to, set when it is prepared.
_folder: Path | None = None
_noticed: list[tuple[str, str]] = []


def open_remarks(folder: Path) -> None:
    """Write what is noticed from now on into this folder."""
    global _folder
    _folder = folder
    _noticed.clear()


def remark(kind: RemarkKind, what: str) -> None:
    """Note something once; `what` is a name or a short piece of code."""
    noted = (kind, what[:_LONGEST])
    if _folder is None or noted in _noticed or len(_noticed) >= _MOST:
        return
    _noticed.append(noted)
    unfinished = _folder / f"{REMARKS_FILE}.new"
    unfinished.write_text(json.dumps([{"kind": k, "what": w} for k, w in _noticed]))
    unfinished.replace(_folder / REMARKS_FILE)


def skipped(what: str) -> None:
    """Say in the cell that something was left out."""
    print(f"Skipped while grading: {what}")  # noqa: T201
