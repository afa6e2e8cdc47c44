"""A plain folder: notebooks as a TA keeps them, named for students or in folders named for them."""

import re
from collections import defaultdict
from collections.abc import Iterator

from autograder.model import Limits, Person
from autograder.platforms.owners import above, all_above, name_of, names_nobody, owners
from autograder.submissions.candidates import contents
from autograder.submissions.choose import Choice, choose
from autograder.submissions.handed_in import HandedIn
from autograder.submissions.tree import File, FileTree, LeftOut, Reason, stem_of

_NO_NAME = re.compile(
    r"(untitled|copy|kopi|kopie|final|new|submission|solutions?|answers?|answered|done|v(?=\d)|of"
    r"|[\W\d_])*",
    re.IGNORECASE,
)
# What lies beside work without being anybody's.
_MATERIAL = re.compile(r"\.(png|jpe?g|gif|svg|np[yz]|csv|txt|md|pth?|pkl|h5)$", re.IGNORECASE)
_FEW = 3
Found = tuple[HandedIn, Choice]


def plain(
    tree: FileTree, assignment: str, limits: Limits, whole: str = "", named: str = ""
) -> tuple[list[Found], list[LeftOut]]:
    """What students handed in, and what was left out.

    A folder with one notebook for the assignment, below the topmost one, names its student; else
    the file does, unless its name is only `assignment1` or the like: that leaves `whole`, the name
    of a zip. A folder that is called as those of others is a part of the one above it. A folder
    beside those of students is handed in, too, whatever is in it. `named` is the name of a folder
    that a TA named: with one person's work in it, it is that of a student.
    """
    named = "" if names_nobody(named, assignment) else named
    search = _NotebookSearch(tree, assignment, limits, whole or named)
    search.look()
    found, left_out = search.found, search.left_out
    if named and search.is_of_one:
        one, choice = found[0] if found else search.chosen(named, tree.files, "", tree.traces)
        found = [(_of(named, one.files, one.path), choice)]
    else:
        left_out.extend(search.strays())
    found.sort(key=lambda one: one[1].path.split("/"))
    return found, left_out


