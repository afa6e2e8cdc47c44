"""An import that fails costs its own line: the rest of the cell runs.

A grader's machine lacks packages that a student's has. Without this `import seaborn` would take
along the `import torch` below it, and every cell after it.
"""

import ast
import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from autograder.kernel.remarks import remark, skipped

_GUARD = f"with __import__({__name__!r}, fromlist=['guard']).guard(''): pass"


def skip_failing_imports(shell: Any) -> None:
    """Let the shell go on behind an import at the top of a cell that fails."""
    transform = shell.transform_ast

    def guarded(node: ast.AST) -> ast.AST:
        node = transform(node)
        if isinstance(node, ast.Module):
            node.body = _guarded(node.body)
        return node

    shell.transform_ast = guarded


@contextlib.contextmanager
def guard(module: str) -> Iterator[None]:
    """Skip an import of `module` that raises, unless the notebook itself has written the module."""
    try:
        yield
    except Exception as error:
        top = module.partition(".")[0]
        if Path(f"{top}.py").exists() or Path(top).is_dir():
            raise
        skipped(f"importing {module} failed ({type(error).__name__}: {error})")
        if isinstance(error, ModuleNotFoundError) and error.name:
            remark("package", error.name.partition(".")[0])
        elif isinstance(error, ImportError) and _is_there(top):
            remark("import", str(error).partition(" (")[0])
        else:
            remark("package", top)


def _is_there(top: str) -> bool:
    try:
        __import__(top)
    except Exception:  # a package that is installed but does not load
        return False
    return True


def _guarded(body: list[ast.stmt]) -> list[ast.stmt]:
    """The statements, with each import among them on its own and guarded."""
    found: list[ast.stmt] = []
    for statement in body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            found.extend(_each(statement))
            continue
        if isinstance(statement, ast.If):
            statement.body, statement.orelse = map(_guarded, (statement.body, statement.orelse))
        elif isinstance(statement, ast.With):
            statement.body = _guarded(statement.body)
        found.append(statement)
    return found


def _each(statement: ast.Import | ast.ImportFrom) -> Iterator[ast.stmt]:
    """A guarded statement for each name that is imported: one that fails costs no other."""
    if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
        yield statement  # only valid as the first statement of all
        return
    for alias in statement.names:
        one: ast.stmt
        if isinstance(statement, ast.Import):
            module, one = alias.name, ast.Import([alias])
        else:
            module = statement.module or ""
            one = ast.ImportFrom(statement.module, [alias], statement.level)
        (frame,) = ast.parse(_GUARD).body
        assert isinstance(frame, ast.With)
        call = frame.items[0].context_expr
        assert isinstance(call, ast.Call)
        call.args = [ast.Constant(module)]
        frame.body = [one]
        for node in ast.walk(frame):
            ast.copy_location(node, statement)
        yield frame
