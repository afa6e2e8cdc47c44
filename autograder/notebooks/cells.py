"""The one tolerant reader of a notebook's cells, whatever wrote it and whatever became of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from autograder.errors import SubmissionError

_KINDS = ("code", "markdown", "raw")
_FORMATS = (1, 2, 3, 4)
# Where the text of a cell stands in format 4, in formats 2 and 3, and in format 1.
_SOURCES = ("source", "input", "code", "text")
_DEEPEST_HEADING = 6


@dataclass(frozen=True)
class Cell:
    """A cell of any format as one of format 4.

    `kind` is code, markdown or raw. `attachments` hold base64 by name and kind; `outputs` are as
    they were found; `was_run` says that the cell has been run where it was saved.
    """

    kind: str
    source: str
    id: str = ""
    tags: tuple[str, ...] = ()
    attachments: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    count: int | None = None
    outputs: tuple[Any, ...] = ()
    was_run: bool = False


@dataclass(frozen=True)
class ReadNotebook:
    """The cells of a notebook and what its metadata tell.

    `language` and `assignment` are empty where it names none; `old_format` is 1 to 3 for a notebook
    of such a format. `lost` counts cells that could not be read; `is_sound` says that all the rest
    kept to the format.
    """

    cells: tuple[Cell, ...]
    language: str = ""
    assignment: str | None = None
    old_format: int | None = None
    lost: int = 0
    is_sound: bool = True
    is_of_known_format: bool = True


def is_notebook(parsed: Any) -> bool:
    """Whether parsed JSON has the place where cells are."""
    return isinstance(parsed, dict) and bool({"cells", "worksheets"} & parsed.keys())


def notebook_of(parsed: Any, most_cells: int | None = None) -> ReadNotebook:
    """The notebook in parsed JSON. Raises SubmissionError if it is none or has too many cells."""
    if not is_notebook(parsed):
        raise SubmissionError("the file is JSON but not a notebook: it has no cells")
    given = list(_given(parsed))
    if most_cells is not None and len(given) > most_cells:
        raise SubmissionError(
            f"the notebook has {len(given):,} cells, more than the {most_cells:,} allowed"
        )
    read = [_cell(cell) for cell in given]
    version = parsed.get("nbformat", 3 if "worksheets" in parsed else 4)
    is_known = isinstance(version, int) and version in _FORMATS
    in_order = isinstance(parsed.get("cells", parsed.get("worksheets")), list)
    return ReadNotebook(
        cells=tuple(cell for cell in read if cell is not None),
        language=_language(metadata_of(parsed)),
        assignment=assignment_name(parsed),
        old_format=version if is_known and version < _FORMATS[-1] else None,
        lost=read.count(None),
        is_sound=in_order
        and isinstance(parsed.get("metadata", {}), dict)
        and all(map(_keeps_to_format, given)),
        is_of_known_format=is_known,
    )


def cells_of(parsed: Any) -> tuple[Cell, ...]:
    """The cells in parsed JSON; none if it is no notebook."""
    return notebook_of(parsed).cells if is_notebook(parsed) else ()


def text_of_value(value: Any) -> str:
    """Text as notebooks write it: a string, or a list of lines; anything else is none."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "".join(line for line in value if isinstance(line, str))
    return ""


def metadata_of(parsed: Any) -> Mapping[str, Any]:
    """The metadata of a notebook in parsed JSON; empty where there are none."""
    return _inside(parsed, "metadata")


def assignment_name(parsed: Any) -> str | None:
    """The assignment that a notebook was made for, as Otter Assign noted it; None if unknown."""
    name = _inside(metadata_of(parsed), "otter").get("assignment_name")
    return name if isinstance(name, str) else None


def _given(parsed: Mapping[str, Any]) -> Iterator[Any]:
    """The cells as they stand in format 4, or in the worksheets of formats 2 and 3."""
    if isinstance(cells := parsed.get("cells"), list):
        yield from cells
        return
    sheets = parsed.get("worksheets")
    for sheet in sheets if isinstance(sheets, list) else ():
        if isinstance(sheet, dict) and isinstance(sheet.get("cells"), list):
            yield from sheet["cells"]


def _cell(given: Any) -> Cell | None:
    """A cell; None where it is no object or its source is no text."""
    if not isinstance(given, dict):
        return None
    source = next((given[name] for name in _SOURCES if name in given), "")
    if not (isinstance(source, str) or _are_lines(source)):
        return None
    # Half a surrogate pair is valid in JSON, but no text that could be sent to a kernel.
    text = text_of_value(source).encode("utf-8", "replace").decode("utf-8")
    kind, tags = _kind(given), _inside(given, "metadata").get("tags")
    outputs = given.get("outputs")
    count = given.get("execution_count", given.get("prompt_number"))
    return Cell(
        kind=kind,
        source=_heading(given, text) if _named_kind(given) == "heading" else text,
        id=str(given.get("id", "")),
        tags=tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else (),
        attachments=_attachments(given.get("attachments")),
        count=count if isinstance(count, int) else None,
        outputs=tuple(outputs) if isinstance(outputs, list) else (),
        was_run=bool(count or outputs),
    )


def _are_lines(source: Any) -> bool:
    return isinstance(source, list) and all(isinstance(line, str) for line in source)


def _named_kind(given: Mapping[str, Any]) -> str | None:
    kind = given.get("cell_type")
    return kind.strip().lower() if isinstance(kind, str) else None


def _kind(given: Mapping[str, Any]) -> str:
    kind = _named_kind(given)
    if kind in _KINDS:
        return kind
    if kind is None:  # text that is run does no harm, code that is not run costs points
        return "code"
    # Headings and HTML of older formats were text; cells of an unknown kind are at least shown.
    return "markdown" if kind in ("heading", "html", "text") else "raw"


def _heading(given: Mapping[str, Any], text: str) -> str:
    level = given.get("level")
    depth = min(max(level, 1), _DEEPEST_HEADING) if isinstance(level, int) else 1
    return f"{'#' * depth} {' '.join(text.splitlines())}"


def _attachments(given: Any) -> dict[str, dict[str, str]]:
    if not isinstance(given, dict):
        return {}
    return {
        name: {kind: text_of_value(content) for kind, content in kinds.items()}
        for name, kinds in given.items()
        if isinstance(kinds, dict)
    }


def _keeps_to_format(given: Any) -> bool:
    """Whether a cell is one that any tool of Jupyter's would read."""
    return (
        isinstance(given, dict)
        and isinstance(given.get("cell_type"), str)
        and isinstance(given.get("metadata", {}), dict)
        and isinstance(given.get("attachments", {}), dict)
    )


def _language(metadata: Any) -> str:
    """The language that the notebook names; "" where it names none."""
    for part, name in (("language_info", "name"), ("kernelspec", "language")):
        language = _inside(metadata, part).get(name)
        if isinstance(language, str) and language.strip():
            return language.strip()
    return ""


def _inside(value: Any, name: str) -> Mapping[str, Any]:
    """The object of that name in an object; an empty one where there is none."""
    inside = value.get(name) if isinstance(value, dict) else None
    return inside if isinstance(inside, dict) else {}