class _NotebookSearch:
    """The way through a folder. `classes` are the folders in it that hold students."""

    def __init__(self, tree: FileTree, assignment: str, limits: Limits, whole: str) -> None:
        self._tree, self._assignment, self._limits, self._whole = tree, assignment, limits, whole
        self.found: list[Found] = []
        self.left_out: list[LeftOut] = []
        self._classes = set[str]()
        self._students = set[str]()
        self._units: dict[str, list[File]] = defaultdict(list)
        work = [file for file in tree.files if file.is_notebook or file.is_archive]
        owner = owners({above(file.path) for file in work}, assignment)
        for file in work:
            self._units[owner[above(file.path)]].append(file)

    @property
    def is_of_one(self) -> bool:
        """Whether all that there is may be one person's: at most one notebook, at the top."""
        if self.found:
            (first, _), *more = self.found
            return not more and "/" not in first.path and first.path not in self._students
        # Without a notebook, a few files may be what somebody handed in; a folder of many is not.
        return not self._tree.folders and 0 < len(self._tree.files + self._tree.traces) <= _FEW

    def look(self) -> None:
        """Find what was handed in: notebooks first, and what lies beside them."""
        for folder, files in self._units.items():
            self._look_into(folder, files)
        if not self._units:
            self._classes.add("")
        taken = {path for unit in self._units for path in (*all_above(unit), unit)}
        for folder in sorted(self._tree.folders - taken):
            if above(folder) in self._classes and not names_nobody(
                name_of(folder), self._assignment
            ):
                self._take(folder)

    def _look_into(self, folder: str, files: list[File]) -> None:
        owned: dict[str, list[File]] = defaultdict(list)
        for file in files:
            owned[self._student(file, folder)].append(file)
        here = [self.chosen(student, tuple(own)) for student, own in owned.items()]
        matching = [one for one in here if one[1].matches]
        for_others = any(choice.left_out for _, choice in here)
        nobody = names_nobody(name_of(folder), self._assignment)
        if folder:
            matching = self._without_broken(matching)
        if 1 < len(matching) <= _FEW and not nobody and self._has_students_beside(folder):
            matching = [self.chosen(name_of(folder), tuple(files))]
        if folder and len(matching) == 1 and not nobody:
            one, choice = matching[0]
            matching = [(_of(name_of(folder), one.files, one.path), choice)]
        if folder and not (matching or for_others or nobody):
            self._take(folder)
            return
        self.left_out.extend(left for _, choice in here for left in choice.left_out)
        self.left_out.extend(
            LeftOut(one.path, Reason.NO_NOTEBOOK, student=one.student)
            for one, choice in here
            if not (choice.matches or choice.left_out)
        )
        self.found.extend(matching)
        of_one = bool(folder) and {one.student for one, _ in matching} <= {name_of(folder)}
        self._classes.add(above(folder) if of_one else folder)
        if of_one:
            self._students.add(folder)

    def _has_students_beside(self, folder: str) -> bool:
        """Whether folders beside this one hold a notebook each, so that it is a student's, too."""
        beside = (unit for unit in self._units if unit != folder and above(unit) == above(folder))
        return bool(folder) and any(len(self._units[unit]) == 1 for unit in beside)

    def _student(self, file: File, folder: str) -> str:
        if folder and above(file.path) != folder:
            return name_of(folder)
        stem = stem_of(file.name)
        # A number alone is a student's.
        if self._is_nameless(stem) and (folder or self._whole) and any(map(str.isalpha, stem)):
            return name_of(folder) or self._whole
        # As Google Classroom names files. What stands behind a name has to say nothing of its own.
        who, gap, what = map(str.strip, stem.partition(" - "))
        is_named = gap and self._is_nameless(what) and not self._is_nameless(who)
        return who if is_named else stem

    def _is_nameless(self, text: str) -> bool:
        """Whether it names no student, but the assignment at most."""
        family = re.escape(self._assignment.rstrip("0123456789"))
        return _NO_NAME.fullmatch(re.sub(family, "", text, flags=re.IGNORECASE)) is not None

    def _without_broken(self, matching: list[Found]) -> list[Found]:
        """A zip that cannot be opened may hold anything; beside a notebook it does not matter."""
        sound = [(one, choice) for one, choice in matching if not choice.broken]
        if not sound:
            return matching
        broken = [one for one, choice in matching if choice.broken]
        self.left_out.extend(
            LeftOut(one.path, Reason.NOT_OPENED, student=one.student) for one in broken
        )
        return sound

    def _take(self, folder: str) -> None:
        """Take a folder without a notebook as what somebody handed in, if it may be work."""
        files = tuple(file for file in self._tree.files if file.path.startswith(f"{folder}/"))
        traces = tuple(path for path in self._tree.traces if path.startswith(f"{folder}/"))
        if not files or traces or not all(_MATERIAL.search(file.name) for file in files):
            self.found.append(self.chosen(name_of(folder), files, folder, traces))
            self._classes.add(above(folder))
            self._students.add(folder)

    def chosen(
        self, student: str, files: tuple[File, ...], path: str = "", traces: tuple[str, ...] = ()
    ) -> Found:
        """What a student handed in, and the notebook in it."""
        one = _of(student, files, path or (*(f.path for f in files), *traces)[0], traces)
        return one, choose(one, contents(files, self._limits), self._assignment, self._limits)

    def strays(self) -> Iterator[LeftOut]:
        """Files beside students that hold no notebook: somebody may have handed them in."""
        work = {file.path for files in self._units.values() for file in files}
        for path in [*(file.path for file in self._tree.files if file.path not in work),
                     *self._tree.traces]:  # fmt: skip
            if not self._students.intersection(all_above(path)):
                yield LeftOut(path, Reason.NO_NOTEBOOK, student=self._whose(path))

    def _whose(self, path: str) -> str:
        folders = [
            f for f in all_above(path) if above(f) in self._classes and f not in self._classes
        ]
        name = name_of(folders[0]) if folders else ""
        return name if name and not names_nobody(name, self._assignment) else stem_of(name_of(path))


def _of(student: str, files: tuple[File, ...], path: str, traces: tuple[str, ...] = ()) -> HandedIn:
    people = (Person(name=student),)
    return HandedIn(path, student, files, people, traces=tuple(map(name_of, traces)))
