"""What a submission is worth, what its student reads, and what a human should look at."""

from enum import StrEnum
from typing import Literal

from autograder.model.base import Frozen, OneLine
from autograder.model.handed_in import Handin
from autograder.model.runs import Outcome


class Feedback(Frozen):
    """What a student reads about a case, in parts; each but `detail` is one line.

    `expected` says in words what was asked, `found` what there was, `advice` what to try. `detail`
    is a heading and rows below it whose columns are aligned, such as a network's shapes. `notes`
    are sentences that cost no points, or all that there is to say. `mistake` names for staff what
    went wrong in the same words for everybody who did it.
    """

    expected: OneLine = ""
    found: OneLine = ""
    advice: OneLine = ""
    detail: str = ""
    notes: tuple[OneLine, ...] = ()
    mistake: OneLine = ""

    @property
    def labelled(self) -> tuple[tuple[str, str], ...]:
        """The sentences that have a label, with it, in the order in which they are read."""
        parts = (("Expected", self.expected), ("Found", self.found), ("Try", self.advice))
        return tuple((label, said) for label, said in parts if said)

    @property
    def text(self) -> str:
        """All of it as plain text, a line a sentence."""
        lines = [f"{label}: {said}" for label, said in self.labelled]
        return "\n".join(line for line in (*lines, self.detail, *self.notes) if line)


class FlagKind(StrEnum):
    """Why a human should look at a submission."""

    RUN = "run"
    """Something went wrong while the notebook ran."""
    BORDERLINE = "borderline"
    """An accuracy lies so near to its threshold that luck may have decided."""
    UNJUDGED = "unjudged"
    """A case could not be decided by a test: it has no points until a human gives some."""
    NETWORK = "network"
    """A network is not what it seems."""
    TEXT = "text"
    """An answer may stand where Python does not read it, in a cell of text."""
    MACHINE = "machine"
    """A network did not run, and a busy machine may be why: it is tried again when asked for."""


class Flag(Frozen):
    """One reason for a human to look at a submission."""

    kind: FlagKind
    text: OneLine

    def __str__(self) -> str:
        return f"{self.kind}: {self.text}" if self.kind is FlagKind.BORDERLINE else self.text


class CaseResult(Frozen):
    """One test case judged, with what the student reads about it.

    `unjudged` is what no test could decide: there are no points yet, and a human gives them.
    """

    name: str
    status: Literal["passed", "failed", "not_run", "unjudged"]
    points: float
    hidden: bool
    feedback: Feedback | None = None

    @property
    def message(self) -> str | None:
        """The feedback as plain text; None where there is none."""
        return self.feedback.text if self.feedback else None


class Measurement(Frozen):
    """The accuracy of a network on a set of images, as fractions of them."""

    network: str
    hidden: bool
    accuracy: float
    threshold: float


class Decided(Frozen):
    """What a human decided about a question, or about the whole work where `question` is empty.

    `points` are those given instead of the case's (or, where `case` is empty, the question's), or
    added by an item or as extra points; `tested` is what the tests give there today. `text` is for
    the student: a reason, an item, a comment, an answer to the `request`.
    """

    id: int
    kind: Literal["points", "item", "comment", "answer", "extra", "late"]
    who: str
    at: str
    case: str = ""
    points: float | None = None
    tested: float | None = None
    text: str = ""
    request: str = ""


class QuestionResult(Frozen):
    """The cases of one question as tests judge them, and what humans decided about it.

    `score` is the sum of the points of the cases passed, unless `decisions` say otherwise.
    """

    name: str
    score: float
    max_score: float
    cases: tuple[CaseResult, ...]
    decisions: tuple[Decided, ...] = ()

    @property
    def unjudged(self) -> tuple[CaseResult, ...]:
        """The cases with points that nobody has decided yet: no test could, and no human has."""
        return tuple(c for c in self.cases if c.status == "unjudged" and c.points)


class Judgement(Frozen):
    """A question judged: its result, flags for the TA and the accuracies that were measured."""

    result: QuestionResult
    flags: tuple[Flag, ...] = ()
    measured: tuple[Measurement, ...] = ()


class NetworkSummary(Frozen):
    """A network in figures: its layers with their shapes, its weights, and how well it reads.

    `trace` has a line a layer. Accuracies are fractions of the images, None where no test case
    measured them; `threshold` is that of the hidden images.
    """

    name: str
    trace: str = ""
    parameters: int | None = None
    hidden_accuracy: float | None = None
    public_accuracy: float | None = None
    threshold: float | None = None


class Graded(Handin):
    """A submission with its marks, whatever the student's code did.

    `ended` says where and how a run ended in which something went wrong. `flags` are for a human
    to look at; `remarks` say what was mended or left out. `lacks` are the packages that the
    notebook imports and that were not installed. `decisions` are those about the whole work.
    """

    status: Literal["graded"] = "graded"
    reason: None = None
    outcome: Outcome
    ended: str = ""
    score: float
    max_score: float
    seconds: float
    flags: tuple[Flag, ...] = ()
    lacks: tuple[str, ...] = ()
    questions: tuple[QuestionResult, ...]
    networks: tuple[NetworkSummary, ...] = ()
    decisions: tuple[Decided, ...] = ()


class Ungraded(Handin):
    """A submission without marks: unreadable, or our own fault. `reason` says what happened."""

    status: Literal["ungraded"] = "ungraded"
    reason: str
    outcome: None = None
    score: None = None
    max_score: float
    seconds: float = 0.0
    flags: tuple[()] = ()
    lacks: tuple[()] = ()
    questions: tuple[()] = ()
    networks: tuple[()] = ()
    decisions: tuple[()] = ()


Grade = Graded | Ungraded
