"""The student's own notebook with the feedback in it, question by question."""

import json
from collections.abc import Sequence
from typing import Any

from autograder.course.questions import Question
from autograder.model import Grade
from autograder.results.check_cells import checked_in
from autograder.results.feedback_files import of_question, summary


def annotated(notebook: str, grade: Grade, questions: Sequence[Question]) -> str:
    """The executed notebook as JSON with a Markdown cell below each question's last check.

    The first cell is the summary; what has no check in the notebook stands at the end.
    """
    document = json.loads(notebook)
    cells = list(document["cells"])
    texts = {result.name: of_question(result, questions) for result in grade.questions}
    places = {
        name: place
        for place, cell in enumerate(cells)
        for name in checked_in(_source(cell))
        if cell.get("cell_type") == "code" and name in texts
    }
    for name, place in sorted(places.items(), key=lambda item: item[1], reverse=True):
        cells.insert(place + 1, _cell(f"feedback-{name}", texts[name]))
    rest = [_cell(f"feedback-{name}", text) for name, text in texts.items() if name not in places]
    document["cells"] = [_cell("feedback", summary(grade)), *cells, *rest]
    return json.dumps(document, ensure_ascii=False, indent=1)


def _cell(name: str, text: str) -> dict[str, Any]:
    return {"id": name[:64], "cell_type": "markdown", "metadata": {}, "source": text}


def _source(cell: dict[str, Any]) -> str:
    source = cell.get("source", "")
    return "".join(source) if isinstance(source, list) else str(source)
