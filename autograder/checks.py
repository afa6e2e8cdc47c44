"""Otter's test cases, run on observations instead of live objects: pure, outside student code."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from autograder.errors import CourseError, ModelError, SandboxError
from autograder.evaluate.client import Evaluator
from autograder.expect.networks import trace
from autograder.expect.verdict import Verdict, flag, listening
from autograder.model import (
    CaseResult,
    Judgement,
    Measurement,
    Missing,
    NetworkData,
    NetworkSummary,
    Observation,
    Outcome,
    QuestionResult,
)
from autograder.onnx_model import ImageSet, Network
from autograder.otter_tests import ExceptionTestFile, OtterCase

IMAGE_SETS = ("public_images", "hidden_images")
"""Parameters of a test case that name images to measure on, not variables of the student."""


@dataclass(frozen=True)
class Case:
    """One test case: `title` is what it asks, `variables` are the student's that it looks at."""

    name: str
    title: str
    points: float
    hidden: bool
    variables: tuple[str, ...]
    body: OtterCase


@dataclass(frozen=True)
class Question:
    """A question and its test cases, public and hidden; `source` is the text of its test file."""

    name: str
    cases: tuple[Case, ...]
    source: str = ""

    @property
    def max_score(self) -> float:
        """The points of all its cases."""
        return sum(case.points for case in self.cases)

    @property
    def variables(self) -> tuple[str, ...]:
        """The student's variables that its cases look at, each once, in order."""
        return variables((self,))


def load_questions(folder: Path) -> tuple[Question, ...]:
    """The questions of a folder of Otter test files, in the order of their names.

    Raises CourseError for a missing folder, an empty one and a file that does not load.
    """
    files = sorted(folder.glob("*.py"), key=lambda file: _natural(file.stem))
    if not files:
        raise CourseError(f"{folder}: no test files; run `autograder build` to make them")
    return tuple(load_question(file.read_text(encoding="utf-8"), str(file)) for file in files)


def load_question(source: str, where: str) -> Question:
    """One question from the source of an Otter test file; raises CourseError if it is broken."""
    try:
        loaded = ExceptionTestFile.from_string(source, path=where)
    except Exception as error:  # the file is code, and may raise anything
        raise CourseError(f"{where}: the test file does not load: {error}") from error
    if not loaded.test_cases:
        raise CourseError(f"{where}: the test file has no test case")
    cases = tuple(_case(c) for c in loaded.test_cases)
    return Question(name=str(loaded.name), cases=cases, source=source)


def _case(loaded: Any) -> Case:
    body: OtterCase = loaded.body
    code = body.test_func.__code__
    parameters = code.co_varnames[: code.co_argcount]
    return Case(
        name=body.test_func.__name__,
        title=(body.test_func.__doc__ or body.test_func.__name__).strip().splitlines()[0],
        points=float(loaded.points),
        hidden=bool(loaded.hidden),
        variables=tuple(p for p in parameters if p not in IMAGE_SETS),
        body=body,
    )


def variables(questions: Iterable[Question]) -> tuple[str, ...]:
    """The names of all variables that the questions look at, each once, in order."""
    return tuple(dict.fromkeys(v for q in questions for c in q.cases for v in c.variables))


Subject = Observation | Network
"""What a test case is given for a student's variable."""


def judge(
    questions: Iterable[Question],
    observations: Mapping[str, Observation],
    images: Mapping[str, ImageSet],
    outcome: Outcome = Outcome.FINISHED,
    evaluator: Evaluator | None = None,
) -> tuple[Judgement, ...]:
    """Each question judged on what was seen; networks run in `evaluator`, else in this process.

    Raises what `judge_question` raises.
    """
    seen = subjects(observations, evaluator)
    return tuple(judge_question(question, seen, images, outcome) for question in questions)


def subjects(
    observations: Mapping[str, Observation], evaluator: Evaluator | None = None
) -> dict[str, Subject]:
    """What test cases are given: networks that work as such, all else as it was observed."""
    return {
        name: Network(seen, evaluator)
        if isinstance(seen, NetworkData) and seen.evaluation is not None
        else seen
        for name, seen in observations.items()
    }


def judge_question(
    question: Question,
    seen: Mapping[str, Subject],
    images: Mapping[str, ImageSet],
    outcome: Outcome = Outcome.FINISHED,
) -> Judgement:
    """One question judged.

    A case that looks at a variable that a run which ended early never reached is `not_run`.
    Raises CourseError when a test raises anything but a failure, and SandboxError when no
    evaluator can be had.
    """
    cases: list[CaseResult] = []
    flags: dict[str, None] = {}
    measured: list[Measurement] = []
    for case in question.cases:
        missing = [name for name in case.variables if name not in seen]
        if missing and outcome.ended_early:
            cases.append(_not_run(case, missing[0], outcome))
            continue
        result, verdict = _judge_case(question, case, seen, images)
        cases.append(result)
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
    images: Mapping[str, ImageSet],
) -> tuple[CaseResult, Verdict]:
    arguments: dict[str, Any] = {n: seen.get(n, Missing(name=n)) for n in case.variables}
    status: Literal["passed", "failed"]
    message: str | None
    with listening() as verdict:
        try:
            case.body.call_func({**images, **arguments})
            status, message = "passed", "\n".join(verdict.notes) or None
        except AssertionError as failure:
            lines = [str(failure) or "The check failed.", *verdict.notes]
            status, message = "failed", "\n".join(lines)
        except ModelError as error:
            status, message = "failed", f"The network could not be judged: {error}."
            flag(f"{', '.join(case.variables)}: {error}")
        except SandboxError:
            raise
        except Exception as error:
            raise CourseError(
                f"{question.name} {case.name}: the test itself failed with "
                f"{type(error).__name__}: {error}"
            ) from error
    result = CaseResult(
        name=case.name, status=status, points=case.points, hidden=case.hidden, message=message
    )
    return result, verdict


def _not_run(case: Case, name: str, outcome: Outcome) -> CaseResult:
    return CaseResult(
        name=case.name,
        status="not_run",
        points=case.points,
        hidden=case.hidden,
        message=f"Not reached: the run ended early ({outcome}) before `{name}` was set.",
    )


def _natural(text: str) -> list[int | str]:
    """A sort key that puts q2_10 behind q2_9."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", text)]
