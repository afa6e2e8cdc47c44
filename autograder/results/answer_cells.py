"""Finds the cells of a student's notebook that answer a question, beside the template's cells."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Indel, LCSseq

from autograder.notebooks import cells as notebooks

_PLACEHOLDER = re.compile(r"[_*]{0,3}Type your answer here, replacing this text\.?[_*]{0,3}", re.I)
# Words of a cell that are compared, and how alike two cells are that count as the same one: a
# student corrects a word or cuts a sentence, but two questions share no more than a few words.
_WORDS, _ALIKE = 300, 0.6
# Lines of a question's own cell that are compared with the question; those below are an answer.
_LINES = 300


@dataclass(frozen=True)
class AnswerCell:
    """A cell of a notebook; `to_answer` is how Otter Assign tags those that await an answer."""

    kind: str
    source: str
    id: str
    to_answer: bool
    words: tuple[str, ...]


@dataclass(frozen=True)
class AnswerPlace:
    """A cell of the template: the written question that it `asks`, or is to `answer`."""

    cell: AnswerCell
    asks: str = ""
    answers: str = ""


def cells_of(notebook: str) -> list[AnswerCell]:
    """The cells of a notebook in JSON; raises ValueError if it is none."""
    try:
        parsed = json.loads(notebook)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"no notebook: {error}") from error
    cells = notebooks.cells_of(parsed)
    if not cells:
        raise ValueError("no notebook: it has no cells")
    return [_cell(cell) for cell in cells]


def _cell(given: notebooks.Cell) -> AnswerCell:
    return AnswerCell(
        kind=given.kind,
        source=given.source,
        id=given.id,
        to_answer="otter_answer_cell" in given.tags,
        words=_words(given.source),
    )


def _words(text: str) -> tuple[str, ...]:
    """A text's words without comments and embedded pictures, which tools add and drop."""
    return tuple(_without(_without_comments(text), "(data:", ")").split()[:_WORDS])


def _without_comments(text: str) -> str:
    return _without(text, "<!--", "-->")


def _without(text: str, start: str, end: str) -> str:
    """A text without what stands between two marks; in linear time, as no search for both is."""
    first, *others = text.split(start)
    parts = [first]
    for other in others:
        _, closed, rest = other.partition(end)
        parts.append(rest if closed else start + other)
    return "".join(parts)


def _joined(words: Iterable[str]) -> str:
    return " ".join(words)


def template_places(template: str, prompts: Mapping[str, str]) -> tuple[AnswerPlace, ...]:
    """The cells of the handed-out notebook (JSON); `prompts` are the written questions by name.

    Raises ValueError if it is no notebook.
    """
    texts = {_joined(_words(prompt)): name for name, prompt in prompts.items()}
    places: list[AnswerPlace] = []
    asked = ""
    for cell in cells_of(template):
        text = _joined(cell.words)
        asks = next((name for prompt, name in texts.items() if prompt and prompt in text), "")
        answers = asked if not asks and cell.to_answer else ""
        asked = asks or answers
        places.append(AnswerPlace(cell, asks, answers))
    return tuple(places)


def _origins(cells: Sequence[AnswerCell], places: Sequence[AnswerPlace]) -> list[int | None]:
    """For each of the student's cells the index of the template's cell that it was; None if new."""
    by_text: dict[tuple[str, ...], list[int]] = {}
    for n, place in enumerate(places):
        if place.cell.words and not place.answers:
            by_text.setdefault(place.cell.words, []).append(n)
    origins = [by_text[c.words].pop(0) if by_text.get(c.words) else None for c in cells]
    left = {n for same in by_text.values() for n in same}
    for index, cell in enumerate(cells):
        if origins[index] is None and cell.words and left:
            likeness, n = max((_likeness(cell, places[n].cell), -n) for n in left)
            if likeness >= _ALIKE:
                origins[index] = -n
                left.discard(-n)
    # Ids follow a cell that was moved, but some tools give all cells new ones.
    matched = [(c, places[n].cell) for c, n in zip(cells, origins, strict=True) if n is not None]
    if sum(cell.id == given.id for cell, given in matched) > len(matched) / 2:
        ids = {place.cell.id: n for n, place in enumerate(places) if place.answers}
        origins = [ids.get(c.id) if n is None else n for c, n in zip(cells, origins, strict=True)]
    return origins


