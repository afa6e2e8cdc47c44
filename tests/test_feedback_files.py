"""Feedback files: what a student reads, and the zip that Moodle takes."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import nbformat
import pytest
from conftest import assignment, grade_bytes, notebook_of
from lms_rules import canvas_comment_owner, moodle_feedback_owner

from autograder.model import (
    CaseResult,
    Feedback,
    Flag,
    FlagKind,
    Grade,
    Graded,
    Outcome,
    Person,
    QuestionResult,
    Ungraded,
)
from autograder.platforms.canvas import Canvas
from autograder.platforms.moodle import Moodle
from autograder.platforms.registry import read_roster, uploads
from autograder.results.annotated import annotated
from autograder.results.feedback_files import feedback

NASTY = 'Ærø, "Bo"\n=HYPERLINK("http://evil","x") Åse'
QUESTIONS = assignment("assignment1").questions


def graded(submission: str, *people: Person, **changes: object) -> Graded:
    fields: dict[str, object] = {
        "submission": submission, "student": "Ana", "people": people, "score": 0.0,
        "outcome": Outcome.FINISHED, "max_score": 7.0, "seconds": 1.0, "questions": (),
    }  # fmt: skip
    return Graded.model_validate({**fields, **changes})


# --- the text -----------------------------------------------------------------------------------


def test_a_real_submission_is_explained_without_its_tests() -> None:
    folder = Path(__file__).parent / "cases" / "kernel_flipped"
    grade = grade_bytes("assignment1", notebook_of((folder / "submission.py").read_text("utf-8")))
    text = feedback(grade, QUESTIONS)
    assert text.startswith("# Feedback for student\n\nSubmission: student.ipynb\nScore: 0 of 7\n")
    assert "The notebook ran from the first cell to the last." in text
    assert "## q1_1_1: 0 of 1\n\n✓ Is the answer a matrix of numbers" in text
    assert "✗ Are the convolved features right? (1 point, hidden)\n\n    Expected: the 2x2" in text
    assert "    Try: it looks as if you turned the kernel by 180 degrees" in text
    for secret in ("[8, 20]", "[14, 25]", "expect.", "def test", "test_value"):
        assert secret not in text
    assert "\n    (as above)\n" in text


def test_lateness_groups_remarks_and_marks_by_hand_are_told() -> None:
    case = CaseResult(
        name="written",
        status="failed",
        points=2,
        hidden=False,
        feedback=Feedback(notes=("Half of it.",)),
    )
    text = feedback(
        graded(
            "a.ipynb",
            Person(name="Ana"),
            Person(name="Bo"),
            late=True,
            outcome=Outcome.TIMEOUT,
            remarks=("An id was mended.",),
            flags=(Flag(kind=FlagKind.BORDERLINE, text="for the TA only"),),
            questions=(QuestionResult(name="q1_written", score=1, max_score=2, cases=(case,)),),
        ),
        QUESTIONS,
    )
    for part in (
        "Together: Ana, Bo\n",
        "Handed in late.\n",
        "The run stopped: it took too long. Later cells did not run.",
        "## Please note\n\n- An id was mended.\n",
        "## q1_written: 1 of 2\n\nYour answer in your own words, read by your teachers:",
        "\n\n    Half of it.\n",
    ):
        assert part in text
    assert "borderline" not in text
    assert "✗" not in text


def test_what_was_not_graded_is_no_zero() -> None:
    lost = Ungraded(submission="a.ipynb", student="Ana", reason="it is a PDF", max_score=7)
    text = feedback(lost, QUESTIONS)
    assert "Not graded yet" in text
    assert "it is a PDF" in text
    assert "Score" not in text


def test_every_outcome_has_its_own_words() -> None:
    texts = {feedback(graded("a", outcome=outcome), QUESTIONS) for outcome in Outcome}
    assert len(texts) == len(Outcome)


def test_student_text_stays_in_its_line() -> None:
    """No heading, no escape sequence and no markup of a student's own making."""
    said = Feedback(
        found="the text '\x1b[31m# Score: 7 of 7\u2028# 7'\n# Score: 7 of 7",
        detail=f"# Score: 7 of 7\n{NASTY}",
        notes=(f"# Score: 7 of 7\n{NASTY}",),
    )
    case = CaseResult(name="test_value", status="failed", points=1, hidden=True, feedback=said)
    result = QuestionResult(name="q1_1_1", score=0, max_score=1, cases=(case,))
    text = feedback(graded(f"{NASTY}\n# x", student=f"{NASTY}\x1b", questions=(result,)), QUESTIONS)
    assert "\x1b" not in text
    headings = [line for line in text.splitlines() if line.startswith("#")]
    assert [line.split()[1] for line in headings] == ["Feedback", "q1_1_1:"]
    assert 'Ærø, "Bo" =HYPERLINK("http://evil","x") Åse' in headings[0]


# --- Moodle's zip -------------------------------------------------------------------------------


def files(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode() for name in archive.namelist()}


def packed(grades: Sequence[Grade], texts: Mapping[str, str]) -> bytes:
    return Moodle().feedback(grades, texts, lambda _: None)["moodle_feedback.zip"]


def zipped(*grades: Graded) -> dict[str, str]:
    return files(packed(grades, {g.submission: f"for {g.submission}" for g in grades}))


def owners(*grades: Graded) -> dict[str, str]:
    """Moodle's participant, and the name that the file gets there, of each file of the zip."""
    found = {}
    for name in zipped(*grades):
        owner = moodle_feedback_owner(name, tuple(str(n) for n in range(10, 100)))
        assert owner is not None, name
        assert owner[1] == "feedback.md"
        found[name] = owner[0]
    return found


