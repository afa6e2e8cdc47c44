"""Written answers: found in notebooks as students change them, and marked in a CSV file."""

import csv
import io
import json
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import assignment

from autograder.errors import CourseError, UsageError
from autograder.grading.by_hand import ByHand
from autograder.platforms.csv_writer import unescape_formula
from autograder.results.folder import points_by_hand
from autograder.results.written import (
    WrittenAnswer,
    as_csv,
    read_points,
    written_answers,
    written_questions,
)

ROOT = Path(__file__).parents[1]
MASTER = ROOT / "solutions" / "masters" / "assignment2.ipynb"
TEMPLATE = (ROOT / "assignments" / "assignment2.ipynb").read_text("utf-8")
QUESTIONS = written_questions(MASTER)
FIRST, SECOND, THIRD, FOURTH = (question.name for question in QUESTIONS)
NASTY = 'Ærø, "Bo"\n=HYPERLINK("http://evil","x") Åse'

Notebook = dict[str, Any]
Change = Callable[[Notebook], None]


def find(notebook: Notebook | str) -> dict[str, str]:
    text = notebook if isinstance(notebook, str) else json.dumps(notebook)
    return dict(written_answers(TEMPLATE, text, QUESTIONS))


def answered() -> Notebook:
    """The handed-out notebook with an answer to the first and the third written question."""
    notebook: Notebook = json.loads(TEMPLATE)
    cells = [c for c in notebook["cells"] if "Type your answer" in "".join(c["source"])]
    cells[0]["source"] = "It is **better**:\n\n- 0.93 against 0.87"
    cells[2]["source"] = ["Two networks.\n", "No."]
    return notebook


ANSWERS = {
    FIRST: "It is **better**:\n\n- 0.93 against 0.87",
    SECOND: "",
    THIRD: "Two networks.\nNo.",
    FOURTH: "",
}


def index_of(notebook: Notebook, part: str) -> int:
    return next(n for n, c in enumerate(notebook["cells"]) if part in "".join(c["source"]))


def markdown(text: str) -> Notebook:
    return {"cell_type": "markdown", "id": "new", "metadata": {}, "source": text}


# --- finding ------------------------------------------------------------------------------------


def test_names_come_from_the_master() -> None:
    assert [q.name for q in QUESTIONS] == [f"q2_{n}_written" for n in (1, 2, 3, 4)]
    assert QUESTIONS[0].prompt.startswith("**In your own words (2.1).**")
    assert written_questions(MASTER.with_name("assignment1.ipynb")) == ()
    assert FIRST not in TEMPLATE


def test_a_master_that_is_missing_or_no_notebook(tmp_path: Path) -> None:
    (tmp_path / "broken.ipynb").write_text("[]", "utf-8")
    for name in ("broken.ipynb", "missing.ipynb"):
        with pytest.raises(CourseError, match=name):
            written_questions(tmp_path / name)


def test_the_untouched_notebook_holds_no_answer() -> None:
    assert find(TEMPLATE) == dict.fromkeys(ANSWERS, "")


def test_the_reference_answers_everything() -> None:
    reference = ROOT / "solutions" / "reference" / "assignment2.ipynb"
    answers = find(reference.read_text("utf-8"))
    assert answers[FIRST].startswith("The dense network reaches a test accuracy")
    assert all(len(answer) > 100 for answer in answers.values())


def nothing(notebook: Notebook) -> None:
    """As the student saved it."""


def metadata_gone(notebook: Notebook) -> None:
    """What a tool leaves that keeps only the sources."""
    notebook["metadata"] = {}
    for cell in notebook["cells"]:
        cell["metadata"] = {}
        cell.pop("id")


def ids_by_position(notebook: Notebook) -> None:
    """Ids that look like the template's and are others."""
    notebook["cells"].insert(0, markdown("Hello"))
    for number, cell in enumerate(notebook["cells"], 1):
        cell["id"] = f"cell-{number:03d}"


def comments_gone(notebook: Notebook) -> None:
    """An editor that drops HTML comments and breaks lines anew."""
    metadata_gone(notebook)
    for cell in notebook["cells"]:
        text = "".join(cell["source"])
        text = text.replace("<!-- BEGIN QUESTION -->", "").replace("<!-- END QUESTION -->", "")
        if cell["cell_type"] == "markdown" and "In your own words (" in text:
            text = " ".join(text.split())
        cell["source"] = text.strip()


def questions_edited(notebook: Notebook) -> None:
    """A corrected word here, a sentence cut there."""
    metadata_gone(notebook)
    for cell in notebook["cells"]:
        text = "".join(cell["source"])
        text = text.replace("Which test accuracy does", "What accuracy does")
        cell["source"] = text.replace("What could be the reason?", "")


