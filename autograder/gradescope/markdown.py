"""Text of any origin inside Markdown: shown as it is, never taken for markup."""

import re
import unicodedata

from autograder.model import Feedback

_MARKUP = re.compile(r"[^\w\s.,;()'%/=\u00a0-\U0010ffff]")
# Renderers make links of bare addresses, too; a word joiner inside keeps them from it.
_ADDRESS = re.compile(r"(?i)(://|www\.|@)")
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_NUMBERED = re.compile(r"^(\d+)([.)])")
_JOINER = "\u2060"
_MOST = 4_000


def printable(text: str, most: int = _MOST) -> str:
    """The text without control characters, and no longer than `most` characters.

    What colours terminals, turns the direction of writing or hides letters goes away as well.
    """
    text = _ANSI.sub("", text[: 2 * most])
    kept = "".join(c for c in text if c in "\n\t" or unicodedata.category(c)[0] != "C")
    return kept if len(kept) <= most else f"{kept[:most]} …"


def literal(text: str) -> str:
    """One line in which every character stands for itself: markup as numeric references.

    References are Markdown's oldest means, and no renderer takes what they stand for as markup.
    """
    line = " ".join(printable(text).split())
    line = _ADDRESS.sub(lambda found: f"{_JOINER}{found[0]}{_JOINER}", line)
    line = _MARKUP.sub(lambda found: f"&#{ord(found[0])};", line)
    return _NUMBERED.sub(lambda found: f"{found[1]}&#{ord(found[2])};", line)


def block(text: str) -> str:
    """Lines as they are, in a fenced block that nothing inside can close."""
    lines = printable(text).replace("`", "'").strip("\n")
    return f"```text\n{lines}\n```"


def feedback(said: Feedback) -> str:
    """A case's feedback with its labels in bold, and its details and notes in a block."""
    parts = [f"**{label}:** {literal(text)}" for label, text in said.labelled]
    rest = [line for line in (said.detail, *said.notes) if line]
    if rest:
        alone = not parts and len(rest) == 1 and not said.detail
        parts.append(literal(rest[0]) if alone else block("\n".join(rest)))
    return "\n\n".join(parts)
