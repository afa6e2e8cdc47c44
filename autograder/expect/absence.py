"""Why a variable is not there: the first error first, then a name that is much like it."""

import re

from autograder.expect.verdict import Failure, Unjudged, mishaps
from autograder.model import CellError

# The beginning of an error and what usually leads to it in this lab.
_CAUSES = (
    ("TypeError: list indices must be integers", "is there a comma between the rows?"),
    ("TypeError: 'tuple' object is not callable", "is there a comma between the brackets?"),
    ("TypeError: 'list' object is not callable", "is there a comma between the rows?"),
    ("SyntaxError: '(' was never closed", "count the brackets: one is never closed."),
    ("SyntaxError: '[' was never closed", "count the brackets: one is never closed."),
    ("FileNotFoundError", "the file has to lie beside the notebook, under the same name."),
)

# The beginning of errors that the same cell need not raise on a student's machine: what a confined
# kernel may not do, no network, a package that a function imports, a program, a language or a
# screen that is not here, nobody who types, and folders of another machine.
_MACHINE = re.compile(
    r"PermissionError|ModuleNotFoundError|StdinNotImplementedError"
    r"|URLError|HTTPError|gaierror|SSLError|MaxRetryError|Connect(ion(Refused|Reset)?Error|Timeout)"
    r"|Error: unsupported locale|TclError: no display"
    # Without ffmpeg Matplotlib falls back on a writer that knows no films.
    r"|ValueError: unknown file extension: \.(mp4|m4v|mov|avi|mkv|webm|ogv)"
    r"|RuntimeError: (Requested MovieWriter|Failed to process string with tex|Parent directory /"
    r"|Parent directory [A-Za-z]:)"
    r"|(FileNotFoundError|OSError): .*['\"](/|~|[A-Za-z]:[/\\])"
)


def absent(name: str, wanted: str) -> Failure:
    """The failure of a case whose variable was never made; `wanted` says what it should be.

    Raises Unjudged where this machine may have kept it from being made, as by a package that is not
    installed here.
    """
    known = mishaps()
    expected = f"a variable `{name}` {wanted}"
    if (stopped := known.that_makes(name) or next(iter(known.errors), None)) is not None:
        blame_the_machine(stopped)
    if (near := known.near.get(name)) is not None:
        return Failure(
            expected=expected,
            found=f"no `{name}`, but a variable `{near}`",
            mistake=f"another name than `{name}`",
            advice=f"is `{near}` your answer? Then call it `{name}`.",
        )
    if (error := known.that_makes(name)) is not None:
        return _kept_from(name, expected, known.root(error), error)
    if known.in_session:
        return Failure(
            expected=expected,
            found=f"no variable `{name}` yet",
            advice="run the cell that makes it first. After a restart run the cells above it, too.",
        )
    if known.errors:
        first = known.errors[0]
        return Failure(
            expected=expected,
            found=f"no variable `{name}`; {first.text}",
            mistake=f"no variable `{name}` after an error",
            advice=f"mend that cell first. If `{name}` is still missing then, no cell makes it.",
        )
    return Failure(
        expected=expected,
        found=f"no variable `{name}`",
        advice="no cell makes it: keep its name as it is in the notebook, and its cell.",
    )


def blame_the_machine(error: CellError) -> None:
    """Raises Unjudged if a cell stopped where it need not have stopped on another machine."""
    known = mishaps()
    root = known.root(error)
    if (package := known.lacked_by(error)) is not None:
        raise Unjudged(
            f"the package `{package}` is not installed here, and {root.where} stopped without it"
        )
    if _MACHINE.match(root.raised):
        raise Unjudged(f"{root.text.rstrip('.')}, which it may not do on another machine")


def _kept_from(name: str, expected: str, root: CellError, error: CellError) -> Failure:
    """`error` stopped the cell of the variable, and `root` is what led to that."""
    never = f"`{name}` was never made because of it"
    if root is not error:
        never = f"so {error.where} stopped as well, and {never}"
    cause = next((said for begins, said in _CAUSES if root.raised.startswith(begins)), None)
    if root.made_below:
        cause = (
            f"`{root.undefined}` is made in cell {root.made_below}, further down. Move that cell "
            "up, then restart and run all cells from top to bottom."
        )
    return Failure(
        expected=expected,
        found=f"{root.text.rstrip('.')}; {never}",
        mistake=f"`{name}` was never made: {root.raised}",
        advice=cause or "mend that cell first, then run the cells below it.",
    )
