"""What the report is made from."""

from dataclasses import dataclass

from autograder.course.questions import Question
from autograder.model import Grade, Person
from autograder.results.similarity import Pair
from autograder.results.statistics import CaseStatistics, Cluster
from autograder.results.written import WrittenAnswer
from autograder.submissions.tree import LeftOut


@dataclass(frozen=True)
class ClassReport:
    """A class's results. `made` says when and with what, in words.

    `unknown`, `alike` and `twice` name submissions by their paths; with `missing` and
    `namesakes` they come from a roster and are empty without one.
    """

    title: str
    assignment: str
    device: str
    made: str
    grades: tuple[Grade, ...]
    questions: tuple[Question, ...]
    statistics: tuple[CaseStatistics, ...] = ()
    clusters: tuple[Cluster, ...] = ()
    pairs: tuple[Pair, ...] = ()
    written: tuple[WrittenAnswer, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    missing: tuple[Person, ...] = ()
    unknown: tuple[str, ...] = ()
    alike: tuple[str, ...] = ()
    namesakes: tuple[Person, ...] = ()
    twice: tuple[tuple[Person, tuple[str, ...]], ...] = ()
