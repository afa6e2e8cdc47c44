"""Figures of Matplotlib: what is written at a plot, and the data drawn in it."""

from collections.abc import Iterable, Sequence
from typing import Any

from autograder.expect.numbers import describe, require_answer
from autograder.expect.values import Tolerance, difference
from autograder.expect.verdict import Failure
from autograder.model import AxesData, FigureData, LineData, Observation

Said = str | bool | None
"""A text that has to be in what is written, True for any text, None for no matter what."""


def figure(
    answer: Observation,
    *,
    title: Said = None,
    x_label: Said = None,
    y_label: Said = None,
    legend: Sequence[str] | bool | None = None,
    lines: int | Iterable[Sequence[float]] | None = None,
    points: int | Iterable[Sequence[float]] | None = None,
    bars: int | Iterable[Sequence[float]] | None = None,
    plot: int = 0,
    relative: float = 1e-6,
) -> None:
    """The answer is a figure, or a plot, with these words at it and these data in it.

    Words are found in any case. `lines`, `points` and `bars` are how many there are at least, or
    their values (for bars the heights), each of which has to be drawn. `plot` counts the plots of a
    figure from 0.
    """
    axes = _plot_of(answer, plot)
    written = axes.title or answer.title if isinstance(answer, FigureData) else axes.title
    for what, wanted, there in (
        ("title", title, written),
        ("label at the x axis", x_label, axes.x_label),
        ("label at the y axis", y_label, axes.y_label),
    ):
        _require_words(answer, what, wanted, there)
    _require_legend(answer, legend, axes)
    near = Tolerance(relative, 1e-9)
    for kind, goal, drawn in (
        ("line", lines, axes.lines),
        ("set of points", points, axes.points),
        ("set of bars", bars, axes.bars),
    ):
        _require_drawn(answer, kind, goal, drawn, near)


def _plot_of(answer: Observation, plot: int) -> AxesData:
    require_answer(answer, "a figure")
    if not isinstance(answer, FigureData):
        raise Failure(
            expected=f"`{answer.name}` to be a figure or a plot of it",
            found=describe(answer),
            advice="keep what `plt.subplots()` gives: `figure, ax = plt.subplots()`.",
            mistake="something that is no figure",
            unquoted="something that is no figure",
        )
    if plot >= len(answer.axes):
        raise Failure(
            expected=f"`{answer.name}` to have {plot + 1} or more plots",
            found=f"{len(answer.axes)} plots",
            advice="draw into the figure that you keep, with the functions of its `ax`.",
            unquoted="too few plots",
        )
    return answer.axes[plot]


def _require_words(answer: Observation, what: str, wanted: Said, there: str) -> None:
    if wanted is None or wanted is False:
        return
    missing = not there.strip()
    if missing or (isinstance(wanted, str) and wanted.casefold() not in there.casefold()):
        setter = {"title": "set_title", "label at the x axis": "set_xlabel"}
        raise Failure(
            expected=f"a {what} in `{answer.name}`"
            + ("" if wanted is True else " that says what the text asks for"),
            found=f"no {what}" if missing else f"the {what} {there[:100]!r}",
            advice=f"`ax.{setter.get(what, 'set_ylabel')}(…)` writes it.",
            mistake=f"no {what}" if missing else f"another {what}",
            unquoted=f"no {what}" if missing else f"another {what}",
        )


def _require_legend(
    answer: Observation, wanted: Sequence[str] | bool | None, axes: AxesData
) -> None:
    if not wanted:
        return
    said = [text.casefold() for text in axes.legend]
    names = [] if wanted is True else list(wanted)
    if not said or any(not any(n.casefold() in text for text in said) for n in names):
        raise Failure(
            expected=f"a legend in `{answer.name}` that names what is drawn",
            found=f"a legend with {', '.join(map(repr, axes.legend[:5]))}" if said else "no legend",
            advice="give each line a `label=…` and call `ax.legend()`.",
            mistake="another legend" if said else "no legend",
            unquoted="another legend" if said else "no legend",
        )


def _require_drawn(
    answer: Observation,
    kind: str,
    goal: int | Iterable[Sequence[float]] | None,
    drawn: tuple[LineData, ...],
    near: Tolerance,
) -> None:
    if goal is None:
        return
    goals: list[Any] = [] if isinstance(goal, int) else [list(values) for values in goal]
    count = goal if isinstance(goal, int) else len(goals)
    plural = kind.replace("line", "lines").replace("set of", "sets of")
    if len(drawn) < count:
        raise Failure(
            expected=f"`{answer.name}` to show {count} {kind if count == 1 else plural}",
            found=f"{len(drawn)} of them",
            advice="draw into the `ax` that you keep; a new figure begins with `plt.subplots()`.",
            mistake=f"too few {plural}",
            unquoted=f"too few {plural}",
        )
    for number, values in enumerate(goals, 1):
        if all(difference(list(one.y), values, near) for one in drawn):
            raise Failure(
                expected=f"`{answer.name}` to show the values that the text asks for",
                found=f"no {kind} with the values of number {number}",
                advice="which column goes on which axis? Look at the order and number of values.",
                mistake=f"no {kind} with the right values",
                unquoted=f"no {kind} with these values",
            )
