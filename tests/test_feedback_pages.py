"""A student's own page in a real Chromium, from disk: theirs alone, linked, small and safe."""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import assignment, notebook_of
from desk_browser import chromium
from lms_rules import moodle_feedback_owner
from playwright.sync_api import Page
from test_report import ATTACK, HOSTILE, INSPECTION, MARKDOWN, NAME, Heard, example, graded
from test_report_parts import fails, made

from autograder.model import (
    CaseResult,
    Feedback,
    Flag,
    FlagKind,
    Grade,
    Graded,
    NetworkSummary,
    Outcome,
    Person,
    QuestionResult,
    Ungraded,
)
from autograder.platforms import moodle
from autograder.platforms.moodle import Moodle
from autograder.results import own_files
from autograder.results.pages.budget import PageBudget
from autograder.results.pages.feedback_page import MOST_BYTES, feedback_page
from autograder.results.pages.notebook_page import cells_of, places_of
from autograder.results.pages.shown import ShownNotebooks

ASSIGNMENT = assignment("assignment1")
STAFF = "net_conv accuracy 0.790, for the TA only"


@pytest.fixture
def page() -> Iterator[Page]:
    """A new page that has to stay silent: no request, no error, no message."""
    with chromium() as browser:
        context = browser.new_context(viewport={"width": 1000, "height": 900})
        opened, heard = context.new_page(), Heard()
        heard.listen(opened)
        yield opened
        context.close()
        assert heard == Heard()


@pytest.fixture(scope="module")
def chidi() -> tuple[Graded, str]:
    """Real work with an error, and all that a grade may tell of it."""
    grade, notebook = graded("assignment1", "chidi", example("chidi"))
    network = NetworkSummary(
        name="net_conv", trace="1x28x28  the image", parameters=12_345, hidden_accuracy=0.7913,
        public_accuracy=0.78, threshold=0.8,
    )  # fmt: skip
    told = {
        "networks": (network,), "late": True, "remarks": ("A path was mended.",),
        "flags": (Flag(kind=FlagKind.BORDERLINE, text=STAFF),),
        "people": (Person(name="Chidi"), Person(name="Åse")),
    }  # fmt: skip
    return grade.model_copy(update=told), notebook


def shown(grade: Grade, notebook: str | None) -> str:
    notebooks = ShownNotebooks({grade.submission: notebook}.get)
    return feedback_page(grade, ASSIGNMENT.questions, "Assignment 1", notebooks)


def written(folder: Path, text: str) -> str:
    file = folder / "feedback.html"
    file.write_text(text, encoding="utf-8")
    return file.as_uri()


def test_each_question_leads_to_its_cell(
    chidi: tuple[Graded, str], tmp_path: Path, page: Page
) -> None:
    page.goto(written(tmp_path, shown(*chidi)))
    links = page.locator(".place a").all()
    assert len(links) == len(ASSIGNMENT.questions) > 3
    for link, question in zip(links, ASSIGNMENT.questions, strict=True):
        link.click()
        target = page.locator(":target")
        answer, check = target.locator(".code"), page.locator(":target + .cell .code")
        assert "grader." not in answer.inner_text()
        assert f'grader.check("{question.name}")' in check.inner_text()
        box = target.bounding_box()
        assert box is not None
        assert -1 <= box["y"] < 900, "it is in sight"


def test_a_check_leads_to_the_code_that_it_checks() -> None:
    sources = ["import grader", "a = 1\ngrader.check('q1')", "b = 2", "grader.check('q2')",
               "grader.check('q3')", "c = 3", "# again\ngrader.check('q2')"]  # fmt: skip
    cells = [{"cell_type": "code", "source": source, "outputs": []} for source in sources]
    cells.insert(3, {"cell_type": "markdown", "source": "grader.check('q4')"})
    places = places_of(cells_of(json.dumps({"cells": cells}), PageBudget()))
    assert places == {"q1": 2, "q2": 7, "q3": 6}


