"""What strangers hand in is read within bounds: any JSON, any size of outputs, many files."""

import io
import json
import os
import resource
import signal
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from autograder.errors import SubmissionError
from autograder.model import Limits
from autograder.notebooks.cells import notebook_of
from autograder.notebooks.reading import Readers, shared_readers
from autograder.notebooks.slim import slim
from autograder.platforms.collect import collect

MOST = 30_000_000
MEGABYTE = 1_000_000
LIMITS = Limits()
CODE = '{"cell_type": "code", "metadata": {}, "source": "x = 1", "outputs": []}'


@pytest.fixture
def readers() -> Iterator[Readers]:
    """Readers that nobody else uses; they end with the test."""
    own = Readers()
    yield own
    own.close()


def text(cells: str = CODE, metadata: str = "{}", more: str = "") -> bytes:
    """A notebook of these pieces of JSON."""
    return f'{{"nbformat": 4, "metadata": {metadata}, "cells": [{cells}]{more}}}'.encode()


def repeated(piece: str, of: Callable[[str], bytes]) -> bytes:
    """A notebook of a megabyte; `of` says where the copies of the piece stand in it."""
    return of(",".join([piece] * (MEGABYTE // (len(piece) + 1))))


def numbered(piece: str, of: Callable[[str], bytes]) -> bytes:
    """As `repeated`, each copy with a number of its own in place of the star."""
    count = MEGABYTE // (len(piece) + 5)
    return of(",".join(piece.replace("*", f"{n:x}") for n in range(count)))


def outputs(inside: str) -> bytes:
    return text(CODE.replace('"outputs": []', f'"outputs": [{inside}]'))


def cell_with(name: str) -> Callable[[str], bytes]:
    return lambda inside: text(f'{{"cell_type": "code", "source": "", "{name}": {inside}}}')


MADE: dict[str, Callable[[], bytes]] = {
    "outputs without a kind": lambda: repeated("{}", outputs),
    "outputs in outputs": lambda: repeated("[[[[[]]]]]", outputs),
    "outputs of one text": lambda: repeated('{"output_type": "stream", "text": ""}', outputs),
    "numbers as outputs": lambda: repeated("0", outputs),
    "names in an output": lambda: numbered('"*": 0', lambda s: outputs(f"{{{s}}}")),
    "names in metadata": lambda: numbered('"*": 0', lambda s: text(metadata=f"{{{s}}}")),
    "lists in metadata": lambda: repeated("[]", lambda s: text(metadata=f'{{"a": [{s}]}}')),
    "names beside cells": lambda: numbered('"*": []', lambda s: text(more=f", {s}")),
    "names in a cell": lambda: numbered('"*": 0', lambda s: text(f'{{"source": "", {s}}}')),
    "lines of a source": lambda: repeated('""', lambda s: cell_with("source")(f"[{s}]")),
    "tags": lambda: numbered('"*"', lambda s: cell_with("metadata")(f'{{"tags": [{s}]}}')),
    "attachments": lambda: numbered('"*": {}', lambda s: cell_with("attachments")(f"{{{s}}}")),
    "empty cells": lambda: repeated("{}", text),
    "sheets": lambda: repeated('{"cells": []}', lambda s: f'{{"worksheets": [{s}]}}'.encode()),
    "cells again": lambda: repeated('"cells": []', lambda s: f"{{{s}}}".encode()),
    "outputs as an object": lambda: numbered(
        '"*": 0', lambda s: text(CODE.replace("[]", "{" + s + "}"))
    ),
    "deep": lambda: text(metadata="[" * (MEGABYTE // 2) + "]" * (MEGABYTE // 2)),
    "deep objects": lambda: b'{"cells": [' + b'{"a": ' * (MEGABYTE // 6),
    "blank lines": lambda: cell_with("source")('"' + r"\n" * (MEGABYTE // 2) + '"'),
    "cut in outputs": lambda: repeated("{}", outputs)[:-50],
    "backslashes": lambda: b'{"cells": ["' + b"\\" * MEGABYTE,
    "brackets of code": lambda: cell_with("source")(
        json.dumps("import google.colab" + "(" * MEGABYTE)
    ),
    "code for R": lambda: text(
        json.dumps({"cell_type": "code", "source": "x = 1" + "\n" * MEGABYTE + "y"}),
        '{"language_info": {"name": "R"}}',
    ),
    "conflicts": lambda: b"{\n" + b"<<<<<<< a\n" * (MEGABYTE // 10),
    "a name without end": lambda: b'{"' + b"a" * MEGABYTE,
}


@pytest.mark.parametrize("kind", MADE)
def test_a_megabyte_of_anything_is_read_in_little_time_and_memory(
    readers: Readers, kind: str
) -> None:
    readers.read(text(), MOST, 100)
    (reader,) = readers._idle
    pid, before = reader.process.pid, _processor_time(reader.process.pid)
    assert "\n" not in outcome(readers, MADE[kind]())
    assert [one.process.pid for one in readers._idle] == [pid], "the reader did not survive"
    assert _processor_time(pid) - before < 2
    assert _most_memory(pid) < 200_000_000


def outcome(readers: Readers, content: bytes) -> str:
    """Why a file is not read; empty if it is."""
    try:
        readers.read(content, MOST, 1_000)
    except SubmissionError as error:
        return str(error)
    return ""


def _processor_time(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _most_memory(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def test_what_takes_too_long_ends_as_a_sentence_and_holds_up_nobody(readers: Readers) -> None:
    slow = text(metadata='{"a": ' + "[" * 10 * MEGABYTE)
    seen: list[str] = []

    def read_slowly() -> None:
        with pytest.raises(SubmissionError) as caught:
            readers.read(slow, MOST, 100, seconds=1)
        seen.append(str(caught.value))

    thread = threading.Thread(target=read_slowly)
    thread.start()
    while thread.is_alive():
        notebook, _ = readers.read(text(), MOST, 100)
        assert notebook.cells[0].source == "x = 1"
    thread.join()
    assert seen == ["the notebook takes too long to read"]


def test_a_reader_that_was_killed_is_replaced(readers: Readers) -> None:
    readers.read(text(), MOST, 100)
    (reader,) = readers._idle
    os.kill(reader.process.pid, signal.SIGKILL)
    os.waitid(os.P_PID, reader.process.pid, os.WEXITED | os.WNOWAIT)
    assert readers.read(text(), MOST, 100)[0].cells[0].source == "x = 1"


def test_what_takes_too_much_memory_ends_as_a_sentence(readers: Readers) -> None:
    # One letter from outside the first plane, and every other takes four bytes, in every copy.
    wide = json.dumps({"cells": [{"source": "\U0001f600" + "a" * 29 * MEGABYTE}]})
    said = outcome(readers, wide.replace("\\ud83d\\ude00", "\U0001f600").encode())
    assert said == "the notebook takes too much memory to read"
    assert outcome(readers, text()) == ""


# --- large files whose size is saved outputs ------------------------------------------------------


def large(megabytes: int) -> bytes:
    """A notebook of so many megabytes, nearly all of it pictures and text that were saved."""
    picture = json.dumps({"output_type": "display_data", "data": {"image/png": "A" * 900_000}})
    printed = json.dumps({"output_type": "stream", "name": "stdout", "text": ["loss: 1\n"] * 6_000})
    return outputs(",".join([picture, printed] * megabytes))


def test_a_large_notebook_is_read_without_its_outputs(tmp_path: Path) -> None:
    file = tmp_path / "assignment1.ipynb"
    file.write_bytes(large(40))
    assert file.stat().st_size > MOST
    zipped = tmp_path / "class.zip"
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(file, "ana/assignment1.ipynb")
        archive.writestr("ben/assignment1.ipynb", text())
    for path in (file, zipped):
        entry = collect([path], "assignment1", LIMITS).entries[0]
        content = entry.read()
        assert len(content) < 1_000
        assert notebook_of(json.loads(content)).cells[0].source == "x = 1"


def test_memory_stays_flat_while_a_large_file_streams_by() -> None:
    piece = large(1)[80:-10]
    pieces = [b'{"cells": [{"source": "x = 1", "outputs": [', *[piece + b","] * 3, b"0]}]}"]

    def taken(times: int) -> int:
        import tracemalloc

        tracemalloc.start()
        try:
            slim((part for part in pieces for _ in range(times if part[-1:] == b"," else 1)), MOST)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert taken(20) < 1.2 * taken(2)


def test_pieces_of_any_size_leave_the_same() -> None:
    content = large(1).replace(b"x = 1", rb"s = \"}]\\\" # \u00e9")
    whole = slim([content], MOST)
    assert json.loads(whole)["cells"][0]["outputs"] == [0]
    few = content[:400] + content[-60_000:]
    for size in (1, 2, 7, 4_096):
        cut = [few[start : start + size] for start in range(0, len(few), size)]
        assert slim(cut, MOST) == slim([few], MOST)


# --- many notebooks of one student ----------------------------------------------------------------


def zipped_notebooks(members: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return made.getvalue()


def test_many_large_notebooks_are_not_all_read_to_choose_one(tmp_path: Path) -> None:
    costly = text(metadata='{"a": ' + "[" * 3 * MEGABYTE + "]" * 3 * MEGABYTE + "}")
    bomb = {f"assignment1/try {n}.ipynb": costly + b" " * n for n in range(16)}
    (tmp_path / "mal").mkdir()
    (tmp_path / "mal" / "work.zip").write_bytes(zipped_notebooks(bomb))
    (tmp_path / "ana").mkdir()
    (tmp_path / "ana" / "assignment1.ipynb").write_bytes(text())
    before = _of_children()
    found = collect([tmp_path], "assignment1", LIMITS)
    assert {entry.student for entry in found.entries} >= {"ana"}
    shared_readers().close()
    assert _of_children() - before < 20  # sixteen take more than a minute


def _of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_deep_paths_in_a_zip_take_no_time(tmp_path: Path) -> None:
    deep = {f"{n}/" + "a/" * 480 + "x.ipynb": text() for n in range(1_500)}
    (tmp_path / "mal.zip").write_bytes(zipped_notebooks({"assignment1.ipynb": text(), **deep}))
    (tmp_path / "ana.ipynb").write_bytes(text())
    start = time.process_time()
    collect([tmp_path], "assignment1", LIMITS)
    assert time.process_time() - start < 10


# --- what is easily mended ------------------------------------------------------------------------

CELL = {"cell_type": "code", "source": ["x = 1\n", "y = 2"]}
MENDED = {
    "no metadata": {"nbformat": 4, "cells": [CELL]},
    "no format": {"cells": [CELL]},
    "outputs as an object": {"cells": [{**CELL, "outputs": {"a": {"b": 1}}}]},
    "capital": {"nbformat": 4, "metadata": {}, "cells": [{**CELL, "cell_type": "Code"}]},
    "format 3 without outputs": {
        "nbformat": 3,
        "worksheets": [{"cells": [{"cell_type": "code", "input": "x = 1\ny = 2"}]}],
    },
    "format 1": {"nbformat": 1, "cells": [{"cell_type": "code", "code": "x = 1\ny = 2"}]},
}


@pytest.mark.parametrize("kind", MENDED)
def test_what_a_notebook_lacks_costs_nothing(readers: Readers, kind: str) -> None:
    notebook, _ = readers.read(json.dumps(MENDED[kind]).encode(), MOST, 100)
    assert [(cell.kind, cell.source) for cell in notebook.cells] == [("code", "x = 1\ny = 2")]


def test_headings_of_format_3_stay_headings(readers: Readers) -> None:
    cells = [{"cell_type": "heading", "level": 2, "source": "A title"}]
    old = {"nbformat": 3, "metadata": {}, "worksheets": [{"cells": cells}]}
    notebook, said = readers.read(json.dumps(old).encode(), MOST, 100)
    assert [(cell.kind, cell.source) for cell in notebook.cells] == [("markdown", "## A title")]
    assert "old format 3" in said[0]


def test_a_notebook_without_cells_is_not_graded(readers: Readers) -> None:
    with pytest.raises(SubmissionError, match="no cells"):
        readers.read(b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}', MOST, 9)
