"""The pages of the report, one after the other, so that a large class needs little memory."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import groupby
from typing import Any, NamedTuple, TypeVar

from markupsafe import Markup

from autograder.judging.wording import beside_in_words, still_open
from autograder.model import Grade
from autograder.results.pages import class_page, sanitise
from autograder.results.pages.attention import KINDS, concerns, person
from autograder.results.pages.budget import FULL, MOST_BYTES, PageBudget
from autograder.results.pages.feedback_view import questions_of
from autograder.results.pages.links import Links
from autograder.results.pages.markdown import markdown
from autograder.results.pages.notebook_page import places_of
from autograder.results.pages.render import PageFull, page
from autograder.results.pages.report import ClassReport
from autograder.results.pages.shown import ShownNotebooks
from autograder.results.similarity import Pair

# What a submission may add to the pages of the whole class.
_ROW_BYTES = 5_000


class PageFile(NamedTuple):
    """A page: its path below the report's folder, its text, and why it is not what it should be."""

    path: str
    text: str
    problem: str = ""


class Page(NamedTuple):
    """A page of a report that is yet to be made; `grade` is that of the student whose page it is.

    One that cannot be made says so, and costs no other.
    """

    path: str
    grade: Grade | None
    made: Callable[[], PageFile]


def site(report: ClassReport, notebooks: ShownNotebooks) -> Iterator[Page]:
    """Each page of the report, those of students in the order of their grades."""
    links = Links(report.grades)

    def page_at(path: str, make: Callable[[], str], grade: Grade | None = None) -> Page:
        return Page(path, grade, partial(_made, path, report, make))

    yield page_at("index.html", lambda: _class_page(report, links))
    if report.written:
        yield page_at("written.html", lambda: _written_page(report, links))
    if report.pairs:
        yield page_at("similarity.html", lambda: _similarity_page(report, links))
    for index, grade in enumerate(report.grades):
        make = partial(_student_page, report, links, index, notebooks)
        yield page_at(f"students/{links.slugs[grade.submission]}.html", make, grade)


def _made(path: str, report: ClassReport, make: Callable[[], str]) -> PageFile:
    try:
        return PageFile(path, make())
    except Exception as error:  # a MemoryError as well: it was this page that wanted too much
        why = str(error) if isinstance(error, PageFull) else f"{type(error).__name__}: {error}"
        problem = sanitise.shortened(why, 300)
        root = "../" * path.count("/")
        return PageFile(
            path, _page("failed.html.j2", report=report, root=root, problem=problem), problem
        )


def _class_page(report: ClassReport, links: Links) -> str:
    return _page(
        "class.html.j2",
        report=report,
        root="",
        figures=class_page.figures(report.grades),
        groups=list(class_page.groups(report, links)),
        distributions=list(class_page.distributions(report.grades)),
        networks=list(class_page.networks(report.grades)),
        clusters=[(c, [links.student(name) for name in c.students]) for c in report.clusters],
        rows=class_page.rows(report, links),
        filters=KINDS,
    )


def _student_page(
    report: ClassReport,
    links: Links,
    index: int,
    notebooks: ShownNotebooks,
) -> str:
    grades = report.grades
    grade = grades[index]
    cells = notebooks.cells(grade.submission, PageBudget())
    return _page(
        "student.html.j2",
        report=report,
        root="../",
        grade=grade,
        name=person(grade),
        concerns=list(concerns(grade)),
        questions=questions_of(grade, report.questions),
        beside=list(beside_in_words(grade.decisions)),
        still_open=still_open(grade.questions),
        cells=cells,
        places=places_of(cells),
        before=_neighbour(grades, links, index - 1),
        after=_neighbour(grades, links, index + 1),
    )


def _neighbour(grades: tuple[Grade, ...], links: Links, index: int) -> Any:
    return links.submission(grades[index].submission) if 0 <= index < len(grades) else None


def _written_page(report: ClassReport, links: Links) -> str:
    order = {answer.question: index for index, answer in reversed(list(enumerate(report.written)))}
    answers = sorted(report.written, key=lambda answer: order[answer.question])
    shown = _shared(answers, lambda answer, share: markdown(answer.text, share))
    questions = [
        (name, [(links.submission(answer.submission), answer, text) for answer, text in group])
        for name, group in groupby(shown, key=lambda pair: pair[0].question)
    ]
    return _page("written.html.j2", report=report, root="", questions=questions)


def _similarity_page(report: ClassReport, links: Links) -> str:
    shown = _shared(report.pairs, _passages)
    pairs = [(links.student(p.first), links.student(p.second), p, texts) for p, texts in shown]
    return _page("similarity.html.j2", report=report, root="", pairs=pairs)


def _passages(pair: Pair, share: PageBudget) -> list[tuple[Markup, Markup]]:
    return [
        (_code(passage.first, share), _code(passage.second, share)) for passage in pair.passages
    ]


def _code(source: str, budget: PageBudget) -> Markup:
    if budget.is_spent:
        return FULL
    shown = sanitise.code(source)
    return shown if budget.takes(shown) else FULL


_Part = TypeVar("_Part")
_Shown = TypeVar("_Shown")


def _shared(
    parts: Sequence[_Part], show: Callable[[_Part, PageBudget], _Shown]
) -> Iterator[tuple[_Part, _Shown]]:
    """The parts of a page with what is shown of each, all with a fair share of the page."""
    budget = PageBudget()
    for index, part in enumerate(parts):
        share = budget.share(len(parts) - index)
        yield part, show(part, share)
        budget.give_back(share)


def _page(template: str, **values: Any) -> str:
    rows = len(values["report"].grades)
    return page(template, MOST_BYTES + _ROW_BYTES * rows, **values)
