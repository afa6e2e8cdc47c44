"""What the documentation says is so: commands, settings, vocabulary, feedback, links, modules."""

import re
import runpy
import tomllib
from collections.abc import Iterator
from fnmatch import filter as fnmatch_all
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, get_args

import pytest
import typer
from conftest import ROOT, assignment
from lab import TASK, observe

from autograder import expect
from autograder.cli import app
from autograder.cli.app import STOPPED
from autograder.course.assignment import AssignmentSettings, Course
from autograder.course.gradescope import GradescopeSettings
from autograder.model import (
    CaseResult,
    Decided,
    Feedback,
    FlagKind,
    Frozen,
    Graded,
    Limits,
    NetworkData,
    NetworkSummary,
    Outcome,
    QuestionResult,
    Ungraded,
)
from autograder.networks.in_process import InProcess
from autograder.networks.network import Network

DOCUMENTS = sorted(
    path
    for path in ROOT.rglob("*.md")
    if not any(part.startswith(".") or part == "results" for part in path.relative_to(ROOT).parts)
)
README, *_GUIDES = (
    (ROOT / name).read_text(encoding="utf-8")
    for name in (
        "README.md",
        "docs/architecture.md",
        "docs/gradescope.md",
        "docs/instructors.md",
        "docs/reference.md",
        "docs/students.md",
    )
)
ARCHITECTURE, GRADESCOPE, INSTRUCTORS, REFERENCE, STUDENTS = _GUIDES

WORDS_A_MINUTE = 200
"""What people read of a technical text in a language that is not their first."""

_LINK = re.compile(r"!?\[[^\]]*\]\((?P<target>[^)\s]+)\)")
_CODE = re.compile(r"```(?s:.*?)```|`[^`\n]+`|^    .+$", re.MULTILINE)
_TARGET = re.compile(r"^(?P<name>[a-z-]+):", re.MULTILINE)

documents = pytest.mark.parametrize(
    "document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT))
)


def blocks(document: str, language: str) -> list[str]:
    """The document's fenced blocks in that language."""
    return re.findall(rf"^```{language}\n(.*?)^```", document, re.DOTALL | re.MULTILINE)


def section(document: str, title: str) -> str:
    """What stands below that heading, up to the next one of its level."""
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", document, re.DOTALL | re.MULTILINE)
    assert found, title
    return found[1]


def anchors(document: Path) -> set[str]:
    """What a link to a heading of the document may end with, by GitHub's rule."""
    text = _without_code(document.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _without_code(text: str) -> str:
    return re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)


def quoted(text: str) -> set[str]:
    """The words between backticks."""
    return set(re.findall(r"`(\w+)`", text))


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


def test_reference_names_every_key_and_value_of_grades() -> None:
    types: tuple[type[Frozen], ...]
    types = (Graded, Ungraded, QuestionResult, CaseResult, Feedback, Decided, NetworkSummary)
    keys = {key for one in types for key in one.model_fields}
    computed = {"assignment", "device", "grades", "attention", "message"}
    literals = set[str]()
    for one in types:
        for name in {"status", "kind"} & set(one.model_fields):
            literals |= set(get_args(one.model_fields[name].annotation))
    values = {*Outcome, *FlagKind, *literals}
    named = quoted(section(REFERENCE, r"grades\.json"))
    assert (keys | computed | values) - named == set()


def test_reference_says_how_the_commands_end() -> None:
    codes = re.findall(r"^\| (\d+) \|", section(REFERENCE, "Exit codes"), re.MULTILINE)
    assert {int(code) for code in codes} == {0, 1, 2, STOPPED}


def test_instructors_see_every_setting_of_an_assignment() -> None:
    settings = section(INSTRUCTORS, "Settings")
    assert {
        name
        for name in AssignmentSettings.model_fields
        if not re.search(rf"`\[?{name}\b", settings)
    } == set()


def test_gradescope_shows_every_setting() -> None:
    shown = [tomllib.loads(block) for block in blocks(GRADESCOPE, "toml")]
    (settings,) = [block["gradescope"] for block in shown if "gradescope" in block]
    defaults = GradescopeSettings().model_dump()
    assert set(settings) == set(defaults)
    assert {k: v for k, v in settings.items() if defaults[k] is not None} == {
        k: v for k, v in defaults.items() if v is not None
    }


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
        expect.reduced_by_pooling_or_stride(Network(seen, InProcess(), TASK))
    assert f"{failure.value}\n" in blocks(STUDENTS, "text")


def test_every_module_is_listed_in_its_room() -> None:
    listed = set(_listed((ROOT / "docs" / "modules.md").read_text(encoding="utf-8")))
    there = {path.relative_to(ROOT) for path in (ROOT / "autograder").rglob("*.py")}
    assert listed == {path for path in there if not path.name.startswith("__")}


