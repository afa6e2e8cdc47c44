"""The results of questions as a student reads them: in words, for terminals and notebooks."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from autograder.course.questions import Case, Question
from autograder.judging.wording import FORM_IS_RIGHT, SIGNS, WORDS, advised_once, said_once
from autograder.model import CaseResult, Feedback, Missing, Observation, QuestionResult, Unanswered

OPEN = "…"
"""The sign of a case whose answer is not there yet, which is nothing wrong."""


@dataclass(frozen=True)
class Shown:
    """One case: its sign, what that means in words, its title and what is said about it.

    `kind` is the case's status, `form` where it has passed and looks at the form of an answer only,
    and `open` where there is no answer yet.
    """

    kind: str
    sign: str
    word: str
    title: str
    feedback: Feedback


def unanswered(seen: Mapping[str, Observation], keys: Iterable[str] = ()) -> frozenset[str]:
    """Those keys whose answer is not there yet.

    Of `keys` also those for which there is nothing at all: the cell may still have to be run.
    """
    waiting = {key for key, observation in seen.items() if isinstance(observation, Unanswered)}
    absent = (key for key in keys if isinstance(seen.get(key, Missing(name=key)), Missing))
    return frozenset(waiting.union(absent))


def as_text(
    questions: Iterable[Question],
    results: Iterable[QuestionResult],
    waiting: Collection[str] = frozenset(),
) -> str:
    """The results as indented lines; `results` belong to `questions` in order.

    What has a key in `waiting` has no answer yet.
    """
    lines = []
    for question, result in zip(questions, advised_once(results), strict=True):
        shown = tuple(cases(question, result, waiting))
        lines.append(f"{result.name}: {summary(question, result, shown)}")
        for case in shown:
            lines.append(f"  {case.sign} {case.title}")
            lines.extend(f"      {line}" for line in case.feedback.text.splitlines())
    return "\n".join(lines)


def cases(question: Question, result: QuestionResult, waiting: Collection[str]) -> Iterator[Shown]:
    """Each case as it is shown; what was said once is not said again."""
    by_name = {case.name: case for case in question.cases}
    for judged, feedback in said_once(result.cases):
        case = by_name[judged.name]
        kind, sign, word = _look(question, case, judged, waiting)
        yield Shown(kind, sign, word, case.title, feedback)


def points_so_far(results: Iterable[QuestionResult], points: Mapping[str, float]) -> str:
    """The points won, still open, and hidden; `points` are those of each question in all.

    What only hidden cases give is open while a public one still fails. Empty where the notebook
    does not say how many there are.
    """
    if not points:
        return ""
    won = left = hidden = 0.0
    for result in results:
        unseen = points.get(result.name, result.max_score) - result.max_score
        ready = all(case.status == "passed" for case in result.cases)
        won += result.score
        left += result.max_score - result.score + (0 if ready else unseen)
        hidden += unseen if ready else 0
    parts = [f"{won:g} won", f"{left:g} open"] if won or left else []
    if hidden:
        parts.append(f"{hidden:g} hidden: judged when your work is graded")
    return f"Points: {', '.join(parts)}."


def summary(question: Question, result: QuestionResult, shown: Collection[Shown]) -> str:
    """How far a question is, in a line; `shown` are its cases."""
    passed = sum(case.status == "passed" for case in result.cases)
    if not question.cases:
        return "no public checks; the answer is judged when your work is graded"
    if passed == len(result.cases) and _looks_at_form_only(question):
        return "the form is right; the value is judged when your work is graded"
    if passed == len(result.cases):
        return "all public checks passed (the hidden ones run when your work is graded)"
    if all(case.kind == "open" for case in shown):
        return "no answer yet"
    unknown = sum(case.status == "unjudged" for case in result.cases)
    left = f", {unknown} not judged" if unknown else ""
    return f"{passed} of {len(result.cases)} public checks passed{left}"


def _looks_at_form_only(question: Question) -> bool:
    """Whether no public case of a question has points: the answer is judged by hidden ones."""
    return not any(case.points for case in question.cases)


def _look(
    question: Question, case: Case, judged: CaseResult, waiting: Collection[str]
) -> tuple[str, str, str]:
    """The kind of a case, its sign, and the sign in words."""
    if judged.status == "passed" and _looks_at_form_only(question):
        return "form", FORM_IS_RIGHT, "the form is right"
    if judged.status == "failed" and any(key in waiting for key in case.variables):
        return "open", OPEN, "no answer yet"
    return judged.status, SIGNS[judged.status], WORDS[judged.status]
