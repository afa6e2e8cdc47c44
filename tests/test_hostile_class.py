"""A class in which every fifth hands in something that costs: the others notice nothing of it."""

import base64
import io
import json
import os
import re
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from playwright.sync_api import Page
from test_report import INSPECTION, browser, pages_of
from test_report import page as page

__all__ = ["browser"]  # a fixture, for that of a page

SIZE, EVERY = 60, 5
MEGABYTE = 1_000_000
MOST_MEMORY = 400 * MEGABYTE
TEMPLATE = json.loads((ROOT / "assignments" / "assignment1.ipynb").read_text("utf-8"))

ANSWERS = {"convolved_features": "[[8, 20], [14, 25]]", "pooled_features": "25",
           "output_dim_1": "(16, 24, 24)"}  # fmt: skip
HONEST: tuple[dict[str, str], ...] = (
    ANSWERS,
    ANSWERS | {"pooled_features": "24"},
    ANSWERS | {"convolved_features": "1 / 0", "output_dim_2": "(24, 30, 30)"},
)
PICTURE = base64.b64encode(
    b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sIIBBBBB", 13, b"IHDR", 100, 100, 8, 2, 0, 0, 0)
    + bytes(MEGABYTE)
).decode()  # fmt: skip
NESTED = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="100">'
    '<g id="n0"><rect width="9" height="9"/></g>'
    + "".join(f'<g id="n{n}">' + f'<use href="#n{n - 1}"/>' * 10 + "</g>" for n in range(1, 9))
    + '<use href="#n8"/></svg>'
)
MARKUP = (
    "</pre><script>window.pwned = 1; document.title = 'MALLORY'</script>"
    "<img src=x onerror=alert(1)>"
    '<img src="http://127.0.0.1:9/x"><svg onload=alert(2)> [red]\x1b[2J\x07\u202e =1+1;=2+2'
)


def code(source: str, outputs: Any = ()) -> dict[str, Any]:
    cell: dict[str, Any] = {
        "cell_type": "code",
        "metadata": {},
        "source": source,
        "execution_count": None,
    }
    return cell | {"outputs": list(outputs)}


def text(source: str, **more: Any) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source, **more}


def notebook(answers: dict[str, str], *more: dict[str, Any], **metadata: Any) -> bytes:
    """The handed-out notebook with these answers, and cells behind them."""
    made = json.loads(json.dumps(TEMPLATE))
    for cell in made["cells"]:
        source = "".join(cell["source"])
        for name, value in answers.items():
            source = source.replace(f"{name} = ...", f"{name} = {value}")
        cell["source"] = source
    made["cells"] += more
    made["metadata"] |= metadata
    return json.dumps(made).encode()


def sixteen() -> bytes:
    """A zip of large notebooks, of which one would have to be chosen."""
    packed = io.BytesIO()
    deep: list[Any] = []
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        many = notebook(ANSWERS, many=[deep] * (2 * MEGABYTE))
        for number in range(16):
            archive.writestr(f"assignment1/try {number}.ipynb", many + b" " * number)
    return packed.getvalue()


HOSTILE: dict[str, Callable[[], bytes]] = {
    "outputs without a kind": lambda: notebook(ANSWERS, code("x = 1", [{}] * 30_000)),
    "names in metadata": lambda: notebook({}, **{f"{n:x}": 0 for n in range(80_000)}),
    "deep": lambda: notebook(ANSWERS)[:-1] + b', "a": ' + b"[" * MEGABYTE + b"}",
    "spaces behind a check": lambda: notebook(
        ANSWERS, code('grader.check("q1_1_1")' + " " * 30_000 + "x")
    ),
    "blank lines for R": lambda: notebook(
        {}, code("x = 1" + "\n" * 12_000 + "y"), kernelspec={"name": "ir", "display_name": "R"},
        language_info={"name": "R"},
    ),
    "blank lines with spaces": lambda: notebook(
        ANSWERS, *(code(f"x = {n}\n" + " \n" * 20_000) for n in range(30))
    ),
    "one picture again and again": lambda: notebook(
        ANSWERS, text("![](attachment:a)" * 300, attachments={"a": {"image/png": PICTURE}})
    ),
    "nested drawings": lambda: notebook(
        ANSWERS, *[code(f"from IPython.display import display, SVG\ndisplay(SVG({NESTED!r}))")] * 9,
        text(NESTED),
    ),
    "much output": lambda: notebook(
        ANSWERS, *[code("for _ in range(20):\n    print('\\x1b[1m<' * 20_000)")] * 9
    ),
    "<script>alert('name')": lambda: notebook(
        {"convolved_features": repr(MARKUP), "pooled_features": "'=cmd|calc!A0'"}, text(MARKUP),
        code(f"from IPython.display import display, HTML\ndisplay(HTML({MARKUP!r}))"),
        code(f"class E(Exception): pass\nE.__name__ = {MARKUP!r}\nraise E({MARKUP!r})"),
    ),
    "=HYPERLINK(1);=2": lambda: notebook(
        ANSWERS, *[code("", [{"output_type": "stream", "text": "x" * MEGABYTE}])] * 35
    ),
    "many notebooks": sixteen,
}  # fmt: skip


