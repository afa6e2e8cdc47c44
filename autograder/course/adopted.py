"""What becomes of a foreign master: cells of ours, options, data files and open decisions."""

import ast
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from autograder.course.assertions import Untranslatable, imported_names, is_translated
from autograder.course.snippets import translated
from autograder.syntax import parsed

CellData = dict[str, Any]
"""A cell of a notebook as JSON has it, its source as one text."""


@dataclass
class Adopted:
    """A master in the making.

    `config` are its options, `files` the data files that it names, `decisions` what was left out
    or changed and what a human has to decide about it. `public_answers` are the questions whose
    public cases hold an answer, `imported` the names that the notebook's own cells import.
    """

    config: dict[str, Any] = field(default_factory=lambda: {"tests": {"ok_format": False}})
    cells: list[CellData] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    decisions: list[str] = field(default_factory=list)
    public_answers: list[str] = field(default_factory=list)
    imported: set[str] = field(default_factory=set)

    def learn_imports(self, cells: Iterable[CellData]) -> None:
        """Note what these cells import, which are none of a test's."""
        code = (cell["source"] for cell in cells if cell["cell_type"] == "code")
        self.imported.update(name for source in code for name in imported_names(source))

    def raw(self, head: str, config: Mapping[str, Any] | None = None) -> None:
        """Add a cell that begins or ends a block."""
        text = yaml.safe_dump(dict(config), sort_keys=False, allow_unicode=True) if config else ""
        self.cells.append({"cell_type": "raw", "source": f"# {head}\n{text}"})

    def decide(self, sentence: str) -> None:
        """Add something to decide."""
        if sentence not in self.decisions:
            self.decisions.append(sentence)


@dataclass(frozen=True)
class ForeignTest:
    """A test of a foreign master: its code, what it showed, and its options.

    `where` says where it stands there.
    """

    source: str
    where: str
    output: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)


def add_question(
    master: Adopted,
    config: Mapping[str, Any],
    inside: Sequence[CellData],
    tests: Sequence[ForeignTest],
) -> None:
    """Add a question with the cells in it and those tests that can be translated.

    One none of whose tests can be is for a human to mark.
    """
    name = config["name"]
    cases = [case for n, test in enumerate(tests, 1) if (case := _case(master, name, n, test))]
    config = dict(config)
    if not cases and not config.get("manual"):
        if tests or config.get("points"):
            config |= {"manual": True, "points": _points(config, tests)}
            master.decide(
                f"{name}: it has no test that could be taken over; a human marks it until you "
                "write one and take out `manual: true`"
            )
        else:
            master.cells.extend(inside)  # nothing is asked that counts
            return
    elif len(cases) < len(tests) and isinstance(config.get("points"), list):
        config["points"] = sum(config["points"])
    master.raw("BEGIN QUESTION", config)
    master.cells.extend(inside)
    if config.get("manual") and not _has_solution(inside):
        master.raw("BEGIN SOLUTION")
        master.cells.append({"cell_type": "markdown", "source": "*(no solution was given)*"})
        master.raw("END SOLUTION")
    if cases:
        master.raw("BEGIN TESTS")
        master.cells.extend({"cell_type": "code", "source": case} for case in cases)
        master.raw("END TESTS")
    master.raw("END QUESTION")


def _has_solution(cells: Sequence[CellData]) -> bool:
    return any(c["cell_type"] == "raw" and "BEGIN SOLUTION" in c["source"] for c in cells)


def _points(config: Mapping[str, Any], tests: Sequence[ForeignTest]) -> float:
    match config.get("points"):
        case int() | float() as points:
            return points
        case list() as points:
            return sum(points)
    return sum(test.config.get("points") or 0 for test in tests) or 1


def _case(master: Adopted, question: str, number: int, test: ForeignTest) -> str:
    """The cell of a test in our form; empty, and something to decide, where there is none."""
    try:
        code = _function(test, f"test_{number}", master.imported)
    except Untranslatable as error:
        indented = "\n".join(f"    {line}" for line in test.source.strip().splitlines())
        master.decide(
            f"{question}, {test.where}: a test is left out since {error} cannot be translated; "
            f"write it as a function of what it looks at:\n{indented}"
        )
        return ""
    if not test.config.get("hidden") and _holds_answer(code):
        master.decide(
            f"{question}, {test.where}: this public case holds the answer, and students can read "
            "it; hide it, or leave the question in `public_answers` of the settings"
        )
        if question not in master.public_answers:
            master.public_answers.append(question)
    if not test.config:
        return code
    config = yaml.safe_dump(dict(test.config), sort_keys=False, allow_unicode=True)
    return f'""" # BEGIN TEST CONFIG\n{config}""" # END TEST CONFIG\n{code}'


def _holds_answer(code: str) -> bool:
    """Whether a case compares a variable, and not what an expression gives, with a value."""
    (function,) = (node for node in parsed(code).body if isinstance(node, ast.FunctionDef))
    variables = {a.arg for a in function.args.args if a.annotation is None}
    return any(
        isinstance(node, ast.Call)
        and getattr(node.func, "attr", "") in ("equal", "close")
        and getattr(node.args[0], "id", "") in variables
        for node in ast.walk(function)
    )


def _function(test: ForeignTest, name: str, known: Collection[str]) -> str:
    """The test as a function on observations. Raises Untranslatable."""
    try:
        body = parsed(test.source).body
    except SyntaxError as error:
        raise Untranslatable(f"Python that does not parse ({error.msg})") from None
    if body and isinstance(function := body[0], ast.FunctionDef) and len(body) <= 2:
        if is_translated(function):
            return ast.unparse(function) + "\n"
        inner = "\n".join(ast.unparse(statement) for statement in function.body)
        title = (ast.get_docstring(function) or "").partition("\n")[0]
        return translated(inner, function.name, title=title, known=known)
    return translated(test.source, name, test.output, known=known)
