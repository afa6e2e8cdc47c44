"""`grader.check("q1_1_1")` in a student's notebook: the public cases, judged as the grader does."""

import builtins
import html
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.errors import AutograderError, CourseError, SubmissionError

if TYPE_CHECKING:
    from autograder.course.questions import Question
    from autograder.student.public_cases import PublicTests

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

    def check(self, question: str) -> "Result":
        """Run the public cases of a question on the variables as they are now."""
        if self._grading:
            return Result.later(question)
        try:
            tests = self._tests()
            chosen = [q for q in tests.questions if q.name == question]
            if not chosen:
                known = ", ".join(q.name for q in tests.questions)
                raise CourseError(f"there is no question {question!r} here; known: {known}")
            return self._judge(chosen, tests)
        except AutograderError as error:
            return Result.unavailable(question, str(error))

    def check_all(self) -> "Result":
        """Run the public cases of every question."""
        if self._grading:
            return Result.later("all questions")
        try:
            tests = self._tests()
            return self._judge(tests.questions, tests)
        except AutograderError as error:
            return Result.unavailable("all questions", str(error))

    def _judge(self, questions: "Iterable[Question]", tests: "PublicTests") -> "Result":
        from autograder.course.data import as_inputs
        from autograder.course.questions import variables
        from autograder.judging.cases import judge
        from autograder.kernel.observe import observed_among
        from autograder.model import Mishaps, Outcome
        from autograder.networks.in_process import InProcess
        from autograder.notebooks.names import alike
        from autograder.observables import is_call, students_names
        from autograder.student.calls import IN_THE_SESSION, forks, observed_calls
        from autograder.student.feedback import as_html, as_text, points_so_far

        questions = tuple(questions)
        namespace = _namespace()
        keys = variables(questions)
        calls, names = [key for key in keys if is_call(key)], students_names(keys)
        takes, present = tests.takes, [n for n in keys if n in namespace and not is_call(n)]
        seen = {name: observed_among(name, namespace, takes) for name in present}
        missing = [n for n in names if n not in namespace and not hasattr(builtins, n)]
        mishaps = Mishaps(near=alike(missing, _variables(namespace), names), in_session=True)
        sets = tests.sets(Path.cwd())
        inputs = as_inputs({name: one.inputs for name, one in sets.items()})
        seen |= observed_calls(calls, namespace, inputs)
        judged = judge(questions, seen, sets, Outcome.FINISHED, InProcess(), mishaps, tests.tasks)
        results = [judgement.result for judgement in judged]
        result = Result(as_text(questions, results), as_html(questions, results))
        points = points_so_far(results, tests.points)
        result = result.with_line(self._warning()).with_line(points)
        return result.with_line(IN_THE_SESSION) if calls and not forks() else result

    def _tests(self) -> "PublicTests":
        from autograder.student.public_cases import public_tests

        return public_tests(_notebook_content(self._file))

    def _warning(self) -> str:
        """Which packages of the notebook a grader may lack; each is named once."""
        from autograder.notebooks.packages import unlisted, warning

        # IPython keeps the code of every cell that was run.
        found = [p for p in unlisted(_namespace().get("In", ())) if p not in self._named]
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

    def with_line(self, line: str) -> "Result":
        """The same with one more line, unless that is empty."""
        if not line:
            return self
        return Result(f"{self._text}\n{line}", f"{self._markup}<p>{html.escape(line)}</p>")

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
        return cls(text, f"<p>{html.escape(text)}</p>")


def _namespace() -> Mapping[str, Any]:
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    if shell is None:
        raise CourseError("checks run inside a notebook; use `autograder check FILE` elsewhere")
    namespace: Mapping[str, Any] = shell.user_ns
    return namespace


def _variables(namespace: Mapping[str, Any]) -> list[str]:
    """The names that cells have set, without those of IPython itself."""
    return [name for name in namespace if isinstance(name, str) and not name.startswith("_")]


def _notebook_content(file: str) -> bytes:
    """The notebook as it is now, from wherever it is open.

    Raises CourseError with what to do when it cannot be found.
    """
    from autograder.notebooks.read import made_for

    if (content := _from_colab()) is not None:
        return content
    namespace = _namespace()
    here = Path.cwd()
    candidates = [
        Path(namespace.get("__vsc_ipynb_file__") or file),  # set by VS Code
        Path(os.environ.get("JPY_SESSION_NAME") or file),  # set by Jupyter Server
        here / file,
        *sorted(here.glob("*.ipynb")),
    ]
    wanted = Path(file).stem
    for candidate in candidates:
        if candidate.suffix == ".ipynb" and candidate.is_file():
            content = candidate.read_bytes()
            with suppress(SubmissionError):  # another file that is no notebook is no concern here
                if made_for(content) == wanted:
                    return content
    raise CourseError(
        f"{file} was not found in {here}. Save the notebook there under its own name, with its "
        "checks as they were handed out."
    )


def _from_colab() -> bytes | None:
    """The open notebook on Colab, where it is no file; None elsewhere."""
    try:
        from google.colab import _message
    except ImportError:
        return None
    import nbformat

    answer = _message.blocking_request("get_ipynb", timeout_sec=20)
    return str(nbformat.writes(nbformat.from_dict(answer["ipynb"]))).encode()