def test_the_page_is_the_students_own(chidi: tuple[Graded, str]) -> None:
    text = shown(*chidi)
    for told in ("Chidi", "Åse", "Handed in late.", "A path was mended.", "12,345", "1x28x28"):
        assert told in text
    for staff in (STAFF, "0.791", "hidden_accuracy", "index.html", "similarity", "expect."):
        assert staff not in text
    assert len(text.encode()) < 400_000
    lost = Ungraded(submission="a.ipynb", student="Ana", reason="it is a PDF", max_score=7)
    text = shown(lost, None)
    assert "Not graded yet" in text
    assert "it is a PDF" in text
    assert 'href="#' not in text.replace('href="#main"', "")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(
    chidi: tuple[Graded, str], tmp_path: Path, page: Page, scheme: str
) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(written(tmp_path, shown(*chidi)))
    found = Axe().run(page).response["violations"]
    assert [r["id"] for r in found if r["impact"] in ("serious", "critical")] == []


def test_hostile_work_runs_nothing_and_loads_nothing(tmp_path: Path, page: Page) -> None:
    script = HOSTILE.replace("# MARKDOWN", "# " + (MARKDOWN + ATTACK).replace("\n", "\n# "))
    script = script.replace(" ATTACK", f" {ATTACK!r}", 1).replace(" MARKDOWN", f" {MARKDOWN!r}", 1)
    script = (
        script.replace(" DRAWING", f" {ATTACK!r}", 1) + f"\n# %%\ngrader.check('q1')  # {ATTACK!r}"
    )
    grade, notebook = graded("assignment1", "mallory", notebook_of(script))
    loud = Feedback(expected=ATTACK, found=ATTACK, advice=ATTACK, detail=ATTACK, notes=(ATTACK,))
    case = CaseResult(name=ATTACK, status="failed", points=1, hidden=True, feedback=loud)
    questions = tuple(
        QuestionResult(name=name, score=0, max_score=1, cases=(case,)) for name in (ATTACK, "q1")
    )
    told = {
        "submission": f"{NAME}.ipynb", "student": NAME, "questions": questions,
        "people": (Person(name=NAME), Person(name=ATTACK)), "remarks": (ATTACK,), "ended": ATTACK,
        "outcome": Outcome.CELL_ERROR,
        "networks": (NetworkSummary(name=ATTACK, trace=ATTACK),),
    }  # fmt: skip
    lost = Ungraded(submission=ATTACK, student=ATTACK, reason=ATTACK, max_score=7)
    for text in (shown(grade.model_copy(update=told), notebook), shown(lost, None)):
        address = written(tmp_path, text)
        page.goto(address)
        assert page.evaluate(INSPECTION) == {
            "pwned": None, "handlers": [], "elements": [], "ids": [], "url": address,
        }  # fmt: skip
    assert len(text.encode()) < MOST_BYTES


def test_no_text_is_turned_round_on_a_page(chidi: tuple[Graded, str]) -> None:
    """Code that is shown in another order would read as other code than what ran."""
    grade, notebook = chidi
    turned = "rate = 1 \N{RIGHT-TO-LEFT OVERRIDE}# \N{LEFT-TO-RIGHT ISOLATE}&#8238;\u05e9\u05dc"
    document = json.loads(notebook)
    for kind in ("code", "markdown"):
        document["cells"].append({"cell_type": kind, "metadata": {}, "source": turned})
    document["cells"][-2] |= {
        "execution_count": 1,
        "outputs": [
            {"output_type": "stream", "name": "stdout", "text": turned},
            {"output_type": "display_data", "metadata": {}, "data": {"text/html": turned}},
        ],
    }
    text = shown(grade, json.dumps(document))
    assert text.count("\u05e9\u05dc") >= 4
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", text)