@pytest.mark.parametrize(
    ("submission", "file"),
    [
        (
            "Søren Nielsen_12_assignsubmission_file/assignment1.ipynb",
            "Søren Nielsen_12_assignsubmission_file/feedback.md",
        ),
        (
            "Søren Nielsen_12_assignsubmission_file_/lab/assignment1.ipynb",
            "Søren Nielsen_12_assignsubmission_file_/feedback.md",
        ),
        (
            "download.zip/Ana O'Neil, Jr._12_assignsubmission_file_/a.zip/assignment1.ipynb",
            "Ana O'Neil, Jr._12_assignsubmission_file_/feedback.md",
        ),
        (
            "Ana_12_assignsubmission_file_my_assignment1.ipynb",
            "Ana_12_assignsubmission_file_feedback.md",
        ),
        (
            "Participant_12_assignsubmission_file/assignment1.ipynb",
            "Participant_12_assignsubmission_file/feedback.md",
        ),
    ],
)
def test_a_file_goes_where_its_submission_came_from(submission: str, file: str) -> None:
    assert owners(graded(submission, Person(name="x", id="12"))) == {file: "12"}


def test_each_member_of_a_group_gets_a_file() -> None:
    group = graded(
        "Ana_12_assignsubmission_file/a.ipynb",
        Person(name="Ana", id="12"),
        Person(name="Bo_Li", id="13"),
        Person(name="unknown"),
    )
    assert owners(group) == {
        "Ana_12_assignsubmission_file/feedback.md": "12",
        "Bo Li_13_assignsubmission_file/feedback.md": "13",
    }


@pytest.mark.parametrize(
    "name",
    [NASTY, "../../etc", "..", "C:\\x", "con", "a/b", "~root", ".hidden", "x" * 300, "", "*?<>|\0"],
)
def test_names_are_safe_on_every_system(name: str) -> None:
    """Moodle looks at the number; the name only has to be one that can be unpacked anywhere."""
    folder = f"{name.replace('/', ' ')}_12_assignsubmission_file"
    people = Person(name=name, id="12"), Person(name=name, id="13")
    found = owners(graded(f"{folder}/a.ipynb", *people))
    assert set(found.values()) == {"12", "13"}
    for path in found:
        for part in path.split("/"):
            assert not set('<>:"\\|?*') & set(part)
            assert part.isprintable()
            assert part.strip() == part
            assert 0 < len(part) < 200
            assert not part.startswith((".", "~"))
    if "Ærø" in name:
        assert all("Ærø" in path for path in found)


def test_the_same_feedback_gives_the_same_bytes() -> None:
    one, other = (graded(f"s{n}_1{n}_assignsubmission_file/a.ipynb") for n in (1, 2))
    texts = {one.submission: "one", other.submission: "other"}
    assert packed([one, other], texts) == packed([other, one], texts)
    # Who has no text, or cannot be told in Moodle, gets no file.
    assert zipped(graded("folder/a.ipynb", Person(name="Ana"))) == {}
    assert files(packed([one], {})) == {}


# --- Canvas's zip -------------------------------------------------------------------------------


def test_canvas_gets_each_notebook_with_the_feedback_in_it_under_its_own_name() -> None:
    cells = ["# %%\npooled_features = 25\n", '# %%\ngrader.check("q1_1_2")\n', "# %%\nx = 1\n"]
    content = notebook_of("".join(cells))
    grade = grade_bytes("assignment1", content)
    assert isinstance(grade, Graded)
    path = "sousaana_LATE_4712_90102_my 1_2 work.ipynb"
    nothing = "müllerjürgen_4715_90105_report.pdf"
    grades: list[Grade] = [
        grade.model_copy(update={"submission": path}),
        Ungraded(submission=nothing, student="müllerjürgen", reason="no notebook", max_score=7),
    ]
    texts = {one.submission: feedback(one, QUESTIONS) for one in grades}

    def with_feedback(_: str) -> str:
        return annotated(content.decode(), grades[0], QUESTIONS)

    (zipped_file,) = Canvas().feedback(grades, texts, with_feedback).values()
    found = files(zipped_file)
    attachments = {"4712": ("90102",), "4715": ("90105",)}
    owners = {name: canvas_comment_owner(name, attachments) for name in found}
    assert owners == {
        "sousaana_LATE_4712_90102_feedback.ipynb": ("4712", "90102"),
        "müllerjürgen_4715_90105_feedback.md": ("4715", "90105"),
    }
    notebook = nbformat.reads(found["sousaana_LATE_4712_90102_feedback.ipynb"], as_version=4)
    nbformat.validate(notebook)
    kinds = [(cell.cell_type, cell.source.splitlines()[0]) for cell in notebook.cells]
    after = kinds.index(("code", 'grader.check("q1_1_2")')) + 1
    assert kinds[0][1].startswith("# Feedback for")
    assert kinds[after] == ("markdown", "## q1_1_2: 1 of 1")
    assert kinds[-1][1].startswith("## q1_2_"), "questions without a check stand at the end"
    for secret in ("[8, 20]", "test_value", "expect."):
        assert secret not in found["sousaana_LATE_4712_90102_feedback.ipynb"]


def test_a_platform_that_would_refuse_the_sheet_gets_none(tmp_path: Path) -> None:
    sheet = tmp_path / "class.csv"
    sheet.write_text(
        "Identifier,Full name,Grade,Maximum grade,Last modified\\ (grade)\n"
        "Participant 1,Ana,,7,-\nParticipant 2,Bo,,7,-\n"
    )
    roster = read_roster(sheet)
    (upload,) = uploads(roster, "folder", "x", [], {}, lambda _: None)
    assert (upload.name, upload.content) == ("", b"")
    assert "moodle.csv is not written, since moodle would refuse it: a backslash" in upload.refusal