def hand_in(folder: Path) -> dict[str, int]:
    """A class in a folder; the kind of answers of everybody who is honest."""
    hostile: Iterator[tuple[str, Callable[[], bytes]]] = iter(HOSTILE.items())
    honest = {}
    for number in range(SIZE):
        if number % EVERY:
            name = f"student {number:02}"
            honest[name] = number % len(HONEST)
            content, file = notebook(HONEST[honest[name]]), "assignment1.ipynb"
        else:
            name, make = next(hostile)
            content = make()
            file = "work.zip" if content.startswith(b"PK") else "assignment1.ipynb"
        place = folder / name
        place.mkdir(parents=True)
        (place / file).write_bytes(content)
    return honest


def command(peak: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command of the grader, which leaves the most memory of its own process in a file."""
    script = (
        "import atexit, runpy, shutil\n"
        f"atexit.register(shutil.copyfile, '/proc/self/status', {str(peak)!r})\n"
        "runpy.run_module('autograder', run_name='__main__')"
    )
    return subprocess.run(
        [sys.executable, "-P", "-c", script, *arguments], cwd=ROOT, capture_output=True, text=True,
        encoding="utf-8", check=False, env=os.environ | {"COLUMNS": "200"},
    )  # fmt: skip


def memory(status: Path) -> int:
    found = re.search(r"VmHWM:\s*(\d+) kB", status.read_text())
    assert found
    return int(found[1]) * 1024


def told(grade: dict[str, Any]) -> Any:
    """What a grade says but for whose it is and how long it took."""
    own = ("submission", "student", "people", "seconds")
    return {key: value for key, value in grade.items() if key not in own}


def grades(out: Path) -> dict[str, dict[str, Any]]:
    found = json.loads((out / "grades.json").read_text("utf-8"))["grades"]
    return {grade["student"]: grade for grade in found}


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What each kind of honest answers gets in a class without anybody hostile."""
    folder = tmp_path_factory.mktemp("alone")
    for number, answers in enumerate(HONEST):
        (folder / f"kind {number}").mkdir()
        (folder / f"kind {number}" / "assignment1.ipynb").write_bytes(notebook(answers))
    out = folder.parent / "alone_results"
    done = command(folder.parent / "status", "grade", str(folder), "--assignment", "assignment1",
                   "--out", str(out), "--device", "cpu", "--jobs", "2")  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return {"grades": grades(out), "out": out}


@dataclass(frozen=True)
class Done:
    """The results of a hostile class; the kind of answers of everybody who is honest in it."""

    out: Path
    honest: dict[str, int]


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Done:
    """The class after one command."""
    place = tmp_path_factory.mktemp("hostile")
    honest = hand_in(place / "class")
    done = command(place / "status", "grade", str(place / "class"), "--assignment", "assignment1",
                   "--device", "cpu", "--out", str(place / "out"), "--jobs", "2")  # fmt: skip
    assert_in_order(done, place / "status")
    return Done(place / "out", honest)


def assert_in_order(done: subprocess.CompletedProcess[str], peak: Path) -> None:
    said = done.stdout + done.stderr
    assert done.returncode in (0, 1), said
    assert not any(sign in said for sign in ("Traceback", "\x1b[2J", "not made")), said
    assert memory(peak) < MOST_MEMORY, said


def test_nobody_else_notices_what_is_hostile(
    tmp_path: Path, graded: Done, alone: dict[str, Any]
) -> None:
    assert_the_others_are_as_alone(graded, alone)
    for name in ("rescore", "report"):
        assert_in_order(command(tmp_path / "status", name, str(graded.out)), tmp_path / "status")
        assert_the_others_are_as_alone(graded, alone)
    found = grades(graded.out)
    reasons = [found[name]["reason"] for name in found if name not in graded.honest]
    assert all("\n" not in (reason or "") for reason in reasons)
    for name in ("spaces behind a check", "nested drawings", "outputs without a kind"):
        assert found[name]["score"] == alone["grades"]["kind 0"]["score"]


def assert_the_others_are_as_alone(graded: Done, alone: dict[str, Any]) -> None:
    found = grades(graded.out)
    assert len(found) == SIZE
    for name, kind in graded.honest.items():
        assert told(found[name]) == told(alone["grades"][f"kind {kind}"])
        slug = name.replace(" ", "-")
        feedback = (graded.out / "feedback" / f"{slug}.md").read_text("utf-8")
        expected = (alone["out"] / "feedback" / f"kind-{kind}.md").read_text("utf-8")
        assert feedback == expected.replace(f"kind {kind}", name)
        page = (graded.out / "report" / "students" / f"{slug}.html").read_text("utf-8")
        assert "convolved_features" in page
    for file in (graded.out / "report").rglob("*.html"):
        assert file.stat().st_size <= 25 * MEGABYTE


def test_no_page_runs_or_loads_anything_or_freezes(graded: Done, page: Page) -> None:
    files = pages_of(graded.out / "report")
    assert len(files) == SIZE + 1
    for file in files:
        page.goto(file.as_uri())  # within ten seconds, or it fails
        page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
        found = page.evaluate(INSPECTION)
        assert found == {
            "pwned": None,
            "handlers": [],
            "elements": [],
            "ids": [],
            "url": file.as_uri(),
        }
        assert "MALLORY" not in page.title()
        assert page.evaluate("document.body.scrollHeight") < 3_000_000
