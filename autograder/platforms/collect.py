"""Everything that was handed in below the paths that a TA names, whatever their layout."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from autograder.errors import SubmissionError, UsageError
from autograder.model import Entry, Limits, Person
from autograder.platforms import registry
from autograder.platforms.folder import Found, plain
from autograder.submissions.archive import Archive
from autograder.submissions.candidates import contents, notebook_bytes
from autograder.submissions.choose import Choice, choose
from autograder.submissions.handed_in import HandedIn
from autograder.submissions.tree import (
    FileTree,
    LeftOut,
    Reason,
    clean,
    folder_tree,
    is_visible,
    single_file,
    stem_of,
)


@dataclass(frozen=True)
class Collection:
    """What is to be graded, what is not and why, and where it comes from.

    `kind` is folder or that of the platform whose download it is.
    """

    entries: tuple[Entry, ...]
    left_out: tuple[LeftOut, ...]
    kind: str


def collect(paths: Sequence[Path], assignment: str, limits: Limits) -> Collection:
    """The submissions for an assignment below `paths`, in the order of their names.

    A path is a notebook, a folder, a zip of one, or the download of a learning platform, packed or
    not. Contents are read when an entry's turn comes. Raises UsageError for a path that does not
    exist, cannot be opened or holds nothing for the assignment.
    """
    given = []
    left_out: list[LeftOut] = []
    for path in _different(paths):
        below, left, kind = _below(path, assignment, limits)
        if not below:
            where = "this folder or below it" if path.is_dir() else "this file"
            raise UsageError(f"{path}: no notebook for {assignment} in {where}{_others(left)}")
        given.append((path, below, kind))
        left_out.extend(left)
    kinds = [kind for _, _, kind in given if kind != "folder"]
    return Collection(
        tuple(_numbered(_told_apart([(path, below) for path, below, _ in given]))),
        tuple(left_out),
        kinds[0] if kinds else "folder",
    )


def _others(left_out: Iterable[LeftOut]) -> str:
    """For which other assignments notebooks are here: the wrong one may have been named."""
    counts = Counter(o.detail for o in left_out if o.reason is Reason.ANOTHER_ASSIGNMENT)
    if not counts:
        return ""
    said = [f"{n} notebook{'s' * (n > 1)} for {other}" for other, n in counts.most_common(3)]
    return f"; {' and '.join(said)} {'is' if counts.total() == 1 else 'are'} here"


def _told_apart(given: list[tuple[Path, list[Found]]]) -> list[Entry]:
    """The entries of all paths; the name of its path is put before those that others have too."""
    times = Counter(choice.path for _, found in given for _, choice in found)
    # One zip with one notebook may be a class; several of them are students.
    lone = [path for path, found in given if path.suffix.lower() == ".zip" and len(found) == 1]
    entries = []
    for path, found in given:
        below = [_entry(one, choice) for one, choice in found]
        if len(lone) > 1 and path in lone and found[0][0].owner is None:
            student = clean(path.stem)
            below = [replace(below[0], student=student, people=(Person(name=student),))]
        if any(times[entry.path] > 1 for entry in below):
            name = clean(path.resolve().name)
            below = [replace(entry, path=f"{name}/{entry.path}") for entry in below]
        entries.extend(below)
    return entries


def _must_exist(path: Path) -> None:
    try:
        if not path.exists():
            raise UsageError(f"{path}: there is no such file or folder")
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error


def _different(paths: Sequence[Path]) -> list[Path]:
    """Without those that were named before: a file graded twice is a student with two marks."""
    different: dict[Path, Path] = {}
    for path in paths:
        _must_exist(path)
        different.setdefault(path.resolve(), path)
    for whole, path in different.items():
        if around := next((different[p] for p in whole.parents if p in different), None):
            raise UsageError(f"{path} lies in {around}, which is named as well; name one of them")
    return list(different.values())


def _below(path: Path, assignment: str, limits: Limits) -> tuple[list[Found], list[LeftOut], str]:
    whole = named = ""
    if path.is_dir():
        tree, named = folder_tree(path), clean(path.resolve().name)
    elif path.suffix.lower() == ".zip":
        tree, whole = _zip_tree(path), clean(path.stem)
    elif path.is_file():
        return [_single(path, limits)], [], "folder"
    else:
        raise UsageError(f"{path}: neither a file nor a folder")
    for prefix, top in _from_the_top(tree):
        recognised = _recognised(top, path)
        if recognised is not None:
            kind, handed_in = recognised
            chosen, left = _of_platform(_with_traces(handed_in, top), assignment, limits)
            beside, left_beside = plain(_beside(top, kind, handed_in), assignment, limits)
            chosen = [(one, replace(c, path=prefix + c.path)) for one, c in [*chosen, *beside]]
            left = [replace(one, path=prefix + one.path) for one in [*left, *left_beside]]
            return chosen, [*tree.skipped, *left], kind
    chosen, left = plain(tree, assignment, limits, whole, named)
    return chosen, [*tree.skipped, *left], "folder"


def _recognised(tree: FileTree, path: Path) -> tuple[str, list[HandedIn]] | None:
    try:
        return registry.recognised(tree)
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from error


def _with_traces(handed_in: Iterable[HandedIn], tree: FileTree) -> list[HandedIn]:
    """With the hidden files that tell of something, of those whose folder is theirs alone."""
    traces: dict[str, list[str]] = defaultdict(list)
    for path in tree.traces:
        top, _, name = path.rpartition("/")
        traces[top.partition("/")[0]].append(name)
    return [
        replace(one, traces=(*one.traces, *traces[one.path.partition("/")[0]])) for one in handed_in
    ]


def _beside(tree: FileTree, kind: str, handed_in: Iterable[HandedIn]) -> FileTree:
    """What a TA put beside a download: the tree without what is the platform's."""
    platform = registry.platform_of(kind)
    own = platform.own_files if platform is not None else frozenset()
    taken = {file.path for one in handed_in for file in one.files}
    taken.update(path for one in handed_in for path in one.own_files)
    tops = {(path.partition("/")[0]) for path in (*taken, *(one.path for one in handed_in))}
    return FileTree(
        files=tuple(f for f in tree.files if f.path not in taken and f.path not in own),
        folders=frozenset(f for f in tree.folders if f.partition("/")[0] not in tops),
        traces=tuple(path for path in tree.traces if path.partition("/")[0] not in tops),
    )


