"""What a student wrote, as markup that is safe in a page: HTML, code, terminal output.

Nothing here trusts its input. HTML, that of markdown too, ends in nh3, which parses as browsers do
and keeps only what is listed below; all else is escaped text between tags of our own.
"""

import hashlib
import html
import re
import sys
from functools import cache

import nh3
from cachetools import LRUCache, cached
from markupsafe import Markup, escape
from pygments.token import Comment, Keyword, Name, Number, Operator, String, _TokenType

from autograder.results.python_lexer import LinearPythonLexer

_MOST_HTML = 2_000_000
# Elements within each other by the thousand take the parser minutes, and so do ampersands.
_MOST_TAGS = 10_000
_MOST_AMPERSANDS = 20_000
_MOST_CODE = 50_000
_MOST_TEXT = 20_000
# What is the same for a whole class, the handed-out code above all, is coloured once.
_KEPT_BYTES = 8_000_000


def _words(text: str) -> set[str]:
    return set(text.split())


_TAGS = _words("""
    p br hr h3 b strong i em u s del ins sub sup small mark abbr span div center
    code pre kbd samp var blockquote ul ol li dl dt dd details summary a img
    table caption thead tbody tfoot tr th td
""")
# Of other elements the text is kept; of these it is not meant to be read.
_DROPPED_WHOLE = _words("""
    script style title textarea select option noscript noembed noframes iframe object template
    svg math xmp head audio video canvas button
""")
# Neither id, name nor class nor style: they could pass for parts of the page, or cover them.
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "th": {"colspan", "rowspan"},
    "td": {"colspan", "rowspan"},
    "ol": {"start"},
}
PLACE = "data:image/png;base64,picture-"
"""What begins the address of a picture that is put in its place when the rest is clean."""
_IS_PLACE = re.compile(re.escape(PLACE) + r"\d{1,4}-")
_LINK = re.compile(r"(https?://|mailto:)", re.IGNORECASE)
_SMALL_NUMBER = re.compile(r"\d{1,4}")
_VISIBLE = re.compile(r"<img |>\s*+[^<>\s][^<>]*+<|^\s*+[^<\s]")


def _attribute(tag: str, name: str, value: str) -> str | None:
    if name == "src":
        return value if _IS_PLACE.fullmatch(value) else None
    if name == "href":
        return value if _LINK.match(value) else None
    if name in ("title", "alt", "rel"):  # rel is nh3's own, on each link
        return value
    return value if _SMALL_NUMBER.fullmatch(value) else None


_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    clean_content_tags=_DROPPED_WHOLE,
    attributes=_ATTRIBUTES,
    attribute_filter=_attribute,
    url_schemes={"http", "https", "mailto", "data"},
    link_rel="noopener noreferrer",
)


