"""Otter's exception-based test files, read without Otter.

The format is Otter's (https://otter-grader.readthedocs.io/en/latest/test_files/python_format.html);
the package brings 44 others, which neither students nor containers on Gradescope need.
"""

import builtins
import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

Points = int | float

_MODULE = "otter.test_files"


@dataclass
class OtterCase:
    """A test case, and the decorator `test_case` that makes it of a function."""

    name: str | None = None
    points: Points | None = None
    hidden: bool = False
    success_message: str | None = None
    failure_message: str | None = None

    def __post_init__(self) -> None:
        self.test_func: Callable[..., None] = _nothing
        self._parameters: tuple[str, ...] = ()

    def __call__(self, test_func: Callable[..., None]) -> "OtterCase":
        """Take the function that is decorated."""
        self.test_func = test_func
        self._parameters = tuple(inspect.signature(test_func).parameters)
        return self

    def call_func(self, environment: Mapping[str, Any]) -> None:
        """Call the function with what its parameters name, None for what is not there.

        `env` is all of it. Raises whatever the function raises.
        """
        given = {n: environment.get(n) if n != "env" else environment for n in self._parameters}
        self.test_func(**given)


@dataclass(frozen=True)
class PointedCase:
    """A test case with the points that it has in its file."""

    body: OtterCase
    points: Points
    hidden: bool


@dataclass(frozen=True)
class OtterTests:
    """A test file: the question's name and its cases in order.

    `all_or_nothing`: its points are given for all of the cases or not at all.
    """

    name: str
    test_cases: tuple[PointedCase, ...]
    all_or_nothing: bool = False

    @classmethod
    def from_string(cls, source: str, path: str = "<string>") -> "OtterTests":
        """The tests in the text of a file, whose assertions hold under `python -O` as well.

        Raises ValueError for a file without a name and for points that contradict each other,
        TypeError for points that are no numbers, and whatever the code raises.
        """
        space: dict[str, Any] = {"__builtins__": {**vars(builtins), "__import__": _imported}}
        exec(compile(source, path, "exec", optimize=0), space)
        if "name" not in space:
            raise ValueError("it does not define `name`")
        cases = [value for value in space.values() if isinstance(value, OtterCase)]
        points = _points_of(space.get("points"), [case.points for case in cases])
        pointed = (PointedCase(c, p, c.hidden) for c, p in zip(cases, points, strict=True))
        return cls(space["name"], tuple(pointed), bool(space.get("all_or_nothing")))


def _nothing() -> None:
    """What a decorator stands for that decorates nothing."""


def _imported(name: str, *arguments: Any, **options: Any) -> Any:
    """`import` as it works in a test file, where Otter's decorator is ours."""
    return _STAND_IN if name == _MODULE else __import__(name, *arguments, **options)


_STAND_IN = ModuleType(_MODULE)
_STAND_IN.__dict__["test_case"] = OtterCase


def _points_of(whole: Any, given: list[Any]) -> list[Points]:
    """The points of each case, where a file gives them for all, for some or for none.

    `whole` are the question's: a number, a list with one for each case, or None. What is left of a
    number is shared by the cases without points; so is one point where nothing is given at all.
    """
    if isinstance(whole, list):
        if len(whole) != len(given):
            raise ValueError(f"it gives {len(whole)} points for {len(given)} test cases")
        given, whole = whole, None
    _require_numbers([whole, *given])
    known = sum(points for points in given if points is not None)
    without = sum(points is None for points in given)
    if whole is not None and known > whole:
        raise ValueError(f"its test cases have {known:g} points, and the question has {whole:g}")
    left = (1 if known == 0 and not any(given) else 0) if whole is None else whole - known
    return [left / without if points is None else points for points in given]


def _require_numbers(points: Iterable[Any]) -> None:
    for value in points:
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise TypeError(f"points are numbers, not {type(value).__name__}")
