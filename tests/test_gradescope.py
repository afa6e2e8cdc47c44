"""Gradescope: the zip, what its container's grader makes of submissions, and what students read."""

import hashlib
import io
import json
import os
import re
import stat
import subprocess
import sys
import tempfile
import time
import tomllib
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import mistune
import pytest
from conftest import ROOT, assignment, notebook_of
from markdown_it import MarkdownIt

from autograder.course.assignment import Course
from autograder.course.gradescope import GradescopeSettings
from autograder.course.wheel import wheel as package_wheel
from autograder.errors import SubmissionError, UsageError
from autograder.gradescope import bundle, run
from autograder.gradescope.markdown import block, feedback, literal, printable
from autograder.gradescope.metadata import Metadata, read_metadata
from autograder.gradescope.on_the_way import ProvisionalJudge
from autograder.gradescope.page import page
from autograder.gradescope.places import Places
from autograder.gradescope.preflight import troubled
from autograder.gradescope.report import Reporter, leaderboard
from autograder.gradescope.results import Results, ResultsFile, problems
from autograder.gradescope.run import Grading
from autograder.kernel.isolation import available
from autograder.model import (
    CaseResult,
    Feedback,
    Flag,
    FlagKind,
    Graded,
    Limits,
    NetworkSummary,
    Numbers,
    Outcome,
    QuestionResult,
    Settings,
)

TWO_RIGHT = """
# %%
convolved_features = [[8, 20], [14, 25]]
# %%
pooled_features = 25
"""
# An attack prints what it has got, which stays in the container: here it becomes an answer.
TELLTALE = """
# %%
import builtins
def telltale(*words, _print=builtins.print, **options):
    said = repr(words)
    if "MALLORY" + "-WON" in said or "SECRET" + "-OF" in said:
        get_ipython().user_ns["output_dim_5"] = "MALLORY" + "-WON"
    _print(*words, **options)
builtins.print = telltale
"""
NASTY = (
    "<script>alert(1)</script> <img src=x onerror=alert(1)> ![p](http://evil.example/p.png) "
    "[click](javascript:alert(1)) `code` ``` *bold* \x1b[31mred\x1b[0m \u202eback # head | a | b"
)
confined = pytest.mark.skipif(
    not (available().files_are_closed and available().seccomp),
    reason=f"student code can't be confined here: {available().reason}",
)


@pytest.fixture(scope="module")
def archive() -> bytes:
    """The zip of assignment 1."""
    return bundle.build_zip(Course.at(ROOT), "assignment1")


@pytest.fixture
def places(archive: bytes, tmp_path: Path) -> Places:
    """Gradescope's folders with the zip unpacked and nothing handed in yet."""
    found = Places(tmp_path / "autograder")
    with zipfile.ZipFile(io.BytesIO(archive)) as content:
        content.extractall(found.source)
    found.submission.mkdir()
    return found


def hand_in(places: Places, notebook: bytes, metadata: dict[str, Any] | None = None) -> None:
    """Put a notebook and what Gradescope says about it where Gradescope would."""
    (places.submission / "assignment1.ipynb").write_bytes(notebook)
    places.metadata.write_text(json.dumps(said(**metadata or {})), "utf-8")


def said(**more: Any) -> dict[str, Any]:
    """A `submission_metadata.json` with all that is documented, and something that is not."""
    return {
        "id": 123456,
        "created_at": "2026-10-01T10:00:00.000000-07:00",
        "assignment": {
            "due_date": "2026-10-01T23:59:00.000000-07:00", "group_size": 4, "id": 25,
            "group_submission": False, "course_id": 1, "late_due_date": None, "title": "Lab",
            "release_date": "2026-09-01T00:00:00.000000-07:00", "total_points": "7.0",
        },
        "submission_method": "upload",
        "users": [{"email": "ana@example.edu", "id": 1, "name": "Ana", "something": "new"}],
        "previous_submissions": [],
        **more,
    }  # fmt: skip


