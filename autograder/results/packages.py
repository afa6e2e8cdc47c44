"""Packages that notebooks of a class import and that were not installed."""

from collections.abc import Sequence

from autograder.model import Grade


def missing_packages(grades: Sequence[Grade]) -> list[tuple[str, list[Grade]]]:
    """Each package with the submissions that import it, the one that most need first."""
    found: dict[str, list[Grade]] = {}
    for grade in grades:
        for package in grade.lacks:
            found.setdefault(package, []).append(grade)
    return sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))


def advice(needed_by: int) -> str:
    """What to do about a missing package that so many notebooks import.

    Whoever hands in a notebook chooses its name, and may have published it.
    """
    notebooks = "1 notebook imports" if needed_by == 1 else f"{needed_by} notebooks import"
    return (
        f"{notebooks} it, and it is not installed here: if you know and trust it, install it and "
        "run again"
    )
