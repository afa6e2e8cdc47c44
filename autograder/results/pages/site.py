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
from autograder.results.pages.notebook_page import cells_of, places_of
from autograder.results.pages.render import PageFull, page
from autograder.results.pages.report import ClassReport
from autograder.results.similarity import Pair

# What a submission may add to the pages of the whole class.
_ROW_BYTES = 5_000


class PageFile(NamedTuple):
    """A page: its path below the report's folder, its text, and why it is not what it should be."""

    path: str
    text: str
    problem: str = ""


def site(report: ClassReport, notebook_of: Callable[[str], str | None]) -> Iterator[PageFile]:
    """Each page of the report; one that cannot be made says so, and costs no other.

    `notebook_of` gives a submission's executed notebook as JSON, None where there is none; it is
    called once for each page of a student, when that page is made.
    """
    links = Links(report.grades)
    yield _made("index.html", report, lambda: _class_page(report, links))
    if report.written:
        yield _made("written.html", report, lambda: _written_page(report, links))
    if report.pairs:
        yield _made("similarity.html", report, lambda: _similarity_page(report, links))
    for index, grade in enumerate(report.grades):
        yield _made(
            f"students/{links.slugs[grade.submission]}.html",
            report,
            partial(_student_page, report, links, index, notebook_of),
        )


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
    notebook_of: Callable[[str], str | None],
) -> str:
    grades = report.grades
    grade = grades[index]
    notebook = notebook_of(grade.submission)
    cells = cells_of(notebook, PageBudget()) if notebook is not None else ()
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
