"""Code of strangers becomes tokens in time that grows with the code and no faster."""

import time
from itertools import product

import pytest
from conftest import ROOT
from pygments.lexers.python import PythonLexer
from pygments.token import String, Whitespace

from autograder.results.python_lexer import LinearPythonLexer

OURS = LinearPythonLexer(stripnl=False, ensurenl=False)
THEIRS = PythonLexer(stripnl=False, ensurenl=False)
SIZE = 15_000

BLANKS = ("\n", " ", "\t", "\r", "\x0b", "\u2028")
ATOMS = (*BLANKS, "\\", "'", '"', '"""', "'''", "a", "1", ".", "_", "(", "[", "{", "}", "#", "@",
         "f'", 'rb"', "\\N{", "\\x", "%(", "from ", "import ", "class ", "def ", "match ", "case ",
         "as ", "for ", "0x", "1e", ":", "=", "->", ",", "é", "!", "lambda ", "not ", "self",
         "None", "__init__", "u'", "f'{a=")  # fmt: skip
STARTS = ("", "'", "f'{", '"""', "from ", "class ", "x = 1\n")


@pytest.mark.parametrize("start", STARTS)
def test_whatever_is_repeated_takes_linear_time(start: str) -> None:
    pieces = [*ATOMS, *map("".join, product(BLANKS, BLANKS)), "\n match", "\n  '''", "\\N{a"]
    slow = {piece: seconds for piece in pieces
            if (seconds := seconds_for(start + piece * (SIZE // len(piece)))) > 1}  # fmt: skip
    assert not slow  # what looks from each place to the end takes three


def test_a_string_of_names_without_end_takes_linear_time() -> None:
    assert seconds_for("'" + "\\N{" * 50_000) < 5


def seconds_for(code: str) -> float:
    start = time.process_time()
    for _ in OURS.get_tokens_unprocessed(code):
        pass
    return time.process_time() - start


def test_real_code_has_the_same_tokens_as_ever() -> None:
    for path in sorted((ROOT / "autograder" / "results").rglob("*.py")):
        code = path.read_text("utf-8")
        assert told(OURS, code) == told(THEIRS, code), path


def test_named_characters_are_escapes() -> None:
    code = r"'\N{GREEK SMALL LETTER ALPHA} \N{ a'"
    assert [text for kind, text in told(OURS, code) if kind == String.Escape] == [
        r"\N{GREEK SMALL LETTER ALPHA}"
    ]


def told(lexer: PythonLexer, code: str) -> list[tuple[object, str]]:
    """The tokens, spaces aside: those between two of them may be cut at another place."""
    return [
        (kind, text) for _, kind, text in lexer.get_tokens_unprocessed(code)
        if kind not in Whitespace and text.strip()
    ]  # fmt: skip
