"""What the documentation says is so: commands, settings, vocabulary, feedback, links, modules."""

import re
import textwrap
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from conftest import ROOT, assignment

from autograder import expect
from autograder.cli import app
from autograder.course.assignment import Course
from autograder.kernel.observe import observe
from autograder.model import Limits, NetworkData, Outcome
from autograder.networks.in_process import InProcess
from autograder.networks.network import Network

DOCUMENTS = sorted(
    path
    for path in ROOT.rglob("*.md")
    if not any(part.startswith(".") or part == "results" for part in path.relative_to(ROOT).parts)
)
README, INSTRUCTORS, REFERENCE, STUDENTS = (
    (ROOT / name).read_text(encoding="utf-8")
    for name in ("README.md", "docs/instructors.md", "docs/reference.md", "docs/students.md")
)

_LINK = re.compile(r"!?\[[^\]]*\]\((?P<target>[^)\s]+)\)")
_CODE = re.compile(r"```(?s:.*?)```|`[^`\n]+`|^    .+$", re.MULTILINE)
_TARGET = re.compile(r"^(?P<name>[a-z-]+):", re.MULTILINE)


def blocks(document: str, language: str) -> list[str]:
    """The document's fenced blocks in that language."""
    return re.findall(rf"^```{language}\n(.*?)^```", document, re.DOTALL | re.MULTILINE)


def reduced_help() -> str:
    """Every command with its arguments and options: `--help` without what depends on a terminal."""
    commands: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    return "\n\n".join("\n".join(_help_of(name, c)) for name, c in commands.items()) + "\n"


def _help_of(name: str, command: Any) -> Iterator[str]:
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    yield " ".join(["autograder", name, *map(_metavar, arguments)])
    yield f"    {command.help}"
    for parameter in command.params:
        shown = parameter.name.upper() if parameter in arguments else parameter.opts[0]
        required = " (required)" if parameter.required else ""
        yield f"    {shown:<13} {parameter.help}{required}"


def _metavar(argument: Any) -> str:
    name = argument.name.upper() + ("..." if argument.nargs == -1 else "")
    return name if argument.required else f"[{name}]"


def test_reference_lists_every_command_and_option() -> None:
    shown = blocks(REFERENCE, "text")
    assert reduced_help() in shown, f"The reference's block should be\n\n{reduced_help()}"


def test_reference_shows_the_defaults_of_limits() -> None:
    shown = [tomllib.loads(block) for block in blocks(REFERENCE, "toml")]
    (limits,) = [block["limits"] for block in shown if "limits" in block]
    assert limits == Limits().model_dump()


def test_instructors_see_real_thresholds() -> None:
    shown = [tomllib.loads(block) for block in blocks(INSTRUCTORS, "toml")]
    (accuracy,) = [block["accuracy"] for block in shown if "accuracy" in block]
    settings = assignment("assignment2").settings
    assert accuracy == {"net_conv": settings.accuracy["net_conv"].model_dump()}


def test_instructors_see_a_real_test_case() -> None:
    (shown,) = blocks(INSTRUCTORS, "python")
    tests = ROOT / "solutions" / "tests" / "assignment2" / "q2_2.py"
    for line in shown.split("# END TEST CONFIG\n")[1].splitlines():
        assert line in tests.read_text(encoding="utf-8")


def test_instructors_see_the_whole_vocabulary() -> None:
    for_test_files = set(expect.__all__) - {"Failure", "Unjudged", "Verdict", "flag", "note"}
    assert set(re.findall(r"`(\w+)\((?:answer|net)\b", INSTRUCTORS)) == for_test_files


def test_reference_names_every_outcome() -> None:
    assert all(f"`{outcome}`" in REFERENCE for outcome in Outcome)


def test_readme_counts_questions_and_points(course: Course) -> None:
    all_of_them = [course.assignment(name) for name in course.names]
    questions = sum(len(one.questions) for one in all_of_them)
    points = sum(one.max_score for one in all_of_them)
    assert f"{questions} questions, {points:g} points" in README


def test_students_see_real_feedback() -> None:
    from torch import nn

    net = nn.Sequential(
        nn.Conv2d(1, 8, 5, padding=2), nn.ReLU(), nn.AvgPool2d(2), nn.Flatten(),
        nn.Linear(8 * 14 * 14, 100), nn.ReLU(), nn.Linear(100, 10),
    )  # fmt: skip
    seen = observe("net_pooled", net)
    assert isinstance(seen, NetworkData)
    with pytest.raises(expect.Failure) as failure:
        expect.reduced_by_pooling_or_stride(Network(seen, InProcess()))
    assert f"{failure.value}\n" in blocks(STUDENTS, "text")


def test_architecture_names_every_module() -> None:
    rooms = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    modules = {path.name for path in (ROOT / "autograder").rglob("*.py")}
    assert {name for name in modules if not name.startswith("__") and name not in rooms} == set()


def test_architecture_shows_the_layers_that_are_enforced() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    (layers,) = [contract["layers"] for contract in contracts if contract["type"] == "layers"]
    shown = "\n".join(layer.replace("autograder.", "") for layer in layers)
    rooms = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert textwrap.indent(shown, "    ") in rooms


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_and_make_targets_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    for link in _LINK.finditer(text):
        target = link["target"].partition("#")[0]
        if target and ":" not in target:
            assert (document.parent / target).exists(), f"{document.name}: {target}"
    targets = set(_TARGET.findall((ROOT / "Makefile").read_text(encoding="utf-8")))
    for code in _CODE.findall(text):
        for name in re.findall(r"(?:^|`)\s*make ([a-z-]+)", code, re.MULTILINE):
            assert name in targets, f"{document.name}: make {name}"
