"""`--add` and `--only`: a part is graded into the results of the class, and the class stays."""

import csv
import json
from pathlib import Path

import pytest
from conftest import ROOT, notebook_of
from test_sources import folder
from typer.testing import CliRunner

from autograder.cli import app
from autograder.errors import UsageError
from autograder.grading.ledger import Ledger, Line
from autograder.grading.part import Joined, named
from autograder.model import Entry, Person

RIGHT = notebook_of("# %%\nconvolved_features = [[8, 20], [14, 25]]\npooled_features = 25\n")
HALF = "# %%\npooled_features = 25\n"


def grade(submissions: Path, out: Path, *more: str, code: int = 0) -> str:
    """Grade in this process; what it said."""
    arguments = ["grade", str(submissions), "--assignment", "assignment1", "--out", str(out)]
    done = CliRunner().invoke(app, [*arguments, "--course", str(ROOT), "--jobs", "1", *more])
    assert done.exit_code == code, done.output
    return done.output


def scores(out: Path) -> dict[str, float | None]:
    """The scores in grades.json by submission."""
    found = json.loads((out / "grades.json").read_text("utf-8"))["grades"]
    return {one["submission"]: one["score"] for one in found}


@pytest.fixture
def results(tmp_path: Path) -> tuple[Path, Path]:
    """A class of three with a roster, and its results; no notebook is another's."""
    root = tmp_path / "part"
    notebooks = {
        f"{name}/assignment1.ipynb": notebook_of(f"{HALF}# {name}\n")
        for name in ("Ana Sousa", "Bo Dahl", "Cy Eck")
    }
    course = folder(root / "class", notebooks)
    (root / "list.csv").write_text("name\nAna Sousa\nBo Dahl\nCy Eck\nDan Falk\n", "utf-8")
    said = grade(course, root / "out", "--roster", str(root / "list.csv"))
    assert "1 handed in nothing" in said
    return course, root / "out"


def test_a_student_who_comes_later_is_added(results: tuple[Path, Path], tmp_path: Path) -> None:
    _, out = results
    late = folder(tmp_path / "late" / "Dan Falk", {"assignment1.ipynb": RIGHT})
    said = grade(late, out, code=2)
    assert "holds 3 submissions, of which 0 are handed in here. Add --add" in said
    said = grade(late, out, "--add")
    assert "The class has 4 submissions now." in said
    assert scores(out) == {
        "Ana Sousa/assignment1.ipynb": 1, "Bo Dahl/assignment1.ipynb": 1,
        "Cy Eck/assignment1.ipynb": 1, "assignment1.ipynb": 2,
    }  # fmt: skip
    with (out / "left_out.csv").open(encoding="utf-8", newline="") as file:
        assert not list(csv.DictReader(file)), "the roster is remembered, and nobody is missing"
    for name in ("ana-sousa", "dan-falk"):
        assert (out / "feedback" / f"{name}.md").is_file()
        assert (out / "report" / "students" / f"{name}.html").is_file()


def test_a_student_who_hands_in_again_takes_the_same_line(
    results: tuple[Path, Path], tmp_path: Path
) -> None:
    _, out = results
    before = set(scores(out))
    again = folder(tmp_path / "again" / "Bo Dahl", {"my best.ipynb": RIGHT})
    grade(again, out, "--add")
    assert scores(out)["Bo Dahl/assignment1.ipynb"] == 2
    assert set(scores(out)) == before


def test_only_one_of_the_batch_is_graded_again(results: tuple[Path, Path]) -> None:
    course, out = results
    before = [line.execution for line in lines(out)]
    (course / "Ana Sousa" / "assignment1.ipynb").write_bytes(RIGHT)
    (course / "Cy Eck" / "assignment1.ipynb").write_bytes(RIGHT)
    said = grade(course, out, "--only", "sousa, ana", "--fresh")
    assert "1 graded" in said
    assert scores(out)["Ana Sousa/assignment1.ipynb"] == 2
    assert scores(out)["Cy Eck/assignment1.ipynb"] == 1, "the rest of the class stays"
    after = [line.execution for line in lines(out)]
    assert sum(a != b for a, b in zip(before, after, strict=True)) == 1
    assert "--only Eve: nobody of that name" in grade(course, out, "--only", "Eve", code=2)


def test_fresh_runs_that_one_anew_and_nobody_else(results: tuple[Path, Path]) -> None:
    course, out = results
    times = seconds(out)
    grade(course, out, "--only", "Ana Sousa")
    assert seconds(out) == times, "unchanged work is not executed again"
    grade(course, out, "--only", "Ana Sousa", "--fresh")
    changed = {path for path, time in seconds(out).items() if time != times[path]}
    assert changed == {"Ana Sousa/assignment1.ipynb"}


def lines(out: Path) -> list[Line]:
    """The lines of the ledger."""
    with Ledger(out) as ledger:
        return list(ledger.lines())


def seconds(out: Path) -> dict[str, float]:
    """How long each run took."""
    return {line.path: line.grade.seconds for line in lines(out) if line.grade is not None}


# --- who is who -----------------------------------------------------------------------------------


def entry(path: str, *people: Person) -> Entry:
    """An entry of these people."""
    return Entry(path, people[0].name, lambda: b"", people)


def line(path: str, *people: Person) -> Line:
    """A line of these people."""
    return Line(0, path, people[0].name, people, False, (), None, None)


def test_whose_line_an_entry_takes() -> None:
    ana, bo = Person(name="Ana Sousa", id="1"), Person(name="Bo")
    there = [line("ana.ipynb", ana), line("bo.ipynb", bo), line("two.ipynb", ana, bo)]
    joined = Joined(there, [entry("x.ipynb", Person(name="SOUSA, Ana"))])
    assert [one.path for one in joined.entries] == ["ana.ipynb"]
    assert [one.path for one in joined.kept] == ["bo.ipynb", "two.ipynb"]
    namesake = Joined(there, [entry("ana.ipynb", Person(name="Ana Sousa", id="2"))])
    assert len(namesake.kept) == 3
    assert [one.path for one in namesake.entries] == ["Ana Sousa/ana.ipynb"]


def test_names_for_only() -> None:
    entries = [
        entry("Ana/a.ipynb", Person(name="Ana Sousa", login="as")),
        entry("b", Person(name="Bo")),
    ]
    for name in ("ana sousa", "Sousa, Ana", "AS", "Ana/a.ipynb", "Ana"):
        assert named(entries, [name]) == entries[:1]
    assert named(entries, ["Bo", "as", "Bo"]) == [entries[1], entries[0]]
    with pytest.raises(UsageError, match="nobody"):
        named(entries, ["Cy"])
