"""What a check looks like in a real JupyterLab: legible in any theme and width, and to the ear."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from desk_browser import chromium
from lab_browser import Lab, jupyter_lab, run_all
from playwright.sync_api import Browser, Page
from small_environment import small_environment
from test_small_install import code, handed_out, put

CHECK = ".jp-OutputArea-output .autograder-check"
# One answer of each kind: right, wrong with a table of shapes, not there yet, never run.
ANSWERS = """
import torch
from torch import nn

net_ffn = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
net_padded = nn.Sequential(
    nn.Conv2d(1, 8, 5), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 24 * 24, 10)
)
net_stacked = ...
_ = torch.manual_seed(0)
"""
# The contrast of an element's colour with what is behind it, by WCAG 2.2.
CONTRAST = """element => {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 1;
  const pen = canvas.getContext('2d', {willReadFrequently: true});
  const behind = [];
  for (let part = element; part; part = part.parentElement)
    behind.unshift(getComputedStyle(part).backgroundColor);
  const drawn = colours => {
    pen.fillStyle = 'white';
    pen.fillRect(0, 0, 1, 1);
    for (const colour of colours) { pen.fillStyle = colour; pen.fillRect(0, 0, 1, 1); }
    return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = rgb => {
    const [r, g, b] = rgb.map(v => v / 255).map(
      v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const one = light(drawn(behind));
  const other = light(drawn([...behind, getComputedStyle(element).color]));
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab on a notebook with some answers; its kernels have what students install."""
    folder, own = (tmp_path_factory.mktemp(name) for name in ("notebooks", "own"))
    notebook = handed_out("assignment2")
    first = next(cell for cell in notebook["cells"] if "Notebook(" in "".join(cell["source"]))
    elsewhere = "import os, tempfile\nos.chdir(tempfile.gettempdir())"
    notebook["cells"] = [first, code(ANSWERS + elsewhere), code("grader.check_all()")]
    put(folder, "assignment2", notebook)
    python = small_environment(tmp_path_factory.mktemp("small")).python
    with jupyter_lab(folder, python, own) as running:
        yield running


@pytest.mark.parametrize(("theme", "width"), [("Light", 1200), ("Dark", 600)])
def test_a_check_is_legible(
    lab: Lab, browser: Browser, tmp_path: Path, theme: str, width: int
) -> None:
    lab.in_theme(theme)
    page = lab.opened(browser, "assignment2.ipynb", width=width)
    page.evaluate("() => window.jupyterapp.shell.collapseLeft()")
    run_all(page)
    check = page.locator(CHECK).last
    check.wait_for()
    check.screenshot(path=tmp_path / f"{theme}.png")
    assert (
        page.evaluate("() => document.body.dataset.jpThemeLight") == str(theme == "Light").lower()
    )
    assert_legible(page, check)
    assert_heard(check)
    assert_whole(check, narrow=width < 1000)
    page.close()


def assert_legible(page: Page, check: Any) -> None:
    parts = check.locator("p, li, .sign, .label, code, pre")
    contrasts = [part.evaluate(CONTRAST) for part in parts.all()]
    assert len(contrasts) > 30
    assert min(contrasts) >= 4.5
    words = check.locator("p").first.evaluate("part => getComputedStyle(part).wordBreak")
    assert words == "normal"


def assert_heard(check: Any) -> None:
    """Signs are for the eye; their meaning is there in words, and what is open is no fault."""
    for kind, sign, word in (
        ("passed", "✓", "passed: "),
        ("failed", "✗", "failed: "),
        ("open", "…", "no answer yet: "),
    ):
        cases = check.locator(f"li.{kind}")
        assert cases.count() >= 1
        assert cases.first.locator(".sign").inner_text() == sign
        assert cases.first.locator(".sign").get_attribute("aria-hidden") == "true"
        assert cases.first.locator(".words").text_content() == word
    assert "no answer yet" in check.locator("li.open", has_text="net_stacked").first.inner_text()
    assert check.locator("code", has_text="net_padded").count() >= 1
    assert check.locator("p").last.inner_text().startswith("Points: ")


def assert_whole(check: Any, *, narrow: bool) -> None:
    """Rows of a table stay rows: where there is too little room for them, it scrolls."""
    table = check.locator(".wide").first
    height = table.locator("pre").evaluate("p => p.getBoundingClientRect().height")
    rows = table.locator("pre").inner_text().count("\n") + 1
    line = table.locator("pre").evaluate("p => parseFloat(getComputedStyle(p).lineHeight)")
    assert height < (rows + 1.5) * line
    if narrow:
        assert check.evaluate("c => c.scrollWidth <= c.clientWidth")
    assert table.get_attribute("tabindex") == "0"
    assert table.get_attribute("aria-label") == "Shapes, layer by layer"
