"""A learning platform: downloads that come in, marks and feedback that go back."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from autograder.model import Grade, Graded, Person
from autograder.platforms.roster import Roster
from autograder.platforms.sheet import Sheet, by_key, parsed
from autograder.platforms.spreadsheet import Columns, Row, Table, person_of
from autograder.submissions.handed_in import HandedIn
from autograder.submissions.tree import FileTree

Marked = tuple[Person, Graded]
"""Somebody, and the mark that they get."""


Notebooks = Callable[[str], str | None]
"""From a submission's path to its notebook (JSON); None where none has been executed."""


class Platform:
    """One learning platform, both directions. Each subclass has a module and is in `PLATFORMS`.

    What is not overridden says that the platform does not have it. `kind` is its name in files and
    in a batch; `own_files` lie at the top of its downloads and are nobody's; `ids_need_names` is
    that of its rosters; `feedback_files` names what `feedback` may write. `advice` says how
    to import it all, where that is not plain.
    """

    kind: str
    own_files: frozenset[str] = frozenset()
    ids_need_names: bool = False
    feedback_files: tuple[str, ...] = ()
    advice: str = ""

    @property
    def marks_file(self) -> str:
        """The name of the file of marks to import."""
        return f"{self.kind}.csv"

    @property
    def uploads(self) -> tuple[str, ...]:
        """The names of all files that it may write into a results folder."""
        return (self.marks_file, *self.feedback_files)

    def recognise(self, tree: FileTree) -> list[HandedIn] | None:
        """What each person handed in; None if the tree is no download of this platform.

        Raises UsageError for a download that is broken.
        """
        return None

    def columns(self, table: Table) -> Columns | None:
        """Which columns hold what; None if the table was not written by this platform."""
        return None

    def person(self, row: Row, columns: Columns) -> Person | None:
        """Whose row of its table it is; None for a row of no student."""
        return person_of(row, columns)

    def fill(self, roster: Roster, title: str, grades: Sequence[Grade]) -> Sheet | None:
        """Its own table with the marks filled in, to be imported; None where that cannot be.

        `title` names the assignment's column.
        """
        return None

    def make(self, title: str, marked: Sequence[Marked]) -> Sheet | None:
        """A table to import, made from nothing but the people of its download, else None."""
        return None

    def read(self, text: str) -> Mapping[str, str]:
        """The marks that its importer takes from a table, by its key; raises SheetError.

        It knows nothing of how the table came about, and follows the importer's own rules.
        """
        header, rows = parsed(text)
        return {key: mark for key, mark in by_key(rows, 0, len(header) - 1).items() if mark}

    def feedback(
        self,
        grades: Sequence[Grade],
        texts: Mapping[str, str],
        notebooks: Notebooks,
        pages: Mapping[str, Path] | None = None,
    ) -> Mapping[str, bytes]:
        """Files of feedback that it takes, by name.

        `texts` are the feedback by submission, `pages` the files of HTML that show the same, where
        there are such, and `notebooks` gives the notebook of one with the feedback in it.
        """
        return {}
