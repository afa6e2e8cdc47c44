"""The questions of an assignment and their test cases, as Otter's test files state them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from autograder.course.data import inputs_of
from autograder.course.observables import observables
from autograder.course.otter_tests import OtterCase, OtterTests
from autograder.course.text import text_of
from autograder.errors import CourseError
from autograder.observables import Call, Observable, is_call

ALL_OR_NOTHING = "all_or_nothing"
"""The case that has the points of a question whose points are given for all of it or not at all."""


@dataclass(frozen=True)
class Case:
    """One test case: `title` is what it asks, `observables` are what it looks at.

    `sets` are the evaluation sets that it measures on, or hands to an expression. `success` and
    `failure` are what the course tells students of each end. One that `is_whole` has no test of its
    own: it passes when all cases before it do.
    """

    name: str
    title: str
    points: float
    hidden: bool
    observables: tuple[Observable, ...]
    body: OtterCase
    sets: tuple[str, ...] = ()
    success: str = ""
    failure: str = ""
    is_whole: bool = False

    @cached_property
    def variables(self) -> tuple[str, ...]:
        """The keys of what it looks at: the student's variables, and expressions."""
        return tuple(observable.key for observable in self.observables)

    @property
    def quotes_nothing(self) -> bool:
        """Whether what it says must quote neither inputs nor outputs: it is a hidden call."""
        return self.hidden and any(isinstance(o, Call) for o in self.observables)


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

    @cached_property
    def variables(self) -> tuple[str, ...]:
        """The keys of what its cases look at, each once, in order."""
        return variables((self,))

    @property
    def sets(self) -> tuple[str, ...]:
        """The evaluation sets that its cases measure on, each once, in order."""
        return tuple(dict.fromkeys(name for case in self.cases for name in case.sets))


def load_questions(folder: Path, sets: Mapping[str, str] | None = None) -> tuple[Question, ...]:
    """The questions of a folder of Otter test files, in the order of their names.

    `sets` has the parameters that are no variables, and the evaluation set that each is of.
    Raises CourseError for a missing folder, an empty one and a file that does not load.
    """
    files = tuple(folder.glob("*.py"))
    if not files:
        raise CourseError(f"{folder}: no test files; run `autograder build` to make them")
    return questions_of({file.stem: (text_of(file), str(file)) for file in files}, sets)


def questions_of(
    sources: Mapping[str, tuple[str, str]], sets: Mapping[str, str] | None = None
) -> tuple[Question, ...]:
    """The questions in the order of their names, from the text of each and where it stands.

    `sets` are those of `load_questions`. Raises CourseError for one that does not load.
    """
    return tuple(load_question(*sources[name], sets) for name in sorted(sources, key=_natural))


def load_question(
    source: str,
    where: str,
    sets: Mapping[str, str] | None = None,
    *,
    may_be_empty: bool = False,
) -> Question:
    """One question from the source of an Otter test file; raises CourseError if it is broken.

    So is one with a parameter whose annotation cannot be used. `sets` are those of
    `load_questions`. Without its hidden cases, as students have it, a question may have none.
    """
    try:
        loaded = OtterTests.from_string(source, path=where)
    except Exception as error:  # the file is code, and may raise anything
        raise CourseError(f"{where}: the test file does not load: {error}") from error
    if not loaded.test_cases and not may_be_empty:
        raise CourseError(f"{where}: the test file has no test case")
    cases = tuple(_case(c, where, sets or {}) for c in loaded.test_cases)
    if loaded.all_or_nothing:
        cases = _all_or_nothing(cases)
    return Question(name=str(loaded.name), cases=cases, source=source)


def _case(loaded: Any, where: str, sets: Mapping[str, str]) -> Case:
    body: OtterCase = loaded.body
    code, name = body.test_func.__code__, body.test_func.__name__
    parameters = code.co_varnames[: code.co_argcount]
    annotations = body.test_func.__annotations__
    looked_at = observables(parameters, annotations, f"{where}, {name}", given=sets)
    handed_over = [n for o in looked_at if isinstance(o, Call) for n in o.names if n in sets]
    for used in handed_over:
        if used != inputs_of(sets[used]):
            raise CourseError(
                f"{where}, {name}: an expression names `{used}`, which never enters the student's "
                f"process; only the inputs do, as `{inputs_of(sets[used])}`"
            )
    return Case(
        name=name,
        title=(body.test_func.__doc__ or body.test_func.__name__).strip().splitlines()[0],
        points=float(loaded.points),
        hidden=bool(loaded.hidden),
        observables=looked_at,
        body=body,
        sets=tuple(dict.fromkeys(sets[p] for p in (*parameters, *handed_over) if p in sets)),
        success=body.success_message or "",
        failure=body.failure_message or "",
    )


def _all_or_nothing(cases: tuple[Case, ...]) -> tuple[Case, ...]:
    """The cases without points, and one more that has them all."""
    whole = Case(
        name=ALL_OR_NOTHING,
        title="Do all checks of this question pass?",
        points=sum(case.points for case in cases),
        hidden=any(case.hidden for case in cases),
        observables=(),
        body=OtterCase(),
        is_whole=True,
    )
    return (*(replace(case, points=0.0) for case in cases), whole)


def variables(questions: Iterable[Question]) -> tuple[str, ...]:
    """The keys of all that the questions look at, each once, in the order in which they are seen.

    Variables come first, then expressions of public cases, then those of hidden ones.
    """
    cases = [case for question in questions for case in question.cases]
    found = dict.fromkeys(key for case in cases for key in case.variables)
    public = {key for case in cases if not case.hidden for key in case.variables}
    return tuple(sorted(found, key=lambda key: (is_call(key), is_call(key) and key not in public)))


def _natural(text: str) -> list[int | str]:
    """A sort key that puts q2_10 behind q2_9."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", text)]
