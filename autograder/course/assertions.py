"""Parts of assertions: what is written in them, what they name, what they import."""

import ast
from typing import Any

from autograder.syntax import parsed

_TOLERANCES = {"rtol": "relative", "rel_tol": "relative", "atol": "absolute", "abs_tol": "absolute"}
_CONTAINERS = {"array", "set", "tuple"}
_RAISING = {"raises", "assertRaises", "assert_raises"}


class Untranslatable(Exception):
    """A snippet of another form; the message is a clause that says what stands there."""


def imported_names(source: str) -> set[str]:
    """The names that the imports of some code give; none for what does not parse."""
    try:
        return names_imported_in(parsed(source))
    except SyntaxError:
        return set()


def names_imported_in(tree: ast.AST) -> set[str]:
    return {
        alias.asname or alias.name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }


def is_translated(function: ast.FunctionDef) -> bool:
    """Whether a test function is one of ours already: it uses the vocabulary."""
    return any(
        isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "autograder"
        for node in ast.walk(function)
    )


def name_of(node: ast.expr) -> str:
    """The last part of a dotted name; empty for anything else."""
    return getattr(node, "attr", "") or getattr(node, "id", "")


def is_written(node: ast.expr) -> bool:
    """Whether an expression is a value as it is written."""
    try:
        ast.literal_eval(node)
    except ValueError:
        return False
    return True


def value(node: ast.expr) -> Any:
    match node:
        case ast.Call(func=function, args=[inner]) if name_of(function) in (
            "array",
            "set",
            "tuple",
        ):
            return value(inner)
        case _ if is_written(node):
            return ast.literal_eval(node)
    raise Untranslatable(f"`{ast.unparse(node)}`, with which it compares, is no written value")


def read(output: str) -> Any:
    try:
        return ast.literal_eval(output)
    except (ValueError, SyntaxError):
        raise Untranslatable(f"the output `{output[:60]}` is no written value") from None


def is_plain_truth(node: ast.expr) -> bool:
    """Whether something is true by the student's own work, with no answer of ours beside it."""
    asks = isinstance(node, ast.Call | ast.Attribute | ast.Name | ast.Subscript)
    inner = list(ast.walk(node))
    return asks and not any(isinstance(n, ast.Compare | ast.BoolOp | ast.Lambda) for n in inner)


def tolerances(call: ast.Call) -> str:
    given = {
        _TOLERANCES[k.arg]: ast.unparse(k.value) for k in call.keywords if k.arg in _TOLERANCES
    }
    return "".join(f", {name}={value}" for name, value in given.items())


def expected_error(node: ast.expr) -> ast.expr:
    if (
        isinstance(node, ast.Call)
        and name_of(node.func) in ("raises", "assertRaises")
        and node.args
    ):
        return node.args[0]
    raise Untranslatable(f"`with {ast.unparse(node)}`")
