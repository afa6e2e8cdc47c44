"""Students know what a question is worth, what they have won, and what only looks at the form."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, assignment

from autograder.student.check import self_check

NAMES = ("assignment1", "assignment2", "assignment3")


def handed_out(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(
        (ROOT / "assignments" / f"{name}.ipynb").read_text("utf-8")
    )
    return content


def sources(name: str) -> list[str]:
    return ["".join(cell["source"]) for cell in handed_out(name)["cells"]]


@pytest.mark.parametrize("name", NAMES)
def test_each_question_shows_its_points(name: str) -> None:
    shown, worth = {}, re.compile(r"\*\((\d+) points?\)\*")
    waiting: list[int] = []
    for source in sources(name):
        waiting += map(int, worth.findall(source))
        if (check := re.match(r'grader\.check\("(\w+)"\)', source)) is not None:
            shown[check[1]] = waiting.pop()
            assert not waiting
    assert shown == {q.name: q.max_score for q in assignment(name).questions}


@pytest.mark.parametrize("name", NAMES[1:])
def test_the_text_names_the_accuracies_and_the_scale(name: str) -> None:
    text = " ".join(" ".join(sources(name)).split())
    for asked in assignment(name).settings.accuracy.values():
        assert f"at least {asked.hidden:.0%}".replace("%", " %") in text
    assert "Pixels go from 0 (black) to 1 (white)" in text


def test_the_notebook_carries_the_points_of_each_question() -> None:
    metadata = handed_out("assignment2")["metadata"]["autograder"]
    assert metadata["points"] == {q.name: q.max_score for q in assignment("assignment2").questions}


@pytest.mark.parametrize("name", NAMES[1:])
def test_the_helper_takes_the_values_at_its_call(name: str) -> None:
    (code,) = [source for source in sources(name) if "def compute_conv_dim" in source]
    space = {"kernel_size_conv1": 5, "stride_conv1": 1, "padding_conv1": 0}
    exec(code, space)  # the course's own code
    helper: Any = space["compute_conv_dim"]
    assert helper(28) == 24
    space["padding_conv1"] = 2
    assert helper(28) == 28
    assert (helper(28, kernel_size=3, padding=0), helper(28, stride=2)) == (26, 14)


def checked(folder: Path, name: str, answers: dict[str, str]) -> str:
    """What `autograder check` says of the notebook with these lines in the place of the dots."""
    notebook = handed_out(name)
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        cell["source"] = answers.get(source.strip(), source)
    (folder / f"{name}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    return self_check(folder / f"{name}.ipynb").text


def test_a_check_of_the_form_does_not_look_like_a_point(tmp_path: Path) -> None:
    wrong = {
        "pooled_features = ...": "pooled_features = 1",
        "output_dim_1 = ...": "output_dim_1 = 'x'",
    }
    said = checked(tmp_path, "assignment1", wrong)
    assert "q1_1_2: the form is right; the value is judged when your work is graded" in said
    assert "○ Is the answer a single number?" in said
    assert "✗ Is the answer made of three positive whole numbers?" in said
    assert "✓" not in said
    assert said.endswith("Points: 0 won, 6 open, 1 hidden: judged when your work is graded.")
