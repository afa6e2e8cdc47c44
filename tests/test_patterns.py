"""No pattern takes more than linear time: what strangers write meets most of them.

All regular expressions of the package are found by its code: those that modules hold, and those
that calls of `re` name. For each, hostile texts are made from the pattern itself: every part that
may repeat, repeated, behind what leads to it and before something that does not fit.
"""

import ast
import importlib
import pkgutil
import re
import time
from collections.abc import Iterator
from itertools import product
from typing import Any, NamedTuple

import pytest
from conftest import ROOT

from re import _compiler, _constants, _parser  # type: ignore[attr-defined] # isort: skip

import autograder

METHODS = ("search", "match", "fullmatch", "finditer", "findall", "sub", "split")
# Texts that are this long at most wherever these rooms look at them: a download's names, which
# `tree.clean` cuts, cells of a gradebook, lines that this project has written.
SHORT = {"platforms": 250, "course": 1_000, "gradescope/report.py": 1_000}
LONG = 6_000


class Use(NamedTuple):
    """A pattern, and how the module that holds it asks."""

    module: str
    name: str
    pattern: re.Pattern[Any]
    methods: tuple[str, ...]


def trees() -> dict[str, ast.Module]:
    folder = ROOT / "autograder"
    files = sorted(folder.rglob("*.py"))
    return {str(f.relative_to(folder)): ast.parse(f.read_text("utf-8")) for f in files}


def held(module: str, tree: ast.Module) -> Iterator[Use]:
    """The patterns that a module has at its top."""
    name = "autograder." + module.removesuffix(".py").replace("/", ".")
    loaded = importlib.import_module(name.removesuffix(".__init__"))
    for key, value in vars(loaded).items():
        if isinstance(value, re.Pattern):
            yield Use(module, key, value, methods_of(key, tree))


def methods_of(name: str, tree: ast.Module) -> tuple[str, ...]:
    """How a module uses a pattern of that name; in any way, where it hands it on."""
    parts = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    own = [p for p in parts if isinstance(p.value, ast.Name) and p.value.id == name]
    asked = {part.attr for part in own if part.attr in METHODS}
    loads = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id == name]
    handed_on = len(loads) - len(own) > 1  # one is where it is made
    return METHODS[:3] if handed_on or not asked else tuple(sorted(asked))


def called(module: str, tree: ast.Module) -> Iterator[Use]:
    """The patterns in calls such as `re.sub("…", …)` within functions."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        owner, method = node.func.value, node.func.attr
        if not (isinstance(owner, ast.Name) and owner.id == "re") or method not in METHODS:
            continue
        flags = re.MULTILINE if any("MULTILINE" in ast.unparse(a) for a in node.args[1:]) else 0
        if (text := written(node.args[0])) is not None:
            pattern = re.compile(text, flags)
            yield Use(module, f"line {node.lineno}", pattern, (method,))


def written(node: ast.expr) -> str | None:
    """A pattern as it is written, a plain word where a variable stands in it."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(str(v.value) if isinstance(v, ast.Constant) else "x" for v in node.values)
    return None


def all_uses() -> list[Use]:
    uses: list[Use] = []
    for module, tree in trees().items():
        if not module.endswith("__main__.py"):
            uses += [*called(module, tree), *held(module, tree)]
    return uses


# --- hostile texts --------------------------------------------------------------------------------

_SEVERAL = 50  # what may repeat more often than this is pumped
_MOST_ATTACKS = 60
_COMMON = [" ", "\n", "\t", "a", "1", "_", "-", "/", ".", "(", '"', "'", "<", "A", "é"]


def parsed(pattern: re.Pattern[Any]) -> Any:
    text = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin1")
    return _parser.parse(text, pattern.flags & ~re.UNICODE if text.isascii() else pattern.flags)


def single(node: Any, state: Any) -> list[str]:
    """Characters that a part of one character takes."""
    compiled = _compiler.compile(_parser.SubPattern(state, [node]), state.flags)
    literals = [chr(c) for c in range(33, 127)]
    return [c for c in [*_COMMON, *literals] if compiled.fullmatch(c)][:5] or ["a"]


def example(nodes: Any, state: Any) -> str:
    """A text that these parts take, more or less."""
    return "".join(_example(node, state) for node in nodes)


def _example(node: Any, state: Any) -> str:
    kind, value = node
    if kind in _REPEATS:
        least, most, inside = value
        return example(inside, state) * max(int(least), min(1, int(most)))
    if kind is _constants.LITERAL:
        return chr(int(value))
    if kind is _constants.SUBPATTERN:
        return example(value[-1], state)
    if kind is _constants.ATOMIC_GROUP:
        return example(value, state)
    if kind is _constants.BRANCH:
        return example(value[1][0], state)
    if kind in (_constants.IN, _constants.ANY, _constants.NOT_LITERAL):
        return single(node, state)[0]
    return ""


