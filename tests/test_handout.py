"""What students receive: one zip, and a first cell that installs the checks."""

import io
import json
import shutil
import zipfile
from pathlib import Path

import pytest
from conftest import ROOT
from small_environment import Environment, small_environment
from test_small_install import RUN, code, with_answers, with_networks
from typer.testing import CliRunner

from autograder.cli import app
from autograder.course.assignment import Course
from autograder.course.build import build
from autograder.course.handout import course_settings, handout
from autograder.course.wheel import wheel, wheel_name
from autograder.errors import CourseError, UsageError

# Colab's way to ask for the notebook that is open, in a package of that name.
COLAB = """
import json, os

def blocking_request(kind, timeout_sec=None):
    assert kind == "get_ipynb"
    with open(os.environ["FAKE_COLAB_NOTEBOOK"], encoding="utf-8") as file:
        return {"ipynb": json.load(file)}
"""


def members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def copied_course(folder: Path) -> Course:
    """A course of one's own, without the large files."""
    for part in ("masters", "images", "tests"):
        shutil.copytree(ROOT / "solutions" / part, folder / "solutions" / part)
    for file in (ROOT / "solutions").glob("*.toml"):
        shutil.copy(file, folder / "solutions")
    return Course.at(folder)


def test_a_handout_holds_what_students_need_and_no_more(course: Course) -> None:
    found = members(handout(course, "assignment2"))
    assert sorted(found) == [
        "assignment2/README.txt",
        "assignment2/assignment2.ipynb",
        "assignment2/mnist.npz",
    ]
    assert found["assignment2/mnist.npz"] == (ROOT / "assignments" / "mnist.npz").read_bytes()
    text = found["assignment2/README.txt"].decode()
    assert "from cnn-autograder." in text
    assert "autograder check assignment2.ipynb" in text
    assert handout(course, "assignment2") == handout(course, "assignment2")


def test_the_wheel_comes_with_it_if_wanted(course: Course) -> None:
    found = members(handout(course, "assignment1", with_wheel=True))
    assert found[f"assignment1/{wheel_name()}"] == wheel()
    assert wheel_name() in found["assignment1/README.txt"].decode()
    (metadata,) = (
        text.decode() for name, text in members(wheel()).items() if name.endswith("/METADATA")
    )
    assert "Requires-Dist: onnxruntime" in metadata
    assert not [name for name in members(wheel()) if "solutions" in name]


def test_the_command_writes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["handout", "assignment1", "--course", str(ROOT)])
    assert done.exit_code == 0, done.output
    assert "assignment1/assignment1.ipynb" in members(
        (tmp_path / "assignment1_handout.zip").read_bytes()
    )
    done = CliRunner().invoke(app, ["handout", "assignment9", "--course", str(ROOT)])
    assert done.exit_code == 2


def test_it_says_what_is_missing(tmp_path: Path, course: Course) -> None:
    with pytest.raises(UsageError, match="there is no assignment 'nine'"):
        handout(course, "nine")
    with pytest.raises(
        CourseError, match=r"assignment1\.ipynb.*run `autograder build assignment1`"
    ):
        handout(copied_course(tmp_path), "assignment1")


@pytest.mark.parametrize(
    "install",
    ["cnn-lab==2.1", "https://example.org/cnn_autograder-0.1.0-py3-none-any.whl",
     "git+https://example.org/course.git@autumn"],
)  # fmt: skip
def test_the_course_names_what_is_installed(tmp_path: Path, install: str) -> None:
    whole = copied_course(tmp_path)
    (tmp_path / "course.toml").write_text(f'install = "{install}"\n', "utf-8")
    notebook = json.loads(build(whole, "assignment1").handed_out)
    first = next("".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code")
    assert f'["{install}"]' in first
    assert '"cnn-autograder"' not in first


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("install = 3", "install"),
        ('install = "a b"', "install"),
        ('instal = "x"', "instal"),
        ("install", "not valid TOML"),
    ],
)
def test_settings_that_cannot_be_used_are_refused(tmp_path: Path, text: str, said: str) -> None:
    whole = copied_course(tmp_path)
    (tmp_path / "course.toml").write_text(text, "utf-8")
    with pytest.raises(CourseError, match=said):
        course_settings(whole)


@pytest.fixture
def without_checks(tmp_path: Path) -> Environment:
    """What a machine like Colab's has: all but this package, and pip."""
    folder = tmp_path / "machine"
    folder.mkdir()
    small = small_environment(folder, with_pip=True)
    done = small.run("-m", "pip", "uninstall", "--yes", "-q", "cnn-autograder", folder=folder)
    assert done.returncode == 0, done.stderr
    assert small.run("-c", "import autograder", folder=folder).returncode == 1
    colab = folder / "colab" / "google" / "colab"
    colab.mkdir(parents=True)
    (colab / "__init__.py").touch()
    (colab / "_message.py").write_text(COLAB)
    return small


@pytest.mark.parametrize("lacks_onnx", [False, True])
def test_on_colab_the_wheel_beside_the_notebook_is_enough(
    without_checks: Environment, course: Course, tmp_path: Path, lacks_onnx: bool
) -> None:
    """No index can be reached, and no file of the notebook is there, as on Colab."""
    name = "assignment1" if lacks_onnx else "assignment2"
    folder = tmp_path / name
    with zipfile.ZipFile(io.BytesIO(handout(course, name, with_wheel=True))) as archive:
        archive.extractall(tmp_path)
    if lacks_onnx:
        (site,) = without_checks.folder.glob("lib/python*/site-packages")
        for place in site.glob("onnx*"):
            place.unlink()
    notebook = with_networks(name) if name == "assignment2" else with_answers()
    if name == "assignment1":
        notebook["cells"].append(code("grader.check_all()"))
    opened = tmp_path / "opened.ipynb"
    opened.write_text(json.dumps(notebook), "utf-8")
    (folder / f"{name}.ipynb").unlink()
    done = without_checks.run(
        "-c", RUN, str(opened), folder=folder,
        PIP_NO_INDEX="1", PIP_CONFIG_FILE="/dev/null", FAKE_COLAB_NOTEBOOK=str(opened),
        PYTHONPATH=str(without_checks.folder.parent / "colab"),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert "Points: " in done.stdout
    assert "could not" not in done.stdout
