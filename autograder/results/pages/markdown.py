"""Markdown and HTML by students as safe markup, with the pictures that they hold."""

import sys
from collections.abc import Mapping

from cachetools import LRUCache, cached
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from autograder.results.pages.budget import FULL, PageBudget
from autograder.results.pages.embedded import Embedded
from autograder.results.pages.pictures import picture
from autograder.results.pages.sanitise import cleaned, content_key, output_html, shortened

_MOST_MARKDOWN = 50_000
# A short reference may stand for a long address and be used by the thousand.
_MOST_RENDERED = 2_000_000
# What is the same for a whole class, the handed-out text above all, is rendered once.
_KEPT_BYTES = 8_000_000
_MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def markdown(
    source: str, budget: PageBudget, attachments: Mapping[str, Mapping[str, str]] | None = None
) -> Markup:
    """Markdown rendered, with the pictures attached to its cell. LaTeX stays as it was typed."""
    if budget.is_spent:
        return FULL
    embedded = Embedded()
    source = embedded.taken_out(source)
    for name, kinds in sorted((attachments or {}).items(), key=lambda item: -len(item[0])):
        # Long names come first: they may begin with a short one.
        if (address := f"attachment:{name}") in source:
            found = (picture(kind, encoded) for kind, encoded in kinds.items())
            source = source.replace(address, embedded.keep(next(filter(None, found), None)))
    if len(source) > _MOST_MARKDOWN:
        rendered = Markup("<pre>{}</pre>").format(shortened(source))
    else:
        rendered = _rendered(source)
    return embedded.put_back(rendered, budget) if budget.takes(rendered) else FULL


def displayed(source: str, budget: PageBudget) -> Markup | None:
    """An output in HTML; None where nothing is left of it that could be seen."""
    embedded = Embedded()
    clean = output_html(embedded.taken_out(source))
    if clean is None:
        return None
    return embedded.put_back(clean, budget) if budget.takes(clean) else FULL


@cached(LRUCache(_KEPT_BYTES, getsizeof=sys.getsizeof), key=content_key)
def _rendered(source: str) -> Markup:
    tokens = _MARKDOWN.parse(source)
    if sum(map(_size, tokens)) > _MOST_RENDERED:
        return Markup("<pre>{}</pre>").format(shortened(source))
    for token in tokens:
        if token.type.startswith("heading_"):
            # The page's own headings are the first two levels.
            token.tag = f"h{min(int(token.tag[1]) + 2, 6)}"
    return cleaned(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}))


def _size(token: Token) -> int:
    """The characters that a token becomes, before they are escaped."""
    own = len(token.content) + sum(len(str(value)) for value in token.attrs.values()) + 10
    return own + sum(map(_size, token.children or ()))
