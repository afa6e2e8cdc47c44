"""The class in `examples/` gets the marks it must get, through the command line.

Submissions, outcomes, failed cases and parts of the feedback are written down in
`examples/expected.toml`.
"""

import csv
import json
import subprocess
import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from conftest import ROOT

EXAMPLES = ROOT / "examples"
EXPECTED: dict[str, dict[str, Any]] = tomllib.loads(
    (EXAMPLES / "expected.toml").read_text(encoding="utf-8")
)
SUBMISSIONS = [(name, student) for name, students in EXPECTED.items() for student in students]


@dataclass(frozen=True)
class Results:
    """What one run of `autograder grade` left behind."""

    exit_code: int
    screen: str
    grades: list[dict[str, Any]]
    rows: list[dict[str, str]]

    def of(self, student: str) -> dict[str, Any]:
        """The grade of the one submission of that student."""
        (grade,) = [grade for grade in self.grades if grade["student"] == student]
        return grade


GradeClass = Callable[[str], Results]


@pytest.fixture(scope="session")
def graded(tmp_path_factory: pytest.TempPathFactory) -> GradeClass:
    """Grades the class for an assignment, once a session."""

    @cache
    def run(assignment: str) -> Results:
        out = tmp_path_factory.mktemp(assignment)
        options = ["--assignment", assignment, "--out", str(out), "--jobs", "2", "--device", "cpu"]
        done = subprocess.run(
            [sys.executable, "-m", "autograder", "grade", str(EXAMPLES / "class"), *options],
            cwd=ROOT,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=300,
            check=False,
        )
        assert done.returncode in (0, 1), done.stdout + done.stderr
        document = json.loads((out / "grades.json").read_text(encoding="utf-8"))
        assert document["assignment"] == assignment
        with (out / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        return Results(done.returncode, done.stdout, document["grades"], rows)

    return run


def test_every_notebook_has_an_expectation() -> None:
    handed_in = {(path.stem, path.parent.name) for path in EXAMPLES.glob("class/*/*.ipynb")}
    assert handed_in == set(SUBMISSIONS)


@pytest.mark.parametrize("assignment", EXPECTED)
def test_batch(assignment: str, graded: GradeClass) -> None:
    results, expected = graded(assignment), EXPECTED[assignment]
    ungraded = [student for student, wanted in expected.items() if "score" not in wanted]
    assert results.exit_code == (1 if ungraded else 0), results.screen
    paths = [grade["submission"] for grade in results.grades]
    assert paths == [f"{student}/{assignment}.ipynb" for student in sorted(expected)]
    assert all(f"{student}/{assignment}.ipynb" in results.screen for student in ungraded)


@pytest.mark.parametrize("assignment", EXPECTED)
def test_csv_says_the_same(assignment: str, graded: GradeClass) -> None:
    results = graded(assignment)
    assert len(results.rows) == len(results.grades)
    for row, grade in zip(results.rows, results.grades, strict=True):
        for column in ("student", "submission", "status", "outcome", "reason"):
            assert row[column] == (grade[column] or "")
        assert (float(row["score"]) if row["score"] else None) == grade["score"]
        for question in grade["questions"]:
            assert float(row[question["name"]]) == question["score"]


@pytest.mark.parametrize(("assignment", "student"), SUBMISSIONS)
def test_submission(assignment: str, student: str, graded: GradeClass) -> None:
    grade, expected = graded(assignment).of(student), EXPECTED[assignment][student]
    messages = {"reason": grade["reason"]}
    cases: dict[str, list[str]] = {"failed": [], "not_run": [], "passed": []}
    for question in grade["questions"]:
        for case in question["cases"]:
            name = f"{question['name']} {case['name']}"
            cases[case["status"]].append(name)
            messages[name] = case["message"]
    for name, part in expected.get("says", {}).items():
        assert part in (messages[name] or "")
    for name, part in expected.get("unsaid", {}).items():
        assert part not in (messages[name] or "")
    if "score" not in expected:
        assert (grade["status"], grade["score"], grade["outcome"]) == ("ungraded", None, None)
        return
    assert grade["status"] == "graded"
    assert grade["outcome"] == expected.get("outcome", "finished"), grade["flags"]
    for status in ("failed", "not_run"):
        assert sorted(cases[status]) == sorted(expected.get(status, ())), messages
    assert grade["score"] == pytest.approx(expected["score"])