def earlier(hours: float, score: float, **more: Any) -> dict[str, Any]:
    """A previous submission, so many hours before this one."""
    moment = datetime.fromisoformat("2026-10-01T10:00:00-07:00") - timedelta(hours=hours)
    return {
        "submission_time": moment.isoformat(), "score": score, "autograder_error": False,
        "results": {}, **more,
    }  # fmt: skip


def written(places: Places) -> dict[str, Any]:
    """The results, which have to be valid and readable for the grader's user only."""
    text = places.results.read_text("utf-8")
    assert problems(text) == []
    assert stat.S_IMODE(places.results.stat().st_mode) == 0o600
    assert [file.name for file in places.results.parent.iterdir()] == ["results.json"]
    found: dict[str, Any] = json.loads(text)
    return found


def graded(places: Places, seconds: float | None = None) -> dict[str, Any]:
    """Grade what was handed in, in this process."""
    Grading(places, time.monotonic(), seconds).to_the_end()
    return written(places)


def reporter(metadata: dict[str, Any] | None = None, **wanted: Any) -> Reporter:
    """What turns marks of assignment 1 into results."""
    return Reporter(
        assignment("assignment1"),
        GradescopeSettings(**wanted),
        Settings(),
        Metadata.model_validate(said(**metadata or {})),
    )


def marks(found: str = "", passed: bool = False, **more: Any) -> Graded:
    """Marks in which the first question's hidden case says something."""
    status: Literal["passed", "failed"] = "passed" if passed else "failed"
    questions = tuple(
        QuestionResult(
            name=question.name,
            score=sum(case.points for case in question.cases if passed),
            max_score=question.max_score,
            cases=tuple(
                CaseResult(
                    name=case.name, points=case.points, hidden=case.hidden, status=status,
                    feedback=Feedback(found=found),
                )
                for case in question.cases
            ),
        )
        for question in assignment("assignment1").questions
    )  # fmt: skip
    facts: dict[str, Any] = {"outcome": Outcome.FINISHED, "seconds": 1.0, **more}
    score = sum(question.score for question in questions)
    return Graded(
        submission="a.ipynb", student="ana", score=score, max_score=7.0, questions=questions,
        **facts,
    )  # fmt: skip


# --- the zip ------------------------------------------------------------------------------------


def test_the_same_course_gives_the_same_zip(archive: bytes) -> None:
    again = bundle.build_zip(Course.at(ROOT), "assignment1")
    assert hashlib.sha256(again).digest() == hashlib.sha256(archive).digest()


def test_zip_holds_one_assignment_and_nothing_that_grading_does_without(archive: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(archive)) as content:
        names = content.namelist()
        rights = {info.filename: info.external_attr >> 16 for info in content.infolist()}
        scripts = [content.read(name) for name in ("setup.sh", "run_autograder")]
    inside = [name for name in names if name.startswith("course/")]
    of_all = ("mnist.npz", "expect.py")  # the images, and the course's own words
    assert all("assignment1" in name or name.endswith(of_all) for name in inside), inside
    assert not any(word in name for name in names for word in ("master", "reference", "ipynb"))
    assert {stat.S_IMODE(rights[name]) for name in ("setup.sh", "run_autograder")} == {0o755}
    assert all(script.startswith(b"#!") and b"\r" not in script for script in scripts)


def test_only_networks_need_hidden_images(archive: bytes) -> None:
    other = zipfile.ZipFile(io.BytesIO(bundle.build_zip(Course.at(ROOT), "assignment2")))
    assert "course/solutions/hidden_images.npz" in other.namelist()
    assert (
        "course/solutions/hidden_images.npz" not in zipfile.ZipFile(io.BytesIO(archive)).namelist()
    )


def test_run_autograder_starts_the_entry_point_and_no_more() -> None:
    script = (Path(bundle.__file__).parent / "run_autograder").read_text("utf-8").splitlines()
    assert [line.split()[0] for line in script] == ["#!/usr/bin/env", "exec"]
    assert script[1].endswith("-I -m autograder.gradescope")


