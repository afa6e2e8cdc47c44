"""The notebooks in what a student handed in, zips within zips included, and what each is for."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from autograder.errors import SandboxError, SubmissionError
from autograder.model import Limits
from autograder.notebooks.facts import Facts
from autograder.notebooks.reading import Unread, shared_readers
from autograder.notebooks.slim import LARGEST
from autograder.submissions.archive import Allowance, Archive
from autograder.submissions.tarball import tar_tree
from autograder.submissions.tree import File, FileTree, TooLarge

_DEEPEST = 3  # a zip in a zip in a zip
# Processor time for looking at all notebooks of one student, in seconds. Those that come after it
# are known by their names alone.
_MOST_SECONDS = 5.0
_LEAST_SECONDS = 0.1


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
            tree = _opened(file, limits, allowance)
            (file,) = (one for one in tree.files if one.path == path)
        return notebook_bytes(file, limits)


def notebook_bytes(file: File, limits: Limits) -> bytes:
    """A notebook's bytes, without its saved outputs where these make it too large.

    Raises SubmissionError for what is larger even so, and SandboxError.
    """
    try:
        return file.read(limits.notebook_bytes)
    except TooLarge:
        return shared_readers().slimmed(file.pieces(LARGEST), limits.notebook_bytes)


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
        self._seconds = _MOST_SECONDS

    def look(self, file: File, path: str, root: File, inside: tuple[str, ...]) -> None:
        """Note what a file is, and what is in it if it is a zip."""
        if file.is_notebook:
            facts = self._facts(file)
            self.found.candidates.append(Candidate(path, file.name, facts, root, inside))
        elif not file.is_archive:
            self.found.others.append(file.name)
        else:
            try:
                tree = self._opened(file, len(inside))
            except SubmissionError as error:
                self.found.troubles.append((path, f"{file.name}: {error}"))
                return
            for member in tree.files:
                self.look(member, f"{path}/{member.path}", root, (*inside, member.path))

    def _opened(self, file: File, depth: int) -> FileTree:
        if depth == _DEEPEST:
            raise SubmissionError(f"the zip lies in {_DEEPEST} others; hand in the notebook")
        return _opened(file, self._limits, self._allowance)

    def _facts(self, file: File) -> Facts:
        if self._seconds < _LEAST_SECONDS:
            return Facts()
        try:
            facts, seconds = shared_readers().facts(
                file.pieces(LARGEST), self._limits.notebook_bytes, self._seconds
            )
        except Unread as error:
            facts, seconds = Facts(), error.seconds  # why is said when the notebook's turn comes
        except (SubmissionError, SandboxError):
            return Facts()
        self._seconds -= seconds
        return facts


def _opened(file: File, limits: Limits, allowance: Allowance) -> FileTree:
    """What is in a zip or a tar; raises SubmissionError."""
    content = file.read(limits.zip_bytes)
    return (
        tar_tree(content, allowance) if file.is_tar else Archive.of_student(content, allowance).tree
    )