def _listed(text: str) -> Iterator[Path]:
    """The modules of an indented tree, four spaces a step; a line may name several."""
    above: list[str] = []
    for indent, rest in re.findall(r"^((?:    )+)(\S.*)$", text, re.MULTILINE):
        del above[len(indent) // 4 - 1 :]
        above.append(rest.split()[0])
        for name in re.match(r"(?:\w+\.py(?:, )?)*", rest)[0].split(", "):  # type: ignore[index]
            if name:
                yield Path(*above[:-1], name)


def test_security_names_every_attack() -> None:
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    patterns = list(_attacks_named(section(text, "The attacks")))
    attacks = [path.name for path in (ROOT / "tests" / "attacks").iterdir() if path.is_dir()]
    assert [name for name in attacks if not any(fnmatch(name, one) for one in patterns)] == []
    assert [one for one in patterns if not fnmatch_all(attacks, one)] == []


def _attacks_named(table: str) -> Iterator[str]:
    """The names in the first column: `_frames` after `secret_heap` is `secret_frames`."""
    for row in re.findall(r"^\| (`[a-z]+_.*?) \|", table, re.MULTILINE):
        family = ""
        for name in re.findall(r"`(\w+…?)`", row):
            family = family if name.startswith("_") else name.split("_")[0]
            yield (family + name if name.startswith("_") else name).replace("…", "*")


def pictured_layers() -> list[list[str]]:
    """The rooms in the boxes of the architecture's picture, from top to bottom."""
    rows = re.findall(r"^    │([^├─┤]*)│[^│]*$", section(ARCHITECTURE, "Rooms"), re.MULTILINE)
    return [[room.strip() for room in row.split("│")] for row in rows]


def test_architecture_pictures_the_layers_that_are_enforced() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    (layers,) = [contract["layers"] for contract in contracts if contract["type"] == "layers"]
    assert pictured_layers() == [layer.split(" | ") for layer in layers]


def test_architecture_pictures_the_rooms_that_are_there() -> None:
    rooms = [path.stem for path in (ROOT / "autograder").iterdir() if path.suffix in ("", ".py")]
    pictured = [room for layer in pictured_layers() for room in layer]
    assert sorted(pictured) == sorted(room for room in rooms if not room.startswith("_"))


def test_architecture_is_read_in_five_minutes() -> None:
    prose = re.sub(r"^    .*$", "", _without_code(ARCHITECTURE), flags=re.MULTILINE)
    assert len(re.findall(r"\S*\w\S*", prose)) <= 5 * WORDS_A_MINUTE


@documents
def test_links_lead_somewhere(document: Path) -> None:
    for link in _LINK.finditer(_without_code(document.read_text(encoding="utf-8"))):
        target, _, anchor = link["target"].partition("#")
        if ":" in target:
            continue
        there = document.parent / target if target else document
        assert there.exists(), f"{document.name}: {target}"
        assert not anchor or anchor in anchors(there), f"{document.name}: {link['target']}"


@documents
def test_make_targets_exist(document: Path) -> None:
    targets = set(_TARGET.findall((ROOT / "Makefile").read_text(encoding="utf-8")))
    for code in _CODE.findall(document.read_text(encoding="utf-8")):
        for name in re.findall(r"(?:^|`)\s*make ([a-z-]+)", code, re.MULTILINE):
            assert name in targets, f"{document.name}: make {name}"


@documents
def test_lines_fit_a_window(document: Path) -> None:
    lines = document.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if len(line) > 120 and not line.startswith("|")] == []


@documents
def test_commands_have_the_options_that_are_shown(document: Path) -> None:
    commands: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    text = document.read_text(encoding="utf-8")
    for code in _CODE.findall(text):
        for name, rest in re.findall(r"(?:^|`|/)\s*autograder ([a-z]+)\b([^\n`]*)", code, re.M):
            assert name in commands, f"{document.name}: autograder {name}"
            options = {option for p in commands[name].params for option in p.opts}
            assert set(re.findall(r" (--[a-z-]+)", rest)) <= options, f"{document.name}: {rest}"


def test_readme_is_short_and_leads_to_every_document() -> None:
    assert len(README.splitlines()) <= 200
    linked = {link["target"] for link in _LINK.finditer(README)}
    assert {f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")} <= linked


def test_readme_shows_both_commands_with_a_picture_each() -> None:
    for command, picture in (("check", "check.png"), ("grade", "class.svg")):
        start = README.index(f"\n    autograder {command} ")
        assert f"](docs/images/{picture})" in README[start:].split("\n## ")[0]


def test_course_shows_the_vocabulary_as_it_is() -> None:
    script = runpy.run_path(str(ROOT / "scripts" / "vocabulary.py"))
    text = (ROOT / "docs" / "course.md").read_text(encoding="utf-8")
    assert script["written"](text) == text, "run `python scripts/vocabulary.py`"
    shown = re.findall(r"^\| `(\w+)\(", text, re.MULTILINE)
    assert sorted(shown) == sorted(set(expect.__all__) - {"Failure", "Unjudged", "Verdict"})
