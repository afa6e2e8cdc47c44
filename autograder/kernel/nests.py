"""Texts, numbers, booleans and tables as plain data.

Runs beside student code; what it gives is not trusted by anyone.
"""

import math
import numbers
import sys
from typing import Any

from autograder.model import TableData

_MOST_CELLS = 10_000
_MOST_CHARACTERS = 200_000
_DEEPEST = 8
_LONGEST = 20_000
_MOST_COLUMNS = 500
TOO_MANY = f"more than {_MOST_CELLS:,} numbers"


class CannotNest(Exception):
    """The value holds something that is neither number, text, boolean nor a nest of these."""


class NestBudget:
    """How many cells and characters may still be read."""

    def __init__(self) -> None:
        self._cells, self._characters = _MOST_CELLS, _MOST_CHARACTERS

    def spend(self, cells: int, characters: int = 0) -> None:
        """Count them; raises CannotNest when there were too many."""
        self._cells -= cells
        self._characters -= characters
        if self._cells < 0 or self._characters < 0:
            raise CannotNest("more values than are looked at")


def nested(value: Any, budget: NestBudget, depth: int = 0) -> Any:
    """The value as `Structure` holds it; raises CannotNest, and what a student's class raises."""
    if depth > _DEEPEST:
        raise CannotNest(f"nested more than {_DEEPEST} deep")
    if isinstance(value, (list, tuple, range)):
        budget.spend(1)
        return [nested(item, budget, depth + 1) for item in value]
    if isinstance(value, dict):
        budget.spend(1)
        pairs = value.items()
        return {"pairs": [[nested(part, budget, depth + 1) for part in pair] for pair in pairs]}
    if isinstance(value, (set, frozenset)):
        budget.spend(1)
        items = [nested(item, budget, depth + 1) for item in value]
        # Python's own order of a set of texts differs from run to run.
        return {"set": sorted(items, key=lambda item: (type(item).__name__, repr(item)))}
    if hasattr(value, "detach") and hasattr(value, "tolist"):
        return nested(value.detach().cpu().tolist(), budget, depth)
    if hasattr(value, "tolist") and hasattr(value, "dtype") and _has_axes(value):
        budget.spend(int(value.size))
        return nested(value.tolist(), budget, depth)
    return _cell(value, budget)


def _has_axes(value: Any) -> bool:
    return bool(getattr(value, "shape", None))


def _cell(value: Any, budget: NestBudget) -> Any:
    if isinstance(value, str):
        budget.spend(1, min(len(value), _LONGEST))
        return str.__str__(value)[:_LONGEST]
    budget.spend(1)
    if value is None or _is_missing(value):
        return None
    if isinstance(value, bool) or type(value).__name__ in ("bool_", "bool"):
        return bool(value)
    if isinstance(value, numbers.Integral):
        number = int(value)
        return number if abs(number) < 10**300 else {"float": "inf"}
    if isinstance(value, numbers.Real) or type(value).__name__ == "Decimal":
        return _real(float(value))
    if hasattr(value, "isoformat"):
        return str(value.isoformat())[:_LONGEST]
    if type(value).__name__ in ("datetime64", "timedelta64", "Timedelta", "Period", "Interval"):
        return str(value)[:_LONGEST]
    raise CannotNest(f"it holds something of type {type(value).__name__}")


def _real(number: float) -> Any:
    number = float.__float__(number)
    if math.isnan(number):
        return {"float": "nan"}
    if math.isinf(number):
        return {"float": "inf" if number > 0 else "-inf"}
    return number


def _is_missing(value: object) -> bool:
    """Whether it is what pandas puts where there is no value, other than NaN."""
    pandas: Any = sys.modules.get("pandas")
    return pandas is not None and (value is pandas.NA or value is pandas.NaT)


def is_table(value: object) -> bool:
    """Whether it is a DataFrame or a Series of pandas."""
    pandas: Any = sys.modules.get("pandas")
    return hasattr(pandas, "DataFrame") and isinstance(value, (pandas.DataFrame, pandas.Series))


def table(name: str, type_name: str, value: Any) -> TableData:
    """A DataFrame or a Series as plain data; raises CannotNest."""
    is_series = hasattr(value, "to_frame") and not hasattr(value, "columns")
    frame = value.to_frame() if is_series else value
    count, width = frame.shape
    budget = NestBudget()
    if width > _MOST_COLUMNS or count * max(width, 1) > _MOST_CELLS:
        raise CannotNest(TOO_MANY)
    columns = [frame.iloc[:, place] for place in range(width)]
    cells = [nested(column.tolist(), budget, 1) for column in columns]
    labels = [None] if is_series and value.name is None else list(frame.columns)
    return TableData(
        name=name,
        type_name=type_name,
        is_series=is_series,
        columns=[nested(label, NestBudget()) for label in labels],
        index=nested(frame.index.tolist(), NestBudget()),
        types=tuple(str(column.dtype)[:100] for column in columns),
        rows=[list(row) for row in zip(*cells, strict=True)] if cells else [[]] * count,
    )
