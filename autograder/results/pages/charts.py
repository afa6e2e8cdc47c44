"""Charts as inline SVG, each with a title and a description in words. Styles are in report.css."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor
from statistics import median

from markupsafe import Markup, escape

_WIDTH, _HEIGHT = 480, 210
_LEFT, _RIGHT, _TOP, _BOTTOM = 12, 468, 30, 166
_MOST_BARS = 25
_MOST_TICKS = 9
_POINTS = (0.25, 0.5, 1, 2, 5, 10, 20, 50)
_SECONDS = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120)
_SHARES = (0.005, 0.01, 0.02, 0.05)
_ROUND = 0.05  # accuracies are shown from a multiple of this


@dataclass(frozen=True)
class Chart:
    """A histogram: the drawing, and a label and a number for each bar, for a table beside it."""

    title: str
    unit: str
    drawing: Markup
    bars: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class _Scale:
    """`number` bars of the width `step` from `start` on."""

    start: float
    step: float
    number: int

    def count(self, values: Sequence[float]) -> list[int]:
        """How many values each bar holds; what lies outside belongs to the nearest."""
        counts = [0] * self.number
        for value in values:
            index = floor((value - self.start) / self.step + 1e-9)
            counts[min(max(index, 0), self.number - 1)] += 1
        return counts

    def edge(self, index: int) -> float:
        return self.start + index * self.step


def score_chart(scores: Sequence[float], max_score: float) -> Chart:
    """How many submissions have each score, from 0 to the highest possible."""
    fitting = [s for s in _POINTS if all(abs(v / s - round(v / s)) < 1e-6 for v in scores)]
    # The widest bars that keep different scores apart, if they are not too few to tell anything.
    step = next((s for s in reversed(fitting) if max_score / s >= 5), None)
    if step is None or max_score / step > _MOST_BARS:
        step = _step(max_score, _POINTS)
    scale = _Scale(-step / 2, step, round(max_score / step) + 1)
    labels = [f"{index * step:g}" for index in range(scale.number)]
    ticks = [(index + 0.5, label) for index, label in enumerate(labels)]
    found = f"Median {median(scores):g} of {max_score:g} points." if scores else ""
    return _chart("Scores", "points", scale, scores, labels, ticks, found)


def seconds_chart(seconds: Sequence[float]) -> Chart:
    """How long the runs took."""
    longest = max(seconds, default=1.0)
    step = _step(longest, _SECONDS)
    scale = _Scale(0.0, step, floor(longest / step) + 1)
    labels = [f"{scale.edge(i):g} to {scale.edge(i + 1):g}" for i in range(scale.number)]
    ticks = [(float(i), f"{scale.edge(i):g}") for i in range(scale.number + 1)]
    found = f"Median {median(seconds):.3g}, longest {longest:.3g} seconds." if seconds else ""
    return _chart("Run time", "seconds", scale, seconds, labels, ticks, found)


def accuracy_chart(network: str, accuracies: Sequence[float], threshold: float | None) -> Chart:
    """The accuracies of a network on the hidden images, with the threshold for its points."""
    lowest = min([*accuracies, 1.0 if threshold is None else threshold - 0.02, 0.95])
    start = floor(lowest / _ROUND + 1e-9) * _ROUND
    step = _step(1 - start, _SHARES)
    scale = _Scale(start, step, round((1 - start) / step))
    labels = [f"{scale.edge(i):.3g} to {scale.edge(i + 1):.3g}" for i in range(scale.number)]
    ticks = [(float(i), f"{scale.edge(i):.3g}") for i in range(scale.number + 1)]
    found = ""
    if threshold is not None:
        below = sum(accuracy < threshold for accuracy in accuracies)
        found = f"{below} of {len(accuracies)} below the threshold of {threshold:g}."
    return _chart(network, "hidden accuracy", scale, accuracies, labels, ticks, found, threshold)


def gauge(share: float, threshold: float | None = None) -> Markup:
    """A share as a bar from 0 to 1; decorative, since the number stands beside it."""
    low = threshold is not None and share < threshold
    mark = f'<path d="M{threshold * 100:.1f} 0V10"/>' if threshold is not None else ""
    return Markup(
        '<svg class="gauge" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="track" y="2" width="100" height="6"/>'
        f'<rect class="bar{" low" if low else ""}" y="2" width="{share * 100:.1f}" height="6"/>'
        f"{mark}</svg>"
    )


def _step(span: float, steps: Sequence[float]) -> float:
    return next((step for step in steps if span / step <= _MOST_BARS + 1e-9), span / _MOST_BARS)


def _chart(
    title: str,
    unit: str,
    scale: _Scale,
    values: Sequence[float],
    labels: list[str],
    ticks: list[tuple[float, str]],
    found: str,
    threshold: float | None = None,
) -> Chart:
    counts = scale.count(values)
    width = (_RIGHT - _LEFT) / scale.number
    highest = max(counts) or 1
    parts = []
    for index, (number, label) in enumerate(zip(counts, labels, strict=True)):
        if not number:
            continue
        height = max((_BOTTOM - _TOP) * number / highest, 1.5)
        left, low = _LEFT + index * width, ""
        if threshold is not None and scale.edge(index + 1) <= threshold + 1e-9:
            low = " low"
        parts.append(
            f'<rect class="bar{low}" x="{left + 1:.1f}" y="{_BOTTOM - height:.1f}" '
            f'width="{width - 2:.1f}" height="{height:.1f}">'
            f"<title>{escape(label)} {unit}: {number}</title></rect>"
            f'<text x="{left + width / 2:.1f}" y="{_BOTTOM - height - 5:.1f}">{number}</text>'
        )
    parts.append(f'<path class="axis" d="M{_LEFT} {_BOTTOM}H{_RIGHT}"/>')
    every = next((n for n in (1, 2, 5, 10) if len(ticks) / n <= _MOST_TICKS), len(ticks))
    for place, label in ticks[::every]:
        parts.append(f'<text x="{_LEFT + place * width:.1f}" y="{_BOTTOM + 17}">{label}</text>')
    parts.append(f'<text x="{_WIDTH / 2}" y="{_BOTTOM + 36}" class="unit">{unit}</text>')
    if threshold is not None:
        at = _LEFT + (threshold - scale.start) / scale.step * width
        parts.append(f'<path class="threshold" d="M{at:.1f} {_TOP - 16}V{_BOTTOM}"/>')
    return Chart(
        title,
        unit,
        _drawing(f"{title}: {unit} of {len(values)} submissions", found, parts),
        tuple(zip(labels, counts, strict=True)),
    )


def _drawing(title: str, description: str, parts: list[str]) -> Markup:
    return Markup(
        f'<svg class="chart" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-label="{escape(title)}. {escape(description)}">{"".join(parts)}</svg>'
    )
