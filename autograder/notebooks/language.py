"""Tells notebooks for another language than Python from those that are only said to be."""

import re
from collections.abc import Iterable

from autograder.errors import SubmissionError

_PYTHON = re.compile(r"i?python|python\d|conda|pyodide|xeus-python|xpython")
# Words that only these languages have at the beginning of a line, and Python never.
_FOREIGN = re.compile(
    r"^[ \t]*+(?:[\w.]++[ \t]*+<-|library\(|using \w|function\b|end[ \t]*+$"
    r"|(?:local|val|var|let|const) \w|#include|println)",
    re.MULTILINE,
)
_OWN = re.compile(
    r"^[ \t]*+(?:import [\w.]|from [\w.]++ import|def \w++\(|class \w[^\n:]*+:|[\w.]++[ \t]*+=[^=]"
    r"|print\()",
    re.MULTILINE,
)


def check_language(language: str, code: Iterable[str]) -> tuple[str, ...]:
    """A sentence where Python code stands in a notebook that names another language.

    Raises SubmissionError where the code is in that language as well.
    """
    if not language or _PYTHON.search(language.lower()):
        return ()
    shown = language[:40] if language.isprintable() else "another language"
    sources = list(code)
    foreign = sum(_FOREIGN.search(source) is not None for source in sources)
    if foreign or not any(_OWN.search(source) for source in sources):
        raise SubmissionError(f"the notebook is for {shown}, not for Python")
    return (f"The notebook says that it is for {shown}; its code was run as Python.",)
