"""A course's own words: tests have them everywhere, and students receive what they need of them."""

import json
import re
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import nbformat
import pytest
from conftest import ROOT, chosen_layers, fork_server, grade_bytes, notebook_of

from autograder.course.assignment import Course
from autograder.course.build import build, write
from autograder.course.carried import Carried
from autograder.course.data import DataSettings
from autograder.course.faults import faults
from autograder.course.questions import load_question
from autograder.course.vocabulary import public_part, words_in
from autograder.errors import CourseError
from autograder.gradescope import bundle
from autograder.grading.pipeline import grade_one
from autograder.judging.cases import judge
from autograder.judging.scoring import Scorer
from autograder.kernel.observe import observe
from autograder.model import Graded, Observation, Outcome, Settings, Submission
from autograder.networks.in_process import InProcess
from autograder.student.public_cases import public_tests

WORDS = """\"\"\"Words of a course on music.\"\"\"

from math import log2

from autograder import expect
from autograder.model import Observation

CONCERT_PITCH = 440
SECRET = 27.5


def pitch(answer: Observation, half_tones: int) -> None:
    \"\"\"The answer is the frequency so many half tones above concert pitch.\"\"\"
    expect.close(answer, _frequency(half_tones), relative=0.01)


def _frequency(half_tones: int) -> float:
    return float(CONCERT_PITCH * 2 ** (half_tones / 12))


def lowest(answer: Observation) -> None:
    \"\"\"The answer is that of the lowest key.\"\"\"
    expect.close(answer, SECRET)


def octaves(answer: Observation) -> None:
    \"\"\"The answer is in whole octaves.\"\"\"
    expect.equal(answer, round(log2(expect.number(answer) / CONCERT_PITCH)))
"""
TEST = """from otter.test_files import test_case

OK_FORMAT = False
name = "q1"
points = None

@test_case(points=1, hidden=False)
def test_octave(above):
    \"\"\"Is it an octave above?\"\"\"
    course.pitch(above, 12)

@test_case(points=1, hidden=True)
def test_lowest(below):
    \"\"\"Is it the lowest key?\"\"\"
    course.lowest(below)
"""


@pytest.fixture
def music(tmp_path: Path) -> Course:
    (tmp_path / "solutions" / "tests" / "quiz").mkdir(parents=True)
    (tmp_path / "assignments").mkdir()
    (tmp_path / "solutions" / "quiz.toml").write_text('title = "Quiz"\n', "utf-8")
    (tmp_path / "solutions" / "expect.py").write_text(WORDS, "utf-8")
    (tmp_path / "solutions" / "tests" / "quiz" / "q1.py").write_text(TEST, "utf-8")
    return Course(tmp_path)


def graded(music: Course, script: str) -> Graded:
    submission = Submission(path="a.ipynb", student="a", content=notebook_of(script))
    settings = Settings(layers=chosen_layers())
    grade = grade_one(submission, music.assignment("quiz"), settings, fork_server())
    assert isinstance(grade, Graded), grade.reason
    return grade


def test_tests_have_the_words(music: Course) -> None:
    right = graded(music, "# %%\nabove, below = 880, 27.5\n")
    assert (right.outcome, right.score) == (Outcome.FINISHED, 2), right.flags
    wrong = graded(music, "# %%\nabove, below = 881 * 2, 27.5\n")
    assert wrong.score == 1
    assert not wrong.flags


def test_students_receive_what_their_cases_need(music: Course) -> None:
    questions = [load_question(TEST, "q1")]
    part = public_part(WORDS, questions, "expect.py")
    assert "def pitch" in part
    assert "def _frequency" in part
    assert "CONCERT_PITCH = 440" in part
    assert "from autograder import expect" in part
    for secret in ("SECRET", "27.5", "lowest", "octaves", "log2", "music"):
        assert secret not in part
    notebook = nbformat.v4.new_notebook()
    notebook.metadata["otter"] = {
        "tests": {"q1": TEST.partition("@test_case(points=1, hidden=True")[0]}
    }
    carried = Carried(accuracy={}, data=DataSettings(), points={}, vocabulary=part)
    notebook.metadata["autograder"] = carried.as_metadata()
    tests = public_tests(nbformat.writes(notebook).encode())
    seen: dict[str, Observation] = {"above": observe("above", 880)}
    (judged,) = judge(tests.questions, seen, {}, Outcome.FINISHED, InProcess())
    assert [case.status for case in judged.result.cases] == ["passed"]


def test_a_change_of_the_words_judges_anew(music: Course) -> None:
    before = Scorer(music.assignment("quiz"))._prefix("cpu")
    assert Scorer(music.assignment("quiz"))._prefix("cpu") == before
    file = music.root / "solutions" / "expect.py"
    file.write_text(WORDS.replace("27.5", "27.6"), "utf-8")
    assert Scorer(music.assignment("quiz"))._prefix("cpu") != before
    assert graded(music, "# %%\nabove, below = 880, 27.5\n").score == 1


