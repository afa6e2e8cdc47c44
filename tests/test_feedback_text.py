"""What strangers wrote stays text in feedback: in Markdown files and in cells of notebooks."""

import json

import pytest
from conftest import assignment
from markdown_it import MarkdownIt

from autograder.model import Grade, Graded, Outcome, Ungraded
from autograder.results.annotated import annotated
from autograder.results.feedback_files import feedback

QUESTIONS = assignment("assignment1").questions
TEXT = "<img src=x onerror=pwn()> **7 of 7** [me](https://evil.example) `a` ![b](c.png) _d_ # e"
NOTEBOOK = json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []})
GRADES: dict[str, Grade] = {
    "a remark": Graded(
        submission="a.ipynb", student="Ana", outcome=Outcome.FINISHED, seconds=1, score=0,
        max_score=7, questions=(), remarks=(TEXT,),
    ),
    "an ending": Graded(
        submission="a.ipynb", student="Ana", outcome=Outcome.CELL_ERROR, seconds=1, score=0,
        max_score=7, questions=(), ended=f"Cell 3 stopped: {TEXT}",
    ),
    "a reason": Ungraded(submission="a.ipynb", student="Ana", reason=TEXT, max_score=7),
}  # fmt: skip


@pytest.mark.parametrize("where", GRADES)
def test_foreign_text_is_no_markup(where: str) -> None:
    grade = GRADES[where]
    cell = json.loads(annotated(NOTEBOOK, grade, QUESTIONS))["cells"][0]["source"]
    for text in (feedback(grade, QUESTIONS), cell):
        page = MarkdownIt("commonmark", {"html": True}).render(text)
        for tag in ("<img", "<strong", "<a ", "<code", "<em"):
            assert tag not in page, f"{tag} in {page}"
        assert "7 of 7** [me](https://evil.example)" in page
