"""Tables of pandas: which columns there are, and what stands in them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from autograder.expect.numbers import describe, require_answer
from autograder.expect.values import Tolerance, difference, plain
from autograder.expect.verdict import Failure
from autograder.model import Observation, TableData

_MOST_NAMED = 5


def table(
    answer: Observation,
    columns: Mapping[str, Sequence[Any]] | Iterable[str] | None = None,
    *,
    index: Sequence[Any] | None = None,
    rows: int | None = None,
    ordered: bool = True,
    relative: float = 1e-6,
    absolute: float = 1e-9,
    advice: str = "",
) -> None:
    """The answer is a table with these columns, and these values in them if they are given.

    Other columns may be there, too. `index` are the labels of the rows and `rows` their number.
    Unless `ordered`, the rows may stand in any order. Numbers may differ by the larger of
    `absolute` and `relative` times the right one; NaN, None and NaT are where there is no value.
    """
    require_answer(answer, "a table")
    if not isinstance(answer, TableData):
        raise Failure(
            expected=f"`{answer.name}` to be a table (a DataFrame or a Series)",
            found=describe(answer),
            advice="keep the table itself: not one column's `.values`, and not a printed text.",
            mistake="something that is no table",
            unquoted="something that is no table",
        )
    wanted = list(columns) if columns is not None else []
    _require_columns(answer, wanted)
    count = rows if rows is not None else _count(columns, index)
    if count is not None and len(answer.rows) != count:
        raise Failure(
            expected=f"`{answer.name}` to have as many rows as the text asks for",
            found=f"{len(answer.rows)} rows",
            advice=advice
            or "which rows are left out, or come more than once? Look at conditions, "
            "missing values and joins.",
            unquoted="another number of rows",
        )
    near = Tolerance(relative, absolute)
    given = columns if isinstance(columns, Mapping) else {}
    right = _lines(list(given.values()), index)
    labels = plain(answer.index) if index is not None else None
    found = _lines([_column(answer, name) for name in given], labels)
    if ordered or not right:
        _require_same(answer, [*given], found, right, near, advice)
    elif unmatched := _unmatched(found, right, near):
        raise Failure(
            expected=f"`{answer.name}` to have the rows that the text asks for, in any order",
            found=f"{unmatched} of {len(right)} rows that are others",
            advice=advice or _COMPUTE,
            unquoted="other rows",
        )


_COMPUTE = "compute one row by hand, and look where it first differs."


def _require_columns(answer: TableData, wanted: list[str]) -> None:
    there = [str(plain(label)) for label in answer.columns]
    missing = [name for name in wanted if name not in there]
    if missing and not (answer.is_series and len(wanted) == 1):
        raise Failure(
            expected=f"`{answer.name}` to have the column {missing[0]!r}",
            found=f"the columns {', '.join(there[:_MOST_NAMED])}" if there else "no columns",
            advice="a column that groups or sorts may have become the index: `reset_index()` makes "
            "a column of it again.",
            mistake=f"no column {missing[0]!r}",
            unquoted="other columns",
        )


def _count(columns: object, index: Sequence[Any] | None) -> int | None:
    if index is not None:
        return len(index)
    if isinstance(columns, Mapping) and columns:
        return len(next(iter(columns.values())))
    return None


def _column(answer: TableData, name: str) -> list[Any]:
    there = [str(plain(label)) for label in answer.columns]
    place = there.index(name) if name in there else 0
    return [plain(row[place]) for row in answer.rows]


def _lines(columns: list[Sequence[Any]], index: Sequence[Any] | None) -> list[list[Any]]:
    """The rows of these columns, with the index in front where there is one."""
    whole = [*([index] if index is not None else []), *columns]
    return [[_present(cell) for cell in row] for row in zip(*whole, strict=True)]


def _present(cell: Any) -> Any:
    """The cell; None for each of the ways in which pandas says that there is no value."""
    return None if isinstance(cell, float) and cell != cell else cell


def _require_same(
    answer: TableData,
    names: list[str],
    found: list[list[Any]],
    right: list[list[Any]],
    near: Tolerance,
    advice: str,
) -> None:
    labels = ["the index"] * (len(right[0]) - len(names) if right else 0)
    labels += [f"the column {name!r}" for name in names]
    wrong = [
        (row, label)
        for row, (one, other) in enumerate(zip(found, right, strict=True))
        for label, cell, goal in zip(labels, one, other, strict=True)
        if difference(cell, goal, near)
    ]
    if not wrong:
        return
    row, label = wrong[0]
    rest = sorted(range(len(found)), key=lambda n: repr(found[n]))
    goal_order = sorted(range(len(right)), key=lambda n: repr(right[n]))
    same_rows = all(
        not difference(found[a], right[b], near) for a, b in zip(rest, goal_order, strict=True)
    )
    raise Failure(
        expected=f"`{answer.name}` to hold what the text asks for",
        found="the right rows in another order"
        if same_rows
        else f"{len(wrong)} other values, the first in {label}, row {row} counted from 0",
        advice=advice or ("sort the rows as the text says." if same_rows else _COMPUTE),
        mistake=f"other values in {label}",
        unquoted="the right rows in another order" if same_rows else f"other values in {label}",
    )


def _unmatched(found: list[list[Any]], right: list[list[Any]], near: Tolerance) -> int:
    left = list(found)
    missing = 0
    for goal in right:
        match = next((n for n, row in enumerate(left) if not difference(row, goal, near)), None)
        if match is None:
            missing += 1
        else:
            del left[match]
    return missing
