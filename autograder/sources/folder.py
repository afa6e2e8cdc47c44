"""Submissions in files and folders, as a TA keeps them on disk."""

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from autograder.errors import SubmissionError, UsageError
from autograder.model import Submission, Unreadable
from autograder.notebooks import assignment_name, read_notebook

_IGNORED = {"__MACOSX", ".ipynb_checkpoints", "__pycache__"}


def collect(
    paths: Sequence[Path], assignment: str, most_bytes: int
) -> list[Submission | Unreadable]:
    """The submissions for an assignment below `paths`, in the order of their names.

    A folder that holds one student's notebooks gives one submission: the notebook made for the
    assignment. Raises UsageError for a path that does not exist or holds nothing for it.
    """
    found: list[Submission | Unreadable] = []
    for path in paths:
        if not path.exists():
            raise UsageError(f"{path}: there is no such file or folder")
        below = _below(path, assignment, most_bytes) if path.is_dir() else [_one(path, most_bytes)]
        if not below:
            raise UsageError(f"{path}: no notebook for {assignment} in this folder or below it")
        found.extend(below)
    return found


def _one(file: Path, most_bytes: int) -> Submission | Unreadable:
    return _read(file, file.name, _student(file, file.parent), most_bytes)


def _below(root: Path, assignment: str, most_bytes: int) -> list[Submission | Unreadable]:
    folders: dict[Path, list[Path]] = defaultdict(list)
    for file in sorted(root.rglob("*.ipynb")):
        inside = file.relative_to(root)
        if file.is_file() and not any(p in _IGNORED or p.startswith(".") for p in inside.parts):
            folders[file.parent].append(file)
    found: list[Submission | Unreadable] = []
    for folder, files in sorted(folders.items()):
        matching = [f for f in files if _is_for(f, assignment, most_bytes)]
        for file in matching:
            # Several notebooks in one folder are several students, unless the folder is theirs.
            by_folder = folder != root and len(matching) == 1
            student = folder.name if by_folder else _student(file, root)
            path = file.relative_to(root).as_posix()
            found.append(_read(file, path, student, most_bytes))
    return found


def _read(file: Path, path: str, student: str, most_bytes: int) -> Submission | Unreadable:
    path, student = _text(path), _text(student)
    try:
        if file.stat().st_size > most_bytes:
            reason = f"the notebook is larger than the {most_bytes:,} bytes allowed"
            return Unreadable(path=path, student=student, reason=reason)
        return Submission(path=path, student=student, content=file.read_bytes())
    except OSError as error:
        reason = f"the file cannot be read: {error.strerror}"
        return Unreadable(path=path, student=student, reason=reason)


def _text(name: str) -> str:
    """A file's name as text that can be written: names are bytes, and not always UTF-8."""
    return os.fsencode(name).decode("utf-8", "replace")


def _student(file: Path, root: Path) -> str:
    """The student that a notebook's own name or its folder names."""
    if file.parent != root and file.stem.startswith("assignment"):
        return file.parent.name
    return file.stem


def _is_for(file: Path, assignment: str, most_bytes: int) -> bool:
    """Whether a notebook is for the assignment, or cannot be said to be for another."""
    try:
        made_for = assignment_name(read_notebook(file.read_bytes(), most_bytes))
    except (SubmissionError, OSError):
        made_for = None
    if made_for is None:
        return not _names_another(file.stem, assignment)
    return made_for == assignment


def _names_another(stem: str, assignment: str) -> bool:
    """Whether a file name such as `assignment2` names another assignment of the course."""
    family = assignment.rstrip("0123456789")
    start = stem.lower().find(family)
    named = stem.lower()[start:]
    digits = "".join(_leading_digits(named[len(family) :]))
    return start >= 0 and digits != "" and family + digits != assignment


def _leading_digits(text: str) -> Iterable[str]:
    for character in text:
        if not character.isdigit():
            return
        yield character
