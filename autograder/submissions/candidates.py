"""The notebooks in what a student handed in, zips within zips included, and what each is for."""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from autograder.errors import SubmissionError
from autograder.model import Limits
from autograder.submissions.archive import Allowance, Archive
from autograder.submissions.tree import File

_DEEPEST = 3  # a zip in a zip in a zip
# A question, as checks and Otter's markers name it. Begun with a letter, it is sought quickly even
# in the pictures that cells hold.
_MARK = re.compile(r"q(?<!\wq)(\d+)(?:_\d+)+\b")
_UNANSWERED = re.compile(r"=\s*\.\.\.\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Facts:
    """What a notebook tells about itself; all of it empty for one that is no complete JSON.

    `marks` are the questions that it names, each with the number of its assignment.
    """

    digest: bytes = b""
    made_for: str | None = None
    marks: frozenset[tuple[str, str]] = frozenset()
    answered: bool = True


@dataclass(frozen=True)
class Candidate:
    """A notebook that was handed in: in the file `root`, below the paths `inside` of zips in it."""

    path: str
    name: str
    facts: Facts
    root: File
    inside: tuple[str, ...] = ()

    def read(self, limits: Limits) -> bytes:
        """The notebook's bytes, unpacked anew; raises SubmissionError."""
        file = self.root
        allowance = Allowance(limits.zip_members, limits.zip_bytes)
        for path in self.inside:
            archive = Archive.of_student(file.read(limits.zip_bytes), allowance)
            (file,) = (one for one in archive.tree.files if one.path == path)
        return file.read(limits.notebook_bytes)


@dataclass
class Contents:
    """All that was found: notebooks, names of other files, zips that cannot be opened and why."""

    candidates: list[Candidate] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    troubles: list[tuple[str, str]] = field(default_factory=list)


def contents(files: Sequence[File], limits: Limits) -> Contents:
    """What is in files and in the zips among them. Never raises.

    One student's zips share an allowance of members and bytes. A zip is in memory while it is
    looked through, and not afterwards.
    """
    search = _Search(limits)
    for file in files:
        search.look(file, file.path, file, ())
    return search.found


class _Search:
    """The way through one student's files."""

    def __init__(self, limits: Limits) -> None:
        self.found = Contents()
        self._limits = limits
        self._allowance = Allowance(limits.zip_members, limits.zip_bytes)

    def look(self, file: File, path: str, root: File, inside: tuple[str, ...]) -> None:
        """Note what a file is, and what is in it if it is a zip."""
        if file.is_notebook:
            facts = _facts(file, self._limits)
            self.found.candidates.append(Candidate(path, file.name, facts, root, inside))
        elif not file.is_zip:
            self.found.others.append(file.name)
        else:
            try:
                archive = self._opened(file, len(inside))
            except SubmissionError as error:
                self.found.troubles.append((path, f"{file.name}: {error}"))
                return
            for member in archive.tree.files:
                self.look(member, f"{path}/{member.path}", root, (*inside, member.path))

    def _opened(self, file: File, depth: int) -> Archive:
        if depth == _DEEPEST:
            raise SubmissionError(f"the zip lies in {_DEEPEST} others; hand in the notebook")
        return Archive.of_student(file.read(self._limits.zip_bytes), self._allowance)


def _facts(file: File, limits: Limits) -> Facts:
    try:
        content = file.read(limits.notebook_bytes)
    except SubmissionError:
        return Facts()  # said when the notebook's turn comes
    digest = hashlib.blake2b(content, digest_size=16).digest()
    try:
        parsed = json.loads(content.decode("utf-8-sig"))
        return _facts_of(digest, parsed)
    except (ValueError, RecursionError):
        return Facts(digest)


def _facts_of(digest: bytes, parsed: Any) -> Facts:
    metadata = _dict(_dict(_dict(parsed).get("metadata")).get("otter"))
    name = metadata.get("assignment_name")
    cells = [_dict(cell) for cell in _list(_dict(parsed).get("cells"))]
    sources = [_source(cell) for cell in cells]
    was_run = any(cell.get("execution_count") or cell.get("outputs") for cell in cells)
    return Facts(
        digest=digest,
        made_for=name if isinstance(name, str) else None,
        marks=frozenset((m[1], m[0]) for source in sources for m in _MARK.finditer(source)),
        answered=was_run or not any(map(_UNANSWERED.search, sources)),
    )


def _source(cell: dict[str, Any]) -> str:
    source = cell.get("source")
    if isinstance(source, list):
        return "".join(line for line in source if isinstance(line, str))
    return source if isinstance(source, str) else ""


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
