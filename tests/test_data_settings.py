"""Data as settings: files for students, sets to measure on, and what is said of broken ones."""

import json
import shutil
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest
from conftest import ROOT, notebook_of

from autograder.course.assignment import Course
from autograder.course.build import build
from autograder.course.data import DataSettings, Source, as_arguments, as_inputs
from autograder.errors import CourseError
from autograder.gradescope import bundle
from autograder.grading.pipeline import grade_one, job_of
from autograder.model import Graded, Outcome, Settings, Submission
from autograder.notebooks.colab import adapted
from autograder.student.public_cases import public_tests

TEST = '''from otter.test_files import test_case

OK_FORMAT = False

name = "q1"
points = None

@test_case(points=1, hidden=True)
def test_sum(total, flats, flats_y):
    """Is the sum that of the hidden prices?"""
    assert len(flats) == 3
    assert total.value == flats_y.sum()
'''
FLATS = "area,rooms,price\n40,1,200.5\n60,2,300\n90,,450\n"


def a_course(folder: Path, data: str) -> Course:
    """A course of one question about flats, with these settings."""
    (folder / "solutions" / "tests" / "quiz").mkdir(parents=True)
    (folder / "assignments").mkdir()
    (folder / "solutions" / "quiz.toml").write_text(f'title = "Quiz"\n{data}', "utf-8")
    (folder / "solutions" / "tests" / "quiz" / "q1.py").write_text(TEST, "utf-8")
    (folder / "solutions" / "flats.csv").write_text(FLATS, "utf-8")
    (folder / "solutions" / "ragged.csv").write_text("area,price\n1,2,3\n", "utf-8")
    for name in ("small.csv", "large.csv"):
        (folder / "assignments" / name).write_text(FLATS, "utf-8")
    np.save(folder / "solutions" / "seven.npy", np.arange(7))
    np.savez(folder / "assignments" / "both.npz", x=np.arange(12).astype("u1"), y=np.arange(3))
    return Course(folder)


FLATS_SET = """
[data.sets.flats]
inputs = "solutions/flats.csv:area,rooms"
answers = "solutions/flats.csv:price"
"""


def test_a_table_gives_columns(tmp_path: Path) -> None:
    flats = a_course(tmp_path, FLATS_SET).assignment("quiz").sets("cpu")["flats"]
    assert isinstance(flats.inputs, dict)
    assert flats.inputs["area"].tolist() == [40, 60, 90]
    assert flats.inputs["area"].dtype == np.int64
    assert flats.inputs["rooms"][:2].tolist() == [1, 2]
    assert np.isnan(flats.inputs["rooms"][2])
    assert flats.answers.tolist() == [200.5, 300, 450]
    assert flats.unseen
    given = as_arguments({"flats": flats})
    assert given["flats"] is flats
    assert given["flats_x"] is flats.inputs
    assert given["flats_y"] is flats.answers
    table = pandas.DataFrame(as_inputs({"flats": flats.inputs})["flats_x"])
    assert list(table.columns) == ["area", "rooms"]
    assert table["area"].tolist() == [40, 60, 90]


def test_arrays_are_shaped_and_divided(tmp_path: Path) -> None:
    course = a_course(
        tmp_path,
        '[data]\nfiles = ["both.npz"]\n[data.sets.own]\ninputs = "assignments/both.npz:x"\n'
        'answers = "assignments/both.npz:y"\nshape = [2, 2]\ndivide_by = 4\ncalled = "own squares"',
    )
    own = course.assignment("quiz").sets("cpu")["own"]
    assert own.arrays[0].dtype == np.float32
    assert own.arrays[0].tolist()[0] == [[0, 0.25], [0.5, 0.75]]
    assert own.answers.dtype == np.int64
    assert not own.unseen
    assert own.description == "own squares"


def test_only_the_first_so_many_count(tmp_path: Path) -> None:
    two = f"{FLATS_SET}\nfirst = 2"
    flats = a_course(tmp_path, two).assignment("quiz").sets("cpu")["flats"]
    assert isinstance(flats.inputs, dict)
    assert flats.inputs["area"].tolist() == [40, 60]
    assert flats.answers.tolist() == [200.5, 300]


