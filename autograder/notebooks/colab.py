"""Adapts a notebook's code to the folder where it is graded: paths to the data, and Google Colab.

Lines keep their numbers, and what a student computes is not touched: only the place where the data
lie, and calls that can do nothing outside Colab.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from autograder.notebooks.conflict import markers
from autograder.notebooks.statements import Statement, statements, tokens

# More code than this in a notebook was not written by a student.
_MOST_CHARACTERS = 200_000
_LONGEST_PATH = 300
_WORTH_READING = r"google|chdir|%cd|<{7}|\.(?:mount|upload|download)\("
_OTHER_LANGUAGE = re.compile(r"\s*%%(?!capture|time|timeit|prun)")

_STRING = re.compile(r"(?P<prefix>[rRuUfF]?)(?P<quote>\"{3}|'{3}|\"|')(?P<text>.*)(?P=quote)", re.S)
# An escape such as \U or \x is no part of a path, and the student's own Python refused it too.
_ESCAPE = re.compile(r"(?<!\\)(?:\\\\)*\\[uUxN]")
_WRITES = re.compile(
    r"\b(?:savez(?:_compressed)?|save|savetxt|urlretrieve|mkdir|makedirs|extract|extractall)\s*\("
    r"|\bshutil\.|\bos\.(?:rename|replace|symlink|link)\b|[\"'][wax]b?\+?[\"']"
    r"|^[%!].*\b(?:cp|mv|ln|mkdir|wget|curl|gdown|unzip|tar|git|writefile)\b"
)
_WORD = re.compile(r"[^\s\\/\"'<>|*?:{}(),=]+")

_IMPORT = re.compile(r"from\s+google\.colab(?:\.\w+)*+\s+import\s++(?P<names>[\w\s,()]++)")
_MODULE = re.compile(
    r"(?:import\s+google\.colab(?:\s+as\s+(?P<alias>\w+))?"
    r"|from\s+google\s+import\s+colab(?:\s+as\s+(?P<other>\w+))?)"
)
_CALL = re.compile(r"(?:(?P<target>[^\W\d]\w*)\s*=\s*)?(?P<name>[\w.]+)\s*\(.*\)", re.S)
_CALLS = {"drive": {"mount", "flush_and_unmount"}, "files": {"upload", "download", "view"}}
_FAR = r"(?:[/~]|[A-Za-z]:[\\/])"
_CHDIR = re.compile(rf"(?:os\.)?chdir\(\s*[rR]?(?P<quote>[\"']){_FAR}[^\"'\n]*(?P=quote)\s*\)")
_CD = re.compile(rf"%cd(?:\s+-q)?(?:\s+[\"']?{_FAR}.*)?\s*")
_LONGEST_SHOWN = 100
_MOST_SHOWN = 3


class _Data:
    """The files that lie beside the notebook, and the ways to write where they lie elsewhere."""

    def __init__(self, files: Sequence[str]) -> None:
        self.files = tuple(files)
        # A name that is the end of another comes after it.
        names = "|".join(re.escape(f) for f in sorted(files, key=len, reverse=True)) or r"(?!)"
        name = rf"(?P<file>{names})"
        self.worth_reading = re.compile(f"{names}|{_WORTH_READING}")
        self.here = re.compile(rf"(?:\./+)?{name}")
        self.absolute = re.compile(rf"(?:[/~]|[A-Za-z]:[\\/]|\\)[^\n\"'<>|*?:{{}}]*[\\/]{name}")
        self.relative = re.compile(
            r"(?P<folder>[^\s\\/\"'<>|*?:{}()]+)[\\/](?:[^\s\"'<>|*?:{}()]*[\\/])?" + name
        )
        self.copy = re.compile(
            r"shutil\.copy(?:file|2)?\(\s*[rR]?(?P<quote>[\"'])(?P<path>[^\"'\n]+)(?P=quote)\s*,"
            rf"\s*[\"'](?:\.?/?(?:{names})?|/content/?(?:{names})?)[\"']\s*\)"
        )

    def is_worth_reading(self, source: str) -> bool:
        """Whether a cell can hold anything that is changed here."""
        return self.worth_reading.search(source) is not None and not _OTHER_LANGUAGE.match(source)

    @property
    def uploaded(self) -> str:
        """What an upload gives: the contents of files by their names. The data lie here already."""
        names = [json.dumps(file, ensure_ascii=False) for file in self.files]
        return "{" + ", ".join(f'{name}: open({name}, "rb").read()' for name in names) + "}"


@lru_cache(maxsize=16)
def _data(files: tuple[str, ...]) -> _Data:
    return _Data(files)


@dataclass
class _Findings:
    """What is known of the whole notebook, and what has been changed in it."""

    data: _Data
    colab: dict[str, str] = field(default_factory=dict)  # a name, and what of google.colab it is
    written: set[str] = field(default_factory=set)  # strings and words where files are made
    paths: dict[str, str] = field(default_factory=dict)  # in order, and the file that each leads to
    removed: list[str] = field(default_factory=list)
    merges: int = 0


def adapted(code: Sequence[str], files: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """The sources of all code cells so that they run here; a sentence for each kind of change.

    `files` are the names of those that lie beside the notebook. A cell without such code is not
    changed. Never raises.
    """
    found = _Findings(_data(tuple(files)))
    sources = list(code)
    if sum(map(len, sources)) > _MOST_CHARACTERS:
        return sources, ()
    chosen = [index for index, source in enumerate(sources) if found.data.is_worth_reading(source)]
    for index in chosen:
        sources[index] = _without_conflicts(sources[index], found)
    for source in sources if chosen else ():
        _survey(source, found)
    for index in chosen:
        sources[index] = _replaced(sources[index], _edits(sources[index], found))
    return sources, _said(found)


def _survey(source: str, found: _Findings) -> None:
    """Note what is imported from google.colab, and the names of files and folders that are made."""
    for statement in statements(source):
        if names := _imported(statement.text):
            found.colab |= names
        elif match := _MODULE.fullmatch(statement.text):
            module = match["alias"] or match["other"]
            module = module or ("colab" if "import colab" in statement.text else "google.colab")
            found.colab |= {f"{module}.{part}": part for part in _CALLS}
        if _WRITES.search(statement.text):
            found.written.update(_WORD.findall(statement.text))
            strings = (token.text for token in statement.tokens if token.kind == "string")
            found.written.update(match["text"] for s in strings if (match := _STRING.fullmatch(s)))


def _imported(text: str) -> dict[str, str]:
    """The names that an import from google.colab makes, and what each of them is there."""
    match = _IMPORT.fullmatch(text)
    names = match["names"].strip(" ()\n").split(",") if match else ()
    return {words[-1]: words[0] for name in names if (words := name.split())}


# --- what is changed in a cell --------------------------------------------------------------------


Edit = tuple[int, int, str]


def _edits(source: str, found: _Findings) -> Iterator[Edit]:
    """Pieces of the source and what comes in their place, in order and apart from each other."""
    for statement in statements(source):
        if (text := _harmless(statement, found)) is not None:
            found.removed.append(statement.text)
            yield statement.start, statement.end, text
        elif not statement.is_magic and not _WRITES.search(statement.text):
            for token in statement.tokens:
                if token.kind == "string" and (far := _far_path(token.text, found)):
                    path, file = far
                    found.paths[path] = file
                    yield token.start, token.end, token.text.replace(path, file)


def _replaced(source: str, edits: Iterable[Edit]) -> str:
    parts, position = [], 0
    for start, end, text in edits:
        parts += [source[position:start], text]
        position = end
    return "".join([*parts, source[position:]])


def _harmless(statement: Statement, found: _Findings) -> str | None:
    """What stands in for a statement that only works on Colab; None for every other one.

    In a `try`, a failing import is the student's own way to find out where the code runs.
    """
    text = statement.text
    if statement.is_magic:
        return _pass(statement) if _CD.fullmatch(text) else None
    if statement.guarded:
        return None
    if any(pattern.fullmatch(text) for pattern in (_MODULE, _CHDIR)):
        return _pass(statement)
    if names := _imported(text):
        # What else there is on Colab, such as `userdata`, is a package that is not here.
        return _pass(statement) if set(names.values()) <= set(_CALLS) else None
    data = found.data
    if (copy := data.copy.fullmatch(text)) and data.absolute.fullmatch(copy["path"]):
        return _pass(statement)
    call = _CALL.fullmatch(text)
    if call is None or not _is_one_call(statement):
        return None
    thing, _, action = call["name"].rpartition(".")
    module = found.colab.get(thing, "")
    if action not in _CALLS.get(module, ()):
        return None
    if call["target"] is None:
        return _pass(statement)
    value = data.uploaded if action == "upload" else "None"
    return (
        f"{call['target']} = {value}"
        if "\n" not in text
        else f"{call['target']} = ({value}" + ("\n" * text.count("\n") + ")")
    )


def _pass(statement: Statement) -> str:
    """Nothing, on as many lines."""
    if "\n" in statement.text:
        return "(None" + "\n" * statement.text.count("\n") + ")"
    return f"pass  # left out: {statement.text}" if statement.last_on_line else "pass"


def _is_one_call(statement: Statement) -> bool:
    """Whether the bracket that opens first is the one that closes last."""
    depth = 0
    for token in statement.tokens:
        depth += (token.kind == "open") - (token.kind == "close")
        if token.kind == "close" and depth == 0:
            return token is statement.tokens[-1]
    return False


def _far_path(literal: str, found: _Findings) -> tuple[str, str] | None:
    """The path in a string that is one to data in another folder, and no other string; the file."""
    match, data = _STRING.fullmatch(literal) if len(literal) <= _LONGEST_PATH else None, found.data
    if match is None or data.here.fullmatch(match["text"]):
        return None
    path = match["text"]
    if match["prefix"].lower() != "r" and _ESCAPE.search(path):
        return None
    # What the notebook itself has written there is the student's own.
    if absolute := data.absolute.fullmatch(path):
        return None if path in found.written else (path, absolute["file"])
    relative = data.relative.fullmatch(path)
    if relative and (relative["folder"] == ".." or relative["folder"] not in found.written):
        return path, relative["file"]
    return None


# --- merge conflicts inside a cell ----------------------------------------------------------------


def _without_conflicts(source: str, found: _Findings) -> str:
    """The first version of each merge conflict; the rest becomes comments."""
    marks = markers(source)
    strings = [t for t in tokens(source) if t.kind == "string"] if marks else []
    if not marks or any(s.start <= m.start() < s.end for s in strings for m in marks):
        return source
    found.merges += 1
    side, lines = "", []
    starts = {source.count("\n", 0, mark.start()): mark[1][0] for mark in marks}
    for number, line in enumerate(source.split("\n")):
        side = starts.get(number, side)
        kept = number not in starts and side in ("", "<", ">")
        lines.append(line if kept else f"# left out: {line}")
    return "\n".join(lines)


# --- what is said ---------------------------------------------------------------------------------


def _said(found: _Findings) -> tuple[str, ...]:
    said = []
    if found.merges:
        cells = "A cell" if found.merges == 1 else f"{found.merges} cells"
        said.append(
            f"IMPORTANT: {cells} held an unfinished git merge. The first version (above =======) "
            "was graded; if that is the wrong one, finish the merge and hand in again."
        )
    for path, file in list(found.paths.items())[:_MOST_SHOWN]:
        shown = _shown(path) or "A path of yours"
        said.append(f"{shown} was read as `{file}`, which lies beside the notebook when graded.")
    if more := list(found.paths.values())[_MOST_SHOWN:]:
        files = ", ".join(f"`{file}`" for file in dict.fromkeys(more))
        said.append(f"So were {len(more)} more paths to {files}.")
    if found.removed:
        shown = _shown(" ".join(found.removed[0].split()))
        if len(found.removed) == 1:
            said.append(
                f"A line that works only on Colab or in your own folder was left out: {shown}."
            )
        else:
            said.append(
                f"{len(found.removed)} lines that work only on Colab or in your own folder were "
                f"left out; the first is {shown}."
            )
    return tuple(said)


def _shown(code: str) -> str:
    """Code in a sentence, shortened; "" where it cannot be shown."""
    short = code if len(code) <= _LONGEST_SHOWN else code[: _LONGEST_SHOWN - 1] + "…"
    return f"`{short}`" if short.isprintable() else ""
