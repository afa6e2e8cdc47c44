"""What a kernel noticed about a notebook, in sentences for student and staff."""

import importlib.util
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from autograder.kernel.remarks import COLAB, REMARKS_FILE, RemarkKind
from autograder.model import Frozen
from autograder.running.observations import read_file

_MOST_BYTES = 50_000


class Noticed(Frozen):
    """One thing that a kernel noticed; `what` is a name or a short piece of code."""

    kind: RemarkKind
    what: str = Field(max_length=100)


_noticed: TypeAdapter[tuple[Noticed, ...]] = TypeAdapter(
    Annotated[tuple[Noticed, ...], Field(max_length=50)]
)


def read_remarks(folder: Path) -> tuple[Noticed, ...]:
    """What was noticed; nothing where the file is missing or not of the agreed form."""
    try:
        return _noticed.validate_json(read_file(folder, REMARKS_FILE, _MOST_BYTES))
    except (OSError, ValueError, ValidationError):
        return ()


def is_installed(package: str) -> bool:
    """Whether there is a package or module of that name here; it may still fail to load.

    Never imports one: a dotted name, for which Python would import all but its last part, is none.
    """
    try:
        return package.isidentifier() and importlib.util.find_spec(package) is not None
    except (ImportError, ValueError):  # ValueError: no name that a module could have
        return False


def missing_packages(noticed: Iterable[Noticed]) -> tuple[str, ...]:
    """The packages that the notebook imports and that are not here, as they are imported.

    Nobody can install Colab.
    """
    names = (n.what for n in noticed if n.kind == "package" and n.what.isidentifier())
    return tuple(name for name in names if name != COLAB and not is_installed(name))


def lost_names(noticed: Iterable[Noticed]) -> dict[str, str]:
    """The names that imports would have made of packages that are not here, and the package."""
    pairs = (n.what.split(" ", 1) for n in noticed if n.kind == "lost")
    found = {pair[0]: pair[-1] for pair in pairs if all(word.isidentifier() for word in pair)}
    return {name: package for name, package in found.items() if not is_installed(package)}


def sentences(noticed: Iterable[Noticed]) -> tuple[str, ...]:
    """A sentence for each thing that was noticed that students and staff should know of."""
    return tuple(filter(None, map(_sentence, noticed)))


def _sentence(noticed: Noticed) -> str:
    what = _shown(noticed.what)
    match noticed.kind:
        case "package" if noticed.what == COLAB:
            return "`google.colab` is only there on Colab: lines that import it were skipped."
        case "package" if is_installed(noticed.what):
            return (
                f"The package {what} is installed where this was graded, but does not load: lines "
                "that import it were skipped."
            )
        case "package":
            return (
                f"The package {what} is not installed where this was graded: lines that "
                "import it were skipped."
            )
        case "lost":
            return ""  # told where it kept something from being made
        case "import":
            return f"An import failed where this was graded and was skipped: {what}."
        case "plots":
            return f"{what} needs a window: figures were drawn below their cells instead."
        case "magic":
            return f"{what} is not there where this was graded: that line was skipped."
        case "output":
            return f"What was printed or drawn after the first {noticed.what} is not shown."
        case "gpu":
            return f"There is no GPU here: what asks for {what} ran on the CPU."


def _shown(what: str) -> str:
    return "`" + "".join(c if c.isprintable() and c != "`" else " " for c in what) + "`"
