"""What a class's results say about the test cases, and which wrong answers students share."""

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
    unjudged: int
    discrimination: float | None

    @property
    def pass_rate(self) -> float:
        """The share that passed of those that were judged; a case nobody reached did not pass."""
        return self.passed / max(1, self.passed + self.failed + self.not_run)


def statistics(
    questions: Sequence[Question], grades: Sequence[Grade]
) -> tuple[CaseStatistics, ...]:
    """The statistics of every case that somebody was judged on, in the order of the questions.

    Discrimination is the corrected item-total correlation: the Pearson correlation, over the graded
    submissions, of passing the case (1 or 0, hence *point-biserial*) with the score on everything
    else. The case's own points are taken out of the total, since they would correlate with
    themselves (Henrysson, Correction of item-total correlations in item analysis, Psychometrika 28,
    1963). It is undefined where all passed, none did, or all have the same score on the rest.
    Ungraded submissions and unjudged cases are left out; a case that was not run counts as not
    passed.
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
        unjudged=status.count("unjudged"),
        discrimination=_discrimination([r for r in results if r[0].status != "unjudged"]),
    )


def _discrimination(results: Sequence[tuple[CaseResult, float]]) -> float | None:
    passed = np.array([result.status == "passed" for result, _ in results], float)
    earned = np.array([result.points for result, _ in results]) * passed
    rest = np.array([score for _, score in results]) - earned
    # Scores are sums of fractions: equal ones may differ in their last place.
    if not results or np.ptp(passed) == 0 or np.ptp(rest) < 1e-9:
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


def clusters(grades: Sequence[Grade], at_least: int = 2) -> tuple[Cluster, ...]:
    """The failures that several students share, the largest cluster first.

    A cluster is the mistake that the feedback names. A student who fails several cases of a
    question in the same way is counted at the first of them.
    """
    found: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for grade in grades:
        for question, case, mistake in _mistakes(grade):
            found[question, case, mistake].append(grade.student)
    shared = [
        Cluster(question=question, case=case, found=mistake, students=tuple(students))
        for (question, case, mistake), students in found.items()
        if len(students) >= at_least
    ]
    return tuple(sorted(shared, key=lambda cluster: -len(cluster.students)))


def _mistakes(grade: Grade) -> Iterator[tuple[str, str, str]]:
    for question in grade.questions:
        seen = set[str]()
        for case in question.cases:
            if case.status == "failed":
                mistake = (case.feedback and case.feedback.mistake) or "failed without a message"
                if mistake not in seen:
                    yield question.name, case.name, mistake
                seen.add(mistake)
