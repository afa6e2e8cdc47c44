"""An import that fails costs its own line: the rest of the cell runs.

A grader's machine lacks packages that a student's has. Without this `import seaborn` would take
along the `import torch` below it, and every cell after it; so would `sns.set_theme()`, a line that
only calls such a package.
"""

import ast
import contextlib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from autograder.kernel.remarks import COLAB, remark, skipped

_GUARD = f"with __import__({__name__!r}, fromlist=['{{0}}']).{{0}}('', ''): pass"

# The names that skipped imports would have made, and the package of each.
_lost: dict[str, str] = {}


def skip_failing_imports(shell: Any) -> None:
    """Let the shell go on behind an import at the top of a cell that fails."""
    transform = shell.transform_ast
    _lost.clear()

    def guarded(node: ast.AST) -> ast.AST:
        node = transform(node)
        if isinstance(node, ast.Module):
            node.body = _guarded(node.body)
        return node

    shell.transform_ast = guarded


@contextlib.contextmanager
def guard(module: str, name: str) -> Iterator[None]:
    """Skip an import of `module` that raises, unless the notebook itself has written the module.

    `name` is what it would have made.
    """
    try:
        yield
        _lost.pop(name, None)
    except Exception as error:
        top = module.partition(".")[0]
        if Path(f"{top}.py").exists() or Path(top).is_dir():
            raise
        skipped(f"importing {module} failed ({type(error).__name__}: {error})")
        if isinstance(error, ImportError) and not isinstance(error, ModuleNotFoundError):
            if _is_there(top):
                remark("import", str(error).partition(" (")[0])
                return
        elif isinstance(error, ModuleNotFoundError) and error.name:
            top = error.name.partition(".")[0]
        if top == "google" and module.startswith("google.colab"):
            top = COLAB
        remark("package", top)
        _lost[name] = top
        remark("lost", f"{name} {top}")


@contextlib.contextmanager
def guard_call(line: str, name: str) -> Iterator[None]:
    """Skip a statement that only calls something of a package whose import was skipped."""
    try:
        yield
    except NameError as error:
        if name not in _lost or error.name != name:
            raise
        skipped(f"{line} needs the package {_lost[name]}")


def _is_there(top: str) -> bool:
    try:
        __import__(top)
    except Exception:  # a package that is installed but does not load
        return False
    return True


def _guarded(body: list[ast.stmt]) -> list[ast.stmt]:
    """The statements, with each import and each call of what may be missing on its own, guarded."""
    found: list[ast.stmt] = []
    imported = dict(pair for statement in body for pair in _imported(statement))
    for number, statement in enumerate(body, 1):
        if isinstance(statement, ast.Import | ast.ImportFrom):
            found.extend(_each(statement))
            continue
        # Jupyter shows what the last statement gives, if it is an expression: it stays one where it
        # may give anything.
        name = _called(statement)
        may_be_lost = name in _lost or (name in imported and number < len(body))
        if name and (may_be_lost or (name in imported and _is_lacking(imported[name]))):
            line = ast.unparse(statement)[:60]
            found.append(_framed("guard_call", line, name, statement))
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
        ast.copy_location(one, statement)
        yield _framed("guard", module, _name_of(alias), one)


def _imported(statement: ast.stmt) -> list[tuple[str, str]]:
    """The names that an import makes, with the module of each; none for other statements."""
    if isinstance(statement, ast.ImportFrom):
        return [(_name_of(alias), statement.module or "") for alias in statement.names]
    if isinstance(statement, ast.Import):
        return [(_name_of(alias), alias.name) for alias in statement.names]
    return []


def _is_lacking(module: str) -> bool:
    """Whether there is no such package here, whatever would happen if it was imported."""
    top = module.partition(".")[0]
    try:
        return bool(top) and find_spec(top) is None
    except (ImportError, ValueError):  # ValueError: a module that says nothing of itself
        return False


def _name_of(alias: ast.alias) -> str:
    return alias.asname or alias.name.partition(".")[0]


def _called(statement: ast.stmt) -> str | None:
    """The name of whose methods a statement calls one and does no more: `sns.set_theme()`.

    The call may be awaited, as `await piplite.install("seaborn")` is in a browser.
    """
    if not isinstance(statement, ast.Expr):
        return None
    call = statement.value.value if isinstance(statement.value, ast.Await) else statement.value
    if not isinstance(call, ast.Call):
        return None
    of: ast.expr = call.func
    while isinstance(of, ast.Attribute):
        of = of.value
    return of.id if isinstance(of, ast.Name) else None


def _framed(guarded: str, what: str, name: str, statement: ast.stmt) -> ast.stmt:
    """The statement within a guard of that name, at its own place in the cell."""
    (frame,) = ast.parse(_GUARD.format(guarded)).body
    assert isinstance(frame, ast.With)
    call = frame.items[0].context_expr
    assert isinstance(call, ast.Call)
    call.args = [ast.Constant(what), ast.Constant(name)]
    frame.body = [statement]
    for node in ast.walk(frame):
        ast.copy_location(node, statement)
    return frame
