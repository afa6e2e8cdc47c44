"""`grader.check("q1_1_1")` in a student's notebook: the public cases, judged as the grader does."""

import builtins
import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from autograder.errors import AutograderError, CourseError
from autograder.student.session import (
    current_folder,
    folders,
    in_a_browser,
    names_in_cells,
    namespace,
    notebook_content,
)
from autograder.student.warm import warm_up

if TYPE_CHECKING:
    from autograder.course.questions import Question
    from autograder.networks.evaluation_set import EvaluationSet
    from autograder.student.public_cases import PublicTests
    from autograder.student.remembered import Observer, Remembering
    from autograder.student.status_line import StatusLine

# Otter and ONNX are imported where they are needed: a notebook that is being graded never checks
# itself and must not wait for them.


class Notebook:
    """The checks of the notebook that is open.

    `file` is the notebook's name as it was handed out; a renamed copy is found too. In the grader
    `check` only says that the judging comes later.
    """

    def __init__(self, file: str) -> None:
        self._file = file
        self._grading = os.environ.get("AUTOGRADER_GRADING") == "1"
        self._named: set[str] = set()
        # Cells may change the folder later.
        self._start = current_folder()
        self._known: tuple[Observer, Remembering] | None = None
        if not self._grading:
            warm_up()

    def check(self, question: str) -> "Result":
        """Run the public cases of a question on the variables as they are now."""
        return self._checked(question, lambda tests: (tests.question(question),))

    def check_all(self) -> "Result":
        """Run the public cases of every question."""
        return self._checked("all questions", lambda tests: tests.questions)

    def _checked(
        self, what: str, chosen: "Callable[[PublicTests], Iterable[Question]]"
    ) -> "Result":
        from autograder.student.status_line import StatusLine

        if self._grading:
            return Result.later(what)
        try:
            with StatusLine() as progress:
                progress.say(f"Checking {what} …")
                tests = self._tests()
                return self._judge(tuple(chosen(tests)), tests, progress)
        except AutograderError as error:
            return Result.unavailable(what, str(error))
        except ModuleNotFoundError as error:
            missing = f"the package {error.name} is not installed here. Run `%pip install"
            return Result.unavailable(what, f"{missing} {error.name}` in a cell, then this again.")

    def _judge(
        self, questions: "tuple[Question, ...]", tests: "PublicTests", progress: "StatusLine"
    ) -> "Result":
        from autograder.course.data import as_inputs
        from autograder.course.questions import variables
        from autograder.judging.cases import judge_question, subjects
        from autograder.model import Mishaps, NetworkData
        from autograder.networks.in_process import load_runtime
        from autograder.notebooks.names import alike
        from autograder.observables import is_call, students_names
        from autograder.student.calls import IN_THE_SESSION, forks, observed_calls
        from autograder.student.feedback import as_text, points_so_far, unanswered
        from autograder.student.view import as_html

        known = namespace()
        keys = variables(questions)
        calls, names = [key for key in keys if is_call(key)], students_names(keys)
        (observer, evaluator), takes, tasks = self._eyes(), tests.takes, tests.tasks
        seen = {n: observer.observe(n, known, takes) for n in keys if n in known and not is_call(n)}
        sets = self._sets(tests)
        seen |= observed_calls(calls, known, as_inputs({n: s.inputs for n, s in sets.items()}))
        missing = [n for n in names if n not in known and not hasattr(builtins, n)]
        near = alike(missing, names_in_cells(), names)
        mishaps = Mishaps(near=near, in_session=True, without_torch=in_a_browser())
        if any(isinstance(one, NetworkData) for one in seen.values()):
            load_runtime()
        given = subjects(seen, evaluator, tasks)
        results = []
        for number, question in enumerate(questions, 1):
            if len(questions) > 1:
                progress.say(f"Checking {question.name}, {number} of {len(questions)} …")
            results.append(
                judge_question(question, given, sets, mishaps=mishaps, tasks=tasks).result
            )
        waiting = unanswered(seen, [key for key in keys if key not in near])
        lines = [self._warning(), points_so_far(results, tests.points)]
        if calls and not forks():
            lines.append(IN_THE_SESSION)
        lines = [line for line in lines if line]
        text = "\n".join([as_text(questions, results, waiting), *lines])
        return Result(text, as_html(questions, results, waiting, lines))

    def _eyes(self) -> "tuple[Observer, Remembering]":
        """What looks at variables and networks, the same each time."""
        from autograder.networks.in_process import InProcess
        from autograder.student.remembered import Observer, Remembering

        if self._known is None:
            self._known = Observer(), Remembering(InProcess())
        return self._known

    def _tests(self) -> "PublicTests":
        from autograder.student.public_cases import public_tests

        return public_tests(notebook_content(self._file, self._start))

    def _sets(self, tests: "PublicTests") -> "dict[str, EvaluationSet]":
        """The sets to measure on, from the first folder that has all of them.

        Raises CourseError where none has.
        """
        problem: CourseError | None = None
        for folder in folders(self._start):
            try:
                return tests.sets(folder)
            except CourseError as error:
                problem = problem or error
        raise problem or CourseError("the notebook's folder is gone")

    def _warning(self) -> str:
        """Which packages of the notebook a grader may lack; each is named once."""
        from autograder.notebooks.packages import unlisted, warning

        # IPython keeps the code of every cell that was run.
        found = [p for p in unlisted(namespace().get("In", ())) if p not in self._named]
        self._named.update(found)
        return warning(found)


class Result:
    """What a check found; Jupyter shows it as HTML, other places as text."""

    def __init__(self, text: str, markup: str) -> None:
        self._text, self._markup = text, markup

    def __repr__(self) -> str:
        return self._text

    def _repr_html_(self) -> str:
        return self._markup

    @classmethod
    def later(cls, what: str) -> "Result":
        """The line that stands in the place of a check while the notebook is graded."""
        return cls._line(f"{what}: judged after the run.")

    @classmethod
    def unavailable(cls, what: str, reason: str) -> "Result":
        """A check that could not be made, and why."""
        return cls._line(f"{what} could not be checked: {reason}")

    @classmethod
    def _line(cls, text: str) -> "Result":
        from autograder.student.view import line_of

        return cls(text, line_of(text))
