"""The results of questions as a student reads them: text for terminals, HTML for notebooks."""

import html
from collections.abc import Iterable, Iterator, Mapping

from autograder.course.questions import Question
from autograder.judging.wording import FORM_IS_RIGHT, SIGNS, said_once
from autograder.model import CaseResult, QuestionResult

_COLOURS = {"passed": "#1a7f37", "failed": "#cf222e", "not_run": "#6e7781", "unjudged": "#9a6700"}
_FORM_COLOUR = "#0969da"


def as_text(questions: Iterable[Question], results: Iterable[QuestionResult]) -> str:
    """The results as indented lines; `results` belong to `questions` in order."""
    lines = []
    for question, result in zip(questions, results, strict=True):
        lines.append(f"{result.name}: {_summary(question, result)}")
        for case, title, message in _cases(question, result):
            lines.append(f"  {_sign(question, case)} {title}")
            lines.extend(f"      {line}" for line in message.splitlines())
    return "\n".join(lines)


def as_html(questions: Iterable[Question], results: Iterable[QuestionResult]) -> str:
    """The results as HTML, everything escaped; `results` belong to `questions` in order."""
    parts = []
    for question, result in zip(questions, results, strict=True):
        parts.append(f"<p><b>{html.escape(result.name)}</b>: {_summary(question, result)}</p>")
        for case, title, message in _cases(question, result):
            sign = _sign(question, case)
            colour = _FORM_COLOUR if sign == FORM_IS_RIGHT else _COLOURS[case.status]
            mark = f'<b style="color:{colour}">{sign}</b>'
            parts.append(f"<div>{mark} {html.escape(title)}</div>")
            if message:
                style = "margin:0 0 .6em 1.4em;white-space:pre-wrap"
                parts.append(f'<pre style="{style}">{html.escape(message)}</pre>')
    return "".join(parts)


def _cases(question: Question, result: QuestionResult) -> Iterator[tuple[CaseResult, str, str]]:
    """Each case with its title and its message; what was said once is not said again."""
    titles = {case.name: case.title for case in question.cases}
    for case, feedback in said_once(result.cases):
        yield case, titles[case.name], feedback.text


def points_so_far(results: Iterable[QuestionResult], points: Mapping[str, float]) -> str:
    """The points won, still open, and hidden; `points` are those of each question in all.

    Empty where the notebook does not say how many there are.
    """
    if not points:
        return ""
    results = tuple(results)
    won, public = sum(r.score for r in results), sum(r.max_score for r in results)
    hidden = sum(points.get(r.name, r.max_score) for r in results) - public
    parts = [f"{won:g} won", f"{public - won:g} open"] if public else []
    if hidden:
        parts.append(f"{hidden:g} hidden: judged when your work is graded")
    return f"Points: {', '.join(parts)}."


def _looks_at_form_only(question: Question) -> bool:
    """Whether no public case of a question has points: the answer is judged by hidden ones."""
    return not any(case.points for case in question.cases)


def _sign(question: Question, case: CaseResult) -> str:
    is_form = case.status == "passed" and _looks_at_form_only(question)
    return FORM_IS_RIGHT if is_form else SIGNS[case.status]


def _summary(question: Question, result: QuestionResult) -> str:
    if not question.cases:
        return "no public checks; the answer is judged when your work is graded"
    passed = sum(case.status == "passed" for case in result.cases)
    if passed == len(result.cases) and _looks_at_form_only(question):
        return "the form is right; the value is judged when your work is graded"
    if passed == len(result.cases):
        return "all public checks passed (the hidden ones run when your work is graded)"
    unknown = sum(case.status == "unjudged" for case in result.cases)
    left = f", {unknown} not judged" if unknown else ""
    return f"{passed} of {len(result.cases)} public checks passed{left}"
