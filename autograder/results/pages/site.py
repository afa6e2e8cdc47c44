"""The pages of the report, one after the other, so that a large class needs little memory.

Styles and script are part of each page. A page can then be sent on alone, and its content security
policy can name both by their hashes: nothing else runs, whatever browser opens it from wherever.
"""

import base64
import hashlib
import re
from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files
from itertools import groupby
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from autograder.model import Grade
from autograder.results.pages import class_page, sanitise
from autograder.results.pages.attention import KINDS, concerns, person
from autograder.results.pages.charts import gauge
from autograder.results.pages.feedback_view import questions_of, short
from autograder.results.pages.links import Links
from autograder.results.pages.notebook_page import cells_of
from autograder.results.pages.report import ClassReport

# Characters that no HTML page may hold; half a surrogate pair could not even be written.
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def site(
    report: ClassReport, notebook_of: Callable[[str], str | None]
) -> Iterator[tuple[str, str]]:
    """Each file of the report: its path below the report's folder, and its text.

    `notebook_of` gives a submission's executed notebook as JSON, None where there is none; it is
    called once for each page of a student, when that page is made.
    """
    links = Links(report.grades)
    yield "index.html", _class_page(report, links)
    if report.written:
        yield "written.html", _written_page(report, links)
    if report.pairs:
        yield "similarity.html", _similarity_page(report, links)
    for index, grade in enumerate(report.grades):
        path = f"students/{links.slugs[grade.submission]}.html"
        yield path, _student_page(report, links, index, notebook_of(grade.submission))


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


def _student_page(report: ClassReport, links: Links, index: int, notebook: str | None) -> str:
    grades = report.grades
    grade = grades[index]
    return _page(
        "student.html.j2",
        report=report,
        root="../",
        grade=grade,
        name=person(grade),
        concerns=list(concerns(grade)),
        questions=questions_of(grade, report.questions),
        cells=cells_of(notebook) if notebook is not None else (),
        before=_neighbour(grades, links, index - 1),
        after=_neighbour(grades, links, index + 1),
    )


def _neighbour(grades: tuple[Grade, ...], links: Links, index: int) -> Any:
    return links.submission(grades[index].submission) if 0 <= index < len(grades) else None


def _written_page(report: ClassReport, links: Links) -> str:
    order = {answer.question: index for index, answer in reversed(list(enumerate(report.written)))}
    answers = sorted(report.written, key=lambda answer: order[answer.question])
    questions = [
        (name, [(links.submission(answer.submission), answer) for answer in group])
        for name, group in groupby(answers, key=lambda answer: answer.question)
    ]
    return _page("written.html.j2", report=report, root="", questions=questions)


def _similarity_page(report: ClassReport, links: Links) -> str:
    pairs = [(links.student(p.first), links.student(p.second), p) for p in report.pairs]
    return _page("similarity.html.j2", report=report, root="", pairs=pairs)


def _page(template: str, **values: Any) -> str:
    page = _environment().get_template(template).render(values)
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", page)


@cache
def _environment() -> Environment:
    style, script = _asset("report.css"), _asset("report.js")
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    environment = Environment(
        loader=PackageLoader("autograder.results.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        style=Markup(style), script=Markup(script), policy=policy, gauge=gauge, kinds=KINDS
    )
    environment.filters.update(
        short=short, markdown=sanitise.markdown, code=sanitise.code, quoted=sanitise.quoted
    )
    return environment


def _asset(name: str) -> str:
    asset = files("autograder.results.pages").joinpath("assets", name)
    # Browsers hash line ends as \n, whatever the file has.
    return asset.read_text(encoding="utf-8").replace("\r\n", "\n")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
