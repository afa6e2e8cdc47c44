"""An executed notebook as text, whatever student code has put into its outputs."""

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbformat import NotebookNode


def as_json(notebook: "NotebookNode") -> str:
    """The notebook as JSON, without its outputs where they are nested too deep to be written.

    Lines are not split: millions of short ones would take a hundred times their size.
    """
    try:
        text = json.dumps(notebook, ensure_ascii=False)
    except RecursionError:
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs = []
        text = json.dumps(notebook, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:  # half a surrogate pair
        return text.encode("utf-8", "replace").decode("utf-8")
    return text
