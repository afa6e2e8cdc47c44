"""What the class page shows, calculated from the report."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from statistics import fmean, median

from autograder.model import Grade, Graded, QuestionResult
from autograder.results.packages import advice, missing_packages
from autograder.results.pages.attention import KINDS, by_kind, concerns, named, person
from autograder.results.pages.charts import Chart, accuracy_chart, score_chart, seconds_chart
from autograder.results.pages.links import Link, Links
from autograder.results.pages.report import ClassReport
from autograder.results.pages.sanitise import shortened

_FULL, _PARTLY, _NONE = "full", "partly", "none"
_ALIKE = "several people on the roster are called so"
_MOST_NAMES = 5
# What one submission may say on the page of all, and the files left out that are listed there.
_MOST_SAID, _MOST_TEXTS, _MOST_LEFT_OUT = 300, 10, 3_000


@dataclass(frozen=True)
class ConcernLine:
    """One line below a heading: whom it is about, and what was noticed."""

    link: Link
    texts: tuple[str, ...] = ()


@dataclass(frozen=True)
class ConcernGroup:
    """Something for a human to do, with the lines that it concerns; `page` holds them instead."""

    title: str
    count: int
    lines: tuple[ConcernLine, ...] = ()
    page: str = ""


@dataclass(frozen=True)
class Mark:
    """A question's score in a row, and whether that is all, part or nothing of it."""

    text: str
    level: str


@dataclass(frozen=True)
class StudentRow:
    """A submission in the table of all; `kinds` are the concerns that it can be filtered by."""

    link: Link
    grade: Grade
    marks: tuple[Mark, ...]
    kinds: tuple[str, ...]


def groups(report: ClassReport, links: Links) -> Iterator[ConcernGroup]:
    """What needs a human, the most urgent first; nothing for what there is none of."""
    noticed = by_kind(report.grades)
    found = {
        kind: [ConcernLine(links.submission(g.submission), _said(texts)) for g, texts in about]
        for kind, about in noticed.items()
    }
    found["unknown"] = [
        ConcernLine(links.submission(path), (_ALIKE,) if path in report.alike else ())
        for path in report.unknown
    ]
    found["twice"] = [ConcernLine(Link(named(p.name)), _said(paths)) for p, paths in report.twice]
    missing = [
        ConcernLine(Link(named(p.name)), _said(filter(None, (p.email, p.id))))
        for p in report.missing
    ]
    found["unknown"].extend(
        ConcernLine(Link(named(p.name)), _said(filter(None, (p.email, p.id, _ALIKE))))
        for p in report.namesakes
    )
    left_out = [
        ConcernLine(Link(named(item.student or item.path)), _said([f"{item.path}: {item.why}"]))
        for item in report.left_out[:_MOST_LEFT_OUT]
    ]
    if (more := len(report.left_out) - len(left_out)) > 0:
        left_out.append(ConcernLine(Link(f"and {more:,} more: left_out.csv has them all")))
    lacking = [
        ConcernLine(
            Link(named(package)), (advice(len(needed_by)), _some([person(g) for g in needed_by]))
        )
        for package, needed_by in missing_packages(report.grades)
    ]
    ordered = [
        ("Packages that were missing", lacking),
        (KINDS["ungraded"], found.get("ungraded", [])),
        ("On the roster, nothing handed in", missing),
        *((title, found.get(kind, [])) for kind, title in KINDS.items() if kind != "ungraded"),
        ("Files left out", left_out),
    ]
    for title, lines in ordered:
        if lines:
            yield ConcernGroup(title, len(lines), tuple(lines))
    if report.written:
        yield ConcernGroup("Written answers to read", len(report.written), page="written.html")
    if report.pairs:
        yield ConcernGroup(
            "Pairs that share unusual code", len(report.pairs), page="similarity.html"
        )


def _some(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _said(texts: Iterable[str]) -> tuple[str, ...]:
    """Texts as far as one line has room for them."""
    shown = [shortened(text, _MOST_SAID) for text in islice(texts, _MOST_TEXTS + 1)]
    return tuple(shown if len(shown) <= _MOST_TEXTS else [*shown[:_MOST_TEXTS], "…"])


def rows(report: ClassReport, links: Links) -> Iterator[StudentRow]:
    """The table of all submissions, in their order."""
    unknown = set(report.unknown)
    twice = {path for _, paths in report.twice for path in paths}
    for grade in report.grades:
        kinds = dict.fromkeys(concern.kind for concern in concerns(grade))
        if grade.submission in unknown:
            kinds["unknown"] = None
        if grade.submission in twice:
            kinds["twice"] = None
        scores = {question.name: question for question in grade.questions}
        marks = tuple(
            _mark(scores[q.name]) if q.name in scores else Mark("", "") for q in report.questions
        )
        yield StudentRow(links.submission(grade.submission), grade, marks, tuple(kinds))


def _mark(question: QuestionResult) -> Mark:
    score, most = question.score, question.max_score
    if question.unjudged:
        return Mark(f"{score:g}?", _PARTLY)
    return Mark(f"{score:g}", _FULL if score >= most else _PARTLY if score > 0 else _NONE)


def figures(grades: Sequence[Grade]) -> list[tuple[str, str]]:
    """The class in a few numbers: each with its name."""
    graded = [grade for grade in grades if isinstance(grade, Graded)]
    scores = [grade.score for grade in graded]
    found = [(f"{len(grades):,}", "submissions"), (f"{len(graded):,}", "graded")]
    if scores:
        most = graded[0].max_score
        full = sum(score >= most for score in scores) / len(scores)
        found += [
            (f"{fmean(scores):.2f}", f"mean of {most:g}"),
            (f"{median(scores):g}", "median"),
            (f"{full:.0%}", "have full marks"),
        ]
    return found


def distributions(grades: Sequence[Grade]) -> Iterator[Chart]:
    """Charts of the scores and the run times."""
    graded = [grade for grade in grades if isinstance(grade, Graded)]
    if graded:
        yield score_chart([grade.score for grade in graded], graded[0].max_score)
        yield seconds_chart([grade.seconds for grade in graded])


def networks(grades: Sequence[Grade]) -> Iterator[Chart]:
    """For each network, the accuracies that it reached on the hidden images."""
    accuracies: dict[str, list[float]] = defaultdict(list)
    thresholds: dict[str, float] = {}
    for grade in grades:
        for network in grade.networks:
            if network.hidden_accuracy is not None:
                accuracies[network.name].append(network.hidden_accuracy)
                if network.threshold is not None:
                    thresholds[network.name] = network.threshold
    for name, reached in accuracies.items():
        yield accuracy_chart(name, reached, thresholds.get(name))