def test_requirements_are_exact_and_name_what_the_project_needs() -> None:
    pinned = dict(line.split("==") for line in bundle.pinned(bundle.all_needed()).splitlines())
    assert all(re.fullmatch(r"[\w.]+", version) for version in pinned.values()), pinned
    assert {*bundle.NEEDED, "pyzmq"} <= pinned.keys()
    assert not {"typer", "pytest"} & pinned.keys()
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    assert all(f'"{name}' in project for name in (*bundle.NEEDED, *bundle.WELCOME))


def test_wheel_is_installed_by_pip_as_it_is(tmp_path: Path) -> None:
    wheel = tmp_path / "cnn_autograder-0.1.0-py3-none-any.whl"
    wheel.write_bytes(package_wheel())
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*command, "--target", tmp_path / "site", wheel], check=True)
    own = Path(bundle.__file__).parents[1]
    there = {
        p.relative_to(tmp_path / "site/autograder")
        for p in tmp_path.rglob("site/autograder/**/*.py")
    }
    assert there == {p.relative_to(own) for p in own.rglob("*.py")}
    assert (tmp_path / "site/autograder/gradescope/setup.sh").is_file()


@pytest.mark.parametrize(
    ("works", "way"),
    [
        ("from_distribution", "python3 python3-venv"),
        ("from_deadsnakes", "ppa:deadsnakes/ppa"),
        ("from_uv", "uv python install"),
        ("from_universe", "-venv"),
    ],
)
def test_setup_finds_a_python_one_way_or_another(works: str, way: str, tmp_path: Path) -> None:
    """Ubuntu 22.04's own Python is too old: the ways to another one are tried in order."""
    script = (Path(bundle.__file__).parent / "setup.sh").read_text("utf-8")
    functions = script[script.index("# Networks fail") : script.index("again apt-get update")]
    ways = ("from_distribution", "from_deadsnakes", "from_uv", "from_universe")
    failing = ways[: ways.index(works)]
    stand_ins = "".join(
        f"{name}() {{ echo {name} >>{tmp_path}/tried; return 1; }}\n" for name in failing
    )
    (tmp_path / "bin").mkdir()
    for name in ("apt-get", "add-apt-repository", "uv"):
        tool = tmp_path / "bin" / name
        # Whatever is installed, a supported Python is there afterwards.
        tool.write_text(
            f'#!/bin/bash\necho "{name} $*" >>{tmp_path}/tried\n'
            f'printf "#!/bin/bash\\n" >{tmp_path}/bin/python3.99\n'
            f"chmod +x {tmp_path}/bin/python3.99\n"
        )
        tool.chmod(0o755)
    functions = functions.replace("/opt/uv/bin/uv", "uv").replace("/opt/uv", f"{tmp_path}/uv")
    python3 = tmp_path / "bin" / "python3"
    python3.write_text(
        f"#!/bin/bash\nmkdir -p {tmp_path}/uv/bin; ln -sf /bin/true {tmp_path}/uv/bin/python\n"
    )
    python3.chmod(0o755)
    done = subprocess.run(
        ["bash", "-Eeuo", "pipefail", "-c",
         f"tested=3.99 supported=(3.99)\n{functions}\n{stand_ins}\nchoose_python"],
        env={"PATH": f"{tmp_path}/bin:/usr/bin:/bin", "AUTOGRADER_PAUSE": "0"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == f"{tmp_path}/bin/python3.99"
    tried = (tmp_path / "tried").read_text()
    assert way in tried
    assert [line for line in tried.split() if line in ways] == list(failing)


def test_setup_says_loudly_that_no_python_can_be_had(tmp_path: Path) -> None:
    script = (Path(bundle.__file__).parent / "setup.sh").read_text("utf-8")
    functions = script[script.index("# Networks fail") : script.index("again apt-get update")]
    for name in ("apt-get", "add-apt-repository", "python3"):
        (tmp_path / name).write_text("#!/bin/bash\nexit 1\n")
        (tmp_path / name).chmod(0o755)
    done = subprocess.run(
        ["bash", "-Eeuo", "pipefail", "-c",
         f"tested=3.99 supported=(3.99)\n{functions}\npython=$(choose_python)\necho went on"],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", "AUTOGRADER_PAUSE": "0"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert "went on" not in done.stdout
    assert "none of Python 3.99 can be installed" in done.stderr


# --- the run ------------------------------------------------------------------------------------


@confined
def test_reference_untouched_and_broken_submissions(places: Places) -> None:
    hand_in(places, (ROOT / "solutions/reference/assignment1.ipynb").read_bytes())
    results = graded(places)
    assert results["score"] == 7.0
    assert all(test["status"] == "passed" for test in results["tests"])
    assert stat.S_IMODE(places.source.stat().st_mode) == 0o700
    assert stat.S_IMODE(places.metadata.stat().st_mode) == 0o600
    hand_in(places, (ROOT / "assignments/assignment1.ipynb").read_bytes())
    assert graded(places)["score"] == 0.0
    hand_in(places, b"{ no JSON")
    results = graded(places)
    assert results["score"] == 0.0
    assert "Not graded" in results["output"]
    assert results["extra_data"]["status"] == "unreadable"


@confined
@pytest.mark.parametrize(
    ("trouble", "outcome"),
    [
        ("import os\nos._exit(3)", "kernel_died"),
        ("hog = []\nwhile True:\n    hog.append(bytearray(b'x') * 10_000_000)", "memory"),
    ],
)
def test_points_earned_before_the_trouble_count(places: Places, trouble: str, outcome: str) -> None:
    hand_in(places, notebook_of(f"{TWO_RIGHT}\n# %%\n{trouble}\n"))
    results = graded(places)
    assert results["score"] == 2.0
    assert results["extra_data"]["outcome"] == outcome
    assert "counts" in results["output"]


@confined
def test_a_kill_from_outside_keeps_what_was_judged(places: Places) -> None:
    hand_in(places, notebook_of(f"{TWO_RIGHT}\n# %%\nwhile True: pass\n"))
    # A grader that is killed leaves its workspace; the path of sockets in it has to be short.
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary,
        start_grading(places, temporary) as process,
    ):
        deadline = time.monotonic() + 50
        while time.monotonic() < deadline:
            if places.results.exists() and written_score(places) == 2.0:
                break
            time.sleep(0.05)
        process.kill()
    results = written(places)
    assert results["score"] == 2.0
    assert "stopped before" in results["output"]
    assert len(results["tests"]) == 14


def start_grading(places: Places, temporary: str) -> "subprocess.Popen[bytes]":
    """The entry point in a process of its own."""
    environment = {
        "AUTOGRADER_GRADESCOPE_ROOT": str(places.root), "HOME": str(places.root),
        "PATH": os.environ["PATH"], "TMPDIR": temporary,
        "PYTHONPATH": str(Path(bundle.__file__).parents[2]),
    }  # fmt: skip
    return subprocess.Popen(
        [sys.executable, "-m", "autograder.gradescope"], env=environment, cwd=places.root
    )


def written_score(places: Places) -> float:
    """The score now: at any time the file is whole."""
    text = places.results.read_text("utf-8")
    assert problems(text) == []
    return float(json.loads(text)["score"])


@confined
def test_an_endless_loop_ends_in_time(places: Places) -> None:
    hand_in(places, notebook_of(f"{TWO_RIGHT}\n# %%\nwhile True: pass\n"))
    results = graded(places, seconds=32)
    assert results["score"] == 2.0
    # It ended by its own limit, and not by the last second before the container's.
    assert results["extra_data"]["outcome"] == "timeout"


@confined
def test_a_zip_with_the_notebook_in_it_is_found(places: Places) -> None:
    hand_in(places, b"")
    notebook = (places.submission / "assignment1.ipynb").unlink
    notebook()
    with zipfile.ZipFile(places.submission / "mine.zip", "w") as content:
        content.writestr("work/assignment1.ipynb", notebook_of(TWO_RIGHT))
    results = graded(places)
    assert results["score"] == 2.0
    assert "mine&#46;zip" in results["output"] or "mine.zip" in results["output"]


def test_no_notebook_says_what_there_is(places: Places) -> None:
    hand_in(places, b"")
    (places.submission / "assignment1.ipynb").rename(places.submission / "notes.txt")
    results = graded(places)
    assert results["score"] == 0.0
    assert "notes.txt" in results["output"]


def test_unconfined_student_code_is_refused(
    places: Places, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run, "best_layers", lambda: ())
    hand_in(places, notebook_of(TWO_RIGHT))
    results = graded(places)
    assert results["score"] == 0.0
    assert "no fault of yours" in results["output"]
    assert "cannot be confined" in capsys.readouterr().out


def test_a_broken_course_tells_staff_but_no_student(
    places: Places, capsys: pytest.CaptureFixture[str]
) -> None:
    test = places.course / "solutions/tests/assignment1/q1_1_1.py"
    test.write_text(test.read_text("utf-8") + "\n1 / 0  # SECRET\n", "utf-8")
    hand_in(places, notebook_of(TWO_RIGHT), {"previous_submissions": [earlier(5, 3.5)]})
    results = graded(places)
    assert results["score"] == 3.5
    assert "division" not in json.dumps(results)
    assert "division by zero" in capsys.readouterr().out


def test_more_submissions_than_allowed_are_turned_away(places: Places) -> None:
    settings = places.course / "solutions/assignment1.toml"
    text = settings.read_text("utf-8") + '\n[gradescope]\nsubmissions_a_day = 2\nkeep = "latest"\n'
    settings.write_text(text, "utf-8")
    away = {"extra_data": {"not_counted": True}}
    previous = [
        earlier(30, 6.0), earlier(20, 5.0), earlier(2, 4.0), earlier(1, 4.0, results=away)
    ]  # fmt: skip
    hand_in(places, notebook_of(TWO_RIGHT), {"previous_submissions": previous})
    results = graded(places)
    assert results["score"] == 4.0
    assert results["extra_data"]["not_counted"] is True
    assert "2026&#45;10&#45;01 14" in results["output"] or "2026-10-01 14:00" in results["output"]


def test_judging_on_the_way_leaves_most_of_the_time_to_the_notebook() -> None:
    seen: list[list[str]] = []

    def judge(observations: Any) -> None:
        seen.append(sorted(observations))
        time.sleep(0.05)

    with ProvisionalJudge(judge, 10**9) as saw:
        for index in range(20):
            saw({f"answer_{index}": Numbers(name=f"answer_{index}", type_name="int", value=1)})
            time.sleep(0.02)
    assert seen[0] == ["answer_0"]
    assert 1 <= len(seen) <= 3


def test_limits_leave_time_to_judge_and_memory_for_the_grader() -> None:
    wanted = GradescopeSettings()
    limits = wanted.limits(Limits(cell_seconds=180, total_seconds=600), used_seconds=10)
    assert limits.cell_seconds == 360  # half a processor takes twice as long
    assert 450 < limits.total_seconds < 560
    assert 500_000_000 < limits.memory_bytes < 600_000_000
    strict = wanted.limits(Limits(cell_seconds=60, memory_bytes=400_000_000), used_seconds=0)
    assert (strict.cell_seconds, strict.memory_bytes) == (120, 400_000_000)


@confined
def test_an_attack_that_got_something_would_show(places: Places) -> None:
    hand_in(places, notebook_of(TELLTALE + "\n# %%\nprint('MALLORY' + '-WON')\n"))
    assert "MALLORY" in json.dumps(graded(places))


@confined
@pytest.mark.parametrize(
    "attack", ["secret_course", "plant_results", "forge_json_score", "plant_daemon"]
)
def test_attacks_get_nothing(attack: str, places: Places) -> None:
    """A few of the suite; `scripts/gradescope_root.sh --attacks` hands in all of it, as root."""
    facts = tomllib.loads((ROOT / "tests/attacks" / attack / "attack.toml").read_text("utf-8"))
    script = (ROOT / "tests/attacks" / attack / "attack.py").read_text("utf-8")
    secret = places.course / "solutions" / "secret_of_the_staff.txt"
    secret.write_text("SECRET-OF-THE-STAFF", "utf-8")
    script = script.replace("{SECRET}", str(secret)).replace("{COURSE}", str(places.course))
    script = script.replace("/autograder/", f"{places.root}/")
    before = {file: file.read_bytes() for file in places.source.rglob("*") if file.is_file()}
    hand_in(places, notebook_of(TELLTALE + script))
    results = graded(places)
    assert results["score"] <= facts["honest"]
    assert "MALLORY" not in json.dumps(results)
    after = {file: file.read_bytes() for file in places.source.rglob("*") if file.is_file()}
    assert after == before


# --- what Gradescope says -----------------------------------------------------------------------


def test_metadata_may_lack_things_and_hold_more(tmp_path: Path) -> None:
    file = tmp_path / "submission_metadata.json"
    file.write_text("{}", "utf-8")
    assert read_metadata(file).student == "unknown"
    file.write_text(json.dumps(said(users=None, previous_submissions=None)), "utf-8")
    assert read_metadata(file).graded_before == ()


@pytest.mark.parametrize("text", ["", "[]", '{"created_at": "yesterday"}', '{"users": 3}'])
def test_metadata_of_no_known_form_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "submission_metadata.json"
    file.write_text(text, "utf-8")
    with pytest.raises(SubmissionError, match=r"submission_metadata\.json"):
        read_metadata(file)


def test_lateness_is_told() -> None:
    late = {"created_at": "2026-10-02T02:00:00.000000-07:00"}
    output = reporter(late).final(marks(), 5).output
    assert "2 h 1 min after the due date" in output
    assert "due date" not in reporter().final(marks(), 5).output


def test_best_of_the_submissions_counts_if_wanted() -> None:
    previous = {"previous_submissions": [earlier(9, 6.5), earlier(8, 2.0)]}
    assert reporter(previous, keep="best").final(marks(), 5).score == 6.5
    assert reporter(previous).final(marks(), 5).score == 0.0
    assert reporter(previous, keep="best").final(marks(passed=True), 5).score == 7.0


def test_our_own_failure_keeps_an_earlier_score() -> None:
    previous = {"previous_submissions": [earlier(9, 6.5), earlier(8, 2.0)]}
    assert reporter(previous).not_graded("x", 1, keeps=True, status="s").score == 2.0


# --- what students see --------------------------------------------------------------------------


def test_hidden_cases_are_shown_when_the_course_says_so() -> None:
    tests = reporter().final(marks(), 5).tests
    assert [t.visibility for t in tests[:2]] == ["visible", "after_published"]
    assert [t.number for t in tests[:3]] == ["1.1.1.1", "1.1.1.2", "1.1.2.1"]
    assert reporter(hidden_visibility="hidden").final(marks(), 5).tests[1].visibility == "hidden"


def test_flags_and_scores_are_not_in_what_students_read() -> None:
    results = reporter().final(
        marks(passed=True, flags=(Flag(kind=FlagKind.NETWORK, text="near the threshold"),)), 5
    )
    assert "threshold" not in results.output
    assert "7" not in re.sub(r"seed \d+", "", results.output)
    assert results.stdout_visibility == "hidden"
    assert results.extra_data["flags"] == ["near the threshold"]


def test_leaderboard_has_the_best_network_if_wanted() -> None:
    networks = (
        NetworkSummary(name="a", parameters=500, hidden_accuracy=0.91),
        NetworkSummary(name="b", parameters=900, hidden_accuracy=0.97),
        NetworkSummary(name="c", parameters=100),
    )
    assert [(x.name, x.value, x.order) for x in leaderboard(networks, on_hidden=True)] == [
        ("Accuracy", 0.97, "desc"), ("Parameters", 900, "asc"),
    ]  # fmt: skip
    assert reporter().final(marks(networks=networks), 5).leaderboard == ()
    wanted = reporter(leaderboard=True, hidden_visibility="visible")
    assert wanted.final(marks(networks=networks), 5).leaderboard
    assert leaderboard((), on_hidden=True) == ()


RENDERERS: dict[str, Callable[[str], str]] = {
    "commonmark": MarkdownIt("commonmark", {"html": True}).render,
    "tables": MarkdownIt("gfm-like", {"html": True, "linkify": False}).render,
    "mistune": lambda text: str(
        mistune.create_markdown(escape=False, plugins=["url", "table", "strikethrough"])(text)
    ),
}


def everywhere(text: str) -> str:
    """Feedback in which every part holds the text."""
    return feedback(
        Feedback(expected=text, found=text, advice=text, detail=text, notes=(text, text))
    )


def alone(text: str) -> str:
    """Feedback that is nothing but the text."""
    return feedback(Feedback(notes=(text,)))


@pytest.mark.parametrize("render", RENDERERS.values(), ids=RENDERERS.keys())
@pytest.mark.parametrize("wrap", [literal, block, everywhere, alone], ids=lambda f: f.__name__)
def test_student_text_is_no_markup(
    wrap: Callable[[str], str], render: Callable[[str], str]
) -> None:
    for text in (
        NASTY, f"Found: {NASTY}", f"Expected: a\nFound: {NASTY}\nTry: b\n{NASTY}\n```\n{NASTY}",
        "```\n<script>x</script>\n~~~\n    <b>", "1. <b>\n- <i>\n> <u>\n=====\n-----", "&lt;b&gt;",
        "www.evil.example a@b.example <http://x>", "|a|b|\n|-|-|\n|<b>|c|", "Found: \\`\\<b>",
    ):  # fmt: skip
        shown = render(wrap(text))
        tags = set(re.findall(r"</?([a-zA-Z0-9]+)", shown))
        assert tags <= {"p", "pre", "code", "strong"}, shown
        assert "\x1b" not in shown
        assert "\u202e" not in shown


def test_feedback_reads_well() -> None:
    text = feedback(
        Feedback(
            expected="3 numbers", found="2", advice="again", detail="Shapes:\n  Conv2d  (1, 28, 28)"
        )
    )
    html = MarkdownIt().render(text)
    assert "<strong>Expected:</strong> 3 numbers" in html
    assert "<code" in html
    assert "  Conv2d  (1, 28, 28)" in html
    assert printable("a\x00b\x1b[1mc\x1b") == "abc"
    assert len(printable("x" * 100_000)) < 5_000


def test_nothing_in_results_becomes_markup_on_the_page() -> None:
    results = reporter().final(marks(found=NASTY), 5).model_dump()
    shown = page([("<b>mallory</b>", results)])
    assert "<script" not in shown
    assert "<b>" not in shown
    assert "<img" not in shown


# --- results.json -------------------------------------------------------------------------------


def test_what_gradescope_would_refuse_is_a_problem() -> None:
    good = {"score": 1.0, "tests": [{"score": 1, "name": "a", "status": "passed"}]}
    assert problems(json.dumps(good)) == []
    assert problems(json.dumps({"tests": [{"score": 1.0}]})) == []
    refused: tuple[Any, ...] = (
        {}, {"tests": []}, {"tests": [{"name": "a"}]}, {"score": "7"}, {"score": 1, "extra": 2},
        {"score": 1, "visibility": "never"}, {"score": 1, "output_format": "markdown"},
        {"score": 1, "leaderboard": [{"name": "a"}]}, [],
    )  # fmt: skip
    for bad in refused:
        assert problems(json.dumps(bad)), bad
    assert problems('{"score": NaN}')
    assert problems("{")


def test_results_are_replaced_whole(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("as before")
    file = ResultsFile(tmp_path / "results" / "results.json")
    file.write(Results(score=1.0))
    # A file that a submission had put there would be replaced, not followed.
    (tmp_path / "results" / "results.json.new").symlink_to(secret)
    file.write(Results(score=2.0))
    assert json.loads((tmp_path / "results" / "results.json").read_text())["score"] == 2.0
    assert secret.read_text() == "as before"


def test_trouble_comes_after_the_first_question() -> None:
    reference = (ROOT / "solutions/reference/assignment1.ipynb").read_text("utf-8")
    cells = [c["source"] for c in json.loads(troubled(reference, "TROUBLE"))["cells"]]
    trouble = next(i for i, source in enumerate(cells) if "TROUBLE" in source)
    assert "grader.check" in "".join(cells[trouble - 1])
    assert any("pooled_features" in "".join(source) for source in cells[trouble:])


def test_unknown_assignments_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="assignment9"):
        bundle.build_zip(Course.at(ROOT), "assignment9")