def _zip_tree(path: Path) -> FileTree:
    try:
        return Archive(path).tree
    except SubmissionError as error:
        raise UsageError(f"{path}: {error}") from error


def _from_the_top(tree: FileTree) -> list[tuple[str, FileTree]]:
    """The tree, and what is in its only folder, and in the only folder of that; with their paths.

    Downloads have such a folder around them, or get one when they are unpacked.
    """
    prefix, trees = "", [("", tree)]
    while tree.top == [(name := "".join(tree.top[:1]))] and name in tree.folders:
        start = f"{name}/"
        files = tuple(replace(f, path=f.path.removeprefix(start)) for f in tree.files)
        folders = frozenset(f.removeprefix(start) for f in tree.folders if f.startswith(start))
        traces = tuple(path.removeprefix(start) for path in tree.traces)
        prefix, tree = prefix + start, FileTree(files, folders, traces=traces)
        trees.append((prefix, tree))
    return trees


def _single(path: Path, limits: Limits) -> Found:
    """A file named by itself is what is to be graded, whatever its name or metadata say."""
    file = single_file(path)
    student = stem_of(file.name)
    one = HandedIn(file.path, student, (file,), (Person(name=student),))
    return one, Choice(file.path, partial(notebook_bytes, file, limits), matches=True)


def _of_platform(
    handed_in: list[HandedIn], assignment: str, limits: Limits
) -> tuple[list[Found], list[LeftOut]]:
    """Of every student the newest attempt that holds a notebook, or the newest if none does."""
    attempts: dict[Hashable, list[Found]] = defaultdict(list)
    for one in handed_in:
        files = [file for file in one.files if is_visible(file.name)]
        choice = choose(one, contents(files, limits), assignment, limits)
        attempts[one.owner or id(one)].append((one, choice))
    found: list[Found] = []
    left_out: list[LeftOut] = []
    for own in attempts.values():
        own.sort(key=lambda attempt: attempt[0].when, reverse=True)
        counts = next((attempt for attempt in own if attempt[1].matches), own[0])
        left = [attempt for attempt in own if attempt is not counts]
        found.append((_with_remarks(counts[0], left), counts[1]))
        left_out.extend(counts[1].left_out)
        for one, choice in left:
            reason = LeftOut(choice.path, Reason.OTHER_ATTEMPT, counts[0].said_when, one.student)
            left_out.extend(choice.left_out if choice.left_out and not choice.matches else [reason])
    found.sort(key=lambda one: one[1].path.split("/"))
    return found, left_out


def _with_remarks(counts: HandedIn, left: list[Found]) -> HandedIn:
    earlier = sum(one.when <= counts.when for one, _ in left)
    said = []
    if earlier:
        said.append(f"Earlier attempts left out: {earlier}; the one of {counts.said_when} counts.")
    if earlier < len(left):
        said.append(f"Later attempts without a notebook: {len(left) - earlier}.")
    return replace(counts, remarks=(*counts.remarks, *said))


def _entry(one: HandedIn, choice: Choice) -> Entry:
    return Entry(
        path=choice.path,
        student=one.student or choice.path,
        read=choice.read,
        people=one.people,
        late=one.late,
        remarks=(*one.remarks, *choice.remarks),
    )


def _numbered(entries: list[Entry]) -> list[Entry]:
    """With a number at the end of each path that is there already: names are cut and cleaned."""
    seen: Counter[str] = Counter()
    unique = []
    for entry in entries:
        seen[entry.path] += 1
        again = seen[entry.path]
        unique.append(replace(entry, path=f"{entry.path} ({again})") if again > 1 else entry)
    return unique