BROKEN = {
    '[data]\nfiles = ["none.csv"]': "assignments/none.csv: there is no such file",
    '[data]\nfiles = ["../x.csv"]': "data.files",
    '[data]\nfile = ["small.csv"]': "data.file: ",
    '[data]\nfiles = ["small.csv"]\n[limits]\ndisk_bytes = 10': "raise `limits.disk_bytes`",
    '[data.sets.flats]\ninputs = "solutions/flats.csv:area"': "data.sets.flats.answers",
    '[data.sets."a b"]\ninputs = "solutions/a.npy"\nanswers = "solutions/a.npy"': "'a b'",
    '[data.sets.f]\ninputs = "solutions/f.txt"\nanswers = "solutions/f.npy"': ".npz, .npy, .csv",
    '[data.sets.f]\ninputs = "/etc/f.npy"\nanswers = "solutions/f.npy"': "no file of assignments/",
    '[data.sets.f]\ninputs = "solutions/../f.npy"\nanswers = "solutions/f.npy"': "no file of",
    '[data.sets.f]\ninputs = "solutions/f.npz"\nanswers = "solutions/f.npy"': "FILE.npz:KEY",
    '[data.sets.f]\ninputs = "assignments/both.npz:x"\nanswers = "assignments/both.npz:y"': (
        "not among `files`"
    ),
    '[data.sets.f]\ninputs = "solutions/a.npy"\nanswers = "solutions/a.npy"': "cannot read numbers",
    '[data.sets.f]\ninputs = "solutions/flats.csv:size"\nanswers = "solutions/flats.csv:price"': (
        "no column 'size' in it; it has area, rooms, price"
    ),
    '[data.sets.f]\ninputs = "solutions/ragged.csv:size"\nanswers = "solutions/ragged.csv:price"': (
        "no column 'size' in it; it has area, price"
    ),
    '[data.sets.f]\ninputs = "solutions/flats.csv:area"\nanswers = "solutions/seven.npy"': (
        "3 inputs and 7 answers"
    ),
    '[data.sets.f]\ninputs = "solutions/seven.npy"\nanswers = "solutions/seven.npy"\nshape = [2]': (
        "cannot take the shape"
    ),
    '[data]\nfiles = ["both.npz"]\n[data.sets.f]\ninputs = "assignments/both.npz:z"\n'
    'answers = "assignments/both.npz:y"': "no 'z' in it; it holds x, y",
}


@pytest.mark.parametrize("data", BROKEN, ids=range(len(BROKEN)))
def test_broken_data_are_named(tmp_path: Path, data: str) -> None:
    with pytest.raises(CourseError) as error:
        a_course(tmp_path, data).assignment("quiz").check_data()
    assert BROKEN[data] in str(error.value)


def test_several_files_lie_beside_the_notebook(tmp_path: Path) -> None:
    course = a_course(tmp_path, '[data]\nfiles = ["small.csv", "large.csv"]')
    quiz = course.assignment("quiz")
    code = """# %%
import os
files = [sum(map(len, open(n))) for n in ("/content/drive/MyDrive/small.csv", "large.csv")]
total = len(os.listdir())
"""
    execution = job_of(notebook_of(code), quiz, Settings()).run()
    seen: Any = execution.observations["total"]
    assert seen.value == 2
    assert "`/content/drive/MyDrive/small.csv` was read as `small.csv`" in execution.repairs[0]


@pytest.mark.parametrize(("answer", "points"), [("950.5", 1), ("900", 0)])
def test_a_case_knows_inputs_and_answers(tmp_path: Path, answer: str, points: int) -> None:
    quiz = a_course(tmp_path, FLATS_SET).assignment("quiz")
    content = notebook_of(f"# %%\ntotal = {answer}")
    grade = grade_one(Submission(path="a.ipynb", student="a", content=content), quiz, Settings())
    assert isinstance(grade, Graded), grade.reason
    assert quiz.variables == ("total",)
    assert grade.score == points


PREDICT = """# %%
import pandas

def price(flats):
    table = pandas.DataFrame(flats)
    return (table["area"] * 5).tolist()
"""


