"""What a check looks like in VS Code's own variables: no JupyterLab stands behind it there."""

from collections.abc import Iterator

import pytest
from conftest import ROOT
from desk_browser import chromium
from playwright.sync_api import Browser, Page
from test_notebook_look import CONTRAST

from autograder.judging.cases import judge_question
from autograder.kernel.observe import observe
from autograder.model import Feedback
from autograder.student.feedback import unanswered
from autograder.student.public_cases import public_tests
from autograder.student.view import as_html

# Text and background of themes that VS Code brings, as outputs of its notebooks have them.
THEMES = {
    "light": ("#3b3b3b", "#ffffff"),
    "dark": ("#cccccc", "#1f1f1f"),
    "high contrast": ("#ffffff", "#000000"),
    "high contrast light": ("#292929", "#ffffff"),
    "monokai": ("#f8f8f2", "#272822"),
}
ANSWERS = {
    "convolved_features": [8, 20, 14, 25],
    "pooled_features": 25,
    "output_dim_1": (16, 24),
    "output_dim_2": ...,
    "output_dim_3": (3, 16, 16),
}
ROWS = "\n".join(f"{n:>8}x24x24  convolution 5x5, 8 filters, stride 1, padding 0" for n in range(5))
# VS Code's own rules for what is shown in an output; it sets no `--monaco-monospace-font`.
PAGE = """<!doctype html><html style="--vscode-font-family: system-ui, sans-serif;
  --vscode-editor-font-family: 'Droid Sans Mono', monospace; --vscode-editor-foreground: {text};
  --vscode-editor-background: {behind}; background-color: {behind}">
<style>@layer vscode-default {{
  body {{ background-color: transparent; color: var(--vscode-editor-foreground);
    font-family: var(--vscode-font-family); font-size: 14px; margin: 0; }}
  code {{ font-family: var(--monaco-monospace-font); color: var(--vscode-textPreformat-foreground);
    background-color: var(--vscode-textPreformat-background); }}
}}</style><body>{shown}</body></html>"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


def shown() -> str:
    """Checks of assignment 1: right, wrong and not there yet, and a table that is wide."""
    tests = public_tests((ROOT / "assignments" / "assignment1.ipynb").read_bytes())
    seen = {name: observe(name, answer) for name, answer in ANSWERS.items()}
    results = [judge_question(question, seen, {}).result for question in tests.questions]
    first = results[0].cases[0]
    feedback = (first.feedback or Feedback()).model_copy(update={"detail": f"Shapes:\n{ROWS}"})
    results[0] = results[0].model_copy(
        update={"cases": (first.model_copy(update={"feedback": feedback}),)}
    )
    return as_html(tests.questions, results, unanswered(seen))


def opened(browser: Browser, theme: str, width: int) -> Page:
    text, behind = THEMES[theme]
    page = browser.new_page(viewport={"width": width, "height": 1000})
    page.set_content(PAGE.format(text=text, behind=behind, shown=shown()))
    return page


@pytest.mark.parametrize("theme", THEMES)
def test_a_check_is_legible(browser: Browser, theme: str) -> None:
    page = opened(browser, theme, 1100)
    parts = page.locator(".autograder-check").locator("p, li, .sign, .label, code, pre")
    contrasts = [part.evaluate(CONTRAST) for part in parts.all()]
    assert len(contrasts) > 30
    assert min(contrasts) >= 4.5
    page.close()


def test_code_looks_like_code(browser: Browser) -> None:
    page = opened(browser, "light", 1100)
    for part in ("code", "pre"):
        first = page.locator(f".autograder-check {part}").first
        narrow, wide = (
            first.evaluate(
                """(part, text) => { part.textContent = text;
                     const range = document.createRange(); range.selectNodeContents(part);
                     return range.getBoundingClientRect().width }""",
                text,
            )
            for text in ("iiii", "mmmm")
        )
        assert narrow == pytest.approx(wide)
    page.close()


def test_a_narrow_page_cuts_nothing(browser: Browser) -> None:
    page = opened(browser, "dark", 400)
    assert page.evaluate("() => document.body.scrollWidth <= document.body.clientWidth")
    table = page.locator(".wide").first
    assert table.evaluate("t => t.scrollWidth > t.clientWidth")
    assert table.evaluate("t => getComputedStyle(t).overflowX") == "auto"
    line = table.locator("pre").evaluate("p => parseFloat(getComputedStyle(p).lineHeight)")
    height = table.locator("pre").evaluate("p => p.getBoundingClientRect().height")
    assert height < (ROWS.count("\n") + 2.5) * line
    page.close()
