"""What is seen of a student's variable, or of an expression made of variables."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from autograder.model.base import Frozen

Nested = int | float | list["Nested"]
"""Numbers as JSON has them: a number, or lists of lists of numbers."""


class Seen(Frozen):
    """What every observation has: the key of what was looked at and the name of its Python type.

    The key is the variable's name, or the expression that was evaluated.

    `ATTACHMENTS` are the fields that hold files: they travel and are kept beside the rest.
    """

    ATTACHMENTS: ClassVar[tuple[str, ...]] = ()

    name: str = Field(max_length=1_000)
    type_name: str = Field(max_length=200)

    def attachments(self) -> dict[str, bytes]:
        """The files of the observation by the names of their fields, those that there are."""
        contents = {field: getattr(self, field) for field in self.ATTACHMENTS}
        return {field: content for field, content in contents.items() if content is not None}

    def with_attachments(self, contents: Mapping[str, bytes]) -> Self:
        """The observation with these files and no others."""
        return self.model_copy(update={f: contents.get(f) for f in self.ATTACHMENTS})

    def without_attachments(self) -> str:
        """The observation as JSON, its files left out."""
        return self.model_dump_json(exclude=set(self.ATTACHMENTS))


class Missing(Seen):
    """The variable was never there; for an expression `lacks` is the one that it needs."""

    kind: Literal["missing"] = "missing"
    type_name: str = "nothing"
    lacks: str = Field(default="", max_length=100)


class Unanswered(Seen):
    """The variable still holds the template's `...` (or None).

    For an expression `lacks` is the variable in it that does.
    """

    kind: Literal["unanswered"] = "unanswered"
    lacks: str = Field(default="", max_length=100)


class Numbers(Seen):
    """A number, or lists, tuples, arrays or tensors of numbers, at most 10,000 of them."""

    kind: Literal["numbers"] = "numbers"
    value: Any  # Nested; checked by `expect.numbers`, which has to look at each number anyway.


class Text(Seen):
    """A string: its first 200 characters, and the `rest`, cut at 20,000."""

    kind: Literal["text"] = "text"
    text: str = Field(max_length=200)
    rest: str = Field(default="", max_length=20_000)

    @property
    def whole(self) -> str:
        """All that is known of the string."""
        return self.text + self.rest


_MOST_CELLS, _DEEPEST_NEST, _LONGEST_CELL = 20_000, 12, 20_000
_WRAPPED = ("pairs", "set", "float")


def _checked_nest(value: Any) -> Any:
    """The value, if it is a nest as `Structure` describes it; raises ValueError otherwise."""
    waiting, cells = [(value, 0)], 0
    while waiting:
        item, depth = waiting.pop()
        cells += 1
        if cells > _MOST_CELLS or depth > _DEEPEST_NEST:
            raise ValueError("too large or too deep")
        if isinstance(item, dict):
            (wrapper, inside), *more = item.items() or [("", None)]
            if more or wrapper not in _WRAPPED:
                raise ValueError("a wrapper of no agreed kind")
            if wrapper == "float":
                if inside not in ("nan", "inf", "-inf"):
                    raise ValueError("no number")
                continue
            if not isinstance(inside, list):
                raise ValueError("no list in a wrapper")
            if wrapper == "pairs" and not all(isinstance(p, list) and len(p) == 2 for p in inside):
                raise ValueError("no pairs")
            item = inside
        if isinstance(item, list):
            waiting += [(part, depth + 1) for part in item]
        elif isinstance(item, str):
            if len(item) > _LONGEST_CELL:
                raise ValueError("a text that is too long")
        elif not (item is None or isinstance(item, bool | int | float)):
            raise ValueError("a value of no agreed kind")
    return value


Nest = Annotated[Any, AfterValidator(_checked_nest)]
"""Texts, numbers, booleans and None, in lists and in objects of one of these keys: `pairs` holds a
dictionary as pairs in its order, `set` a set in a fixed order, `float` what JSON has no number for.
"""


class Structure(Seen):
    """Texts, numbers and booleans, nested in lists, tuples, dictionaries and sets.

    `detail` says why it is not made of numbers alone.
    """

    kind: Literal["structure"] = "structure"
    value: Nest
    detail: str = Field(default="", max_length=500)


class TableData(Seen):
    """A pandas table; a Series is one of one column.

    `columns`, `index` and each of the `rows` are nests: labels and cells may be numbers, texts,
    booleans, None or, for labels of several levels, lists. Dates are texts in ISO 8601. `types`
    names the type of each column.
    """

    kind: Literal["table"] = "table"
    is_series: bool = False
    columns: Nest
    index: Nest
    types: tuple[Annotated[str, Field(max_length=100)], ...] = Field(max_length=500)
    rows: Nest

    @model_validator(mode="after")
    def _is_a_table(self) -> Self:
        """Raises ValueError where rows and labels do not belong together."""
        parts = (self.columns, self.index, self.rows)
        if not all(isinstance(part, list) for part in parts):
            raise ValueError("no lists")
        width = len(self.columns)
        if len(self.index) != len(self.rows) or len(self.types) != width:
            raise ValueError("labels that do not fit")
        if self.is_series and width != 1:
            raise ValueError("a series that is not one column")
        if not all(isinstance(row, list) and len(row) == width for row in self.rows):
            raise ValueError("rows of different lengths")
        return self


Label = Annotated[str, Field(max_length=500)]
Coordinates = Annotated[tuple[float | Label | None, ...], Field(max_length=2_000)]


class LineData(Frozen):
    """A line of a plot, or one of its sets of points or bars: what its legend says, and where."""

    label: Label = ""
    x: Coordinates = ()
    y: Coordinates = ()


class AxesData(Frozen):
    """One plot of a figure, by what is written at it and drawn in it."""

    title: Label = ""
    x_label: Label = ""
    y_label: Label = ""
    x_scale: Label = ""
    y_scale: Label = ""
    legend: tuple[Label, ...] = Field(default=(), max_length=50)
    lines: tuple[LineData, ...] = Field(default=(), max_length=50)
    points: tuple[LineData, ...] = Field(default=(), max_length=50)
    bars: tuple[LineData, ...] = Field(default=(), max_length=50)
    images: int = Field(default=0, ge=0)


class FigureData(Seen):
    """A Matplotlib figure, or the one plot of it that an `Axes` is."""

    kind: Literal["figure"] = "figure"
    title: Label = ""
    axes: tuple[AxesData, ...] = Field(default=(), max_length=20)


class Raised(Seen):
    """An expression raised an exception: `type_name` and `message` are its class and its words.

    `bases` are the classes that it is one of, its own first.
    """

    kind: Literal["raised"] = "raised"
    message: str = Field(default="", max_length=500)
    bases: tuple[Annotated[str, Field(max_length=100)], ...] = Field(default=(), max_length=50)


class Unfinished(Seen):
    """An expression came to no end: it ran longer than `seconds`, or Python itself `died`."""

    kind: Literal["unfinished"] = "unfinished"
    type_name: str = "nothing"
    why: Literal["time", "died"] = "time"
    seconds: float = Field(default=0.0, ge=0)


GIVES_ONCE = "its values can be taken only once"
"""The detail of one of Python's iterators that could not be read without taking its values away."""


class Other(Seen):
    """Anything else: `is_class` tells a network's class from an instance of it.

    `parameters` are the names of a function's, in order; None for what is no function.
    """

    kind: Literal["other"] = "other"
    is_class: bool = False
    parameters: tuple[Annotated[str, Field(max_length=100)], ...] | None = Field(
        default=None, max_length=50
    )
    detail: str = Field(default="", max_length=500)