def test_hidden_inputs_reach_expressions_after_the_last_cell(tmp_path: Path) -> None:
    course = a_course(tmp_path, FLATS_SET)
    test = tmp_path / "solutions" / "tests" / "quiz" / "q1.py"
    cases = TEST.replace("(total, ", '(total: "price(flats_x)", ')
    test.write_text(cases.replace("total.value == flats_y.sum()", "total.value == [200, 300, 450]"))
    peeking = PREDICT + "# %%\nassert 'flats_x' not in globals()\n"
    quiz = course.assignment("quiz")
    content = notebook_of(peeking)
    grade = grade_one(Submission(path="a.ipynb", student="a", content=content), quiz, Settings())
    assert isinstance(grade, Graded), grade.reason
    assert (grade.outcome, grade.score) == (Outcome.FINISHED, 1), grade.flags


def test_answers_are_in_no_expression(tmp_path: Path) -> None:
    course = a_course(tmp_path, FLATS_SET)
    test = tmp_path / "solutions" / "tests" / "quiz" / "q1.py"
    test.write_text(TEST.replace("(total, ", '(total: "f(flats_x)", '), "utf-8")
    (question,) = course.assignment("quiz").questions
    assert question.variables == ("f(flats_x)",)
    assert question.sets == ("flats",)
    test.write_text(TEST.replace("(total, ", '(total: "f(flats_y)", '), "utf-8")
    with pytest.raises(CourseError, match=r"names `flats_y`, which never enters"):
        course.assignment("quiz")


def test_paths_lead_to_the_file_that_they_name() -> None:
    sources, said = adapted(["a = open('/x/b.csv'), open('/x/ab.csv'), open('/x/c.csv')"],
                            ["b.csv", "ab.csv"])  # fmt: skip
    assert sources == ["a = open('b.csv'), open('ab.csv'), open('/x/c.csv')"]
    assert len(said) == 2
    assert adapted(["open('/x/b.csv')"], []) == (["open('/x/b.csv')"], ())


def test_the_zip_carries_what_the_settings_name(tmp_path: Path) -> None:
    course = a_course(tmp_path, f'[data]\nfiles = ["small.csv"]\n{FLATS_SET}')
    with zipfile.ZipFile(BytesIO(bundle.build_zip(course, "quiz"))) as archive:
        inside = {name for name in archive.namelist() if name.startswith("course/")}
    assert inside == {
        "course/assignments/small.csv", "course/solutions/flats.csv", "course/solutions/quiz.toml",
        "course/solutions/tests/quiz/q1.py",
    }  # fmt: skip


def test_students_receive_no_word_of_hidden_sets() -> None:
    for name in ("assignment2", "assignment3"):
        content = (ROOT / "assignments" / f"{name}.ipynb").read_bytes()
        own = json.loads(content)["metadata"]["autograder"]["data"]
        assert "solutions" not in json.dumps(own)
        assert set(own["sets"]) == {"public_images"}
        (public,) = public_tests(content).sets(ROOT / "assignments").values()
        assert public.description == "test images of mnist.npz"
        assert public.arrays[0].shape == (1000, 1, 28, 28)


def test_a_notebook_whose_settings_are_damaged_is_named() -> None:
    notebook = json.loads((ROOT / "assignments" / "assignment2.ipynb").read_bytes())
    notebook["metadata"]["autograder"]["data"]["sets"]["public_images"]["inputs"] = "/etc/passwd"
    with pytest.raises(CourseError, match="settings are damaged"):
        public_tests(json.dumps(notebook).encode())


def test_a_public_case_cannot_measure_on_hidden_data(tmp_path: Path) -> None:
    for part in ("masters", "images"):
        shutil.copytree(ROOT / "solutions" / part, tmp_path / "solutions" / part)
    master = tmp_path / "solutions" / "masters" / "assignment2.ipynb"
    master.write_text(
        master.read_text("utf-8").replace("net_conv, public_images)", "net_conv, hidden_images)"),
        "utf-8",
    )
    shutil.copy(ROOT / "solutions" / "assignment2.toml", tmp_path / "solutions")
    with pytest.raises(CourseError, match=r"test_public_accuracy measures on `hidden_images`"):
        build(Course(tmp_path), "assignment2")


def test_a_source_says_what_students_have() -> None:
    assert Source.of("assignments/a.npz:x").is_public
    assert not Source.of("solutions/a.csv:x,y").is_public
    settings = DataSettings.model_validate(
        {"sets": {"s": {"inputs": "solutions/a.npy", "answers": "solutions/b.npy"}}}
    )
    assert settings.handed_out({"s"}).sets == {}
    assert settings.parameters() == {"s": "s", "s_x": "s", "s_y": "s"}
