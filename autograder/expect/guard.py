"""Keeps tests from using an observation as if it were the student's object.

`answer == 3` would be false and `assert answer` true whatever the student did. Both say instead
which word of the vocabulary is meant.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, NoReturn

from autograder.errors import CourseError
from autograder.model import Observation, Seen

_INSTEAD = {
    "==": "expect.equal(…), or expect.close(…) for numbers that were computed",
    "<": "expect.number(…), which gives the number",
    "len": "expect.shape(…), or expect.equal(…)",
    "an index": 'expect.equal(…), or an expression such as "{name}[0]" in the annotation',
    "a loop": "expect.numbers(…), expect.table(…) or expect.equal(…)",
    "a call": 'an expression in the annotation of the parameter, such as "{name}(3)"',
    "a condition": "expect.equal({name}, True) or another word of the vocabulary",
    "arithmetic": "expect.number(…) or expect.numbers(…), which give the numbers",
}
_USES = {
    "==": ("__eq__", "__ne__"),
    "<": ("__lt__", "__le__", "__gt__", "__ge__"),
    "len": ("__len__",),
    "an index": ("__getitem__", "__contains__"),
    "a loop": ("__iter__",),
    "a call": ("__call__",),
    "a condition": ("__bool__",),
    "arithmetic": (
        "__add__", "__radd__", "__sub__", "__rsub__", "__mul__", "__rmul__", "__truediv__",
        "__rtruediv__", "__abs__", "__neg__", "__float__", "__int__", "__round__",
    ),
}  # fmt: skip


def guarded(seen: Observation) -> Observation:
    """The observation for a test: it raises CourseError where it is used as if it were a value."""
    twin = seen.model_copy()
    object.__setattr__(twin, "__class__", _guarded_class(type(seen)))
    return twin


@cache
def _guarded_class(kind: type[Seen]) -> type[Seen]:
    methods: dict[str, Any] = {
        method: _refusal(use) for use, methods in _USES.items() for method in methods
    }
    methods |= {"__hash__": object.__hash__, "__module__": __name__}
    return type(kind.__name__, (kind,), methods)


def _refusal(use: str) -> Callable[..., NoReturn]:
    def refuse(self: Seen, *_: object) -> NoReturn:
        name = self.name
        raise CourseError(
            f"`{name}` is what was seen of the student's object and cannot be used as that "
            f"({use}): use {_INSTEAD[use].format(name=name)}"
        )

    return refuse
