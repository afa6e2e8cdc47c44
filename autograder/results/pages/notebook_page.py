"""An executed notebook as cells to show: each with its source and its outputs, all of it safe."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from markupsafe import Markup, escape

from autograder.errors import SubmissionError
from autograder.notebooks.cells import Cell, notebook_of
from autograder.notebooks.cells import text_of_value as _text
from autograder.results.check_cells import checked_in, only_checks
from autograder.results.pages import sanitise
from autograder.results.pages.budget import FULL, PageBudget
from autograder.results.pages.drawings import Drawings
from autograder.results.pages.markdown import displayed, markdown
from autograder.results.pages.pictures import Picture, picture

_MOST_CELLS = 1_000
_MOST_OUTPUTS = 100
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
class ShownCell:
    """One cell; `caption` is the code that its pictures are named after.

    `checks` are the questions that its code checks; `only_checks` says that it does nothing else.
    """

    number: int
    kind: Literal["code", "markdown", "raw"]
    source: Markup
    count: int | None = None
    outputs: tuple[Output, ...] = ()
    caption: str = ""
    checks: tuple[str, ...] = ()
    only_checks: bool = False

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """Its outputs that are pictures."""
        return tuple(output.picture for output in self.outputs if output.picture)

    @property
    def prompt(self) -> str:
        """What stands beside its code: when it ran, or why it has no number."""
        if self.count is not None:
            return f"[{self.count}]"
        return "[checked by the grader]" if self.only_checks else "[not run]"


@dataclass(frozen=True)
class _Page:
    """What the cells of one page share."""

    budget: PageBudget
    drawings: Drawings

    def text(self, kind: Literal["text", "error"], markup: Markup) -> Output:
        """An output of text, if there is room for it."""
        return Output(kind, markup) if self.budget.takes(markup) else Output("note", FULL)


def cells_of(notebook: str, budget: PageBudget) -> tuple[ShownCell, ...]:
    """The cells of a notebook in JSON. Never raises: what cannot be shown says so in its place."""
    try:
        found = notebook_of(json.loads(notebook)).cells
        with Drawings() as drawings:
            return tuple(_shown(found, _Page(budget, drawings)))
    except (ValueError, RecursionError, SubmissionError):
        return (ShownCell(1, "raw", Markup("The executed notebook cannot be read.")),)


def _shown(cells: Sequence[Cell], page: _Page) -> Iterator[ShownCell]:
    for number, cell in enumerate(cells, 1):
        if number > _MOST_CELLS or page.budget.is_spent:
            left = len(cells) - number + 1
            yield ShownCell(
                number, "raw", Markup(f"{left:,} more cells are left out: the page is full.")
            )
            return
        yield _cell(number, cell, page)


def _cell(number: int, cell: Cell, page: _Page) -> ShownCell:
    source = cell.source
    if cell.kind == "markdown":
        return ShownCell(number, "markdown", markdown(source, page.budget, cell.attachments))
    is_code = cell.kind == "code"
    shown = sanitise.code(source) if is_code else escape(sanitise.shortened(source))
    if not page.budget.takes(shown):
        shown = FULL
    if not is_code:
        return ShownCell(number, "raw", shown)
    return ShownCell(
        number,
        "code",
        shown,
        cell.count,
        tuple(_outputs(cell.outputs, page)),
        _caption(source),
        checked_in(source),
        only_checks(source),
    )


def places_of(cells: Iterable[ShownCell]) -> Mapping[str, int]:
    """For each question that is checked, the number of the cell with the answer.

    That is the cell of the last check, or the code before it where that cell does nothing else.
    """
    found = dict[str, int]()
    before: int | None = None
    for cell in (cell for cell in cells if cell.kind == "code"):
        answer = cell.number if before is None or not cell.only_checks else before
        found.update(dict.fromkeys(cell.checks, answer))
        before = None if cell.only_checks else cell.number
    return found


def _caption(source: str) -> str:
    """The last line of code that makes something, such as `train(net_conv, "net_conv")`."""
    lines = [line.strip() for line in source.splitlines() if line.strip()]
    telling = [line for line in lines if not line.startswith(_UNTELLING)]
    line = (telling or lines or [""])[-1]
    return line if len(line) <= _CAPTION_LENGTH else line[: _CAPTION_LENGTH - 1] + "…"


def _outputs(outputs: Sequence[Any], page: _Page) -> Iterator[Output]:
    merged = list(_merged(outputs))
    for output in merged[:_MOST_OUTPUTS]:
        if page.budget.is_spent:
            yield _note("The outputs from here on are left out: the page is full.")
            return
        yield _output(output, page)
    if len(merged) > _MOST_OUTPUTS:
        yield _note(f"{len(merged) - _MOST_OUTPUTS:,} more outputs are left out.")


def _merged(outputs: Sequence[Any]) -> Iterator[dict[str, Any]]:
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


def _output(output: dict[str, Any], page: _Page) -> Output:
    if output.get("output_type") == "stream":
        is_error = output.get("name") == "stderr"
        return page.text("error" if is_error else "text", sanitise.terminal(output["text"]))
    if output.get("output_type") == "error":
        trace = output.get("traceback")
        lines = [_text(line) for line in trace] if isinstance(trace, list) else []
        said = f"{_text(output.get('ename'))}: {_text(output.get('evalue'))}"
        return page.text("error", sanitise.terminal("\n".join(lines) or said))
    data = output.get("data")
    return _displayed(data if isinstance(data, dict) else {}, page)


def _displayed(data: dict[str, Any], page: _Page) -> Output:
    for kind in (kind for kind in _PICTURES if kind in data):
        return _pictured(picture(kind, _text(data[kind])), page)
    if "image/svg+xml" in data:
        return _pictured(page.drawings.picture(_text(data["image/svg+xml"])), page)
    if "text/html" in data and (markup := displayed(_text(data["text/html"]), page.budget)):
        return Output("html", markup)
    if "text/markdown" in data:
        return Output("html", markdown(_text(data["text/markdown"]), page.budget))
    for kind in ("text/plain", "text/latex"):
        if kind in data:
            return page.text("text", sanitise.terminal(_text(data[kind])))
    kinds = ", ".join(sorted(map(str, data)))[:200] or "no kind"
    return _note(f"An output is left out, since a page on disk cannot show it ({kinds}).")


def _pictured(found: Picture | None, page: _Page) -> Output:
    if found is None:
        return _note("A picture is left out: it is damaged, too large or takes long to draw.")
    if not page.budget.takes_picture(found):
        return _note("A picture is left out: the page is full.")
    return Output("picture", picture=found)


def _note(sentence: str) -> Output:
    return Output("note", Markup("{}").format(sentence))
