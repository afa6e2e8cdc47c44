"""Names that are shown alike stay those of two, and names are no markup in feedback files."""

import zipfile
from pathlib import Path

import pytest
from conftest import ROOT, assignment

from autograder.model import Graded, Outcome, Person
from autograder.platforms.collect import collect
from autograder.results.feedback_files import feedback
from autograder.results.file_names import slug_of

COMPOSED, DECOMPOSED = "Zo\u00e9", "Zoe\u0301"
LONG = "n" * 180


@pytest.mark.parametrize(
    "names",
    [
        (COMPOSED, DECOMPOSED),
        ("tab\tname", "tab name"),
        (f"{LONG}{'a' * 50}{LONG[:30]}", f"{LONG}{'b' * 50}{LONG[:30]}"),
    ],
    ids=["unicode form", "control character", "too long"],
)
@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_two_students_stay_two(tmp_path: Path, names: tuple[str, str], kind: str) -> None:
    notebook = (ROOT / "assignments" / "assignment1.ipynb").read_bytes()
    given = tmp_path / "class"
    if kind == "folder" and max(map(len, names)) > 255:
        names = (f"{names[0][:200]}a{LONG[:54]}", f"{names[0][:200]}b{LONG[:54]}")
    if kind == "zip":
        given = tmp_path / "class.zip"
        with zipfile.ZipFile(given, "w") as archive:
            for number, name in enumerate(names):
                archive.writestr(f"{name}/assignment1.ipynb", notebook + b" " * number)
    else:
        for number, name in enumerate(names):
            (given / name).mkdir(parents=True)
            (given / name / "assignment1.ipynb").write_bytes(notebook + b" " * number)
    found = collect([given], "assignment1", assignment("assignment1").settings.limits)
    assert len(found.entries) == 2
    assert len({entry.path for entry in found.entries}) == 2
    assert len({entry.student for entry in found.entries}) == 2
    if kind == "folder" or "\t" not in names[0]:  # a zip's names with control signs are refused
        assert {len(entry.read()) for entry in found.entries} == {len(notebook), len(notebook) + 1}
    grades = [grade_of(entry.student, entry.path) for entry in found.entries]
    assert len(set(slug_of(grades).values())) == 2


def grade_of(student: str, path: str) -> Graded:
    people = (Person(name=student), Person(name="Bo"))
    return Graded(
        submission=path, student=student, outcome=Outcome.FINISHED, score=0, max_score=7,
        seconds=1, questions=(), people=people,
    )  # fmt: skip


def test_names_are_no_markup_in_feedback() -> None:
    name = "[a](javascript:b) <script> *x* _y_ `z` snake_case"
    text = feedback(grade_of(name, f"{name}.ipynb"), ())
    escaped = r"\[a\](javascript:b) \<script\> \*x\* \_y\_ \`z\` snake_case"
    assert text.count(escaped) == 3
    assert "<script>" not in text.replace(r"\<script\>", "")
