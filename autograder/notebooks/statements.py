"""Splits the code of a cell into statements without parsing it.

Python's own parser can be brought to its limits by strangers' code and refuses what is not whole.
This needs one pass, never raises and takes magics and unfinished lines as they come.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

_TOKEN = re.compile(
    r"""
    (?P<comment>\#[^\n]*)
  | (?P<string>[rRbBuUfF]{0,2}(?:
        \"{3}(?:[^"\\]++|\\.|"(?!""))*+(?:\"{3}|\\?\Z)
      | '{3}(?:[^'\\]++|\\.|'(?!''))*+(?:'{3}|\\?\Z)
      | "(?:[^"\\\n]++|\\.)*+"?
      | '(?:[^'\\\n]++|\\.)*+'?))
  | (?P<name>[^\W\d]\w*+)
  | (?P<open>[(\[{])
  | (?P<close>[)\]}])
  | (?P<newline>\n)
  | (?P<space>(?:[ \t\r\f]|\\\r?\n)++)
  | (?P<number>[\w.]++)
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_MAGIC = re.compile(r"[%!?][^\n]*")
_COMPOUND = {"if", "for", "while", "with", "def", "class", "try", "async", "match", "case"}
_COMPOUND |= {"else", "elif", "except", "finally"}


class Token(NamedTuple):
    """A piece of code: its kind and where it stands."""

    kind: str
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Statement:
    """A statement, or the head of a compound one, between `start` and `end` of the code.

    `tokens` have neither space nor comments. `last_on_line`: no other statement follows on its
    line. `guarded`: it stands in the body of a `try`.
    """

    text: str
    start: int
    end: int
    indent: int
    tokens: tuple[Token, ...]
    last_on_line: bool
    guarded: bool

    @property
    def is_magic(self) -> bool:
        """Whether it is a line for IPython or the shell."""
        return self.tokens[0].kind == "magic"


def tokens(code: str) -> Iterator[Token]:
    """All tokens of the code, one behind the other. Never raises."""
    position, fresh = 0, True
    depth = 0
    while position < len(code):
        match = _MAGIC.match(code, position) if fresh and not depth else None
        match = match or _TOKEN.match(code, position)
        if match is None:  # not to be expected: the last kind takes any character
            return
        kind = match.lastgroup or "magic"
        yield Token(kind, match.start(), match.end(), match[0])
        depth = max(0, depth + (kind == "open") - (kind == "close"))
        fresh = kind == "newline" or (fresh and kind == "space")
        position = match.end()


def statements(code: str) -> list[Statement]:
    """The statements of the code in order. Never raises."""
    found: list[Statement] = []
    blocks: list[tuple[int, bool]] = []  # indent and whether it is a `try`, of those around
    indent = 0
    for parts, begins_line, ends_line in _groups(code):
        start, end = parts[0].start, parts[-1].end
        if begins_line:
            indent = start - (code.rfind("\n", 0, start) + 1)
            while blocks and blocks[-1][0] >= indent:
                blocks.pop()
        guarded = any(is_try for _, is_try in blocks)
        text = code[start:end]
        found.append(Statement(text, start, end, indent, parts, ends_line, guarded))
        if begins_line and parts[0].text in _COMPOUND:
            blocks.append((indent, parts[0].text == "try"))
    return found


def _groups(code: str) -> Iterator[tuple[tuple[Token, ...], bool, bool]]:
    """The tokens of each statement, whether it begins its line and whether it ends it."""
    parts: list[Token] = []
    depth, begins = 0, True
    for token in tokens(code):
        ends_line = token.kind == "newline" and depth == 0
        if ends_line or (token.text == ";" and depth == 0):
            if parts:
                yield tuple(parts), begins, ends_line
            parts, begins = [], ends_line
        elif token.kind not in ("space", "comment", "newline"):
            parts.append(token)
            depth = max(0, depth + (token.kind == "open") - (token.kind == "close"))
    if parts:
        yield tuple(parts), begins, True
