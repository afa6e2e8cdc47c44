"""An executed notebook as cells to show: each with its source and its outputs, all of it safe."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from markupsafe import Markup

from autograder.results.pages import sanitise
from autograder.results.pages.pictures import Picture, drawing, picture

_MOST_CELLS = 1_000
_MOST_OUTPUTS = 100
# What a page holds in all: text in characters, pictures in characters of base64.
_MOST_TEXT = 400_000
_MOST_PICTURES = 20_000_000
_CAPTION_LENGTH = 60
_UNTELLING = ("#", ")", "%", "import ", "from ", "plt.show(", "plt.axis(", "plt.figure(")
_NOTHING = Markup()
# The first kind that an output has is shown.
_PICTURES = ("image/png", "image/jpeg", "image/gif")


@dataclass(frozen=True)
class Output:
    """One output: a picture, or markup of the kind that it is."""

    kind: Literal["text", "error", "html", "note", "picture"]
    body: Markup = _NOTHING
    picture: Picture | None = None


@dataclass(frozen=True)
class Cell:
    """One cell; `caption` is the code that its pictures are named after."""

    number: int
    kind: Literal["code", "markdown", "raw"]
    source: Markup
    count: int | None = None
    outputs: tuple[Output, ...] = ()
    caption: str = ""

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """Its outputs that are pictures."""
        return tuple(output.picture for output in self.outputs if output.picture)


@dataclass
class _Budget:
    text: int = _MOST_TEXT
    pictures: int = _MOST_PICTURES


def cells_of(notebook: str) -> tuple[Cell, ...]:
    """The cells of a notebook in JSON. Never raises: what cannot be shown says so in its place."""
    try:
        found = json.loads(notebook)["cells"]
        return tuple(_shown(found if isinstance(found, list) else []))
    except (ValueError, TypeError, KeyError, RecursionError):
        return (Cell(1, "raw", Markup("The executed notebook cannot be read.")),)


def _shown(cells: list[Any]) -> Iterator[Cell]:
    budget = _Budget()
    for number, cell in enumerate(cells, 1):
        if number > _MOST_CELLS or budget.text < 0:
            left = len(cells) - number + 1
            yield Cell(
                number, "raw", Markup(f"{left:,} more cells are left out: the page is full.")
            )
            return
        if isinstance(cell, dict):
            yield _cell(number, cell, budget)


def _cell(number: int, cell: dict[str, Any], budget: _Budget) -> Cell:
    source = _text(cell.get("source"))
    budget.text -= min(len(source), 50_000)
    if cell.get("cell_type") == "markdown":
        return Cell(number, "markdown", sanitise.markdown(source, _attachments(cell)))
    if cell.get("cell_type") != "code":
        return Cell(number, "raw", Markup("{}").format(sanitise.shortened(source)))
    count = cell.get("execution_count")
    return Cell(
        number,
        "code",
        sanitise.code(source),
        count if isinstance(count, int) else None,
        tuple(_outputs(cell.get("outputs"), budget)),
        _caption(source),
    )


def _caption(source: str) -> str:
    """The last line of code that makes something, such as `train(net_conv, "net_conv")`."""
    lines = [line.strip() for line in source.splitlines() if line.strip()]
    telling = [line for line in lines if not line.startswith(_UNTELLING)]
    line = (telling or lines or [""])[-1]
    return line if len(line) <= _CAPTION_LENGTH else line[: _CAPTION_LENGTH - 1] + "…"


def _attachments(cell: dict[str, Any]) -> dict[str, dict[str, str]]:
    found = cell.get("attachments")
    if not isinstance(found, dict):
        return {}
    return {
        str(name): {str(kind): _text(content) for kind, content in kinds.items()}
        for name, kinds in list(found.items())[:50]
        if isinstance(kinds, dict) and name
    }


def _outputs(outputs: Any, budget: _Budget) -> Iterator[Output]:
    if not isinstance(outputs, list):
        return
    merged = list(_merged(outputs))
    for output in merged[:_MOST_OUTPUTS]:
        if budget.text < 0:
            yield _note("The outputs from here on are left out: the page is full.")
            return
        yield _output(output, budget)
    if len(merged) > _MOST_OUTPUTS:
        yield _note(f"{len(merged) - _MOST_OUTPUTS:,} more outputs are left out.")


def _merged(outputs: list[Any]) -> Iterator[dict[str, Any]]:
    """The outputs, with what was printed bit by bit in one piece."""
    open_stream: dict[str, Any] | None = None
    for output in outputs:
        if not isinstance(output, dict):
            continue
        if output.get("output_type") != "stream":
            if open_stream:
                yield open_stream | {"text": "".join(open_stream["text"])}
            open_stream = None
            yield output
        elif open_stream and open_stream.get("name") == output.get("name"):
            open_stream["text"].append(_text(output.get("text")))
        else:
            if open_stream:
                yield open_stream | {"text": "".join(open_stream["text"])}
            open_stream = output | {"text": [_text(output.get("text"))]}
    if open_stream:
        yield open_stream | {"text": "".join(open_stream["text"])}


def _output(output: dict[str, Any], budget: _Budget) -> Output:
    if output.get("output_type") == "stream":
        return _printed(output["text"], budget, error=output.get("name") == "stderr")
    if output.get("output_type") == "error":
        trace = output.get("traceback")
        lines = [_text(line) for line in trace] if isinstance(trace, list) else []
        said = f"{_text(output.get('ename'))}: {_text(output.get('evalue'))}"
        return _printed("\n".join(lines) or said, budget, error=True)
    data = output.get("data")
    return _displayed(data if isinstance(data, dict) else {}, budget)


def _displayed(data: dict[str, Any], budget: _Budget) -> Output:
    for kind in (kind for kind in _PICTURES if kind in data):
        return _pictured(picture(kind, _text(data[kind])), budget)
    if "image/svg+xml" in data:
        return _pictured(drawing(_text(data["image/svg+xml"])), budget)
    if "text/html" in data and (markup := sanitise.output_html(_text(data["text/html"]))):
        budget.text -= min(len(markup), 100_000)
        return Output("html", markup)
    if "text/markdown" in data:
        source = _text(data["text/markdown"])
        budget.text -= min(len(source), 50_000)
        return Output("html", sanitise.markdown(source))
    for kind in ("text/plain", "text/latex"):
        if kind in data:
            return _printed(_text(data[kind]), budget)
    kinds = ", ".join(sorted(map(str, data)))[:200] or "no kind"
    return _note(f"An output is left out, since a page on disk cannot show it ({kinds}).")


def _pictured(found: Picture | None, budget: _Budget) -> Output:
    if found is None:
        return _note("A picture is left out: it is damaged or too large.")
    budget.pictures -= len(found.address)
    if budget.pictures < 0:
        return _note("A picture is left out: the page is full.")
    return Output("picture", picture=found)


def _printed(text: str, budget: _Budget, error: bool = False) -> Output:
    shown = sanitise.terminal(text)
    budget.text -= len(shown)
    return Output("error" if error else "text", shown)


def _note(sentence: str) -> Output:
    return Output("note", Markup("{}").format(sentence))


def _text(value: Any) -> str:
    """Text as notebooks write it: a string, or a list of lines; anything else is none."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "".join(line for line in value if isinstance(line, str))
    return ""