def content_key(text: str) -> bytes:
    """What stands for a text in a cache, which then holds no text that it doesn't count."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=32).digest()


def cleaned(markup: str) -> Markup:
    """HTML reduced to text, tables, plain links and the places of pictures."""
    if _is_costly(markup):
        return Markup("<pre>{}</pre>").format(shortened(markup))
    # Rough is enough before nh3: a heading of the notebook must not pass for one of the page, nor
    # skip a level of it wherever its cell is shown, and a picture without a description not be
    # announced by its address.
    markup = re.sub(r"<(/?)h[1-6]\b", r"<\1h3", markup, flags=re.IGNORECASE)
    markup = re.sub(r"<img\b(?![^<>]*\balt\b)", '<img alt=""', markup, flags=re.IGNORECASE)
    return Markup(_CLEANER.clean(markup))


def _is_costly(markup: str) -> bool:
    return markup.count("<") > _MOST_TAGS or markup.count("&") > _MOST_AMPERSANDS


def output_html(markup: str) -> Markup | None:
    """An output in HTML; None where nothing is left of it that could be seen."""
    if len(markup) > _MOST_HTML or _is_costly(markup):
        return None
    clean = cleaned(markup)
    return clean if _VISIBLE.search(clean) else None


def quoted(sentence: str) -> Markup:
    """A sentence of our own, with the names in it that stand between backticks as code."""
    return Markup(_BACKTICKS.sub(r"<code>\1</code>", str(escape(sentence))))


_BACKTICKS = re.compile(r"`([^`]+)`")

# --- code ---------------------------------------------------------------------------------------

_LEXER = LinearPythonLexer(stripnl=False, ensurenl=False)
_COLOURED: tuple[tuple[_TokenType, str], ...] = (
    (Comment, "c"),
    (String, "s"),
    (Number, "n"),
    (Keyword, "k"),
    (Operator.Word, "k"),
    (Name.Function, "f"),
    (Name.Class, "f"),
    (Name.Decorator, "f"),
    (Name.Builtin, "b"),
)


def code(source: str) -> Markup:
    """Python with its parts in `<span>`s; very long code is left without colours."""
    if len(source) > _MOST_CODE:
        return escape(shortened(source, _MOST_CODE))
    return _coloured(source)


@cached(LRUCache(_KEPT_BYTES, getsizeof=sys.getsizeof), key=content_key)
def _coloured(source: str) -> Markup:
    parts = []
    for kind, text in _LEXER.get_tokens(source):
        colour = _colour(kind)
        text = html.escape(text, quote=False)
        parts.append(f'<span class="{colour}">{text}</span>' if colour else text)
    return Markup("".join(parts))


@cache  # as many as pygments has kinds of tokens
def _colour(kind: _TokenType) -> str:
    return next((name for family, name in _COLOURED if kind in family), "")


# --- terminals ----------------------------------------------------------------------------------

# Colours and weights; then any other control sequence or control character, which is dropped.
_ESCAPE = re.compile(
    r"\x1b\[([\d;]*)m|\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[@-_]?"
    r"|[\x00-\x08\x0b-\x1f\x7f]"
)
_COLOURS = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")


def terminal(text: str) -> Markup:
    """Text as a terminal shows it: its 16 colours, bold, and lines that overwrite themselves."""
    text = shortened(_overwritten(text))
    style: tuple[str, ...] = ()
    parts, at = [], 0
    for found in _ESCAPE.finditer(text):
        parts.append(_styled(text[at : found.start()], style))
        at = found.end()
        if found[1] is not None:
            style = _after(style, found[1])
    parts.append(_styled(text[at:], style))
    return Markup("".join(parts))


def _overwritten(text: str) -> str:
    """What a progress bar leaves on each line after its last carriage return."""
    if "\r" not in text:
        return text
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in lines)


def _styled(text: str, style: tuple[str, ...]) -> str:
    if not text:
        return ""
    text = html.escape(text, quote=False)
    return f'<span class="{" ".join(style)}">{text}</span>' if style else text


def _after(style: tuple[str, ...], codes: str) -> tuple[str, ...]:
    """The style that an escape sequence leaves. Backgrounds and palettes are not followed."""
    numbers = [int(part[:4] or 0) for part in codes.split(";")]
    if 38 in numbers or 48 in numbers:
        numbers = [number for number in numbers[:1] if number not in (38, 48)]
    kept = dict.fromkeys(style)
    for number in numbers:
        if number == 0:
            kept.clear()
        elif number == 1:
            kept["bold"] = None
        elif number == 22:
            kept.pop("bold", None)
        elif 30 <= number <= 39 or 90 <= number <= 97:
            kept = {name: None for name in kept if not name.startswith("ansi-")}
            if number != 39:
                kept[f"ansi-{_COLOURS[number % 10]}"] = None
    return tuple(kept)


def shortened(text: str, most: int = _MOST_TEXT) -> str:
    """The text, or its beginning and its end with a line between that says what is left out."""
    if len(text) <= most:
        return text
    head, tail = most * 3 // 4, most // 4
    left_out = len(text) - head - tail
    return f"{text[:head]}\n… {left_out:,} characters left out …\n{text[-tail:]}"
