"""Executed notebooks as pages show them: a student's own page and that for staff show the same."""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from autograder.results.pages.budget import PageBudget
from autograder.results.pages.notebook_page import ShownCell, cells_of


class _Shown(NamedTuple):
    """The cells of a submission, nothing left out of them, and what they take of a page."""

    submission: str
    cells: tuple[ShownCell, ...]
    used: PageBudget


class ShownNotebooks:
    """Makes cells of them; those of one are kept until another is asked for.

    `notebook_of` gives a submission's executed notebook as JSON, None where there is none.
    """

    def __init__(self, notebook_of: Callable[[str], str | None]) -> None:
        self._notebook_of = notebook_of
        self._last: _Shown | None = None

    def cells(self, submission: str, budget: PageBudget) -> tuple[ShownCell, ...]:
        """The cells of a submission on a page of which that is left; none without a notebook."""
        last = self._last
        if last is not None and last.submission == submission and budget.has_room_for(last.used):
            return last.cells
        notebook = self._notebook_of(submission)
        whole = replace(budget)
        cells = cells_of(notebook, budget) if notebook is not None else ()
        used = PageBudget(
            whole.text - budget.text,
            whole.pictures - budget.pictures,
            whole.pixels - budget.pixels,
        )
        self._last = None if budget.refused else _Shown(submission, cells, used)
        return cells
