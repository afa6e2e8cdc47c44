"""Results of questions as a page shows them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from autograder.course.questions import Question
from autograder.judging.wording import (
    SIGNS,
    WORDS,
    advised_once,
    decided_in_words,
    said_once,
    score_of,
)
from autograder.model import CaseResult, Feedback, Grade


@dataclass(frozen=True)
class Paragraph:
    """Lines of a message: a sentence, labelled or not, or lines whose columns are aligned."""

    text: str
    label: str = ""
    aligned: bool = False


@dataclass(frozen=True)
class CaseView:
    """One case with its title and its message."""

    result: CaseResult
    title: str
    message: tuple[Paragraph, ...]

    @property
    def mark(self) -> str:
        """Its status as a sign."""
        return SIGNS[self.result.status]

    @property
    def word(self) -> str:
        """Its status as a word, for those who cannot see the sign."""
        return WORDS[self.result.status]


@dataclass(frozen=True)
class QuestionView:
    """One question with its cases, and what humans decided about it."""

    name: str
    score: str
    cases: tuple[CaseView, ...]
    decided: tuple[str, ...] = ()


def questions_of(grade: Grade, questions: Sequence[Question]) -> tuple[QuestionView, ...]:
    """The questions of a grade; those that the assignment no longer has keep their plain names."""
    titles = {(q.name, case.name): case.title for q in questions for case in q.cases}
    return tuple(
        QuestionView(
            result.name,
            score_of(result),
            tuple(
                CaseView(
                    case,
                    titles.get((result.name, case.name), case.name),
                    tuple(_paragraphs(feedback)),
                )
                for case, feedback in said_once(result.cases)
            ),
            tuple(decided_in_words(result, _of_question(titles, result.name))),
        )
        for result in advised_once(grade.questions, short)
    )


def _of_question(titles: Mapping[tuple[str, str], str], name: str) -> dict[str, str]:
    return {case: title for (question, case), title in titles.items() if question == name}


def short(name: str) -> str:
    """A question's name as a column's heading: q1_2_3 is 1.2.3."""
    return re.sub(r"^q(?=\d)", "", name).replace("_", ".")


def _paragraphs(feedback: Feedback) -> Iterator[Paragraph]:
    for label, said in feedback.labelled:
        yield Paragraph(said, label)
    heading, _, rows = feedback.detail.partition("\n")
    if heading:
        yield Paragraph(heading)
    if rows:
        yield Paragraph(rows, aligned=True)
    for note in feedback.notes:
        yield Paragraph(note)
