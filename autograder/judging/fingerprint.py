"""Names for content: two things with the same fingerprint are the same thing."""

import hashlib
import json
import platform
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from autograder.model import Observation

# The packages that a student's result can depend on besides their own code.
_RUNS_STUDENT_CODE = ("cnn-autograder", "torch", "numpy", "scipy", "scikit-learn", "matplotlib")
# Rooms and modules of this package: what notebooks run in, and what turns observations into marks.
_RUNS = ("model", "observables.py", "notebooks", "running", "kernel")
_JUDGES = ("model", "observables.py", "judging", "course", "expect", "networks")
_SHOWS = ("model", "observables.py", "judging", "course", "notebooks", "platforms", "results")
_DRAWN_WITH = ("jinja2", "markdown-it-py", "markupsafe", "nh3", "pygments", "resvg-py")
_SOURCES = {".py", ".j2", ".css", ".js"}
_HERE = Path(__file__).parents[1]


def of_bytes(content: bytes) -> str:
    """The SHA-256 of some bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def of_parts(*parts: object) -> str:
    """The fingerprint of values that JSON has: strings, numbers, lists and dictionaries."""
    return of_bytes(json.dumps(parts, sort_keys=True, default=str).encode())


def of_observation(seen: Observation) -> str:
    """The fingerprint of what was seen of a variable, the files of a network included."""
    files = {field: of_bytes(content) for field, content in seen.attachments().items()}
    return of_parts(seen.without_attachments(), files)


def of_arrays(arrays: Mapping[str, NDArray[Any]]) -> str:
    """The fingerprint of arrays and their names."""
    return of_parts(
        *((name, str(a.dtype), a.shape, of_bytes(a.tobytes())) for name, a in arrays.items())
    )


def of_files(files: Iterable[Path]) -> str:
    """The fingerprint of files that may be missing; their names do not count."""
    return of_parts(*(of_bytes(f.read_bytes()) if f.is_file() else None for f in files))


@cache
def of_environment() -> str:
    """The fingerprint of what student code runs on here: Python, its packages, this package."""
    packages = [version(name) for name in _RUNS_STUDENT_CODE]
    return of_parts(platform.python_version(), packages, _of_modules(_RUNS))


@cache
def of_judging() -> str:
    """The fingerprint of the code that turns observations into marks."""
    return of_parts(version("onnxruntime"), version("numpy"), _of_modules(_JUDGES))


@cache
def of_results() -> str:
    """The fingerprint of the code that makes files of grades, with templates and styles."""
    return of_parts([version(name) for name in _DRAWN_WITH], _of_modules(_SHOWS))


def _of_modules(names: Iterable[str]) -> str:
    files = [file for name in names for file in _modules_of(_HERE / name)]
    return of_parts(*((str(f.relative_to(_HERE)), of_bytes(f.read_bytes())) for f in files))


def _modules_of(place: Path) -> list[Path]:
    """A module or those of a room; raises FileNotFoundError for a name that is neither."""
    files = [place]
    if place.is_dir():
        files = sorted(file for file in place.rglob("*") if file.suffix in _SOURCES)
    if not files or not files[0].is_file():
        raise FileNotFoundError(f"{place}: no such room or module of the grader")
    return files
