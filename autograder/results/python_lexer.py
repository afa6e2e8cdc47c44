"""Python's tokens for pages and for comparing code, in time that grows with the code and no faster.

Pygments reads broken code as well, which a notebook often holds, but looks from each blank line
over all that follow, and from each `\\N{` to the end of its string.
"""

from typing import ClassVar

from pygments.lexers.python import PythonLexer
from pygments.token import String, Whitespace

# No name of a character in Unicode is half as long.
_ESCAPE = r"\\(N\{[^}\n]{0,200}\}|u[a-fA-F0-9]{4}|U[a-fA-F0-9]{8})"


class LinearPythonLexer(PythonLexer):  # type: ignore[misc] # Pygments has no types
    """Pygments' lexer, with blank lines and named characters in linear time."""

    tokens: ClassVar = {
        **PythonLexer.tokens,
        "root": [(r"[^\S\n]*\n", Whitespace), *PythonLexer.tokens["root"]],
        "stringescape": [(_ESCAPE, String.Escape), *PythonLexer.tokens["stringescape"][1:]],
    }