def test_the_zip_carries_the_words(music: Course) -> None:
    with zipfile.ZipFile(BytesIO(bundle.build_zip(music, "quiz"))) as archive:
        assert archive.read("course/solutions/expect.py").decode() == WORDS


def test_build_puts_them_into_the_notebook(music: Course) -> None:
    master = music.root / "solutions" / "masters" / "quiz.ipynb"
    master.parent.mkdir()
    raw: Any = nbformat.v4.new_raw_cell
    code: Any = nbformat.v4.new_code_cell
    cases = [
        '""" # BEGIN TEST CONFIG\npoints: 1\nhidden: false\n""" # END TEST CONFIG\n'
        'def test_octave(above):\n    "Is it an octave above?"\n    course.pitch(above, 12)',
        '""" # BEGIN TEST CONFIG\npoints: 1\nhidden: true\n""" # END TEST CONFIG\n'
        'def test_lowest(below):\n    "Is it the lowest key?"\n    course.lowest(below)',
    ]
    settings = "# ASSIGNMENT CONFIG\nname: quiz\ntests:\n  files: false\n  ok_format: false\n"
    cells = [
        raw(settings), raw("# BEGIN QUESTION\nname: q1\n"), raw("# BEGIN SOLUTION"),
        code("above = 880 # SOLUTION\nbelow = 27.5 # SOLUTION"), raw("# END SOLUTION"),
        raw("# BEGIN TESTS"), *map(code, cases), raw("# END TESTS"), raw("# END QUESTION"),
    ]  # fmt: skip
    nbformat.write(nbformat.v4.new_notebook(cells=cells), master)
    write(music, build(music, "quiz"))
    handed_out = (music.root / "assignments" / "quiz.ipynb").read_text("utf-8")
    assert "def pitch" in json.loads(handed_out)["metadata"]["autograder"]["vocabulary"]
    assert "27.5" not in handed_out
    assert "lowest" not in handed_out


@pytest.mark.parametrize("words", ["def broken(:", "import no_such_package_here"])
def test_broken_words_are_named(music: Course, words: str) -> None:
    (music.root / "solutions" / "expect.py").write_text(words, "utf-8")
    with pytest.raises(CourseError, match=r"expect\.py: the course's vocabulary does not load"):
        music.assignment("quiz")


def test_a_word_that_is_not_there_is_named() -> None:
    questions = [load_question(TEST, "q1")]
    with pytest.raises(CourseError, match=r"uses `course\.pitch`, which it lacks"):
        public_part("x = 1", questions, "expect.py")


def test_a_slip_in_a_word_of_the_course_is_named_before_a_run() -> None:
    question = load_question(TEST.replace("course.lowest", "course.lowst"), "q1")
    (fault,) = faults(question, {"close"}, words_in(WORDS))
    assert fault.what == "`course.lowst` is no word of the vocabulary; did you mean `lowest`?"
    assert list(faults(load_question(TEST, "q1"), {"close"}, words_in(WORDS))) == []


NETWORK = """# %%
import matplotlib.pyplot as plt
from torch import nn
net_10k = nn.Sequential(nn.Conv2d(1, 4, 5), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 24 * 24, 10))
# %%
{}
"""


@pytest.mark.parametrize(
    ("last", "noted"),
    [("plt.imshow(net_10k[0].weight[0, 0].detach())\nplt.show()", False), ("plt.show()", True)],
)
def test_this_lab_has_a_word_for_pictures(last: str, noted: bool) -> None:
    grade = grade_bytes("assignment3", notebook_of(NETWORK.format(last)))
    (structure,) = [c for c in grade.questions[0].cases if c.name == "test_structure"]
    assert structure.status == "passed"
    assert ("call `show_filters` on this network" in (structure.message or "")) == noted


# What the words below mean where they are no word of this lab's: a call of the system, a citation.
NO_WORD_OF_THE_LAB = ("_PR_SET_NO_NEW_PRIVS = ", "Psychometrika 28,")


def test_the_package_knows_no_course() -> None:
    """What is this lab's own stands in its settings and words: data, sizes, classes, pictures."""
    lab = re.compile(
        r"mnist|\b(784|28|ten|digits?)\b|(show|pictured)_filters|net_10k", re.IGNORECASE
    )
    package = ROOT / "autograder"
    kinds = (".py", ".j2", ".txt", ".css", ".js")
    files = [f for f in package.rglob("*") if f.suffix in kinds and "htmx" not in f.name]
    assert len(files) > 200
    found = [
        f"{file.relative_to(package)}: {line.strip()}"
        for file in files
        for line in file.read_text("utf-8").splitlines()
        if lab.search(line) and not any(word in line for word in NO_WORD_OF_THE_LAB)
    ]
    assert found == []
