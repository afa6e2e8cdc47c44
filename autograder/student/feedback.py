"""The results of questions as a student reads them: text for terminals, HTML for notebooks."""

import html
from collections.abc import Iterable, Iterator

from autograder.course.questions import Question
from autograder.judging.wording import SIGNS, said_once
from autograder.model import CaseResult, QuestionResult

_COLOURS = {"passed": "#1a7f37", "failed": "#cf222e", "not_run": "#6e7781", "unjudged": "#9a6700"}


def as_text(questions: Iterable[Question], results: Iterable[QuestionResult]) -> str:
    """The results as indented lines; `results` belong to `questions` in order."""
    lines = []
    for question, result in zip(questions, results, strict=True):
        lines.append(f"{result.name}: {_summary(result)}")
        for case, title, message in _cases(question, result):
            lines.append(f"  {SIGNS[case.status]} {title}")
            lines.extend(f"      {line}" for line in message.splitlines())
    return "\n".join(lines)


def as_html(questions: Iterable[Question], results: Iterable[QuestionResult]) -> str:
    """The results as HTML, everything escaped; `results` belong to `questions` in order."""
    parts = []
    for question, result in zip(questions, results, strict=True):
        parts.append(f"<p><b>{html.escape(result.name)}</b>: {_summary(result)}</p>")
        for case, title, message in _cases(question, result):
            mark = f'<b style="color:{_COLOURS[case.status]}">{SIGNS[case.status]}</b>'
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


def _summary(result: QuestionResult) -> str:
    passed = sum(case.status == "passed" for case in result.cases)
    if passed == len(result.cases):
        return "all public checks passed (the hidden ones run when your work is graded)"
    unknown = sum(case.status == "unjudged" for case in result.cases)
    left = f", {unknown} not judged" if unknown else ""
    return f"{passed} of {len(result.cases)} public checks passed{left}"
