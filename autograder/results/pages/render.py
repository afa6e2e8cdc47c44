"""A template as a page in one piece.

Styles and script are part of each page. A page can then be sent on alone, and its content security
policy can name both by their hashes: nothing else runs, whatever browser opens it from wherever.
"""

import base64
import hashlib
import re
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from autograder.results.pages import sanitise
from autograder.results.pages.attention import KINDS
from autograder.results.pages.budget import MOST_BYTES
from autograder.results.pages.charts import gauge
from autograder.results.pages.feedback_view import short

# Characters that no HTML page may hold, half a surrogate pair among them, which could not even be
# written; and those that turn text round, so that code reads as other code than what ran. Letters
# that run from right to left need none of them.
FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)


# Of those that a template is made of; most have a few characters.
_PARTS_A_TIME = 50


class PageFull(Exception):
    """The page would be larger than it may be; `most` are its bytes."""

    def __init__(self, most: int) -> None:
        super().__init__(f"it would be larger than {most // 1_000_000} MB")


def page(template: str, most: int = MOST_BYTES, **values: Any) -> str:
    """The page; raises PageFull as soon as it would take more bytes than it may."""
    parts, left = list[str](), most
    made = _environment().get_template(template).stream(values)
    made.enable_buffering(_PARTS_A_TIME)
    for part in made:
        parts.append(FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", part))
        left -= len(parts[-1].encode())
        if left < 0:
            raise PageFull(most)
    return "".join(parts)


@cache
def _environment() -> Environment:
    style, script = _asset("report.css"), _asset("report.js")
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    environment = Environment(
        loader=PackageLoader("autograder.results.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        style=Markup(style), script=Markup(script), policy=policy, gauge=gauge, kinds=KINDS
    )
    environment.filters.update(short=short, quoted=sanitise.quoted)
    return environment


def _asset(name: str) -> str:
    asset = files("autograder.results.pages").joinpath("assets", name)
    # Browsers hash line ends as \n, whatever the file has.
    return asset.read_text(encoding="utf-8").replace("\r\n", "\n")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
