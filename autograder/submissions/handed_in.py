"""What one student, or one group, handed in at one time, as a download shows it."""

import re
from collections.abc import Hashable
from dataclasses import dataclass

from autograder.model import Person
from autograder.submissions.tree import File


@dataclass(frozen=True)
class HandedIn:
    """Files that belong together; `path` stands for them where no notebook can be chosen.

    `owner` tells attempts of one student from those of another, and `when` orders them (ISO 8601,
    or `version 007`); empty where a download does not tell. `numbered` says that the platform
    appended `-1`, `-2` to the names of files handed in again. `traces` are the names of hidden
    files (`tree.is_trace`), and `own_files` the paths of what the platform wrote about it.
    """

    path: str
    student: str
    files: tuple[File, ...]
    people: tuple[Person, ...]
    late: bool = False
    owner: Hashable = None
    when: str = ""
    numbered: bool = False
    remarks: tuple[str, ...] = ()
    traces: tuple[str, ...] = ()
    own_files: tuple[str, ...] = ()

    @property
    def said_when(self) -> str:
        """When, for people: a version's number without the zeros that order it."""
        return re.sub(r"^version 0+", "version ", self.when)
