"""The results of questions as notebooks show them: HTML, everything escaped, light or dark.

All colours are mixed with the colour of the notebook's own text, which is dark on light and light
on dark: both keep a contrast of 4.5 and more. The rules name nothing outside of their own box. A
notebook that is opened anew may leave them out; signs, words and order remain.
"""

import html
import re
from collections.abc import Collection, Iterable, Iterator

from autograder.course.questions import Question
from autograder.judging.wording import advised_once
from autograder.model import Feedback, QuestionResult
from autograder.student.feedback import Shown, cases, summary

_CODE = re.compile(r"`([^`\n]+)`")

# JupyterLab breaks words of outputs anywhere, and draws lines between the rows of tables. VS Code
# writes code in outputs as it does text.
STYLE = """<style>
.autograder-check, .autograder-check * { word-break: normal; overflow-wrap: break-word; }
.autograder-check { max-width: 60em; line-height: 1.45; }
.autograder-check p { margin: .35em 0; }
.autograder-check ul { list-style: none; margin: 0 0 .6em; padding: 0; }
.autograder-check li { margin: .3em 0; padding-left: 1.6em; position: relative; }
.autograder-check .sign { position: absolute; left: 0; width: 1.3em; text-align: center;
  font-weight: bold; }
.autograder-check .passed .sign { color: color-mix(in srgb, #0a8f2f 62%, currentcolor); }
.autograder-check .failed .sign { color: color-mix(in srgb, #e0303c 62%, currentcolor); }
.autograder-check .form .sign { color: color-mix(in srgb, #1e74e6 62%, currentcolor); }
.autograder-check .unjudged .sign { color: color-mix(in srgb, #b27700 62%, currentcolor); }
.autograder-check .label { font-weight: 600; }
.autograder-check code, .autograder-check pre { font-family:
  var(--jp-code-font-family, var(--vscode-editor-font-family, monospace)), monospace; }
.autograder-check code { background: color-mix(in srgb, currentcolor 9%, transparent);
  color: inherit; border-radius: 3px; padding: 0 .25em; }
.autograder-check .wide { overflow-x: auto; max-width: 100%; margin: .35em 0; }
.autograder-check .wide pre { display: inline-block; margin: 0; padding: .3em .6em;
  white-space: pre; overflow-wrap: normal; font-size: .92em; color: inherit;
  background: color-mix(in srgb, currentcolor 6%, transparent); border-radius: 3px; }
.autograder-check .words { position: absolute; width: 1px; height: 1px; overflow: hidden;
  clip-path: inset(50%); white-space: nowrap; }
</style>"""


def as_html(
    questions: Iterable[Question],
    results: Iterable[QuestionResult],
    waiting: Collection[str] = frozenset(),
    lines: Iterable[str] = (),
) -> str:
    """The results, and `lines` below them; `results` belong to `questions` in order.

    What has a key in `waiting` has no answer yet.
    """
    parts = []
    for question, result in zip(questions, advised_once(results), strict=True):
        shown = tuple(cases(question, result, waiting))
        so_far = _marked(summary(question, result, shown))
        parts.append(f"<p><b>{html.escape(result.name)}</b>: {so_far}</p>")
        parts.append(f"<ul>{''.join(map(_case, shown))}</ul>")
    return boxed("".join(parts) + "".join(f"<p>{_marked(line)}</p>" for line in lines))


def boxed(content: str) -> str:
    """Some HTML of ours in the box that our rules are for."""
    return f'<div class="autograder-check">{STYLE}{content}</div>'


def line_of(text: str) -> str:
    """A sentence alone."""
    return boxed(f"<p>{_marked(text)}</p>")


def _case(case: Shown) -> str:
    sign = f'<span class="sign" aria-hidden="true">{case.sign}</span>'
    words = f'<span class="words">{html.escape(case.word)}: </span>'
    said = "".join(_said(case.feedback))
    return f'<li class="{case.kind}">{sign}{words}{_marked(case.title)}{said}</li>'


def _said(feedback: Feedback) -> Iterator[str]:
    """The parts of what is said, in the order in which they are read."""
    for label, sentence in feedback.labelled:
        yield f'<p><span class="label">{label}:</span> {_marked(sentence)}</p>'
    if feedback.detail:
        heading, _, rows = feedback.detail.partition("\n")
        yield f"<p>{_marked(heading)}</p>"
        if rows:
            name = html.escape(heading.strip().rstrip(":"), quote=True)
            yield (
                f'<div class="wide" role="region" aria-label="{name}" tabindex="0">'
                f"<pre>{html.escape(rows)}</pre></div>"
            )
    for note in feedback.notes:
        yield f"<p>{_marked(note)}</p>"


def _marked(text: str) -> str:
    """A sentence, escaped, in which what stands between backticks is code."""
    return _CODE.sub(r"<code>\1</code>", html.escape(text))
