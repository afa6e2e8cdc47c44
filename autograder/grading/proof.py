"""Proves an assignment before students see it: all points for the reference, none for no work."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from autograder import expect
from autograder.course.assignment import Assignment
from autograder.course.build import Built
from autograder.course.faults import Fault, faults, given_answers
from autograder.course.master import Master, read_master
from autograder.course.vocabulary import words_in
from autograder.errors import CourseError
from autograder.expect.values import plain
from autograder.grading.pipeline import entry_of, job_of
from autograder.judging import fingerprint
from autograder.judging.scoring import Run, Scorer
from autograder.judging.wording import BY_HAND
from autograder.model import (
    CaseResult,
    Execution,
    Graded,
    Missing,
    Numbers,
    Observation,
    Outcome,
    Settings,
    Structure,
    Submission,
    Text,
)
from autograder.notebooks.cells import cells_of
from autograder.running.fork_client import ForkServer

_PLACE = Path("solutions", ".proved")


class CourseTrial:
    """One assignment, built and not yet written, on trial."""

    def __init__(self, root: Path, assignment: Assignment, built: Built) -> None:
        self._assignment, self._built = assignment, built
        self._kept = root / _PLACE / assignment.name
        self._master = read_master(assignment.master)

    def inspect(self) -> None:
        """Look at the tests without running anything. Raises CourseError for the first fault."""
        words, own = set(expect.__all__), words_in(self._assignment.vocabulary)
        questions = self._assignment.questions
        self._refuse(fault for one in questions for fault in faults(one, words, own))

    def is_proved(self) -> bool:
        """Whether the same content has been proved here before."""
        return self._kept.is_file() and self._kept.read_text("utf-8") == self._key()

    def prove(self, settings: Settings, server: ForkServer | None = None) -> None:
        """Run the reference and the untouched notebook, and remember that all is well.

        Raises CourseError where the reference misses a point, a test looks at what it never sets,
        a public case holds an answer or no work gets points, and SandboxError when no kernel
        starts.
        """
        reference = self._run(self._built.reference, settings, server)
        self._check_reference(reference, self._grade(reference))
        untouched = self._run(self._built.handed_out, settings, server)
        self._check_untouched(self._grade(untouched))
        self._kept.parent.mkdir(parents=True, exist_ok=True)
        self._kept.write_text(self._key(), "utf-8")

    def _key(self) -> str:
        """The fingerprint of all that a proof depends on."""
        files = {str(path): text for path, text in self._built.files.items()}
        assignment = self._assignment
        return fingerprint.of_parts(
            fingerprint.of_environment(),
            fingerprint.of_judging(),
            fingerprint.of_files((*assignment.files, *assignment.set_files, Path(__file__))),
            assignment.settings.model_dump(mode="json"),
            files,
            assignment.vocabulary,
        )

    def _run(self, notebook: str, settings: Settings, server: ForkServer | None) -> Execution:
        return job_of(notebook.encode(), self._assignment, settings).run(server)

    def _grade(self, execution: Execution) -> Graded:
        whose = Submission(path=self._assignment.name, student="", content=b"")
        return Scorer(self._assignment).score(entry_of(whose), Run.of(execution))

    def _check_reference(self, execution: Execution, grade: Graded) -> None:
        if execution.outcome is not Outcome.FINISHED:
            raise CourseError(self._stop(execution))
        never = {
            name
            for name in self._assignment.variables
            if isinstance(execution.observations.get(name, Missing(name=name)), Missing)
        }
        questions = self._assignment.questions
        self._refuse(
            Fault(question.name, case.name, f"the reference solution never sets `{name}`")
            for question in questions
            for case in question.cases
            for name in case.variables
            if name in never
        )
        values = plain_values(execution.observations)
        read_by_all = self._assignment.settings.public_answers
        kept = (question for question in questions if question.name not in read_by_all)
        self._refuse(fault for question in kept for fault in given_answers(question, values))
        self._refuse(
            Fault(question, case.name, f"the reference solution does not pass: {_said(case)}")
            for question, case in _cases(grade)
            if case.status != "passed"
        )

    def _check_untouched(self, grade: Graded) -> None:
        self._refuse(
            Fault(question, case.name, f"the untouched notebook gets {case.points:g} points here")
            for question, case in _cases(grade)
            if case.status == "passed" and case.points > 0
        )

    def _stop(self, execution: Execution) -> str:
        """Where the reference did not go on, by the master's cell where it has the same text."""
        errors = execution.mishaps.errors
        if not errors:
            return f"{self._master.file}: the reference solution {execution.detail}"
        cells = cells_of(json.loads(self._built.reference))
        cell = self._master.with_source(cells[errors[0].cell - 1].source)
        place = cell.where if cell else f"its built {errors[0].where}"
        return f"{self._master.file}, {place}: the reference solution raises {errors[0].raised}"

    def _refuse(self, found: Iterable[Fault]) -> None:
        """Raises CourseError that names the first fault and counts the others."""
        if all_of_them := list(found):
            raise CourseError(_sentence(self._master, all_of_them))


def plain_values(observations: Mapping[str, Observation]) -> dict[str, Any]:
    """The values of those variables that are numbers, texts or nests of them."""
    values = {}
    for name, seen in observations.items():
        if isinstance(seen, Numbers):
            values[name] = seen.value
        elif isinstance(seen, Text):
            values[name] = seen.whole
        elif isinstance(seen, Structure):
            values[name] = plain(seen.value)
    return values


def _sentence(master: Master, found: list[Fault]) -> str:
    first = found[0]
    more = f" (and {len(found) - 1} more faults)" if len(found) > 1 else ""
    return f"{master.place(first.question, first.case)}: {first.what}{more}"


def _cases(grade: Graded) -> Iterator[tuple[str, CaseResult]]:
    """The cases that tests judge: those that a human reads have no result yet."""
    for question in grade.questions:
        yield from ((question.name, c) for c in question.cases if c.name != BY_HAND)


def _said(case: CaseResult) -> str:
    if case.feedback is None:
        return case.status
    feedback = case.feedback
    return feedback.mistake or feedback.found or " ".join(feedback.notes) or case.status
