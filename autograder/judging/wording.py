"""How marks and endings are worded, once for terminals, files, pages and Gradescope."""

from collections.abc import Iterable, Iterator, Mapping

from autograder.model import CaseResult, Decided, Feedback, Outcome, QuestionResult

BY_HAND = "written"
"""The name of the one case of a question that a human reads."""

SIGNS = {"passed": "✓", "failed": "✗", "not_run": "-"}
"""The status of a case as a sign."""

WORDS = {"passed": "passed", "failed": "failed", "not_run": "not run"}
"""The status of a case in words."""

ENDINGS = {
    Outcome.FINISHED: "The notebook ran from the first cell to the last.",
    Outcome.CELL_ERROR: "A cell stopped with an error; the cells after it ran all the same.",
    Outcome.TIMEOUT: "The run was stopped since it took too long; later cells did not run.",
    Outcome.MEMORY: "The run was stopped since it used too much memory; later cells did not run.",
    Outcome.OUTPUT: "The run was stopped since it wrote too much; later cells did not run.",
    Outcome.KERNEL_DIED: "The run broke off, since Python itself ended; later cells did not run.",
}
"""How a run ended, as a student reads it."""

_AS_ABOVE = Feedback(notes=("(as above)",))


def said_once(cases: Iterable[CaseResult]) -> Iterator[tuple[CaseResult, Feedback]]:
    """Each case with its feedback; what was said once is not said again."""
    said: set[str] = set()
    for case in cases:
        feedback = case.feedback or Feedback()
        yield case, _AS_ABOVE if feedback.text in said else feedback
        if feedback.text:
            said.add(feedback.text)


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
    return "1 point" if decision.points == 1 else f"{decision.points or 0:g} points"
