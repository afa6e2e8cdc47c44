"""A feedback file for each student."""

import re
from collections.abc import Iterator, Sequence

from autograder.course.questions import Question
from autograder.judging.wording import (
    SIGNS,
    advised_once,
    beside_in_words,
    decided_in_words,
    ending,
    praise,
    said_once,
    score_of,
    still_open,
)
from autograder.model import CaseResult, Grade, QuestionResult

# Nobody reads more, and the files of a whole class are packed together.
_MOST_CHARACTERS = 100_000
_MARKUP = re.compile(r"[\\`*{}\[\]<>#!|&~]|(?<!\w)_|_(?!\w)")


def feedback(grade: Grade, questions: Sequence[Question]) -> str:
    """What a student reads about a submission, as Markdown that reads well as plain text, too.

    A hidden case shows what it asks and how it ended, as a public one does, and never its code.
    Flags are for the TA and left out.
    """
    told = advised_once(grade.questions)
    parts = [summary(grade), *(of_question(result, questions) for result in told)]
    parts += ["\n".join(_quoted(text)) for text in beside_in_words(grade.decisions)]
    whole = "\n\n".join(part.rstrip() for part in parts)
    if len(whole) <= _MOST_CHARACTERS:
        return whole + "\n"
    # Texts are mostly code in Markdown, to which the last line must not belong.
    return f"{whole[:_MOST_CHARACTERS]}…\n\nThe rest is left out: this file has no room for more.\n"


def summary(grade: Grade) -> str:
    """Whose it is, the score, how the run ended, and what was mended or left out."""
    lines = [
        f"# Feedback for {_literal(grade.student)}",
        "",
        f"Submission: {_literal(grade.submission)}",
    ]
    if len(grade.people) > 1:
        lines.append(f"Together: {', '.join(_literal(person.name) for person in grade.people)}")
    if grade.late:
        lines.append("Handed in late.")
    if grade.outcome is None:
        lines += ["", "Not graded yet; your teachers will look at it. What happened:"]
        lines.append(_literal(grade.reason or ""))
    else:
        lines.append(f"Score: {grade.score:g} of {grade.max_score:g}")
        told = (still_open(grade.questions), praise(grade.score, grade.max_score))
        lines += filter(None, told)
        lines += ["", _literal(ending(grade.outcome, grade.ended))]
    if grade.remarks:
        lines += ["", "## Please note", "", *(f"- {_literal(remark)}" for remark in grade.remarks)]
    return "\n".join(lines)


def of_question(result: QuestionResult, questions: Sequence[Question]) -> str:
    """A question's score, what is said about each of its cases, and what humans decided."""
    titles = {(q.name, case.name): case.title for q in questions for case in q.cases}
    lines = [f"## {result.name}: {score_of(result)}", ""]
    for case, said in said_once(result.cases):
        title = titles.get((result.name, case.name))
        if title is None:  # a written answer: a human gave points, perhaps a part of them
            lines.append("Your answer in your own words, read by your teachers:")
        else:
            lines.append(f"{SIGNS[case.status]} {_line(title)} ({_worth(case)})")
        if said.text:
            lines += ["", *_quoted(said.text), ""]
    own = {case: title for (question, case), title in titles.items() if question == result.name}
    for text in decided_in_words(result, own):
        lines += ["", *_quoted(text)]
    return "\n".join(lines)


def _worth(case: CaseResult) -> str:
    points = "1 point" if case.points == 1 else f"{case.points:g} points"
    return f"{points}, hidden" if case.hidden else points


def _quoted(message: str) -> Iterator[str]:
    """Four spaces make it code in Markdown: shown as it is, whatever a student's own text holds."""
    return (f"    {_line(line)}" for line in message.splitlines())


def _literal(text: str) -> str:
    """Text of any origin as it is: a backslash before what Markdown would take for markup."""
    return _MARKUP.sub(r"\\\g<0>", _line(text))


def _line(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text).rstrip()
