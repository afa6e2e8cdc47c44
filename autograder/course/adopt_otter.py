"""Otter Assign's masters as masters of ours."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from autograder.course.adopted import Adopted, CellData, ForeignTest, add_question
from autograder.course.master import boundary_of, configuration_of, fenced_apart, test_of, where
from autograder.course.otter_options import ASSIGNMENT, QUESTION, REFUSED, TEST
from autograder.notebooks.cells import text_of_value
from autograder.syntax import parsed

_INIT = re.compile(r"^[ \t]*\w+[ \t]*=[ \t]*otter\.Notebook\(", re.MULTILINE)
_IMPORT_OTTER = re.compile(r"^[ \t]*import[ \t]+otter[ \t]*\n?", re.MULTILINE)
_INIT_LINE = re.compile(r"^[ \t]*\w+[ \t]*=[ \t]*otter\.Notebook\(.*\)[ \t]*\n?", re.MULTILINE)
_EXPORT = re.compile(r"^[ \t]*grader\.(export|run_plugin|add_plugin_files)\(", re.MULTILINE)
_SEED = re.compile(r"[ \t]*#[ \t]*SEED[ \t]*$", re.MULTILINE)
_PLUGIN = re.compile(r"^[ \t]*#[ \t]*BEGIN PLUGIN.*?#[ \t]*END PLUGIN[^\n]*\n?", re.M | re.S)


def is_otter(cells: Sequence[CellData]) -> bool:
    """Whether a question of Otter Assign's begins somewhere."""
    raw = (c["source"] for c in fenced_apart(cells) if c["cell_type"] == "raw")
    return any(boundary_of(text) == ("begin", "question") for text in raw)


def from_otter(cells: Sequence[CellData]) -> Adopted:
    """The master without what cannot be honoured here."""
    return _OtterMaster().of(fenced_apart(cells))


class _OtterMaster:
    """A pass over the cells, which knows the question and the block that are open."""

    def __init__(self) -> None:
        self.master = Adopted()
        self._question: dict[str, Any] = {}
        self._inside: list[CellData] = []
        self._tests: list[ForeignTest] = []
        self._in_tests = False

    def of(self, cells: Sequence[CellData]) -> Adopted:
        self.master.learn_imports(_outside_tests(cells))
        for number, cell in enumerate(cells, 1):
            if cell["cell_type"] == "raw" and self._takes(cell["source"]):
                continue
            if self._in_tests:
                if cell["cell_type"] == "code":
                    self._tests.append(self._test(number, cell))
                continue
            into = self._inside if self._question else self.master.cells
            into.extend(self._kept(number, cell))
        return self.master

    def _takes(self, source: str) -> bool:
        if (config := configuration_of(source)) is not None:
            self._configure(config)
            return True
        match boundary_of(source):
            case ("begin", "question"):
                self._question = self._question_config(source)
                self._inside, self._tests = [], []
            case ("end", "question"):
                add_question(self.master, self._question, self._inside, self._tests)
                self._question = {}
            case (edge, "tests"):
                self._in_tests = edge == "begin"
            case (_, _) if self._question:
                self._inside.append({"cell_type": "raw", "source": source.strip()})
            case _:
                return False
        return True

    def _configure(self, config: dict[str, Any]) -> None:
        decide = self.master.decide
        for name, value in config.items():
            if name == "files":
                self.master.files.extend(str(file) for file in value or ())
            elif name == "seed":
                self._configure_seed(value or {})
            elif name in REFUSED and value not in (None, False, [], {}, "default"):
                decide(f"the option {name} was left out: {REFUSED[name]}")
            elif name in ASSIGNMENT and name not in ("name", "tests", "run_tests", "init_cell"):
                self.master.config[name] = value
            elif name not in ASSIGNMENT and name not in REFUSED:
                decide(f"the option {name} was left out: it is none of Otter Assign's")

    def _configure_seed(self, seed: dict[str, Any]) -> None:
        if graded := seed.pop("autograder_value", None):
            self.master.decide(
                f"the option seed: autograder_value, {graded}, was left out: a notebook is graded "
                "with the seed that its student has, and tests have to hold for that one"
            )
        if seed.get("variable") and isinstance(seed.get("student_value"), int):
            self.master.config["seed"] = seed

    def _question_config(self, source: str) -> dict[str, Any]:
        given = configuration_of(source, of_question=True) or {}
        name = str(given.get("name", ""))
        config = {"name": name}
        for option, value in given.items():
            if option in QUESTION:
                config[option] = value
            elif option != "export" or value:
                self.master.decide(f"{name}: the option {option} was left out")
        return config

    def _test(self, number: int, cell: CellData) -> ForeignTest:
        config, source = test_of(cell["source"])
        name = self._question.get("name", "")
        for option in set(config) - TEST:
            self.master.decide(f"{name}: the option {option} of a test was left out")
        kept = {option: value for option, value in config.items() if option in TEST}
        return ForeignTest(source, where(number, source), _shown(cell), kept)

    def _kept(self, number: int, cell: CellData) -> Iterator[CellData]:
        """The cell without Otter's own lines; none where nothing is left."""
        source = cell["source"]
        if cell["cell_type"] == "code":
            if _INIT.search(source):
                source = _IMPORT_OTTER.sub("", _INIT_LINE.sub("", source))
            if _EXPORT.search(source):
                self.master.decide(f"{where(number, source)} was left out: there is no export")
                return
            if _PLUGIN.search(source):
                self.master.decide(f"{where(number, source)}: a plugin was left out")
                source = _PLUGIN.sub("", source)
            if _SEED.search(source):
                self.master.decide(
                    f"{where(number, source)}: a line with # SEED is now part of what students "
                    "get, since a notebook is graded as they have it"
                )
                source = _SEED.sub("", source)
            if not _says_something(source):
                return
        yield {"cell_type": cell["cell_type"], "source": source}


def _outside_tests(cells: Sequence[CellData]) -> Iterator[CellData]:
    in_tests = False
    for cell in cells:
        if cell["cell_type"] == "raw" and (boundary := boundary_of(cell["source"])):
            in_tests = boundary == ("begin", "tests") or (in_tests and boundary[1] != "tests")
        if not in_tests:
            yield cell


def _says_something(source: str) -> bool:
    try:
        return bool(parsed(source).body)
    except SyntaxError:  # a magic, or what students are to mend
        return True


def _shown(cell: CellData) -> str:
    """What a cell showed when its author ran it, as Otter Assign reads it for a doctest."""
    parts = []
    for output in cell.get("outputs") or ():
        parts.append(text_of_value(output.get("text", "")))
        parts.append(text_of_value((output.get("data") or {}).get("text/plain", "")))
    return "".join(parts)
