"""The documents as their readers use them: pages in a browser, and each command typed as shown."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT, notebook_of
from desk_browser import chromium
from playwright.sync_api import Browser

PAGES = ("index", "docs/students", "docs/reference", "docs/api", "docs/architecture")
READ = (ROOT / "README.md", ROOT / "examples" / "README.md", *sorted((ROOT / "docs").glob("*.md")))

ANSWERS = "# %%\nconvolved_features = [[8, 20], [14, 25]]\npooled_features = 25\n"
SERVES = "autograder desk "


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The documents as `make docs` makes them; a link that leads nowhere ends it."""
    out = tmp_path_factory.mktemp("pages")
    (line,) = re.findall(r"\$\(BIN\)/python (-m sphinx .*) docs/_build\n",
                         (ROOT / "Makefile").read_text("utf-8"))  # fmt: skip
    done = subprocess.run(
        [sys.executable, *line.split(), out], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return out


def test_every_document_is_a_page_and_in_the_contents(pages: Path) -> None:
    contents = (pages / "index.html").read_text("utf-8")
    for document in READ:
        page = document.relative_to(ROOT).with_suffix(".html")
        assert (pages / page).is_file()
        assert str(page) in contents, page


@pytest.mark.parametrize("heading", ["limits", "no-such-heading"])
def test_a_link_that_leads_nowhere_is_an_error(tmp_path: Path, heading: str) -> None:
    """In documents with a heading or two instead of the whole, by the settings of all pages."""
    others = ("CONTRIBUTING", "CHANGELOG", "examples/courses/README", "assignments/DATA")
    for document in (*READ, *(ROOT / f"{name}.md" for name in others)):
        short = tmp_path / document.relative_to(ROOT)
        short.parent.mkdir(parents=True, exist_ok=True)
        short.write_text("# A page\n\n## Limits\n", "utf-8")
    shutil.copy(ROOT / "docs" / "conf.py", tmp_path / "docs")
    shutil.copytree(ROOT / "docs" / "pages", tmp_path / "docs" / "pages")
    with (tmp_path / "docs" / "desk.md").open("a") as file:
        file.write(f"\nSee [here](reference.md#{heading}).\n")
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-c", "docs", "-W", "-q", "-b", "html", ".", "out"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if heading == "limits":
        assert (done.returncode, done.stderr) == (0, "")
    else:
        assert done.returncode != 0
        assert heading in done.stderr


@pytest.mark.parametrize("width", [1300, 360])
def test_pages_are_read_offline_on_any_screen(browser: Browser, pages: Path, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for name in PAGES:
        page.goto((pages / f"{name}.html").as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        assert page.locator("h1").count() == 1
        broken = "[...document.images].filter(i => !i.naturalWidth).map(i => i.src)"
        assert page.evaluate(broken) == [], name
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    page.close()


# --- commands -------------------------------------------------------------------------------------


def shown_commands() -> list[str]:
    """The lines of code in all documents that are commands of the program, each once."""
    found: dict[str, None] = {}
    for document in READ:
        text = document.read_text("utf-8").replace("\\\n", " ")
        for line in re.findall(r"^(?: {4,}|\$ )?(autograder [a-z]+ [^\n#]*)", text, re.MULTILINE):
            if "tcp://" in line:  # `test_cluster.py` runs them, with a cluster
                continue
            if not re.search(r" [A-Z]{3,}|\[|\.\.\.", line):  # a form to be filled in
                found[" ".join(line.split())] = None
    # What is run with more options as well is run with them.
    return [one for one in found if not any(other.startswith(f"{one} ") for other in found)]


def one_after_the_other() -> list[str]:
    """The commands that end by themselves; those about a course of their own go on from another."""
    lines = [one for one in shown_commands() if not one.startswith(SERVES)]
    own = [one for one in lines if "mycourse" in one]
    assert own[0].startswith("autograder new ")
    return [*(one for one in lines if one not in own), " && ".join(own)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course with what was handed in, as the documents have it, and graded as they say first."""
    here = tmp_path_factory.mktemp("course")
    for part in ("assignments", "solutions"):
        shutil.copytree(ROOT / part, here / part)
    # A trial of the zip is slow by a container's share of a processor, and by its endless loop.
    settings = here / "solutions" / "assignment1.toml"
    whole = settings.read_text("utf-8")
    quick = whole.replace("cell_seconds = 60\n", "cell_seconds = 20\n")
    assert quick != whole
    settings.write_text(f"{quick}\n[gradescope]\ncpus = 1.0\n", "utf-8")
    # What the documents adopt; one of our masters is one of Otter Assign's, too.
    shutil.copy(ROOT / "solutions" / "masters" / "assignment1.ipynb", here / "homework1.ipynb")
    for name in ("assignment2.ipynb", "mnist.npz"):
        shutil.copy(ROOT / "assignments" / name, here)
    for place in ("submissions/Ana Sousa", "submissions/Bo", "late/ana", "examples/class/ana"):
        (here / place).mkdir(parents=True)
        (here / place / "assignment1.ipynb").write_bytes(notebook_of(ANSWERS))
    for line in (
        "autograder grade submissions --assignment assignment1 --out results",
        "autograder gradescope assignment1 --out assignment1.zip",
    ):
        done = script(here, line)
        assert done.returncode == 0, done.stdout + done.stderr
    return here


def script(folder: Path, line: str) -> subprocess.CompletedProcess[str]:
    """The line in a shell, with the program of this environment."""
    return subprocess.run(
        ["bash", "-c", line], cwd=folder, capture_output=True, text=True, check=False, env=_shell()
    )


def _shell() -> dict[str, str]:
    return {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}


@pytest.mark.parametrize("line", one_after_the_other())
def test_every_command_does_what_it_is_shown_for(folder: Path, line: str) -> None:
    if "examples/class" in line:  # another class than the one that is in results
        line = line.replace("--out results", "--out others")
    if line == "autograder build":  # `tests/test_build.py` proves this course
        line += " --no-run"
    done = script(folder, line)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("line", [one for one in shown_commands() if one.startswith(SERVES)])
def test_every_command_that_serves_says_where(folder: Path, line: str) -> None:
    process = subprocess.Popen(
        ["bash", "-c", f"exec {line} --no-browser"], cwd=folder, env=_shell(),
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        assert "/?secret=" in process.stdout.readline()
    finally:
        process.terminate()
        process.communicate()
