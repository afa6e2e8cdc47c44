"""From a snippet of assertions on live objects to a test case that looks at observations.

    assert len(primes) == 4              def test_1(result: "len(primes)", total):
    np.isclose(total, 17.5)    ->            from autograder import expect
                                             expect.equal(result, 4)
                                             expect.close(total, 17.5)

What stands on the student's side of a comparison becomes the annotation of a parameter, and what it
is compared with stays in the test. Whatever has another form is for a human to translate.
"""

import ast
import builtins
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograder.course.assertions import (
    Untranslatable,
    expected_error,
    is_plain_truth,
    is_written,
    name_of,
    names_imported_in,
    read,
    tolerances,
    value,
)
from autograder.syntax import parsed

_NUMERIC = {"int", "float", "complex", "integer", "floating", "number", "Number", "Real"}
_RETURNED = {"str", "bool", "list", "tuple", "dict", "set"}
_TABLES = {"DataFrame", "Series"}
_EQUAL = {"assert_equal", "assertEqual", "assert_array_equal"}
_CLOSE = {
    "isclose", "allclose", "assert_almost_equal", "assertAlmostEqual", "assert_allclose",
    "assert_array_almost_equal", "approx",
}  # fmt: skip


@dataclass
class _Function:
    """A test case in the making: what it looks at by parameter, and its lines."""

    parameters: dict[str, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)

    def looks_at(self, node: ast.expr) -> str:
        """The parameter for an expression, the same for the same one."""
        source = ast.unparse(node)
        for parameter, known in self.parameters.items():
            if known == source:
                return parameter
        name = source if isinstance(node, ast.Name) else self._new_name()
        self.parameters[name] = source
        return name

    def _new_name(self) -> str:
        number = 1
        while (name := "result" if number == 1 else f"result_{number}") in self.taken:
            number += 1
        self.taken.add(name)
        return name

    def source(self, name: str, title: str) -> str:
        """The function as it is written into a master."""
        signature = ", ".join(p if p == s else f"{p}: {s!r}" for p, s in self.parameters.items())
        body = ["from autograder import expect", *self.lines]
        head = f'    """{title}"""\n' if title else ""
        return f"def {name}({signature}):\n{head}" + "".join(f"    {line}\n" for line in body)


def translated(
    source: str, name: str, output: str = "", title: str = "", known: Collection[str] = ()
) -> str:
    """The test case of that name that asks what the snippet does.

    `output` is what the last line showed when the snippet ran where it was written; a doctest
    expects it again. `known` are the names that the notebook itself imports: an expression is
    evaluated among those, without the imports of the snippet. Raises Untranslatable.
    """
    try:
        tree = parsed(source)
    except SyntaxError as error:
        raise Untranslatable(f"it is no Python ({error.msg})") from None
    return _Translation(tree.body, output, known).function.source(name, title)


