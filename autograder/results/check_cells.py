"""Which cells of a notebook check which questions."""

import re

_CHECK = re.compile(r"""\bgrader\.check\(\s*["'](q\w+)["']""")


def checked_in(source: str) -> tuple[str, ...]:
    """The names of the questions that a cell's code checks."""
    return tuple(dict.fromkeys(_CHECK.findall(source)))


def only_checks(source: str) -> bool:
    """Whether there is nothing in a cell's code but calls of the grader."""
    lines = map(str.strip, source.splitlines())
    return all(not line or line.startswith(("grader.", "#")) for line in lines)
