"""Which page belongs to whom."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from autograder.model import Grade
from autograder.results.file_names import slug_of
from autograder.results.pages.attention import named, person


@dataclass(frozen=True)
class Link:
    """A name, and the page of whoever bears it; `slug` is empty where that is not certain."""

    name: str
    slug: str = ""


class Links:
    """Finds the page for a submission, or for a student named as in its grade."""

    def __init__(self, grades: Sequence[Grade]) -> None:
        slugs = slug_of(grades)
        times = Counter(grade.student for grade in grades)
        self.slugs = slugs
        self._submissions = {g.submission: Link(person(g), slugs[g.submission]) for g in grades}
        self._students = {
            g.student: self._submissions[g.submission] for g in grades if times[g.student] == 1
        }

    def submission(self, path: str) -> Link:
        """The page of a submission; its path alone where it has no grade."""
        return self._submissions.get(path, Link(named(path)))

    def student(self, name: str) -> Link:
        """The page of a student; the name alone where several bear it."""
        return self._students.get(name, Link(named(name)))
