"""Marks from what was seen of a run: equal answers to a question are judged once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from autograder.course.assignment import Assignment
from autograder.course.questions import Question
from autograder.course.vocabulary import uses
from autograder.judging import fingerprint
from autograder.judging.answers_in_text import flag_of_texts, lines_handed_out, unanswered
from autograder.judging.cases import Subject, judge_question, portrait, subjects
from autograder.judging.wording import BY_HAND
from autograder.model import (
    NO_MISHAPS,
    CaseResult,
    Execution,
    Feedback,
    Flag,
    FlagKind,
    Graded,
    Handin,
    Judgement,
    Mishaps,
    NetworkSummary,
    Observation,
    Outcome,
    QuestionResult,
)
from autograder.networks.evaluation_set import EvaluationSet
from autograder.networks.network import Network
from autograder.networks.worker_client import Worker, shared_workers
from autograder.observables import is_call, students_names


class HasHandin(Protocol):
    """Whose marks these are: an Entry of a batch, or one that a ledger remembers."""

    @property
    def handin(self) -> Handin: ...


@dataclass(frozen=True)
class Run:
    """How a notebook ran.

    `names` are the variables that were looked for, where that is known; `digests` names what was
    seen of each, and `observations` fetches it where it has to be looked at. `lacks` are the
    packages that were not installed, `mishaps` the cells that raised.
    """

    outcome: Outcome
    detail: str
    seconds: float
    device: str
    repairs: tuple[str, ...]
    digests: Mapping[str, str]
    observations: Callable[[], Mapping[str, Observation]]
    names: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    mishaps: Mishaps = NO_MISHAPS

    @classmethod
    def of(cls, execution: Execution, names: tuple[str, ...] = ()) -> "Run":
        """The run that has just ended, in which variables of these names were looked for."""
        seen = execution.observations
        return cls(
            outcome=execution.outcome,
            detail=execution.detail,
            seconds=execution.seconds,
            device=execution.device,
            repairs=execution.repairs,
            digests={name: fingerprint.of_observation(seen[name]) for name in seen},
            observations=lambda: seen,
            names=names,
            lacks=execution.lacks,
            mishaps=execution.mishaps,
        )


class Memory(Protocol):
    """Keeps judgements by the fingerprint of all that they depend on."""

    def get(self, key: str) -> str | None:
        """What was kept under the key."""

    def put(self, key: str, text: str) -> None:
        """Keep it."""


class Forgetful:
    """A Memory that keeps nothing."""

    def get(self, key: str) -> str | None:
        """Nothing was kept."""
        return None

    def put(self, key: str, text: str) -> None:
        """Nothing is kept."""


class Scorer:
    """Turns runs into marks for one assignment; safe to use from several threads.

    Questions that a human reads are not judged here: they have no points yet.
    """

    def __init__(self, assignment: Assignment, memory: Memory | None = None) -> None:
        self._assignment = assignment
        self._memory = memory if memory is not None else Forgetful()
        self._judgements: dict[str, Judgement] = {}
        self._portraits: dict[str, NetworkSummary] = {}
        self._prefixes: dict[str, dict[str, str]] = {}

    def score(self, handed: HasHandin, run: Run) -> Graded:
        """The marks of one run; runs no student code, and networks in a worker.

        Raises SandboxError when no worker can be had, and CourseError for images that do not load.
        """
        with Worker(shared_workers()) as worker:
            sight = Evidence(run, self._assignment, worker)
            judged = [self._judged(question, run, sight) for question in self._assignment.questions]
            networks = self._networks(run, sight, judged)
        results = (*(j.result for j in judged), *self._to_read())
        flags = dict.fromkeys(flag for judgement in judged for flag in judgement.flags)
        ended = _flag_of_end(run, judged)
        handin = handed.handin
        return Graded(
            **dict(handin.model_copy(update={"remarks": (*handin.remarks, *run.repairs)})),
            outcome=run.outcome,
            ended=run.detail,
            score=sum(result.score for result in results),
            max_score=self._assignment.max_score,
            seconds=run.seconds,
            flags=(*ended, *flags, *self._answers_in_text(run)),
            lacks=run.lacks,
            questions=results,
            networks=networks,
        )

    def _answers_in_text(self, run: Run) -> tuple[Flag, ...]:
        """A flag where answers may stand in cells of text.

        Numbers count as answers unless the assignment is about networks, whose texts are full of
        them: there a cell has to name the variable.
        """
        left = set(unanswered(self._names, run.digests))
        about_networks = bool(self._assignment.tasks)
        texts = [t for t in run.mishaps.texts if not about_networks or left & set(t.mentions)]
        # What was handed out cannot be told apart where it is not there.
        handed_out = self._handed_out if left and texts else frozenset()
        return flag_of_texts(texts, handed_out) if handed_out else ()

    @property
    def _names(self) -> tuple[str, ...]:
        """The variables that tests look at, without expressions."""
        return tuple(key for key in self._assignment.variables if not is_call(key))

    @cached_property
    def _handed_out(self) -> frozenset[str]:
        return lines_handed_out(self._assignment.handed_out, self._names)

    def _judged(self, question: Question, run: Run, sight: "Evidence") -> Judgement:
        key = self._key(question, run)
        if key not in self._judgements:
            if (kept := self._memory.get(key)) is not None:
                self._judgements[key] = Judgement.model_validate_json(kept)
            else:
                judgement = judge_question(
                    question,
                    sight.subjects,
                    sight.sets,
                    run.outcome,
                    run.mishaps,
                    self._assignment.tasks,
                )
                if any(flag.kind is FlagKind.MACHINE for flag in judgement.flags):
                    return judgement
                self._memory.put(key, judgement.model_dump_json())
                self._judgements[key] = judgement
        return self._judgements[key]

    def _key(self, question: Question, run: Run) -> str:
        seen = [run.digests.get(name, "") for name in question.variables]
        # An early end matters to those questions only whose variables were never reached.
        ended = run.outcome if run.outcome.ended_early and "" in seen else ""
        stopped = run.mishaps.about(students_names(question.variables))
        why = fingerprint.of_parts(stopped.model_dump()) if stopped != NO_MISHAPS else ""
        return f"{self._prefix(run.device)[question.name]}:{ended}:{why}:{':'.join(seen)}"

    def _prefix(self, device: str) -> dict[str, str]:
        """For each question the fingerprint of its tests and of what they measure with."""
        if device not in self._prefixes:
            assignment = self._assignment
            measures = {n: a.model_dump() for n, a in assignment.settings.accuracy.items()}
            sets = {n: one.model_dump() for n, one in assignment.settings.data.sets.items()}
            data = fingerprint.of_files(assignment.set_files)
            self._prefixes[device] = {
                question.name: fingerprint.of_parts(
                    fingerprint.of_judging(),
                    ({name: sets[name] for name in question.sets}, data) if question.sets else "",
                    device,
                    question.source,
                    assignment.vocabulary if uses(question) else "",
                    {n: measures.get(n) for n in question.variables},
                    {n: repr(assignment.tasks.get(n)) for n in question.variables},
                )
                for question in assignment.questions
            }
        return self._prefixes[device]

    def _networks(
        self, run: Run, sight: "Evidence", judged: list[Judgement]
    ) -> tuple[NetworkSummary, ...]:
        """Every network that was measured, and every one that a test looks at, with its layers."""
        found = {}
        for name in self._assignment.tasks:
            if name in run.digests and (summary := self._portrait(name, run, sight)) is not None:
                found[name] = summary
        for measured in (m for judgement in judged for m in judgement.measured):
            known = found.get(measured.network, NetworkSummary(name=measured.network))
            reached = (
                {"hidden_accuracy": measured.accuracy, "threshold": measured.threshold}
                if measured.hidden
                else {"public_accuracy": measured.accuracy}
            )
            found[measured.network] = known.model_copy(update=reached)
        return tuple(found.values())

    def _portrait(self, name: str, run: Run, sight: "Evidence") -> NetworkSummary | None:
        """The network in that variable; None where there is none that works."""
        task = fingerprint.of_parts(repr(self._assignment.tasks.get(name)))
        key = f"portrait:{fingerprint.of_judging()}:{task}:{run.digests[name]}"
        if key not in self._portraits:
            if (kept := self._memory.get(key)) is None:
                subject = sight.subjects.get(name)
                drawn = portrait(subject) if isinstance(subject, Network) else None
                kept = (
                    drawn.model_dump_json() if drawn else NetworkSummary(name="").model_dump_json()
                )
                self._memory.put(key, kept)
            self._portraits[key] = NetworkSummary.model_validate_json(kept)
        return self._portraits[key] if self._portraits[key].name else None

    def _to_read(self) -> tuple[QuestionResult, ...]:
        """The questions that a human reads and that count."""
        return tuple(
            _unread(name, most) for name, most in self._assignment.settings.written.items()
        )


class Evidence:
    """What a run left, fetched only if a question has to be judged."""

    def __init__(self, run: Run, assignment: Assignment, worker: Worker) -> None:
        self._run, self._assignment, self._worker = run, assignment, worker

    @cached_property
    def subjects(self) -> dict[str, Subject]:
        return subjects(self._run.observations(), self._worker, self._assignment.tasks)

    @cached_property
    def sets(self) -> dict[str, EvaluationSet]:
        return self._assignment.sets(self._run.device)


def _flag_of_end(run: Run, judged: Sequence[Judgement]) -> tuple[Flag, ...]:
    """A flag where a run went wrong, unless it is an error in some cell that has cost nothing."""
    nothing_lost = all(case.status == "passed" for j in judged for case in j.result.cases)
    if run.outcome is Outcome.FINISHED or (run.outcome is Outcome.CELL_ERROR and nothing_lost):
        return ()
    return (Flag(kind=FlagKind.RUN, text=f"{run.outcome}: {run.detail}"),)


def _unread(name: str, most: float) -> QuestionResult:
    feedback = Feedback(notes=("Not read yet.",))
    case = CaseResult(name=BY_HAND, status="not_run", points=most, hidden=False, feedback=feedback)
    return QuestionResult(name=name, score=0.0, max_score=most, cases=(case,))
