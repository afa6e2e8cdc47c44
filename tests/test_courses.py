"""The courses in examples/courses: current, proved, and a class of six graded as it should be."""

import tomllib
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from conftest import ROOT, chosen_layers, fork_server

from autograder.course.assignment import Assignment, Course
from autograder.course.build import Built, build
from autograder.desk.classroom import Classroom
from autograder.desk.rerun import Reruns
from autograder.gradescope.bundle import build_zip
from autograder.grading.facts import ClassFacts, keep_facts
from autograder.grading.ledger import Ledger
from autograder.grading.pipeline import Grader
from autograder.grading.pool import grade_all, in_threads
from autograder.grading.proof import CourseTrial
from autograder.grading.rescore import Change, rescore
from autograder.judging.scoring import Scorer
from autograder.judging.wording import BY_HAND
from autograder.model import Entry, Grade, Graded, Settings
from autograder.student.check import self_check

COURSES = ROOT / "examples" / "courses"
ASSIGNMENTS = {"data_science": "flats", "feedforward": "feedforward"}
SETTINGS = Settings(layers=chosen_layers())
STUDENTS = [
    (course, student)
    for course in ASSIGNMENTS
    for student in tomllib.loads((COURSES / course / "expected.toml").read_text("utf-8"))
]


@cache
def built(course: str) -> tuple[Built, Assignment]:
    here = Course.at(COURSES / course)
    made = build(here, ASSIGNMENTS[course])
    return made, here.assignment(ASSIGNMENTS[course], made.questions)


@pytest.mark.parametrize("course", ASSIGNMENTS)
def test_what_is_committed_is_current(course: str) -> None:
    for path, content in built(course)[0].files.items():
        assert (COURSES / course / path).read_text("utf-8") == content, "run `autograder build`"


@pytest.mark.parametrize("course", ASSIGNMENTS)
def test_the_course_is_proved(course: str, tmp_path: Path) -> None:
    made, assignment = built(course)
    trial = CourseTrial(tmp_path, assignment, made)
    trial.inspect()
    trial.prove(SETTINGS, fork_server())
    assert trial.is_proved()


def run_again(folder: Path, student: str) -> None:
    """Run a student's work again as the desk does, hidden inputs of expressions included."""
    room, reruns = Classroom(folder), Reruns()
    (member,) = [m for m in room.members.values() if m.line.student == student]
    reruns.begin(room, member, "Ute", 1)
    assert reruns._thread is not None
    reruns._thread.join()
    done = reruns.progress(member)
    assert done is not None
    assert done.is_done
    assert not done.problem
    before, after = member.line.grade, room.members[member.key].line.grade
    assert isinstance(before, Graded)
    assert isinstance(after, Graded)
    assert after.questions == before.questions


@cache
def graded(course: str) -> tuple[dict[str, Grade], list[Change]]:
    """The class, graded in a ledger, and what judging it anew has changed."""
    _, assignment = built(course)
    files = sorted((COURSES / course / "class").glob(f"*/{assignment.name}.ipynb"))
    entries = [Entry(file.parent.name, file.parent.name, read=file.read_bytes) for file in files]
    with TemporaryDirectory() as folder:
        with Ledger(Path(folder)) as ledger:
            root = str(COURSES / course)
            keep_facts(ledger, ClassFacts(assignment=assignment.name, course=root, device="cpu"))
            ledger.begin(entries)
            grader = Grader(assignment, SETTINGS, Scorer(assignment, ledger), ledger)
            with ThreadPoolExecutor(2) as executor:
                grade_all(entries, grader, in_threads(executor, fork_server()), 2)
            grades, changes = rescore(ledger, assignment, {})
        if course == "data_science":
            run_again(Path(folder), "right")
    return {grade.student: grade for grade in grades}, changes


@pytest.mark.parametrize(("course", "student"), STUDENTS)
def test_the_class_scores_what_it_should(course: str, student: str) -> None:
    expected = tomllib.loads((COURSES / course / "expected.toml").read_text("utf-8"))[student]
    grade = graded(course)[0][student]
    assert isinstance(grade, Graded), grade.reason
    scores = {q.name: q.score for q in grade.questions if q.cases[0].name != BY_HAND}
    assert scores == expected
    assert not [case for q in grade.questions for case in q.cases if case.status == "unjudged"]


@pytest.mark.parametrize("course", ASSIGNMENTS)
def test_judging_anew_changes_nothing(course: str) -> None:
    grades, changes = graded(course)
    assert len(grades) == 6
    assert changes == []


@pytest.mark.parametrize("course", ASSIGNMENTS)
def test_a_student_checks_it(course: str, tmp_path: Path) -> None:
    root, name = COURSES / course, ASSIGNMENTS[course]
    for file in (root / "assignments").iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    right = root / "class" / "right" / f"{name}.ipynb"
    (tmp_path / f"{name}.ipynb").write_bytes(right.read_bytes())
    text = self_check(tmp_path / f"{name}.ipynb").text
    assert "✗" not in text
    assert "public checks passed" in text


@pytest.mark.parametrize("course", ASSIGNMENTS)
def test_nothing_hidden_is_handed_out(course: str) -> None:
    made, assignment = built(course)
    hidden = [path for path in assignment.set_files if path.parent.name == "solutions"]
    assert hidden
    names = {path.name for path in hidden}
    assert not names & {file.name for file in (COURSES / course / "assignments").iterdir()}
    assert "hidden=True" not in made.handed_out
    assert build_zip(Course.at(COURSES / course), assignment.name)
