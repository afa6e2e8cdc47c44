"""What a class's results say about the test cases, and which wrong answers students share."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from autograder.course.questions import Case, Question
from autograder.model import CaseResult, Grade, Graded

# --- test cases ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class CaseStatistics:
    """How a class did on one test case; `discrimination` lies in [-1, 1], None where undefined."""

    question: str
    case: str
    title: str
    hidden: bool
    points: float
    passed: int
    failed: int
    not_run: int
    discrimination: float | None

    @property
    def pass_rate(self) -> float:
        """The share of the graded submissions that passed; a case nobody reached did not pass."""
        return self.passed / (self.passed + self.failed + self.not_run)


def statistics(
    questions: Sequence[Question], grades: Sequence[Grade]
) -> tuple[CaseStatistics, ...]:
    """The statistics of every case that somebody was judged on, in the order of the questions.

    Discrimination is the corrected item-total correlation: the Pearson correlation, over the graded
    submissions, of passing the case (1 or 0, hence *point-biserial*) with the score on everything
    else. The case's own points are taken out of the total, since they would correlate with
    themselves (Henrysson, Correction of item-total correlations in item analysis, Psychometrika 28,
    1963). It is undefined where all passed, none did, or all have the same score on the rest.
    Ungraded submissions are left out; a case that was not run counts as not passed.
    """
    graded = [grade for grade in grades if isinstance(grade, Graded)]
    results: dict[tuple[str, str], list[tuple[CaseResult, float]]] = defaultdict(list)
    for grade in graded:
        for question in grade.questions:
            for case in question.cases:
                results[question.name, case.name].append((case, grade.score))
    return tuple(
        _statistics(question.name, case, results[question.name, case.name])
        for question in questions
        for case in question.cases
        if results[question.name, case.name]
    )


def _statistics(
    question: str, case: Case, results: Sequence[tuple[CaseResult, float]]
) -> CaseStatistics:
    status = [result.status for result, _ in results]
    return CaseStatistics(
        question=question,
        case=case.name,
        title=case.title,
        hidden=case.hidden,
        points=case.points,
        passed=status.count("passed"),
        failed=status.count("failed"),
        not_run=status.count("not_run"),
        discrimination=_discrimination(results),
    )


def _discrimination(results: Sequence[tuple[CaseResult, float]]) -> float | None:
    passed = np.array([result.status == "passed" for result, _ in results], float)
    earned = np.array([result.points for result, _ in results]) * passed
    rest = np.array([score for _, score in results]) - earned
    # Scores are sums of fractions: equal ones may differ in their last digit.
    if np.ptp(passed) == 0 or np.ptp(rest) < 1e-9:
        return None
    return float(np.corrcoef(passed, rest)[0, 1])


# --- wrong answers ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cluster:
    """Students who failed a case in the same way; `found` says how, for the TA."""

    question: str
    case: str
    found: str
    students: tuple[str, ...]


@dataclass(frozen=True)
class _Finding:
    """What a failed case found: `text` with its numbers, and `key`, the same without them."""

    text: str
    key: str
    numbers: tuple[str, ...]


# A message's parts, as `Failure` writes them.
_MESSAGE = re.compile(r"^Found: (?P<found>.*?)$(?:\nTry: (?P<advice>.*?)$)?", re.M)
# An answer in words, as `expect.numbers.describe` gives it, and what is said of it.
_ANSWER = re.compile(
    r"the (?P<type>\S+) (?P<value>[\[(].*[\])…]|-?[\d.]+(?:e[+-]?\d+)?|-?nan|-?inf)"
    r"(?P<said>, (?:which|whose) .*|: .*)?"
)
_TEXT = re.compile(r"the text (['\"]).*\1(?P<said>, .*)?")
# Advice that names the mistake, other than advice that only says how to go on.
_LESSON = re.compile(r"(?:you|your|it looks as if|this is|these are|the numbers are|height and)\b")
# What differs from student to student in a sentence that is the same.
_VARYING = re.compile(
    r"\d+(?:[.,]\d+)*(?:e[+-]?\d+)?"
    r"|(?<=class )\S+(?= itself)|(?<=of type )\S+|(?<=network \()\S+(?=\))"
)
_CONFUSED = re.compile(r"; confused most: .*")


def clusters(grades: Sequence[Grade], at_least: int = 2) -> tuple[Cluster, ...]:
    """The failures that several students share, the largest cluster first.

    What makes a cluster is the mistake that the advice names, such as a kernel turned around; else
    the sentence on what was found; else the wrong answer itself. Numbers in a sentence that differ
    between the students become `…`. A student who fails several cases of a question in the same
    way is counted at the first of them.
    """
    found: dict[tuple[str, str, str], list[tuple[str, _Finding]]] = defaultdict(list)
    for grade in grades:
        for question, case, finding in _findings(grade):
            found[question, case, finding.key].append((grade.student, finding))
    shared = [
        Cluster(
            question=question,
            case=case,
            found=_in_common([finding for _, finding in members]),
            students=tuple(student for student, _ in members),
        )
        for (question, case, _), members in found.items()
        if len(members) >= at_least
    ]
    return tuple(sorted(shared, key=lambda cluster: -len(cluster.students)))


def _findings(grade: Grade) -> Iterator[tuple[str, str, _Finding]]:
    for question in grade.questions:
        seen = set[str]()
        for case in question.cases:
            if case.status == "failed":
                finding = _finding(case.message or "")
                if finding.key not in seen:
                    yield question.name, case.name, finding
                seen.add(finding.key)


def _finding(message: str) -> _Finding:
    match = _MESSAGE.search(message)
    if match is None:
        return _masked(message.partition("\n")[0] or "failed without a message")
    lesson = _lesson(match["advice"] or "")
    found = _CONFUSED.sub("", match["found"])
    answer = _ANSWER.fullmatch(found) or _TEXT.fullmatch(found)
    if answer is None:
        return _masked(f"{found}: {lesson}" if lesson else found)
    said = answer["said"] or ""
    if lesson:
        return _Finding(lesson, lesson, ())
    if said.startswith(", "):
        return _masked(f"an answer {said[2:]}")
    if "value" not in answer.groupdict():
        return _masked("a text instead of numbers")
    # A list, a tuple and a tensor, of 2 or of 2.0, are the same wrong answer.
    value = re.sub(r"(?<=\d)\.0+(?=\D|$)", "", answer["value"])
    value = value.translate(str.maketrans("()", "[]")).replace(",]", "]")
    return _Finding(f"{value}{said}", f"{value}{said}", ())


def _lesson(advice: str) -> str:
    """The mistakes that an advice names, without what it teaches about them."""
    lessons = [part for part in advice.split(" Or: ") if _LESSON.match(part)]
    return " or ".join(re.split(r"[:.] ", lesson)[0] for lesson in lessons)


def _masked(text: str) -> _Finding:
    # A null character, as no message has one: what a student wrote must not look like a gap.
    text = text.replace("\0", " ")
    return _Finding(text, _VARYING.sub("\0", text), tuple(_VARYING.findall(text)))


def _in_common(findings: Sequence[_Finding]) -> str:
    """The sentence with those of its numbers that all of them share."""
    columns = zip(*(finding.numbers for finding in findings), strict=True)
    common = iter([column[0] if len(set(column)) == 1 else "…" for column in columns])
    first = findings[0]
    return _VARYING.sub(lambda _: next(common), first.text) if first.numbers else first.text
