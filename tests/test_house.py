"""How the house is kept: names that mean one thing, modules of a readable size, no stopwatch."""

import ast
from collections import defaultdict
from pathlib import Path

import pytest
from conftest import ROOT

PACKAGE = ROOT / "autograder"
MODULES = sorted(PACKAGE.rglob("*.py"))
TESTS = sorted((ROOT / "tests").glob("*.py"))
CLOCKS = {"monotonic", "perf_counter", "time"}


def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"))


def test_no_two_classes_have_one_name() -> None:
    found: dict[str, list[str]] = defaultdict(list)
    for file in MODULES:
        for node in tree(file).body:
            if isinstance(node, ast.ClassDef):
                found[node.name].append(str(file.relative_to(PACKAGE)))
    assert {name: where for name, where in found.items() if len(where) > 1} == {}


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_a_module_can_be_read(file: Path) -> None:
    lines = file.read_text("utf-8").count("\n")
    assert lines <= 300


def _reads_a_clock(node: ast.AST) -> bool:
    return any(
        isinstance(part, ast.Call)
        and isinstance(part.func, ast.Attribute)
        and part.func.attr in CLOCKS
        and isinstance(part.func.value, ast.Name)
        and part.func.value.id == "time"
        for part in ast.walk(node)
    )


def test_no_test_asserts_how_long_something_took() -> None:
    """A busy machine is no fault: a deadline that only ends waiting is told by its message."""
    timed = [
        f"{file.name}:{node.lineno}"
        for file in TESTS
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Assert) and node.msg is None and _reads_a_clock(node.test)
    ]
    assert timed == []


def test_every_package_says_what_it_is() -> None:
    silent = [
        str(file.relative_to(PACKAGE)) for file in MODULES if not ast.get_docstring(tree(file))
    ]
    assert silent == []


def test_python_is_parsed_in_one_place() -> None:
    """Threads that parse at once disturb each other; a kernel has no such threads of ours."""
    places = {
        str(file.relative_to(PACKAGE))
        for file in MODULES
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Attribute) and ast.unparse(node) == "ast.parse"
    }
    assert {place for place in places if not place.startswith("kernel/")} == {"syntax.py"}
