"""The session that a notebook is open in: its variables, and where the notebook lies."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from autograder.errors import CourseError, SubmissionError

_KEPT_FROM_PYTHON = (
    " In a window without service workers, such as a private one, Python does not see your files: "
    "use an ordinary window."
)


def in_a_browser() -> bool:
    """Whether the session is one of Pyodide's: without threads, processes and PyTorch."""
    return sys.platform == "emscripten"


def namespace() -> Mapping[str, Any]:
    """The variables of the session. Raises CourseError outside of a notebook."""
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    if shell is None:
        raise CourseError("checks run inside a notebook; use `autograder check FILE` elsewhere")
    variables: Mapping[str, Any] = shell.user_ns
    return variables


def names_in_cells() -> list[str]:
    """The names that cells have set, without those of IPython itself."""
    return [name for name in namespace() if isinstance(name, str) and not name.startswith("_")]


def current_folder() -> Path:
    """The folder that we are in, or, where a cell has removed it, the one that IPython began in."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        return Path(*map(str, namespace().get("_dh", ())[:1]))


def folders(start: Path) -> Iterator[Path]:
    """Where the notebook and its data may lie, each once; cells may have changed the folder.

    `start` is the folder in which the checks were loaded.
    """
    known = namespace()
    opened = [known.get("__vsc_ipynb_file__"), os.environ.get("JPY_SESSION_NAME")]
    places = [
        *(Path(file).parent for file in opened if file and Path(file).is_absolute()),
        start,
        *map(Path, known.get("_dh", ())[:1]),  # IPython's folders, of which the first is the start
    ]
    with suppress(FileNotFoundError):  # the current folder may be gone
        places.append(Path.cwd())
    yield from dict.fromkeys(places)


def notebook_content(file: str, start: Path) -> bytes:
    """The notebook as it is now, from wherever it is open.

    Raises CourseError with what to do when it cannot be found.
    """
    from autograder.notebooks.read import made_for

    if (content := _from_colab()) is not None:
        return content
    wanted = Path(file).stem
    for candidate in _candidates(file, start):
        if candidate.suffix == ".ipynb" and candidate.is_file():
            content = candidate.read_bytes()
            with suppress(SubmissionError):  # another file that is no notebook is no concern here
                if made_for(content) == wanted:
                    return content
    raise CourseError(
        f"{file} was not found in {start}. Save the notebook there under its own name, with its "
        "checks as they were handed out." + (_KEPT_FROM_PYTHON if in_a_browser() else "")
    )


def _candidates(file: str, start: Path) -> Iterator[Path]:
    opened = namespace().get("__vsc_ipynb_file__"), os.environ.get("JPY_SESSION_NAME")
    yield from (Path(path) for path in opened if path)  # set by VS Code and by Jupyter Server
    places = list(folders(start))
    yield from (folder / file for folder in places)
    for folder in places:
        yield from sorted(folder.glob("*.ipynb"))


def _from_colab() -> bytes | None:
    """The open notebook on Colab, where it is no file; None elsewhere."""
    try:
        from google.colab import _message
    except ImportError:
        return None
    import nbformat

    answer = _message.blocking_request("get_ipynb", timeout_sec=20)
    return str(nbformat.writes(nbformat.from_dict(answer["ipynb"]))).encode()