def test_a_page_has_a_budget_and_leaves_out_the_notebook_first() -> None:
    printed = {"output_type": "stream", "name": "stdout", "text": "x & y\n" * 50_000}
    cell = {"cell_type": "code", "source": "run()", "execution_count": 1, "outputs": [printed] * 9}
    last = {"cell_type": "code", "source": 'grader.check("q1_1_1")', "outputs": []}
    case = CaseResult(name="test_value", status="passed", points=1, hidden=False)
    grade = Graded(
        submission="a.ipynb", student="Ana", outcome=Outcome.FINISHED, score=1, max_score=7,
        seconds=1, questions=(QuestionResult(name="q1_1_1", score=1, max_score=1, cases=(case,)),),
    )  # fmt: skip
    text = shown(grade, json.dumps({"cells": [cell] * 40 + [last]}))
    assert len(text.encode()) < 1_000_000
    assert "the page is full" in text
    assert "1.1.1" in text
    assert "#cell-41" not in text, "no link to a cell that is left out"


def test_a_long_line_does_not_run_below_the_number_of_its_cell(
    chidi: tuple[Graded, str], tmp_path: Path, page: Page
) -> None:
    long = {"cell_type": "code", "source": f"a = {'x' * 2_000!r}", "execution_count": 12}
    page.goto(written(tmp_path, shown(chidi[0], json.dumps({"cells": [long | {"outputs": []}]}))))
    code = page.locator(".ran pre").bounding_box()
    number = page.get_by_text("[12]").bounding_box()
    assert code is not None
    assert number is not None
    assert code["x"] + code["width"] <= number["x"]


def test_moodle_gets_the_page_beside_the_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [("Ana", "11", "Ana_11_assignsubmission_file_/a.ipynb"),
              ("Bo", "12", "Bo_12_assignsubmission_file_a.ipynb")]  # fmt: skip
    grades = [
        Ungraded(submission=path, student=name, people=(Person(name=name, id=number),),
                 reason="none", max_score=7)
        for name, number, path in people
    ]  # fmt: skip
    files = {grade.submission: tmp_path / f"{grade.student}.html" for grade in grades}
    for file in files.values():
        file.write_text(f"<p>{file.stem}" + "x" * 400, "utf-8")

    def packed() -> dict[tuple[str, str], str]:
        texts = {grade.submission: "text" for grade in grades}
        content = Moodle().feedback(grades, texts, lambda _: None, files)["moodle_feedback.zip"]
        found = {}
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                owner = moodle_feedback_owner(name, ("11", "12"))
                assert owner is not None
                found[owner] = archive.read(name).decode()
        return found

    found = packed()
    assert found["11", "feedback.md"] == found["12", "feedback.md"] == "text"
    assert found["11", "feedback.html"].startswith("<p>Ana")
    assert found["12", "feedback.html"].startswith("<p>Bo")
    monkeypatch.setattr(moodle, "_MOST_PAGE_BYTES", 500)
    assert sorted(name for _, name in packed()) == ["feedback.html", *["feedback.md"] * 2]


def test_the_folder_has_a_page_for_each_and_no_old_one(tmp_path: Path) -> None:
    old = tmp_path / "feedback" / "zoe.html"
    old.parent.mkdir(parents=True)
    old.write_text("of an earlier batch", "utf-8")
    assert made(tmp_path).problems == ()
    assert sorted(file.name for file in old.parent.iterdir()) == [
        "ana.html", "ana.md", "bo.html", "bo.md",
    ]  # fmt: skip
    assert "Feedback for <bdi>bo</bdi>" in (old.parent / "bo.html").read_text("utf-8")


def test_a_page_that_fails_costs_that_page_and_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_files, "feedback_page", fails)
    problems = made(tmp_path).problems
    assert [problem.partition(":")[0] for problem in problems] == [
        "feedback/ana.html", "feedback/bo.html",
    ]  # fmt: skip
    assert sorted(file.name for file in (tmp_path / "feedback").iterdir()) == ["ana.md", "bo.md"]
