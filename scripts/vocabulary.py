"""Writes the vocabulary of tests into docs/course.md, from the docstrings of its words.

python scripts/vocabulary.py
"""

import inspect
import re
from pathlib import Path

from autograder import expect

DOCUMENT = Path(__file__).parents[1] / "docs" / "course.md"
_BEGIN, _END = "<!-- vocabulary: begin -->\n", "<!-- vocabulary: end -->\n"
_NO_WORDS = {"Failure", "Unjudged", "Verdict"}


# What the words are about, by the modules of `expect` that hold them; each is in one of them.
SUBJECTS = {
    "of any answer, variable or expression": (
        "answers", "numbers", "tables", "figures", "parameters", "predictions",
    ),
    "of convolutions by hand, with the usual mistakes": ("arithmetic", "dimensions"),
    "of a network": ("layers", "structure", "training", "accuracy"),
    "that costs no points": ("verdict",),
}  # fmt: skip


def words() -> str:
    """Tables by subject with a row for each word: its call, and its docstring's first sentence."""
    return "\n".join(_table(subject, modules) for subject, modules in SUBJECTS.items())


def _table(subject: str, modules: tuple[str, ...]) -> str:
    rows = [
        _row(name)
        for name in sorted(set(expect.__all__) - _NO_WORDS)
        if getattr(expect, name).__module__.rpartition(".")[2] in modules
    ]
    return "\n".join([f"| {subject} | what it expects |", "|---|---|", *rows]) + "\n"


def _row(name: str) -> str:
    function = getattr(expect, name)
    parts = [
        f"{one.name}=" if one.kind is one.KEYWORD_ONLY else one.name
        for one in inspect.signature(function).parameters.values()
    ]
    text = " ".join((inspect.getdoc(function) or "").partition("\n\n")[0].split())
    sentence = re.split(r"(?<=\.) (?=[A-Z`])", text)[0]
    return f"| `{name}({', '.join(parts)})` | {sentence.replace('|', chr(92) + '|')} |"


def written(document: str) -> str:
    """The document with the table as it is now."""
    before, rest = document.split(_BEGIN)
    return f"{before}{_BEGIN}{words()}{_END}{rest.split(_END)[1]}"


if __name__ == "__main__":
    DOCUMENT.write_text(written(DOCUMENT.read_text("utf-8")), encoding="utf-8")
