"""How marks and endings are worded, once for terminals, files, pages and Gradescope."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from autograder.model import CaseResult, Decided, Feedback, Outcome, QuestionResult, Unfinished

BY_HAND = "written"
"""The name of the one case of a question that a human reads."""

SIGNS = {"passed": "✓", "failed": "✗", "not_run": "-", "unjudged": "?"}
"""The status of a case as a sign."""

FORM_IS_RIGHT = "○"
"""The sign of a public case that has passed and looks at an answer's form, not at its value."""

WORDS = {"passed": "passed", "failed": "failed", "not_run": "not run", "unjudged": "not judged"}
"""The status of a case in words."""

_WHY_EARLY = {
    Outcome.TIMEOUT: "it took too long",
    Outcome.MEMORY: "it used too much memory",
    Outcome.OUTPUT: "it printed too much",
    Outcome.KERNEL_DIED: "Python itself ended",
}
"""Why a run ended early, as a student reads it."""


def ending(outcome: Outcome, ended: str) -> str:
    """How a run ended, as a student reads it; `ended` says where."""
    where = f"{ended[:1].upper()}{ended[1:]}." if ended else ""
    if outcome is Outcome.FINISHED:
        if where:  # a human has graded what no program could
            return f"{where} Your teachers gave the points."
        return "The notebook ran from the first cell to the last."
    if outcome is Outcome.CELL_ERROR:
        return f"{where or 'A cell stopped with an error.'} The cells after it ran all the same."
    return f"{where or f'The run stopped: {_WHY_EARLY[outcome]}.'} Later cells did not run."


def praise(score: float, max_score: float) -> str:
    """A warm line for full marks; empty for less."""
    return "Everything is right. Well done!" if score >= max_score > 0 else ""


def not_reached(name: str, outcome: Outcome) -> str:
    """Why nothing is said about a variable that a run has not come to."""
    came = "set" if name.isidentifier() else "evaluated"
    return f"Not reached: the run stopped before `{name}` was {came}, since {_WHY_EARLY[outcome]}."


def without_end(name: str, seen: Unfinished) -> str:
    """Why nothing is said about an expression that came to no end."""
    if seen.why == "time":
        return f"`{name}` did not end within {seen.seconds:g} seconds: does a loop go on for ever?"
    return f"Python itself ended while `{name}` was evaluated."


_AS_ABOVE = Feedback(notes=("(as above)",))
_LONG_ADVICE = 50


def score_of(question: QuestionResult) -> str:
    """A question's score, such as `1 of 2`; what is not judged yet is no zero."""
    left = open_points([question])
    if left and left == question.max_score:
        return f"not judged yet, of {left:g}"
    score = f"{question.score:g} of {question.max_score:g}"
    return f"{score}, {_number(left)} not judged yet" if left else score


def open_points(questions: Iterable[QuestionResult]) -> float:
    """The points about which nobody has decided yet."""
    return sum(case.points for question in questions for case in question.unjudged)


def still_open(questions: Iterable[QuestionResult]) -> str:
    """A sentence on the points that a human still has to give; empty where there are none."""
    left = open_points(questions)
    are = "is" if left == 1 else "are"
    return f"{_number(left)} {are} not judged yet: your teachers will decide." if left else ""


def advised_once(
    results: Iterable[QuestionResult], called: Callable[[str], str] = str
) -> Iterator[QuestionResult]:
    """The questions in their order; advice of some length that an earlier one has refers to it.

    `called` gives the name under which a reader finds a question.
    """
    first: dict[str, str] = {}
    for result in results:
        cases = []
        for case in result.cases:
            told = case.feedback
            if told is not None and len(told.advice) >= _LONG_ADVICE:
                above = first.setdefault(told.advice, result.name)
                if above != result.name:
                    told = told.model_copy(update={"advice": f"as for {called(above)}."})
            cases.append(case.model_copy(update={"feedback": told}))
        yield result.model_copy(update={"cases": tuple(cases)})


def said_once(cases: Iterable[CaseResult]) -> Iterator[tuple[CaseResult, Feedback]]:
    """Each case with its feedback; what was said once, in all or in part, is not said again."""
    said: set[str] = set()
    for case in cases:
        feedback = case.feedback or Feedback()
        repeated = feedback.text in said
        yield case, _AS_ABOVE if repeated else _without(feedback, said)
        said.update(part for part in (feedback.text, feedback.advice, feedback.detail) if part)


def _without(feedback: Feedback, said: set[str]) -> Feedback:
    """The feedback without advice and details that stand above."""
    again = {"advice", "detail"} if feedback.advice in said else {"detail"}
    repeated = {part: "" for part in again if getattr(feedback, part) in said}
    return feedback.model_copy(update=repeated)


def decided_in_words(question: QuestionResult, titles: Mapping[str, str]) -> Iterator[str]:
    """What humans decided about a question, a text each, as the student reads it.

    `titles` are those of the question's cases, by name. What a human who reads an answer gives and
    says is the result of its one case already.
    """
    is_read = [case.name for case in question.cases] == [BY_HAND]
    for decision in question.decisions:
        if is_read and not decision.case and decision.kind in ("points", "comment"):
            continue
        yield from _in_words(decision, titles)


def beside_in_words(decisions: Iterable[Decided]) -> Iterator[str]:
    """What humans decided about the whole work, a text each."""
    for decision in decisions:
        yield from _in_words(decision, {})


def _in_words(decision: Decided, titles: Mapping[str, str]) -> Iterator[str]:
    why = f" {decision.text}" if decision.text else ""
    match decision.kind:
        case "comment":
            yield decision.text
        case "item":
            yield f"{decision.points or 0:+g}: {decision.text}"
        case "answer":
            yield f"You asked: {decision.request}"
            yield f"Answer: {decision.text}"
        case "points":
            where = f' for "{titles.get(decision.case, decision.case)}"' if decision.case else ""
            yield f"Changed by your teachers to {_points(decision)}{where}.{why}"
        case "late":
            yield f"Handed in late: {decision.points or 0:+g}.{why}"
        case "extra":
            yield f"Extra points: {decision.points or 0:+g}.{why}"


def _points(decision: Decided) -> str:
    return _number(decision.points or 0)


def _number(points: float) -> str:
    return "1 point" if points == 1 else f"{points:g} points"
