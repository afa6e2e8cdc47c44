"""What each part of a report is made from, as fingerprints: the same give the same file.

The code that makes it, with its templates and the packages that it draws with, is part of each.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property

from autograder.judging.fingerprint import of_parts, of_results
from autograder.model import Grade
from autograder.results.pages import ClassReport
from autograder.results.pages.links import Links


class MadeFrom:
    """The fingerprints for a report; `notebooks` has those of executed notebooks by submission."""

    def __init__(self, report: ClassReport, notebooks: Mapping[str, str]) -> None:
        self._report, self._links = report, Links(report.grades)
        self._notebooks = notebooks
        self._grades = {g.submission: of_parts(g.model_dump_json()) for g in report.grades}
        asked = [(question.name, question.source) for question in report.questions]
        self._common = (of_results(), report.title, report.assignment, report.device, asked)

    def feedback(self, grade: Grade) -> str:
        """A student's feedback as text."""
        return of_parts(self._shared, self._grades[grade.submission])

    def own_page(self, grade: Grade) -> str:
        """A student's own page."""
        return of_parts(self.feedback(grade), self._notebooks.get(grade.submission))

    def page(self, path: str, grade: Grade | None) -> str:
        """A page of the report: that of a student, or one on the class."""
        report = self._report
        bar = (bool(report.written), bool(report.pairs))
        if grade is not None:
            place = self._places[grade.submission]
            beside = [
                *self._people[max(0, place - 1) : place],
                *self._people[place + 1 : place + 2],
            ]
            return of_parts(self.own_page(grade), bar, place == 0, beside)
        return of_parts(self._shared, bar, self._people, self._of_class(path))

    def _of_class(self, path: str) -> object:
        report = self._report
        if path == "written.html":
            return report.written
        if path == "similarity.html":
            return report.pairs
        notes = (report.left_out, report.missing, report.unknown, report.alike, report.namesakes,
                 report.twice)  # fmt: skip
        counts = (len(report.written), len(report.pairs))
        # They follow from the grades, unless they could not be made.
        derived = (bool(report.statistics), bool(report.clusters))
        return list(self._grades.values()), notes, counts, derived

    @cached_property
    def _shared(self) -> str:
        return of_parts(*self._common)

    @cached_property
    def _people(self) -> list[tuple[str, str, str]]:
        """Submission, name and page of everybody, in order."""
        links = ((g.submission, self._links.submission(g.submission)) for g in self._report.grades)
        return [(path, link.name, link.slug) for path, link in links]

    @cached_property
    def _places(self) -> dict[str, int]:
        return {path: place for place, (path, _, _) in enumerate(self._people)}


def pairs_made_from(
    grades: Sequence[Grade], notebooks: Mapping[str, str], template: str | None
) -> str:
    """The pairs with unusual code in common."""
    works = [(g.student, notebooks[g.submission]) for g in grades if g.submission in notebooks]
    return of_parts(of_results(), template, works)
