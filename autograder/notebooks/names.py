"""Which names the code of a cell makes and mentions, read without parsing it."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from difflib import get_close_matches
from itertools import islice, pairwise

from autograder.notebooks.statements import Token, statements, tokens

LONGEST_NAME = 100
"""Longer names are left out."""

# How much alike two names are, as difflib counts: one sign more or less in 10 is 0.95.
_ALIKE = 0.8
_MOST_COMPARED = 2_000
# Longer cells are not written by hand; what stands behind this is not looked at.
_MOST_CHARACTERS = 20_000
_IN_A_TARGET = {",", "(", ")", "[", "]", "*"}
# Signs that together with a `=` are no assignment.
_BEFORE_EQUALS = set("=!<>+-*/%&|^@:")


def names_made(code: str) -> tuple[str, ...]:
    """The names that a cell sets outside of functions and classes, each once, in order.

    Assignments, definitions, imports, loops and `with` count; attributes and items do not. Code
    that Python refuses is read as far as it goes. Never raises.
    """
    found: list[str] = []
    inside: int | None = None
    for statement in statements(code[:_MOST_CHARACTERS]):
        if statement.is_magic or (inside is not None and statement.indent > inside):
            continue
        words = [t for t in statement.tokens if t.text != "async"]
        inside = statement.indent if words and words[0].text in ("def", "class") else None
        found.extend(_made_by(words))
    return tuple(dict.fromkeys(found))


def names_mentioned(code: str, wanted: Iterable[str]) -> tuple[str, ...]:
    """Those of the wanted names that stand anywhere in the code, comments and texts excepted."""
    code = code[:_MOST_CHARACTERS]
    likely = tuple(name for name in wanted if name in code)
    if not likely:  # of most cells; looking at each token takes a hundred times longer
        return ()
    there = {t.text for t in tokens(code) if t.kind == "name"}
    return tuple(name for name in likely if name in there)


def alike(
    missing: Iterable[str], there: Iterable[str], expected: Collection[str]
) -> dict[str, str]:
    """For each missing name the one that is there and most like it, if any is; those that are
    expected are no slips of each other."""
    fitting = (n for n in there if n not in expected and len(n) <= LONGEST_NAME)
    others = {name.lower(): name for name in islice(fitting, _MOST_COMPARED)}
    found = {
        name: get_close_matches(
            name.lower(), (n for n in others if _same_number(n, name)), 1, _ALIKE
        )
        for name in missing
    }
    return {name: others[match[0]] for name, match in found.items() if match}


def _same_number(one: str, other: str) -> bool:
    """Whether two names have the same number in them: a slip for `dim_1` is none for `dim_2`."""
    return [c for c in one if c.isdigit()] == [c for c in other if c.isdigit()]


def first_line(code: str, most: int = 40) -> str:
    """The first line of a cell that says something, cut: no comment, where there is another."""
    lines = [line.strip()[:most] for line in code.splitlines() if line.strip()]
    return next((line for line in lines if not line.startswith("#")), lines[0] if lines else "")


def _made_by(words: Sequence[Token]) -> Iterator[str]:
    match [word.text for word in words]:
        case ["def" | "class", name, *_]:
            yield name
        case ["import", *_]:
            yield from _imported(words[1:], whole_path=False)
        case ["from", *rest] if "import" in rest:
            yield from _imported(words[rest.index("import") + 2 :], whole_path=True)
        case ["for", *rest] if "in" in rest:
            yield from _targets(words[1 : rest.index("in") + 1])
        case ["with", *rest]:
            yield from (words[i + 2].text for i, text in enumerate(rest[:-1]) if text == "as")
        case _:
            yield from _assigned(words)


def _imported(words: Sequence[Token], *, whole_path: bool) -> Iterator[str]:
    """The names that an import gives: the last of `a as b`, else the first of `a.b`."""
    part: list[str] = []
    for text in [*(word.text for word in words if word.text not in "()"), ","]:
        if text != ",":
            part.append(text)
        elif part:
            yield part[-1] if whole_path or "as" in part else part[0]
            part = []


def _assigned(words: Sequence[Token]) -> Iterator[str]:
    start = depth = 0
    for i, word in enumerate(words):
        depth += (word.kind == "open") - (word.kind == "close")
        if word.text == "=" and depth == 0 and _stands_alone(words, i):
            yield from _targets(words[start:i])
            start = i + 1


def _stands_alone(words: Sequence[Token], i: int) -> bool:
    before, after = words[i - 1] if i else None, words[i + 1] if i + 1 < len(words) else None
    joined_left = before and before.text in _BEFORE_EQUALS and before.end == words[i].start
    joined_right = after and after.text == "=" and after.start == words[i].end
    return not (joined_left or joined_right)


def _targets(words: Sequence[Token]) -> Iterator[str]:
    """The names on the left of a `=`, an annotation left out; none for anything but names."""
    texts = [word.text for word in words]
    if ":" in texts:
        words = words[: texts.index(":")]
    is_item = any(
        word.text in ("[", "(") and before.kind in ("name", "close")
        for before, word in pairwise(words)
    )
    if not is_item and all(word.kind == "name" or word.text in _IN_A_TARGET for word in words):
        yield from (word.text for word in words if word.kind == "name")
