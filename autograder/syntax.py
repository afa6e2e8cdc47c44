"""Parses Python, one thread at a time.

Before 3.11.8 and 3.12.2 CPython counts the depth of all trees that threads are making as if they
were one, and raises SystemError in whoever finds another's count
(https://github.com/python/cpython/issues/106905).
"""

import ast
import threading

_one_at_a_time = threading.Lock()


def parsed(source: str) -> ast.Module:
    """The tree of a module. Raises SyntaxError, ValueError, RecursionError and MemoryError."""
    with _one_at_a_time:
        return ast.parse(source)


def parsed_expression(source: str) -> ast.expr:
    """The tree of an expression. Raises what `parsed` does."""
    with _one_at_a_time:
        return ast.parse(source, mode="eval").body
