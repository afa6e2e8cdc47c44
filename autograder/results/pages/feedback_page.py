"""A student's own page: the feedback, and the notebook as it ran.

It says what `feedback_files` says. What is for staff stays out: flags, accuracy on hidden images,
others' work and figures of the class.
"""

from collections.abc import Sequence

from autograder.course.questions import Question
from autograder.judging.wording import beside_in_words, ending, still_open
from autograder.model import Grade
from autograder.results.pages.budget import PageBudget
from autograder.results.pages.feedback_view import questions_of
from autograder.results.pages.notebook_page import places_of
from autograder.results.pages.render import page
from autograder.results.pages.shown import ShownNotebooks

MOST_BYTES = 4_000_000
"""Of a student's page: those of a class are packed together and uploaded."""


def feedback_page(
    grade: Grade, questions: Sequence[Question], title: str, notebooks: ShownNotebooks
) -> str:
    """The page on a submission, whole in itself.

    Raises PageFull where feedback alone would be larger than a page may be.
    """
    budget = PageBudget(text=600_000, pictures=2_000_000, pixels=40_000_000)
    cells = notebooks.cells(grade.submission, budget)
    return page(
        "feedback.html.j2",
        MOST_BYTES,
        grade=grade,
        name=grade.student,
        title=title,
        together=[one.name for one in grade.people] if len(grade.people) > 1 else [],
        ending=ending(grade.outcome, grade.ended) if grade.outcome is not None else "",
        questions=questions_of(grade, questions),
        beside=list(beside_in_words(grade.decisions)),
        still_open=still_open(grade.questions),
        cells=cells,
        places=places_of(cells),
    )
