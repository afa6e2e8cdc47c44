"""nbgrader's source notebooks as masters of ours.

https://nbgrader.readthedocs.io/en/stable/user_guide/creating_and_grading_assignments.html describes
the marks that it leaves in the metadata of a cell, and the comments around solutions and tests.
"""

import re
from collections.abc import Sequence
from typing import Any

from autograder.course.adopted import Adopted, CellData, ForeignTest, add_question
from autograder.course.master import where

_SOLUTION = re.compile(r"^([ \t]*)#+[ \t]*(BEGIN|END) SOLUTION[ \t]*$", re.MULTILINE)
_HIDDEN = re.compile(
    r"^[ \t]*#+[ \t]*BEGIN HIDDEN TESTS[ \t]*\n.*?^[ \t]*#+[ \t]*END HIDDEN TESTS[ \t]*$\n?",
    re.MULTILINE | re.DOTALL,
)
_SCHEME = re.compile(
    r"^[=#]+[ \t]*BEGIN MARK SCHEME[ \t]*[=]*\n.*?^[=#]+[ \t]*END MARK SCHEME[^\n]*\n?", re.M | re.S
)
_NOT_A_NAME = re.compile(r"\W+")


def is_nbgrader(cells: Sequence[CellData]) -> bool:
    """Whether nbgrader has marked a cell that is graded or to be solved."""
    return any(_is_graded(cell) or _is_solution(cell) for cell in cells)


def from_nbgrader(cells: Sequence[CellData]) -> Adopted:
    """The master: a question from each solution up to the tests that belong to it."""
    return _NbgraderSource().of(cells)


class _NbgraderSource:
    """A pass over the cells, which knows the solution that waits for its tests."""

    def __init__(self) -> None:
        self.master = Adopted()
        self._inside: list[CellData] = []
        self._between: list[CellData] = []
        self._tests: list[CellData] = []
        self._places: dict[int, str] = {}
        self._names: set[str] = set()

    def of(self, cells: Sequence[CellData]) -> Adopted:
        self.master.learn_imports(cell for cell in cells if not _is_graded(cell))
        for number, cell in enumerate(cells, 1):
            self._places[id(cell)] = where(number, cell["source"])
            if _is_graded(cell) and (_is_solution(cell) or _mark(cell).get("task")):
                self._close()
                self._by_hand(cell)
            elif _is_solution(cell):
                self._close()
                self._inside = [*self._prompt(), *_solution(cell)]
            elif _is_graded(cell):
                self._inside += self._between
                self._between = []
                self._tests.append(cell)
            elif self._tests or not self._inside:
                self._close()
                self.master.cells.append(_plain(cell))
            else:
                self._between.append(_plain(cell))
        self._close()
        return self.master

    def _prompt(self) -> list[CellData]:
        """The text right above, which asks the question."""
        above = self.master.cells
        return [above.pop()] if above and above[-1]["cell_type"] == "markdown" else []

    def _close(self) -> None:
        """End the question that is open: without a test its solution is a cell as any other."""
        if self._tests:
            self._question()
        else:
            self.master.cells += self._inside
            if self._inside:
                self.master.decide("a solution without a test of its own is handed out as it is: "
                                   f"`{self._inside[-2]['source'][:60]}`")  # fmt: skip
        self.master.cells += self._between
        self._inside, self._between, self._tests = [], [], []

    def _question(self) -> None:
        points = [float(_mark(cell).get("points") or 0) for cell in self._tests]
        name = self._name(self._tests[0])
        config = {"name": name, "points": _tidy(sum(points))}
        tests: list[ForeignTest] = []
        for cell, worth in zip(self._tests, points, strict=True):
            place, source = self._places[id(cell)], cell["source"]
            public = _HIDDEN.sub("", source)
            is_public = public == source
            # nbgrader gives the points of a cell for all that is in it, hidden or not.
            if not is_public and _asserts(public):
                tests.append(ForeignTest(public, place, config={"points": 0, "hidden": False}))
            whole = {"points": _tidy(worth), "hidden": not is_public}
            tests.append(ForeignTest(source, place, config=whole))
        add_question(self.master, config, self._inside, tests)

    def _by_hand(self, cell: CellData) -> None:
        name, points = self._name(cell), float(_mark(cell).get("points") or 0)
        config = {"name": name, "manual": True, "points": _tidy(points)}
        if _mark(cell).get("task"):
            add_question(
                self.master, config, [{**_plain(cell), "source": _without_scheme(cell)}], ()
            )
        else:
            add_question(self.master, config, [*self._prompt(), *_solution(cell)], ())

    def _name(self, cell: CellData) -> str:
        given = _NOT_A_NAME.sub("_", str(_mark(cell).get("grade_id") or "question")).strip("_")
        name = given if given[:1].isalpha() else f"q_{given}"
        while name in self._names:
            name += "_2"
        self._names.add(name)
        return name


def _mark(cell: CellData) -> dict[str, Any]:
    found = cell["metadata"].get("nbgrader") if isinstance(cell["metadata"], dict) else None
    return found if isinstance(found, dict) else {}


def _is_graded(cell: CellData) -> bool:
    return bool(_mark(cell).get("grade") or _mark(cell).get("task"))


def _is_solution(cell: CellData) -> bool:
    return bool(_mark(cell).get("solution"))


def _plain(cell: CellData) -> CellData:
    return {"cell_type": cell["cell_type"], "source": cell["source"]}


def _solution(cell: CellData) -> list[CellData]:
    """The solution in a block of its own; all of the cell is one where nothing is marked in it."""
    source = _without_scheme(cell)
    if cell["cell_type"] == "code":
        if not _SOLUTION.search(source):
            source = f"### BEGIN SOLUTION\n{source}\n### END SOLUTION"
        source = _SOLUTION.sub(r"\1# \2 SOLUTION", source)
    else:
        source = _SOLUTION.sub("", source)
    head, tail = ({"cell_type": "raw", "source": f"# {edge} SOLUTION"} for edge in ("BEGIN", "END"))
    return [head, {"cell_type": cell["cell_type"], "source": source}, tail]


def _without_scheme(cell: CellData) -> str:
    return _SCHEME.sub("", cell["source"])


def _asserts(source: str) -> bool:
    lines = (line.strip() for line in source.splitlines())
    return any(line and not line.startswith("#") for line in lines)


def _tidy(points: float) -> float:
    return int(points) if points == int(points) else points