def answer_in_the_question(notebook: Notebook) -> None:
    """The answer typed below the question, into its cell."""
    metadata_gone(notebook)
    for part in ("In your own words (2.1)", "In your own words (2.3)"):
        index = index_of(notebook, part)
        answer = notebook["cells"].pop(index + 1)
        text = "".join(notebook["cells"][index]["source"])
        notebook["cells"][index]["source"] = f"{text}\n\n{''.join(answer['source'])}"


def answer_above(notebook: Notebook) -> None:
    """The answer's cell above the question."""
    metadata_gone(notebook)
    for part in ("In your own words (2.1)", "In your own words (2.3)"):
        index = index_of(notebook, part)
        cells = notebook["cells"]
        cells[index], cells[index + 1] = cells[index + 1], cells[index]


def answer_moved_far_away(notebook: Notebook) -> None:
    """The answer's cell at the end of the notebook, with its id."""
    answer = notebook["cells"].pop(index_of(notebook, "It is **better**"))
    notebook["cells"].append(answer)


def question_deleted(notebook: Notebook) -> None:
    """Only the answer is left of a question."""
    metadata_gone(notebook)
    notebook["cells"].pop(index_of(notebook, "In your own words (2.1)"))
    notebook["cells"].pop(index_of(notebook, "In your own words (2.3)"))


def placeholder_kept(notebook: Notebook) -> None:
    """The line in italics still above the answer."""
    for part in ("It is **better**", "Two networks."):
        cell = notebook["cells"][index_of(notebook, part)]
        text = "".join(cell["source"])
        cell["source"] = f"_Type your answer here, replacing this text._\n\n{text}"


def split(notebook: Notebook) -> None:
    """An answer in two cells."""
    metadata_gone(notebook)
    index = index_of(notebook, "It is **better**")
    notebook["cells"][index : index + 1] = [
        markdown("It is **better**:"), markdown("- 0.93 against 0.87"), markdown("  "),
    ]  # fmt: skip


def header_deleted(notebook: Notebook) -> None:
    """The heading of the next task is gone: its class is still no part of the answer."""
    notebook["cells"].pop(index_of(notebook, "### 2.2 Keep the size by padding"))
    cell = notebook["cells"][index_of(notebook, "class PaddedNet")]
    cell["source"] = "".join(cell["source"]).replace("...", "self.conv = Conv2d(1, 16, 5)")


@pytest.mark.parametrize(
    "change",
    [
        nothing, metadata_gone, ids_by_position, comments_gone, questions_edited,
        answer_in_the_question, answer_above, answer_moved_far_away, question_deleted,
        placeholder_kept, split, header_deleted,
    ],
    ids=lambda change: change.__name__,
)  # fmt: skip
def test_answers_are_found(change: Change) -> None:
    notebook = answered()
    change(notebook)
    assert find(notebook) == ANSWERS


def test_code_below_a_question_belongs_to_the_answer() -> None:
    notebook = answered()
    index = index_of(notebook, "It is **better**")
    code = {"cell_type": "code", "id": "x", "metadata": {}, "source": "1 - 0.93", "outputs": []}
    notebook["cells"].insert(index + 1, code)
    assert find(notebook)[FIRST] == ANSWERS[FIRST] + "\n\n```python\n1 - 0.93\n```"


def test_notebooks_in_another_order_keep_answers_with_their_questions() -> None:
    notebook = answered()
    blocks = [notebook["cells"][:26], notebook["cells"][26:38], notebook["cells"][38:]]
    notebook["cells"] = [cell for block in reversed(blocks) for cell in block]
    assert find(notebook) == ANSWERS


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"cells": 3}', '{"cells": [3]}', "[" * 100_000])
def test_what_is_no_notebook_is_an_error_of_value(text: str) -> None:
    with pytest.raises(ValueError, match="no notebook"):
        find(text)


def test_odd_notebooks_are_read() -> None:
    cell = {"cell_type": None, "source": None, "metadata": None}
    assert find({"cells": [cell, {}]}) == dict.fromkeys(ANSWERS, "")


def test_a_huge_notebook_is_read_in_time() -> None:
    words = [
        word for cell in json.loads(TEMPLATE)["cells"] for word in "".join(cell["source"]).split()
    ]
    chosen = random.Random(1)
    cells = [markdown(" ".join(chosen.choices(words, k=400))) for _ in range(1_000)]
    assert find({"cells": cells})


@pytest.mark.parametrize("part", ["<!--", "(data:", "_", "*", "\n", "a\n", "-->"])
def test_a_hostile_cell_is_read_in_time(part: str) -> None:
    prompt = QUESTIONS[0].prompt + "\n\n"
    cells = [markdown(prompt + part * 300_000), markdown(f"-->){part * 300_000}")]
    assert set(find({"cells": cells})) == set(ANSWERS)


# --- marking ------------------------------------------------------------------------------------


