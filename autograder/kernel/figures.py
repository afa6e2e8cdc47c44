"""A Matplotlib figure as plain data: what is written at its plots and drawn in them.

Runs beside student code; what it gives is not trusted by anyone.
"""

import math
import sys
from collections.abc import Iterable
from typing import Any

from autograder.model import AxesData, FigureData, LineData

_MOST_PLOTS, _MOST_DRAWN, _MOST_POINTS = 20, 50, 2_000
_LONGEST = 500


def is_figure(value: object) -> bool:
    """Whether it is a figure or one plot of it."""
    figures: Any = sys.modules.get("matplotlib.figure")
    axes: Any = sys.modules.get("matplotlib.axes")
    known = (getattr(figures, "Figure", None), getattr(axes, "Axes", None))
    return isinstance(value, tuple(kind for kind in known if kind is not None))


def figure(name: str, type_name: str, value: Any) -> FigureData:
    """The observation of a figure, or of one plot as a figure that has no other."""
    plots = value.axes if hasattr(value, "add_subplot") else [value]
    title = value.get_suptitle() if hasattr(value, "get_suptitle") else ""
    return FigureData(
        name=name,
        type_name=type_name,
        title=_label(title),
        axes=tuple(_plot(plot) for plot in plots[:_MOST_PLOTS]),
    )


def _plot(plot: Any) -> AxesData:
    legend = plot.get_legend()
    return AxesData(
        title=_label(plot.get_title()),
        x_label=_label(plot.get_xlabel()),
        y_label=_label(plot.get_ylabel()),
        x_scale=_label(plot.get_xscale()),
        y_scale=_label(plot.get_yscale()),
        legend=tuple(_label(text.get_text()) for text in legend.get_texts()[:_MOST_DRAWN])
        if legend is not None
        else (),
        lines=tuple(
            _drawn(line.get_label(), line.get_xdata(), line.get_ydata())
            for line in plot.lines[:_MOST_DRAWN]
        ),
        points=tuple(
            _drawn(points.get_label(), points.get_offsets()[:, 0], points.get_offsets()[:, 1])
            for points in plot.collections[:_MOST_DRAWN]
            if type(points).__name__ == "PathCollection"
        ),
        bars=tuple(_bars(bars) for bars in plot.containers[:_MOST_DRAWN] if _has_bars(bars)),
        images=len(plot.images),
    )


def _has_bars(container: Any) -> bool:
    return hasattr(container, "patches") and hasattr(container, "orientation")


def _bars(container: Any) -> LineData:
    """Where bars stand and how long they are."""
    bars = container.patches
    if container.orientation == "horizontal":
        places = [bar.get_y() + bar.get_height() / 2 for bar in bars]
        return _drawn(container.get_label(), places, [bar.get_width() for bar in bars])
    places = [bar.get_x() + bar.get_width() / 2 for bar in bars]
    return _drawn(container.get_label(), places, [bar.get_height() for bar in bars])


def _drawn(label: Any, x: Iterable[Any], y: Iterable[Any]) -> LineData:
    text = _label(label)
    # Matplotlib's own names for what has no label begin so.
    return LineData(label="" if text.startswith("_") else text, x=_places(x), y=_places(y))


def _places(values: Iterable[Any]) -> tuple[float | str | None, ...]:
    return tuple(_place(value) for value in list(values)[:_MOST_POINTS])


def _place(value: Any) -> float | str | None:
    if isinstance(value, str) or hasattr(value, "isoformat"):
        return _label(value)
    number = float(value)
    return number if math.isfinite(number) else None


def _label(text: Any) -> str:
    return str(text)[:_LONGEST]