_REPEATS = (_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT)
_ONE = (_constants.IN, _constants.ANY, _constants.NOT_LITERAL, _constants.LITERAL)


def pumps(nodes: Any, state: Any, before: str = "") -> Iterator[tuple[str, str]]:
    """For each part that may repeat: what leads to it, and what to repeat."""
    for node in nodes:
        kind, value = node
        if kind in _REPEATS:
            _, most, inside = value
            if int(most) > _SEVERAL:
                is_one = len(inside) == 1 and inside[0][0] in _ONE
                for piece in single(inside[0], state) if is_one else [example(inside, state)]:
                    yield before, piece
            yield from pumps(inside, state, before)
        elif kind is _constants.SUBPATTERN:
            yield from pumps(value[-1], state, before)
        elif kind is _constants.ATOMIC_GROUP:
            yield from pumps(value, state, before)
        elif kind is _constants.BRANCH:
            for branch in value[1]:
                yield from pumps(branch, state, before)
        elif kind in (_constants.ASSERT, _constants.ASSERT_NOT):
            yield from pumps(value[1], state, before)
        before += _example(node, state)


def attacks(pattern: re.Pattern[Any]) -> list[tuple[str, str, str]]:
    """Beginnings, pieces to repeat, and ends."""
    tree = parsed(pattern)
    found = list(dict.fromkeys(pumps(tree, tree.state)))
    pieces = list(dict.fromkeys(piece for _, piece in found if piece))[:6]
    begun = [(before, piece) for before, piece in found if piece]
    begun += [("", before + piece) for before, piece in found if before]
    begun += [("", first + second) for first, second in product(pieces, pieces) if first != second]
    begun += [("", whole)] if (whole := example(tree, tree.state)) else []
    return [(*pair, "\x01") for pair in list(dict.fromkeys(begun))[:_MOST_ATTACKS]]


def seconds(use: Use, method: str, text: str) -> float:
    """Processor time for one use of a pattern."""
    given: Any = (
        text.encode("latin1", "replace") if isinstance(use.pattern.pattern, bytes) else text
    )
    start = time.thread_time()
    if method == "sub":
        use.pattern.sub(given[:0], given)
    elif method == "finditer":
        list(use.pattern.finditer(given))
    else:
        getattr(use.pattern, method)(given)
    return time.thread_time() - start


def longest(use: Use) -> int:
    return next((n for place, n in SHORT.items() if use.module.startswith(place)), LONG)


def grows_too_fast(use: Use, method: str, attack: tuple[str, str, str]) -> bool:
    """Whether a text twice as long takes far more than twice the time."""
    before, piece, end = attack
    most = longest(use)

    def taken(length: int) -> float:
        return seconds(use, method, before + piece * (length // len(piece)) + end)

    # Where a short text takes long, nothing longer could be waited for.
    if any(taken(length) > 0.05 for length in (20, 200, min(most, 1_000))):
        return True
    if most < LONG:
        return taken(most) > 0.1
    if taken(LONG) < 0.01:  # so quickly only in linear time
        return False
    ratios = (taken(2 * LONG) / max(taken(LONG), 1e-4) for _ in range(3))
    return all(ratio > 3 for ratio in ratios)


USES = all_uses()


def test_patterns_are_found() -> None:
    names = {(use.module, use.name) for use in USES}
    assert ("notebooks/language.py", "_FOREIGN") in names
    assert ("running/execute.py", "_CHECK") in names
    assert len(USES) > 80
    modules = {m.name for m in pkgutil.walk_packages(autograder.__path__, "autograder.")}
    assert len(trees()) >= len(modules)


@pytest.mark.parametrize("use", USES, ids=lambda use: f"{use.module}:{use.name}")
def test_a_pattern_takes_linear_time(use: Use) -> None:
    tried = product(use.methods, attacks(use.pattern))
    assert not next((one for one in tried if grows_too_fast(use, *one)), None)


@pytest.mark.parametrize(
    "slow", [r"\s*grader\s*;?\s*x", r"^\s*a", r"(a|b|ab)*c", r"(a+)+b", r"\w+\s*<-", r"a.*b.*c"]
)
def test_this_test_sees_slow_patterns(slow: str) -> None:
    use = Use("notebooks/x.py", "X", re.compile(slow, re.MULTILINE), ("search",))
    assert any(grows_too_fast(use, "search", attack) for attack in attacks(use.pattern))
