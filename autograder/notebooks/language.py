"""Tells notebooks for another language than Python from those that are only said to be."""

import re

from nbformat import NotebookNode

from autograder.errors import SubmissionError

_PYTHON = re.compile(r"i?python|python\d|conda|pyodide|xeus-python|xpython")
# Words that only these languages have at the beginning of a line, and Python never.
_FOREIGN = re.compile(
    r"^\s*(?:[\w.]+\s*<-|library\(|using \w|function\b|end\s*$|(?:local|val|var|let|const) \w"
    r"|#include|println|\w+\s*<-\s*function)",
    re.MULTILINE,
)
_OWN = re.compile(
    r"^\s*(?:import [\w.]+|from [\w.]+ import|def \w+\(|class \w+.*:|[\w.]+\s*=[^=]|print\()",
    re.MULTILINE,
)


def check_language(notebook: NotebookNode) -> tuple[str, ...]:
    """A sentence where Python code stands in a notebook that names another language.

    Raises SubmissionError where the code is in that language as well.
    """
    language = _language(notebook)
    if not language or _PYTHON.search(language.lower()):
        return ()
    shown = language[:40] if language.isprintable() else "another language"
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    foreign = sum(_FOREIGN.search(source) is not None for source in code)
    if foreign or not any(_OWN.search(source) for source in code):
        raise SubmissionError(f"the notebook is for {shown}, not for Python")
    return (f"The notebook says that it is for {shown}; its code was run as Python.",)


def _language(notebook: NotebookNode) -> str:
    """The language that the notebook names; "" where it names none."""
    for part, name in (("language_info", "name"), ("kernelspec", "language")):
        inside = notebook.metadata.get(part)
        if isinstance(inside, dict) and isinstance(inside.get(name), str) and inside[name].strip():
            return str(inside[name]).strip()
    return ""
