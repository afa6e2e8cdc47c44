"""Otter's test cases, run on observations instead of live objects: pure, outside student code."""

import errno
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from autograder.course.data import as_arguments
from autograder.course.questions import Case, Question
from autograder.errors import BusyError, ModelError, SandboxError
from autograder.expect.guard import guarded
from autograder.expect.networks import trace
from autograder.expect.verdict import Failure, Unjudged, Verdict, flag, listening
from autograder.judging.wording import not_reached, without_end
from autograder.model import (
    NO_MISHAPS,
    CaseResult,
    Feedback,
    Flag,
    FlagKind,
    Judgement,
    Measurement,
    Mishaps,
    Missing,
    NetworkData,
    NetworkSummary,
    Observation,
    Outcome,
    QuestionResult,
    Unfinished,
    one_line,
)
from autograder.networks.evaluation_set import EvaluationSet
from autograder.networks.evaluator import Evaluator
from autograder.networks.network import Network
from autograder.networks.task import NO_TASKS, Task
from autograder.observables import Call, Observable, elided, is_call, students_names

# Memory, room and open files, which a machine lacks and no test does.
_SHORT_OF = (errno.ENOMEM, errno.ENOSPC, errno.EMFILE, errno.ENFILE)

Status = Literal["passed", "failed", "not_run", "unjudged"]
"""How a case ends."""

Subject = Observation | Network
"""What a test case is given for a student's variable."""


def judge(
    questions: Iterable[Question],
    observations: Mapping[str, Observation],
    sets: Mapping[str, EvaluationSet],
    outcome: Outcome,
    evaluator: Evaluator,
    mishaps: Mishaps = NO_MISHAPS,
    tasks: Mapping[str, Task] = NO_TASKS,
) -> tuple[Judgement, ...]:
    """Each question judged on what was seen; networks are read and run by `evaluator`.

    `tasks` say what is asked of a network in each variable.

    Raises what `judge_question` raises.
    """
    seen = subjects(observations, evaluator, tasks)
    return tuple(judge_question(q, seen, sets, outcome, mishaps, tasks) for q in questions)


def subjects(
    observations: Mapping[str, Observation], evaluator: Evaluator, tasks: Mapping[str, Task]
) -> dict[str, Subject]:
    """What test cases are given: networks that work as such, all else as it was observed."""
    return {
        name: Network(seen, evaluator, tasks[name])
        if isinstance(seen, NetworkData) and seen.attachments() and name in tasks
        else seen
        for name, seen in observations.items()
    }


def judge_question(
    question: Question,
    seen: Mapping[str, Subject],
    sets: Mapping[str, EvaluationSet],
    outcome: Outcome = Outcome.FINISHED,
    mishaps: Mishaps = NO_MISHAPS,
    tasks: Mapping[str, Task] = NO_TASKS,
) -> Judgement:
    """One question judged; `mishaps` say why variables may be missing.

    A case that looks at a variable that a run which ended early never reached is `not_run`. One
    whose test raises anything but a failure has a fault of its own: it is `unjudged`, and no other
    case is touched. Raises SandboxError when no evaluator can be had, and what a machine that is
    short of memory, room or open files lets a test raise.
    """
    cases: list[CaseResult] = []
    flags: dict[Flag, None] = {}
    measured: list[Measurement] = []
    known = mishaps.about(students_names(question.variables))
    for case in question.cases:
        if case.is_whole:
            cases.append(_whole(case, cases))
            continue
        missing = [name for name in case.variables if name not in seen]
        if missing and outcome.ended_early:
            cases.append(_not_run(case, missing[0], outcome))
            continue
        endless = [s for n in case.variables if isinstance(s := seen.get(n), Unfinished)]
        if endless:
            cases.append(_without_end(case, endless[0]))
            continue
        result, verdict = _judge_case(question, case, seen, sets, known, tasks)
        cases.append(_with_message(case, result))
        flags.update(dict.fromkeys(verdict.flags))
        measured.extend(verdict.measured)
    score = sum(case.points for case in cases if case.status == "passed")
    return Judgement(
        result=QuestionResult(
            name=question.name, score=score, max_score=question.max_score, cases=tuple(cases)
        ),
        flags=tuple(flags),
        measured=tuple(measured),
    )


def portrait(network: Network) -> NetworkSummary:
    """The network's layers and size; empty where it cannot be read. Raises SandboxError."""
    try:
        return NetworkSummary(
            name=network.name, trace=trace(network), parameters=network.parameters
        )
    except ModelError:
        return NetworkSummary(name=network.name)


