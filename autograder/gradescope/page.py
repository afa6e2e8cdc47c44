"""A page that shows results.json about as Gradescope does, to look at before students do."""

import html
from collections.abc import Iterable, Mapping
from typing import Any

from markdown_it import MarkdownIt

_STYLE = """
body { font: 15px/1.45 sans-serif; margin: 2em auto; max-width: 60em; color: #222 }
section { border: 1px solid #ccc; border-left: 5px solid #b33; margin: .6em 0; padding: .4em .9em }
section.passed { border-left-color: #2a7 }
h3 { font-size: 1em; margin: .2em 0 } h3 small { float: right; font-weight: normal }
pre { background: #f5f5f5; padding: .6em; overflow-x: auto } .note { color: #666 }
"""


def page(submissions: Iterable[tuple[str, Mapping[str, Any]]]) -> str:
    """HTML with the results of each submission, by name. Nothing in them becomes markup."""
    parts = [part for name, results in submissions for part in _submission(name, results)]
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        '<!doctype html>\n<html lang="en"><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f"<title>Preflight</title><style>{_STYLE}</style>\n" + "\n".join(parts) + "\n</html>\n"
    )


def _submission(name: str, results: Mapping[str, Any]) -> Iterable[str]:
    yield f"<h1>{html.escape(name)}</h1>"
    yield f'<p class="note">Score {html.escape(str(results.get("score")))}</p>'
    yield _rendered(results.get("output", ""))
    for test in results.get("tests", ()):
        number, title = html.escape(str(test["number"])), html.escape(str(test["name"]))
        judged = f"{test['score']:g} / {test['max_score']:g}" if "score" in test else "not judged"
        points = f"{judged}, {html.escape(test['visibility'])}"
        kind = "passed" if test.get("status") == "passed" else "failed"
        yield (
            f'<section class="{kind}"><h3>{number}) {title} <small>{points}</small></h3>'
            f"{_rendered(test['output'])}</section>"
        )


def _rendered(text: str) -> str:
    return str(MarkdownIt("commonmark", {"html": False}).render(text))