class _Translation:
    """A walk over the statements of a snippet; names that it sets itself are replaced by values."""

    def __init__(self, body: Sequence[ast.stmt], output: str, known: Collection[str]) -> None:
        self._own: dict[str, ast.expr] = {}
        self._lacking = {n for s in body for n in names_imported_in(s)} - set(known)
        names = {n.id for s in body for n in ast.walk(s) if isinstance(n, ast.Name)}
        self.function = _Function(taken=names)
        for statement in body:
            shown = output if statement is body[-1] else ""
            self._statement(statement, shown.strip())
        if not self.function.lines:
            raise Untranslatable("it asserts nothing")

    def _statement(self, node: ast.stmt, output: str) -> None:
        match node:
            case ast.Import() | ast.ImportFrom() | ast.Pass():
                pass
            case ast.Expr(value=ast.Constant(value=str())):
                pass
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                self._own[name] = self._inlined(value)
            case ast.Assert(test=test):
                self._holds(self._inlined(test))
            case ast.Expr(value=value):
                self._shown(self._inlined(value), output)
            case ast.Try(body=[ast.Expr(value=call)], handlers=[handler], orelse=orelse) if orelse:
                self._raises(self._inlined(call), handler.type)
            case ast.With(items=[item], body=[ast.Expr(value=call)]):
                self._raises(self._inlined(call), expected_error(item.context_expr))
            case _:
                kind = type(node).__name__.lower()
                raise Untranslatable(f"a statement of the kind `{kind}` in line {node.lineno}")

    def _inlined(self, node: ast.expr) -> ast.expr:
        own = self._own

        class Inline(ast.NodeTransformer):
            def visit_Name(self, name: ast.Name) -> ast.expr:
                return own.get(name.id, name)

        done: ast.expr = Inline().visit(node)
        return ast.fix_missing_locations(done)

    def _shown(self, node: ast.expr, output: str) -> None:
        """A line whose value is shown: a condition, a check by its name, or a value to compare."""
        is_check = isinstance(node, ast.Call) and name_of(node.func) in _EQUAL | _CLOSE
        if is_check or output == "True":
            self._holds(node)
        elif output == "False":
            self._holds(ast.UnaryOp(ast.Not(), node))
        elif output:
            self._equals(node, read(output))
        else:
            raise Untranslatable(f"`{ast.unparse(node)}` shows a value that is not saved with it")

    def _holds(self, node: ast.expr) -> None:
        match node:
            case ast.BoolOp(op=ast.And(), values=values):
                for value in values:
                    self._holds(value)
            case ast.Compare(ops=[ast.Eq() | ast.Is()], left=left, comparators=[right]):
                self._compared(left, right)
            case ast.Compare(ops=ops) if all(_is_order(op) for op in ops):
                self._ordered(node)
            case ast.Call(func=function, args=[left, right, *_]) if name_of(function) in _EQUAL:
                self._compared(left, right)
            case ast.Call(func=function, args=[left, right, *_]) if name_of(function) in _CLOSE:
                self._close(left, right, tolerances(node))
            case ast.Call(func=ast.Name(id="isinstance"), args=[left, kind]):
                self._is_a(left, kind)
            case ast.Call(func=ast.Name(id="bool" | "all"), args=[inner]):
                self._holds(inner)
            case ast.UnaryOp(op=ast.Not(), operand=operand) if is_plain_truth(operand):
                self._line(operand, "equal", ", False")
            case _ if is_plain_truth(node):
                self._line(node, "equal", ", True")
            case _:
                raise Untranslatable(f"the condition `{ast.unparse(node)}`")

    def _compared(self, left: ast.expr, right: ast.expr) -> None:
        left, right = (right, left) if is_written(left) else (left, right)
        if isinstance(left, ast.Call) and name_of(left.func) == "type" and len(left.args) == 1:
            self._is_a(left.args[0], right)
        elif isinstance(right, ast.Call) and name_of(right.func) == "approx" and right.args:
            self._close(left, right.args[0], "")
        else:
            self._equals(left, value(right))

    def _equals(self, node: ast.expr, value: Any) -> None:
        if is_written(node):
            raise Untranslatable(f"`{ast.unparse(node)}` looks at nothing of the student's")
        self._line(node, "equal", f", {value!r}")

    def _close(self, left: ast.expr, right: ast.expr, tolerances: str) -> None:
        left, right = (right, left) if is_written(left) else (left, right)
        self._line(left, "close", f", {value(right)!r}{tolerances}")

    def _ordered(self, node: ast.Compare) -> None:
        match node:
            case ast.Compare(
                left=ast.Call(
                    func=ast.Name(id="abs"),
                    args=[ast.BinOp(op=ast.Sub(), left=left, right=right)],
                ),
                comparators=[bound],
            ) if is_written(bound) and is_written(left) != is_written(right):
                self._close(left, right, f", relative=0, absolute={ast.unparse(bound)}")
                return
        seen = [part for part in (node.left, *node.comparators) if not is_written(part)]
        if len(seen) != 1:
            raise Untranslatable(f"the condition `{ast.unparse(node)}`")
        parameter = self._looks_at(seen[0])
        parts = [ast.unparse(p) if p is not seen[0] else f"expect.number({parameter})"
                 for p in (node.left, *node.comparators)]  # fmt: skip
        said = parts[0]
        for op, part in zip(node.ops, parts[1:], strict=True):
            said += f" {_ORDER[type(op)]} {part}"
        self.function.lines.append(f"assert {said}")

    def _is_a(self, node: ast.expr, kind: ast.expr) -> None:
        kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
        names = [name_of(one) for one in kinds]
        if names and set(names) <= _NUMERIC:
            self._line(node, "number")
        elif len(names) == 1 and names[0] in _RETURNED:
            self._line(node, "returns", f", {names[0]}")
        elif names and set(names) <= _TABLES:
            self._line(node, "table")
        else:
            raise Untranslatable(f"the type `{ast.unparse(kind)}`, which no word asks for")

    def _raises(self, call: ast.expr, error: ast.expr | None) -> None:
        name = name_of(error) if error is not None else "Exception"
        if not isinstance(getattr(builtins, name, None), type):
            raise Untranslatable(f"an exception, `{name}`, that is none of Python's own")
        self._line(call, "raises", f", {name}")

    def _line(self, node: ast.expr, word: str, rest: str = "") -> None:
        self.function.lines.append(f"expect.{word}({self._looks_at(node)}{rest})")

    def _looks_at(self, node: ast.expr) -> str:
        names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
        if lacking := names & self._lacking:
            raise Untranslatable(f"`{min(lacking)}`, which the notebook itself does not import,")
        return self.function.looks_at(node)


_ORDER: dict[type[ast.cmpop], str] = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}


def _is_order(op: ast.cmpop) -> bool:
    return type(op) in _ORDER
