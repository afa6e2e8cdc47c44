"""How marks and endings are worded, once for terminals, files, pages and Gradescope."""

from collections.abc import Iterable, Iterator

from autograder.model import CaseResult, Feedback, Outcome

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