def answer(**changes: Any) -> WrittenAnswer:
    fields: dict[str, Any] = {
        "student": NASTY, "submission": f"{NASTY}/assignment2.ipynb", "question": FIRST,
        "text": f"=1+1\n{NASTY}", "most": 2.0,
    }  # fmt: skip
    return WrittenAnswer(**{**fields, **changes})


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def filled(text: str, points: str, comment: str = "") -> str:
    """The file with these points in each row."""
    rows = rows_of(text)
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows({**row, "points": points, "comment": comment} for row in rows)
    return out.getvalue()


def test_a_file_filled_in_is_read_back(tmp_path: Path) -> None:
    text = as_csv([answer(), answer(question=SECOND, text="x" * 2_000)])
    first, second = rows_of(text)
    assert unescape_formula(first["student"]) == NASTY
    assert first["answer"] == f"'=1+1¶{NASTY}".replace("\n", "¶")
    assert len(second["answer"]) == 500
    file = tmp_path / "written.csv"
    file.write_text(filled(text, "1.5", "good, but late"), "utf-8")
    key = (f"{NASTY}/assignment2.ipynb", FIRST)
    assert read_points(file)[key] == ByHand(1.5, "good, but late")
    assert read_points(file)[key[0], SECOND].points == 1.5


def test_a_path_that_looks_like_a_formula_is_found_again(tmp_path: Path) -> None:
    file = tmp_path / "written.csv"
    for path in ("=1+1", "@x", "'quoted", "\t=x", "\uff1d1", "-", "'=1", "'\tx"):
        file.write_text(filled(as_csv([answer(submission=path)]), "1"), "utf-8")
        assert list(read_points(file)) == [(path, FIRST)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_what_a_spreadsheet_makes_of_the_file_is_read(
    tmp_path: Path, encoding: str, separator: str
) -> None:
    rows = rows_of(as_csv([answer(student="Åse", submission="åse/a.ipynb")]))
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=separator, lineterminator="\r\n")
    writer.writerow([*rows[0], ""])
    writer.writerow([*{**rows[0], "points": "1,5", "comment": "fin; nå"}.values(), ""])
    writer.writerow([""] * 8)
    file = tmp_path / "written.csv"
    file.write_bytes(out.getvalue().encode(encoding))
    assert read_points(file) == {("åse/a.ipynb", FIRST): ByHand(1.5, "fin; nå")}


@pytest.mark.parametrize(
    ("points", "why"),
    [
        ("abc", "'abc' is no number"),
        ("1/2", "'1/2' is no number"),
        ("nan", "'nan' is no number"),
        ("1e3", "'1e3' is no number"),
        ("-0.5", "-0.5 is below 0"),
        (
            "2,5",
            "2.5 is above the most, 2, which the settings of the assignment give under [written]",
        ),
    ],
)
def test_points_that_cannot_be_are_refused_by_row_and_column(
    tmp_path: Path, points: str, why: str
) -> None:
    file = tmp_path / "written.csv"
    file.write_text(filled(as_csv([answer(submission="a")]), points), "utf-8")
    with pytest.raises(UsageError) as caught:
        read_points(file)
    assert str(caught.value) == f"{file}: row 2 (a, {FIRST}), column points: {why}."


@pytest.mark.parametrize("content", ["", "a,b\n", "\0", "submission,question\nx,y"])
def test_files_that_cannot_be_read_are_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "written.csv"
    file.write_text(content, "utf-8")
    with pytest.raises(UsageError, match=r"written\.csv"):
        read_points(file)
    with pytest.raises(UsageError, match=r"missing\.csv"):
        read_points(tmp_path / "missing.csv")


def test_an_answer_with_two_rows_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "written.csv"
    file.write_text(as_csv([answer(submission="a"), answer(submission="a")]), "utf-8")
    with pytest.raises(UsageError, match=r"row 3 .* two rows"):
        read_points(file)


def test_writing_the_file_anew_keeps_what_was_filled_in(tmp_path: Path) -> None:
    file = tmp_path / "written.csv"
    answers = [answer(submission="a"), answer(submission="b")]
    file.write_text(filled(as_csv(answers), "1.5", "-good"), "utf-8")
    others = [answer(submission="b", text="other"), answer(submission="c")]
    anew = as_csv(others, read_points(file))
    shown = [(r["submission"], r["answer"], r["points"], r["comment"]) for r in rows_of(anew)]
    assert shown[0] == ("b", "other", "1.5", "'-good")
    assert shown[1][2:] == ("", "")
    assert shown[2] == ("a", "", "1.5", "'-good")
    file.write_text(anew, "utf-8")
    assert read_points(file)["a", FIRST] == ByHand(1.5, "-good")
    assert as_csv(others, read_points(file)) == anew


def test_points_for_a_question_that_nobody_asks_are_the_courses_fault(tmp_path: Path) -> None:
    whole = assignment("assignment2")
    settings = whole.settings.model_copy(update={"written": {"q2_9_written": 1.0}})
    with pytest.raises(CourseError, match=r"written\.q2_9_written: .* it asks q2_1_written, "):
        points_by_hand(tmp_path, replace(whole, settings=settings))
