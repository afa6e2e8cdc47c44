"""Results of questions as a page shows them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from autograder.course.questions import Question
from autograder.model import CaseResult, Grade

MARKS = {"passed": "✓", "failed": "✗", "not_run": "-"}
WORDS = {"passed": "passed", "failed": "failed", "not_run": "not run"}
_LABEL = re.compile(r"(Expected|Found|Try): ?")


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
        return MARKS[self.result.status]

    @property
    def word(self) -> str:
        """Its status as a word, for those who cannot see the sign."""
        return WORDS[self.result.status]


@dataclass(frozen=True)
class QuestionView:
    """One question with its cases."""

    name: str
    score: float
    max_score: float
    cases: tuple[CaseView, ...]


def questions_of(grade: Grade, questions: Sequence[Question]) -> tuple[QuestionView, ...]:
    """The questions of a grade; those that the assignment no longer has keep their plain names."""
    titles = {(q.name, case.name): case.title for q in questions for case in q.cases}
    return tuple(
        QuestionView(
            result.name,
            result.score,
            result.max_score,
            tuple(
                CaseView(case, titles.get((result.name, case.name), case.name), tuple(message))
                for case, message in _messages(result.cases)
            ),
        )
        for result in grade.questions
    )


def short(name: str) -> str:
    """A question's name as a column's heading: q1_2_3 is 1.2.3."""
    return re.sub(r"^q(?=\d)", "", name).replace("_", ".")


def _messages(
    cases: Sequence[CaseResult],
) -> Iterator[tuple[CaseResult, Iterator[Paragraph]]]:
    """Each case with its message; what was said once is not said again."""
    said: set[str] = set()
    for case in cases:
        message = case.message or ""
        yield case, _paragraphs("(as above)" if message in said else message)
        if message:
            said.add(message)


def _paragraphs(message: str) -> Iterator[Paragraph]:
    aligned: list[str] = []
    for line in message.splitlines():
        if line.startswith((" ", "\t")):
            aligned.append(line)
            continue
        if aligned:
            yield Paragraph("\n".join(aligned), aligned=True)
            aligned = []
        label = _LABEL.match(line)
        yield Paragraph(line[label.end() :], label[1]) if label else Paragraph(line)
    if aligned:
        yield Paragraph("\n".join(aligned), aligned=True)
