"""What a test looks at: a variable, an expression evaluated once, or a model with a signature.

A variable's name is the special case of an expression. Each observable has a `key`, which names
what is seen of it everywhere: in the observations of a run, in the ledger, in fingerprints. It is
the variable's name, or the expression itself as `ast.unparse` writes it.
"""

import ast
import hashlib
import symtable
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from math import prod
from typing import Any, Literal

from autograder.model import Pixels
from autograder.syntax import parsed_expression

DType = Literal["f32", "f64", "i64", "i32"]


@dataclass(frozen=True)
class Name:
    """A student's variable, observed after each cell."""

    parameter: str
    name: str

    @property
    def key(self) -> str:
        """The variable's name."""
        return self.name


@dataclass(frozen=True)
class Call:
    """An expression, evaluated once after the last cell; `names` are those that it finds outside.

    Of these some are the student's, some Python's own, and some may be hidden inputs.
    """

    parameter: str
    source: str
    names: tuple[str, ...]

    @property
    def key(self) -> str:
        """The expression."""
        return self.source


@dataclass(frozen=True)
class InputSignature:
    """One input of a model: numbers of a type, in a shape without the batch axis, which is free.

    Whole numbers go from 0 to below `below`, where that is given.
    """

    name: str
    dtype: DType
    shape: tuple[int, ...]
    below: int | None = None


@dataclass(frozen=True)
class NetworkSignature:
    """A student's variable that holds a PyTorch network with these inputs."""

    parameter: str
    inputs: tuple[InputSignature, ...]

    @property
    def key(self) -> str:
        """The variable's name, which is that of the parameter."""
        return self.parameter


@dataclass(frozen=True)
class Taken:
    """What the networks in a notebook take, by variable.

    `pixels` is how images are handed out that a notebook may present on another scale, and
    `pictures` a pattern of calls that show a network's weights.
    """

    inputs: Mapping[str, tuple[InputSignature, ...]]
    pixels: Pixels | None = None
    pictures: str = ""

    @property
    def image_sizes(self) -> frozenset[int]:
        """How many numbers each of the inputs has that may be an image."""
        inputs = (one for taken in self.inputs.values() for one in taken)
        return frozenset(prod(one.shape) for one in inputs if one.dtype == "f32")

    def as_json(self) -> dict[str, Any]:
        """The same as what JSON has."""
        return asdict(replace(self, pixels=None)) | {
            "pixels": self.pixels.model_dump() if self.pixels else None
        }


NOTHING_TAKEN = Taken({})


def taken_of(given: Mapping[str, Any]) -> Taken:
    """What `Taken.as_json` has written."""
    inputs = {
        name: tuple(InputSignature(**{**one, "shape": tuple(one["shape"])}) for one in taken)
        for name, taken in given["inputs"].items()
    }
    pixels = given["pixels"]
    return Taken(inputs, Pixels(**pixels) if pixels else None, given["pictures"])


Observable = Name | Call | NetworkSignature


def is_call(key: str) -> bool:
    """Whether the key of an observable is an expression to evaluate, not a variable's name."""
    return not key.isidentifier()


def file_stem(key: str) -> str:
    """How the files begin in which the observation with this key is written."""
    if not is_call(key):
        return key
    # No variable has such a name.
    return f"-{hashlib.sha256(key.encode()).hexdigest()[:32]}"


def names_in(source: str) -> tuple[str, ...]:
    """The names that an expression finds outside of itself, each once, in the order of the letters.

    Raises SyntaxError for what is no expression.
    """
    return tuple(sorted(set(_outside(symtable.symtable(source, "an expression", "eval")))))


def _outside(table: symtable.SymbolTable) -> Iterator[str]:
    is_whole = table.get_type() == "module"
    for symbol in table.get_symbols():
        is_outside = symbol.is_global() or (is_whole and not symbol.is_assigned())
        if symbol.is_referenced() and is_outside:
            yield symbol.get_name()
    for inner in table.get_children():
        yield from _outside(inner)


def students_names(keys: Iterable[str]) -> tuple[str, ...]:
    """The names that the observables with these keys depend on, each once, in order.

    Raises SyntaxError for a key that is no expression.
    """
    found = (names_in(key) if is_call(key) else (key,) for key in keys)
    return tuple(dict.fromkeys(name for names in found for name in names))


def elided(source: str) -> str:
    """An expression without what it hands over: `model.predict(…)`, `by_city.loc[…]`.

    What is said about a hidden call names the student's own work and none of its inputs.
    """
    return _elided(parsed_expression(source)) or "an expression of a hidden test"


def _elided(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=name):
            return f"{inner}.{name}" if (inner := _elided(value)) else ""
        case ast.Call(func=function, args=args, keywords=keywords):
            given = "…" if args or keywords else ""
            return f"{inner}({given})" if (inner := _elided(function)) else ""
        case ast.Subscript(value=value):
            return f"{inner}[…]" if (inner := _elided(value)) else ""
    return ""
