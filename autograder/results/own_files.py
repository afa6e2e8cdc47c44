"""What a student gets: feedback as text, and as a page with the notebook as it ran."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from autograder.course.assignment import Assignment
from autograder.grading.private_files import remove_others
from autograder.model import Grade
from autograder.results.feedback_files import feedback
from autograder.results.file_names import slug_of
from autograder.results.made_from import MadeFrom
from autograder.results.pages.feedback_page import feedback_page
from autograder.results.pages.shown import ShownNotebooks
from autograder.results.parts import Parts
from autograder.results.remembered import RememberedFiles

_WITHOUT = "Your feedback could not be written; please ask your teachers.\n"


class OwnFiles(Mapping[str, str]):
    """The feedback of everybody, by submission: as text, and in `pages` the files of HTML.

    Texts are read when they are asked for: a class has many.
    """

    def __init__(
        self,
        folder: Path,
        files: RememberedFiles,
        parts: Parts,
        assignment: Assignment,
        grades: Sequence[Grade],
    ) -> None:
        self._folder, self._files, self._parts = folder, files, parts
        self._assignment = assignment
        self._slugs = slug_of(grades)
        self.pages: dict[str, Path] = {}

    def write(self, grade: Grade, made_from: MadeFrom, notebooks: ShownNotebooks) -> None:
        """Write those of one student, as far as they are not there; raises UsageError."""
        asked, title = self._assignment.questions, self._assignment.settings.title
        text = self._text_file(grade.submission)
        if not self._files.is_current(text, made_from.feedback(grade)):
            said = self._parts.made(text, partial(feedback, grade, asked), None)
            fails = said is None
            self._files.write(text, made_from.feedback(grade), said or _WITHOUT, remember=not fails)
        page = f"feedback/{self._slugs[grade.submission]}.html"
        if not self._files.is_current(page, made_from.own_page(grade)):
            make = partial(feedback_page, grade, asked, title, notebooks)
            shown = self._parts.made(page, make, None)
            if shown is None:  # it is named, and not there
                return
            self._files.write(page, made_from.own_page(grade), shown)
        self.pages[grade.submission] = self._folder / page

    def remove_others(self) -> None:
        """Remove what an earlier batch has left."""
        texts = (Path(self._text_file(path)).name for path in self)
        remove_others(self._folder, "feedback", "*.md", texts)
        remove_others(self._folder, "feedback", "*.html", [p.name for p in self.pages.values()])

    def __getitem__(self, submission: str) -> str:
        return (self._folder / self._text_file(submission)).read_text("utf-8")

    def __iter__(self) -> Iterator[str]:
        return iter(self._slugs)

    def __len__(self) -> int:
        return len(self._slugs)

    def _text_file(self, submission: str) -> str:
        return f"feedback/{self._slugs[submission]}.md"
