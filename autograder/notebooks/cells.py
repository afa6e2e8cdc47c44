"""Rebuilds a notebook of format 4 from whatever cells there are."""

from typing import Any

_KINDS = {"code", "markdown", "raw"}


def rebuilt(parsed: dict[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """A notebook with the sources of all cells, and sentences about what could not be read.

    Outputs and most metadata are not needed to run it and are left out. Never raises.
    """
    given = _given(parsed)
    cells = [_cell(cell) for cell in given if isinstance(cell, dict)]
    known = [cell for cell in cells if cell is not None]
    lost = len(given) - len(known)
    said = []
    if lost:
        entries = "One entry" if lost == 1 else f"{lost:,} entries"
        said.append(f"{entries} of the notebook could not be read and did not count.")
    if "worksheets" not in parsed and parsed.get("nbformat", 4) not in (1, 2, 3, 4):
        said.append("The notebook's format is unknown here; it was read as format 4.")
    metadata = _metadata(parsed.get("metadata"))
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": known}, tuple(said)


def is_sound(parsed: dict[str, Any]) -> bool:
    """Whether nothing is known that keeps nbformat from reading it. Never raises."""
    version, cells = parsed.get("nbformat"), parsed.get("cells")
    if not isinstance(version, int) or version not in (1, 2, 3, 4):
        return False
    if not isinstance(parsed.get("metadata", {}), dict):
        return False
    if version < 4:
        return all(isinstance(cell, dict) for cell in _given(parsed))
    return isinstance(cells, list) and all(_is_sound_cell(cell) for cell in cells)


def _is_sound_cell(cell: Any) -> bool:
    if not isinstance(cell, dict) or not {"cell_type", "source", "metadata"} <= cell.keys():
        return False
    source, outputs = cell["source"], cell.get("outputs", [])
    return (
        isinstance(cell["metadata"], dict)
        and (isinstance(source, str) or _are(source, str))
        and _are(outputs, dict)
        and all("output_type" in output for output in outputs)
        and isinstance(cell.get("attachments", {}), dict)
    )


def _are(values: Any, kind: type) -> bool:
    return isinstance(values, list) and all(isinstance(value, kind) for value in values)


def _given(parsed: dict[str, Any]) -> list[Any]:
    """The cells of format 4, or of the worksheets of formats 2 and 3."""
    if isinstance(cells := parsed.get("cells"), list):
        return cells
    sheets = parsed.get("worksheets")
    given: list[Any] = []
    for sheet in sheets if isinstance(sheets, list) else []:
        if isinstance(sheet, dict) and isinstance(sheet.get("cells"), list):
            given.extend(sheet["cells"])
    return given


def _cell(cell: dict[str, Any]) -> dict[str, Any] | None:
    """A cell of format 4; None where its source is no text."""
    source = cell.get("source", cell.get("input", ""))
    if _are(source, str):
        source = "".join(source)
    if not isinstance(source, str):
        return None
    kind = _kind(cell)
    made: dict[str, Any] = {"cell_type": kind, "metadata": {}, "source": source}
    return made | ({"outputs": [], "execution_count": None} if kind == "code" else {})


def _kind(cell: dict[str, Any]) -> str:
    kind = cell.get("cell_type")
    if isinstance(kind, str) and kind in _KINDS:
        return kind
    if kind is None:  # text that is run does no harm, code that is not run costs points
        return "code"
    # Headings of format 3 were text; cells of an unknown kind are at least shown.
    return "markdown" if kind == "heading" else "raw"


def _metadata(metadata: Any) -> dict[str, Any]:
    """What names the language and the assignment; a notebook that is run needs no more."""
    kept: dict[str, Any] = {}
    for part, name in (
        ("kernelspec", "name"),
        ("kernelspec", "language"),
        ("language_info", "name"),
        ("otter", "assignment_name"),
    ):
        inside = metadata.get(part) if isinstance(metadata, dict) else None
        if isinstance(inside, dict) and isinstance(inside.get(name), str):
            kept.setdefault(part, {})[name] = inside[name]
    if "kernelspec" in kept:
        kept["kernelspec"].setdefault("name", "python3")
        kept["kernelspec"]["display_name"] = kept["kernelspec"]["name"]
    return kept
