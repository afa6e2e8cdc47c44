"""Which of Otter Assign's options are honoured here; any other is refused by its name."""

import ast
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from autograder.course.master import Master, MasterCell, test_of
from autograder.errors import CourseError
from autograder.syntax import parsed

_PACKAGES = "notebooks run on the packages of the grader: install them there"
ASSIGNMENT = {
    "name", "init_cell", "check_all_cell", "show_question_points", "run_tests", "seed", "tests",
    "strip_solutions_from_all_cells", "suppress_no_tests_warning", "files",
}  # fmt: skip
"""Options of an assignment that are honoured, or that say nothing here."""

QUESTION = {"name", "manual", "points", "check_cell", "all_or_nothing"}
"""Options of a question that are honoured."""

TEST = {"hidden", "points", "success_message", "failure_message"}
"""Options of a test that are honoured."""

_SEED = {"variable", "student_value", "autograder_value"}

REFUSED = {
    "autograder_files": "name them in the settings of the assignment, under [data]",
    "channel_priority_strict": _PACKAGES,
    "config_file": "write its options into the master",
    "environment": _PACKAGES,
    "export_cell": "students hand in the notebook itself, and need no export",
    "generate": "what Gradescope gets is in the settings of the assignment, under [gradescope]",
    "ignore_modules": "the student's variables are never stored as objects",
    "overwrite_requirements": _PACKAGES,
    "plugins": "there are no plugins",
    "python_version": _PACKAGES,
    "requirements": _PACKAGES,
    "runs_on": "the same notebook runs in Jupyter, VS Code and Colab",
    "save_environment": "the student's variables are never stored as objects",
    "solutions_pdf": "no PDF is made; solutions/reference/ holds the solutions",
    "student_files": "students hand in the notebook alone",
    "template_pdf": "no PDF is made; Gradescope takes the notebook",
}
"""Options of an assignment that are not honoured, and what there is instead."""

_REFUSED_OF_TESTS = {
    "files": "tests stand in the notebook, so that students pass around a single file",
    "url_prefix": "tests stand in the notebook, so that students pass around a single file",
}
# What asks for nothing: an option that says so needs no refusal.
_NOTHING: tuple[Any, ...] = (None, False, [], {}, "default", "")


def check_options(master: Master, files: Collection[str]) -> None:
    """Raises CourseError for the first option that cannot be honoured, with what to do instead.

    `files` are the names of those that students receive beside the notebook.
    """
    for said in (*_refusals(master), *_of_files(master.config.get("files"), files)):
        raise CourseError(f"{master.file}: {said}")


def is_doctest(cell: MasterCell) -> bool:
    """Whether a test is a snippet to run among the student's variables, and not a function.

    A function that is called with the variables it names is a function. What does not parse is
    left to Otter Assign, which names it.
    """
    try:
        body = parsed(test_of(cell.cell.source)[1]).body
    except SyntaxError:
        return False
    return not body or not isinstance(body[0], ast.FunctionDef) or len(body) > 2


def _refusals(master: Master) -> Iterator[str]:
    if master.language and "python" not in master.language.lower():
        yield f"the master is written in {master.language}; notebooks are graded in Python"
    yield from _of_assignment(master)
    with_tests = {cell.question for cell in master.cells if cell.is_test}
    for question in master.questions:
        where = f"cell {question.number}, question {question.name or 'without a name'}"
        yield from _of_question(question.config, where, question.name in with_tests)
    for cell in master.cells:
        if cell.is_test:
            yield from _of_test(cell)
        elif cell.cell.kind == "code":
            yield from _of_code(cell)


def _of_assignment(master: Master) -> Iterator[str]:
    for name, value in master.config.items():
        if name in REFUSED:
            if value not in _NOTHING and not (name == "channel_priority_strict" and value is True):
                yield f"the option {name} cannot be honoured: {REFUSED[name]}"
        elif name not in ASSIGNMENT:
            yield f"{name} is no option of an assignment; leave it out"
    if (named := master.config.get("name")) not in (None, master.file.stem):
        yield f"the option name is {named!r}; it has to be the file's own, {master.file.stem!r}"
    tests = master.config.get("tests")
    for name, value in tests.items() if isinstance(tests, dict) else ():
        if name in _REFUSED_OF_TESTS and value not in _NOTHING:
            yield f"the option tests: {name} cannot be honoured: {_REFUSED_OF_TESTS[name]}"
        elif name not in (*_REFUSED_OF_TESTS, "ok_format"):
            yield f"tests: {name} is no option; leave it out"
    yield from _of_seed(master.config.get("seed") or {})


def _of_files(named: object, files: Collection[str]) -> Iterator[str]:
    for file in named if isinstance(named, list) else ():
        if (name := PurePosixPath(str(file)).name) not in files:
            yield (
                f"the option files: {file} is none of the files that students get; put it into "
                f"assignments/ and name it in the settings: [data] files = [{name!r}]"
            )


def _of_seed(seed: object) -> Iterator[str]:
    if not isinstance(seed, dict) or set(seed) - _SEED:
        yield f"the option seed takes {', '.join(sorted(_SEED))} and nothing else"
        return
    graded, student = seed.get("autograder_value"), seed.get("student_value")
    if seed and (not isinstance(seed.get("variable"), str) or not isinstance(student, int)):
        yield "the option seed needs a variable and a whole number as student_value"
    elif seed and graded not in (None, student):
        yield (
            "the option seed: autograder_value cannot be honoured: a notebook is graded with the "
            "seed that its student has; leave it out or give it the student_value"
        )


def _of_question(config: Mapping[str, Any], where: str, has_tests: bool) -> Iterator[str]:
    manual, points = config.get("manual") is True, config.get("points")
    for name, value in config.items():
        if name == "export":
            if value not in _NOTHING:
                yield f"{where}: the option export cannot be honoured: no PDF is made"
        elif name not in QUESTION:
            yield f"{where}: {name} is no option of a question; leave it out"
    if "name" not in config:
        yield f"{where}: it needs the option name"
    if manual and has_tests:
        yield (
            f"{where}: the option manual cannot be honoured beside test cases: make two questions "
            "of it, one with the tests and one that a human reads"
        )
    if not manual and not has_tests and points:
        yield f"{where}: it has points and no test case; write manual: true if a human reads it"


def _of_test(cell: MasterCell) -> Iterator[str]:
    config, _ = test_of(cell.cell.source)
    for name in config:
        if name not in TEST:
            yield f"{cell.question}, {cell.where}: {name} is no option of a test; leave it out"
    if is_doctest(cell):
        yield (
            f"{cell.question}, {cell.where}: this test is a snippet to be run among the student's "
            "variables (a doctest, Otter Assign's default), and tests run apart from them here; "
            "`autograder adopt` turns such a master into one with functions"
        )


def _of_code(cell: MasterCell) -> Iterator[str]:
    for line in cell.cell.source.splitlines():
        if line.rstrip().endswith("# SEED"):
            yield (
                f"{cell.where}: a line that ends in # SEED cannot be honoured: it would count in "
                "grading alone; every generator is seeded here, or leave the line to students, too"
            )
        if re.search(r"#\s*BEGIN PLUGIN", line):
            yield f"{cell.where}: a plugin cannot be honoured: {REFUSED['plugins']}"
