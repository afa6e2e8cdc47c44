"""On Gradescope nothing tells a student the total, or one of before, while checks are hidden."""

import io
import json
import re
import time
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, assignment

from autograder.course.assignment import Course
from autograder.course.gradescope import GradescopeSettings
from autograder.gradescope.bundle import build_zip
from autograder.gradescope.metadata import Metadata
from autograder.gradescope.places import Places
from autograder.gradescope.report import Reporter
from autograder.gradescope.results import Results
from autograder.gradescope.run import Grading
from autograder.model import (
    CaseResult,
    Graded,
    NetworkSummary,
    Outcome,
    QuestionResult,
    Settings,
)

NOW = datetime.now(UTC)
EARLIER = 5.25


def told(**more: Any) -> dict[str, Any]:
    """What Gradescope says of a submission, with one ten minutes before that got 5.25 points."""
    previous = {
        "submission_time": (NOW - timedelta(minutes=10)).isoformat(),
        "score": EARLIER,
        "autograder_error": False,
        "results": {"score": EARLIER, "extra_data": {"status": "graded"}},
    }
    user = {"name": "Ana", "email": "ana@example.org", "id": 1}
    return {
        "id": 2, "created_at": NOW.isoformat(), "assignment": {}, "users": [user],
        "previous_submissions": [previous], **more,
    }  # fmt: skip


def reporter(**wanted: Any) -> Reporter:
    return Reporter(
        assignment("assignment1"),
        GradescopeSettings(**wanted),
        Settings(),
        Metadata.model_validate(told()),
    )


def marks(*, passed: bool) -> Graded:
    questions = tuple(
        QuestionResult(
            name=question.name,
            score=question.max_score if passed else 0.0,
            max_score=question.max_score,
            cases=tuple(
                CaseResult(
                    name=case.name, points=case.points, hidden=case.hidden,
                    status="passed" if passed or not case.hidden else "failed",
                )
                for case in question.cases
            ),
        )
        for question in assignment("assignment1").questions
    )  # fmt: skip
    network = NetworkSummary(name="net", public_accuracy=0.5, hidden_accuracy=0.75, parameters=9)
    return Graded(
        submission="a", student="a", outcome=Outcome.FINISHED, seconds=1, max_score=7,
        score=7.0 if passed else 0.0, questions=questions, networks=(network,),
    )  # fmt: skip


ANSWERS: dict[str, Callable[[Reporter], Results]] = {
    "nothing yet": lambda r: r.so_far({}, 1),
    "worse than before": lambda r: r.final(marks(passed=False), 1),
    "better than before": lambda r: r.final(marks(passed=True), 1),
    "turned away": lambda r: r.not_graded("limit", 1, keeps=True, status="limit"),
    "unreadable": lambda r: r.not_graded("no notebook", 1, keeps=False, status="unreadable"),
}


def assert_closed(results: Results) -> None:
    """A line is hidden, so that Gradescope shows no total, and no text names one."""
    assert any(test.visibility != "visible" for test in results.tests)
    texts = (results.output, *(t.output for t in results.tests if t.visibility == "visible"))
    assert not any(re.search(r"5\.25|earlier one|\b7\b", text) for text in texts)


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("keep", ["latest", "best"])
@pytest.mark.parametrize("visibility", ["hidden", "after_due_date", "after_published"])
def test_no_answer_tells_the_total(answer: str, keep: str, visibility: str) -> None:
    results = ANSWERS[answer](reporter(keep=keep, hidden_visibility=visibility, leaderboard=True))
    assert_closed(results)
    whole = assignment("assignment1").questions
    assert len(results.tests) == sum(len(question.cases) for question in whole)
    assert 0.75 not in [leader.value for leader in results.leaderboard]


def test_the_words_are_the_same_whether_an_earlier_one_was_better() -> None:
    best = reporter(keep="best")
    worse, better = (best.final(marks(passed=passed), 1) for passed in (False, True))
    assert (worse.score, better.score) == (EARLIER, 7.0)
    assert worse.output == better.output


@pytest.mark.parametrize("answer", ["turned away", "worse than before"])
def test_an_earlier_score_is_named_where_all_is_visible(answer: str) -> None:
    open_one = reporter(keep="best", hidden_visibility="visible", leaderboard=True)
    assert "5.25" in ANSWERS[answer](open_one).output
    shown = open_one.final(marks(passed=True), 1).leaderboard
    assert [leader.value for leader in shown] == [0.75, 9]


@pytest.mark.parametrize(
    ("line", "damage", "score"),
    [
        ('keep = "best"', "", EARLIER),
        ("submissions_a_day = 1", "", EARLIER),
        ("", "", 0.0),
        ("", "broken settings", EARLIER),
    ],
)
def test_the_real_answer_to_a_file_that_is_no_notebook(
    tmp_path: Path, line: str, damage: str, score: float
) -> None:
    places = Places(tmp_path)
    with zipfile.ZipFile(io.BytesIO(build_zip(Course.at(ROOT), "assignment1"))) as archive:
        archive.extractall(tmp_path / "source")
    toml = tmp_path / "source" / "course" / "solutions" / "assignment1.toml"
    settings = toml.read_text("utf-8").replace("[gradescope]", f"[gradescope]\n{line}")
    if "[gradescope]" not in settings:
        settings += f"\n[gradescope]\n{line}\n"
    toml.write_text(f"{settings}\n{damage}", "utf-8")
    (tmp_path / "submission").mkdir()
    (tmp_path / "submission" / "assignment1.ipynb").write_bytes(b"no notebook")
    places.metadata.write_text(json.dumps(told()), "utf-8")
    Grading(places, time.monotonic()).to_the_end()
    results = Results.model_validate_json(places.results.read_bytes())
    assert results.score == score
    assert "Not graded" in results.output
    assert_closed(results)