def _judge_case(
    question: Question,
    case: Case,
    seen: Mapping[str, Subject],
    sets: Mapping[str, EvaluationSet],
    mishaps: Mishaps,
    tasks: Mapping[str, Task],
) -> tuple[CaseResult, Verdict]:
    arguments = {o.parameter: _argument(o, case, seen) for o in case.observables}
    status: Literal["passed", "failed", "unjudged"] = "failed"
    raised: AssertionError | None = None
    with listening(mishaps, tasks) as verdict:
        try:
            case.body.call_func({**as_arguments(sets), **arguments})
            status, feedback = "passed", Feedback()
        except Failure as failure:
            feedback, raised = failure.feedback, failure
        except AssertionError as failure:
            said, raised = str(failure) or "The check failed.", failure
            feedback = Feedback(notes=tuple(said.splitlines()), mistake=said)
        except (Unjudged, ModelError) as error:
            reason = error if isinstance(error, Unjudged) else _unjudged(case, error)
            status, feedback = "unjudged", reason.feedback
            flag(reason.why, reason.kind)
        except SandboxError:
            raise
        except (Exception, SystemExit) as error:
            if isinstance(error, MemoryError) or getattr(error, "errno", None) in _SHORT_OF:
                raise
            reason = _faulty(question, case, error)
            status, feedback = "unjudged", reason.feedback
            flag(reason.why, reason.kind)
    if case.quotes_nothing and status == "failed":
        feedback = _withheld(case, raised, feedback.mistake)
    elif not case.quotes_nothing:
        feedback = feedback.model_copy(
            update={"notes": (*feedback.notes, *map(one_line, verdict.notes))}
        )
    result = CaseResult(
        name=case.name,
        status=status,
        points=case.points,
        hidden=case.hidden,
        feedback=feedback if feedback.text else None,
    )
    return result, verdict


def _argument(observable: Observable, case: Case, seen: Mapping[str, Subject]) -> Subject:
    """What a case is given; what an expression gave goes by words that students may read."""
    key = observable.key
    subject = seen.get(key, Missing(name=key))
    if isinstance(subject, Network):
        return subject
    return guarded(subject.model_copy(update={"name": _label(key, case)}))


def _label(key: str, case: Case) -> str:
    return elided(key) if case.hidden and is_call(key) else key


def _withheld(case: Case, failure: AssertionError | None, mistake: str) -> Feedback:
    """What a student reads of a hidden call: neither what it was given nor what it gave."""
    calls = [f"`{elided(o.key)}`" for o in case.observables if isinstance(o, Call)]
    found, advice = "", "try values of your own that the text does not show, unusual ones, too."
    if isinstance(failure, Failure):
        found = failure.unquoted
        if failure.is_absent:
            found, advice = failure.feedback.found, failure.feedback.advice
    return Feedback(
        expected=f"{' and '.join(dict.fromkeys(calls))} to do what the text asks",
        found=found or "another result",
        advice=advice,
        mistake=mistake,
    )


def _without_end(case: Case, seen: Unfinished) -> CaseResult:
    said = without_end(_label(seen.name, case), seen)
    return CaseResult(
        name=case.name,
        status="not_run",
        points=case.points,
        hidden=case.hidden,
        feedback=Feedback(notes=(said,), mistake=said),
    )


def _unjudged(case: Case, error: ModelError) -> Unjudged:
    names = ", ".join(f"`{_label(name, case)}`" for name in case.variables)
    kind = FlagKind.MACHINE if isinstance(error, BusyError) else FlagKind.UNJUDGED
    return Unjudged(f"our tools cannot judge {names}", str(error), kind)


def _faulty(question: Question, case: Case, error: BaseException) -> Unjudged:
    """A test that fails for its own fault is the course's: no student pays for it."""
    said = f"the test itself failed with {type(error).__name__}: {error}"
    return Unjudged("this check has a fault of its own", f"{question.name} {case.name}: {said}")


def _whole(case: Case, parts: Sequence[CaseResult]) -> CaseResult:
    """The case that has the points of a question which gives all of them or none."""
    found = {part.status for part in parts}
    worst_first: tuple[Status, ...] = ("failed", "not_run", "unjudged")
    status: Status = next((status for status in worst_first if status in found), "passed")
    said = {
        "failed": "This question gives its points when all of its checks pass.",
        "not_run": "This question gives its points when all of its checks have run and pass.",
        "unjudged": "Not judged yet: a check of this question is not. Your teachers will decide.",
    }.get(status)
    return CaseResult(
        name=case.name,
        status=status,
        points=case.points,
        hidden=case.hidden,
        feedback=Feedback(notes=(said,), mistake=said) if said else None,
    )


def _with_message(case: Case, result: CaseResult) -> CaseResult:
    """The result with what the course tells students of such an end, before all else."""
    told = {"passed": case.success, "failed": case.failure}.get(result.status, "")
    if not told:
        return result
    feedback = result.feedback or Feedback()
    notes = (*map(one_line, told.splitlines()), *feedback.notes)
    mistake = feedback.mistake or (one_line(told) if result.status == "failed" else "")
    changed = feedback.model_copy(update={"notes": notes, "mistake": mistake})
    return result.model_copy(update={"feedback": changed})


def _not_run(case: Case, name: str, outcome: Outcome) -> CaseResult:
    return CaseResult(
        name=case.name,
        status="not_run",
        points=case.points,
        hidden=case.hidden,
        feedback=Feedback(notes=(not_reached(_label(name, case), outcome),)),
    )