def _likeness(cell: AnswerCell, given: AnswerCell) -> float:
    """How much of the template's cell is left in the student's, from 0 to 1."""
    if cell.kind != given.kind:
        return 0.0
    if _joined(given.words) in _joined(cell.words):
        return 1.0
    return LCSseq.similarity(cell.words, given.words) / len(given.words)


@dataclass(frozen=True)
class Reading:
    """A student's cells beside the template's; `origins` says which was which."""

    cells: Sequence[AnswerCell]
    origins: Sequence[int | None]
    places: Sequence[AnswerPlace]

    @classmethod
    def of(cls, notebook: str, places: Sequence[AnswerPlace]) -> "Reading":
        """The reading of a student's notebook (JSON); raises ValueError if it is none."""
        cells = cells_of(notebook)
        return cls(cells, _origins(cells, places), places)

    def answer(self, question: str) -> str:
        """What was written to answer the question, as markdown; empty if nothing was."""
        home = next((n for n, place in enumerate(self.places) if place.asks == question), None)
        if home is None:
            return ""
        start = self._end_of(home)
        found = list(self._below(start, question))
        if home in self.origins:
            added = _added(self.cells[start - 1], self.places[home].cell)
            found = found if added or self._text(found) else list(self._above(start - 1))
        else:
            # Code there belongs to the question before.
            found = [i for i in found if self.cells[i].kind == "markdown"]
            added = ""
        moved = [
            index
            for index, n in enumerate(self.origins)
            if n is not None and self.places[n].answers == question and index not in found
        ]
        return "\n\n".join(filter(None, (added, self._text(found), self._text(moved))))

    def _end_of(self, home: int) -> int:
        """The index behind the question's cell or, where that is gone, behind the last before."""
        for n in range(home, -1, -1):
            if n in self.origins:
                return self.origins.index(n) + 1
        return 0

    def _below(self, start: int, question: str) -> Iterator[int]:
        for index in range(start, len(self.cells)):
            origin = self.origins[index]
            if origin is None or self.places[origin].answers == question:
                yield index
            elif not self.places[origin].answers:
                return

    def _above(self, end: int) -> Iterator[int]:
        """Text right above the question, where some write instead."""
        start = end
        while start and self.origins[start - 1] is None:
            start -= 1
        return (i for i in range(start, end) if self.cells[i].kind == "markdown")

    def _text(self, indices: Iterable[int]) -> str:
        given = {place.cell.words for place in self.places if place.answers}
        cells = [self.cells[i] for i in indices if self.cells[i].words not in given]
        return "\n\n".join(filter(None, map(_own_words, cells)))


def _own_words(cell: AnswerCell) -> str:
    text = _PLACEHOLDER.sub("", _without_comments(cell.source)).strip()
    return f"```python\n{text}\n```" if text and cell.kind == "code" else text


def _added(cell: AnswerCell, given: AnswerCell) -> str:
    """What a student added to the cell of the question, line by line."""
    if cell.words == given.words:
        return ""
    kept = [line.split() for line in given.source.splitlines()]
    lines = _own_words(cell).splitlines()
    own = [line for line in lines[:_LINES] if not _is_one_of(line.split(), kept)]
    return "\n".join([*own, *lines[_LINES:]]).strip()


def _is_one_of(words: list[str], lines: Sequence[list[str]]) -> bool:
    """Whether a line is one of the given ones, perhaps with a word corrected."""
    return any(
        Indel.normalized_similarity(words[:_WORDS], line[:_WORDS]) >= _ALIKE
        for line in lines
        if line and words
    )
