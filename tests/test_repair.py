"""Damaged notebooks are mended where that is safe, and refused with a reason where it is not."""

import io
import json
import random
import time
import zipfile
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pytest
from conftest import ROOT

from autograder.errors import SubmissionError
from autograder.notebooks.colab import adapted
from autograder.notebooks.read import notebook_that_runs, read_notebook, runnable

MOST = 30_000_000
REFERENCE = ROOT / "solutions" / "reference" / "assignment2.ipynb"


def notebook(*sources: str, **parts: Any) -> bytes:
    """A notebook of format 4 with these code cells."""
    cells = [
        {"cell_type": "code", "id": f"c{n}", "metadata": {}, "outputs": [], "source": source}
        | {"execution_count": None}
        for n, source in enumerate(sources)
    ]
    whole = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5} | parts
    return json.dumps(whole, indent=1).encode()


def sources(content: bytes) -> list[str]:
    """The sources of the cells after mending."""
    return [cell.source for cell in notebook_that_runs(content, MOST)[0].cells]


def reason(content: bytes) -> str:
    """Why the content is refused."""
    with pytest.raises(SubmissionError) as caught:
        notebook_that_runs(content, MOST)
    return str(caught.value)


def after(source: str, *others: str) -> str:
    """A cell's source after it was adapted, in a notebook that has other cells too."""
    return adapted([source, *others], ["mnist.npz"])[0][0]


# --- what is whole stays as it is -----------------------------------------------------------------

WHOLE = sorted([*ROOT.glob("assignments/*.ipynb"), *ROOT.glob("solutions/reference/*.ipynb")])


@pytest.mark.parametrize("file", WHOLE, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_a_whole_notebook_is_not_touched(file: Path) -> None:
    content = file.read_bytes()
    read, repairs = notebook_that_runs(content, MOST)
    assert repairs == ()
    assert read == read_notebook(content, MOST)
    # nbformat reads the same, attachments included.
    given = nbformat.reads(content.decode(), as_version=4)
    kept = ("cell_type", "source", "attachments")
    assert [{k: cell[k] for k in kept if k in cell} for cell in runnable(read).cells] == [
        {k: cell[k] for k in kept if k in cell} for cell in given.cells
    ]


# --- cut off --------------------------------------------------------------------------------------


@cache
def saved_as(style: str) -> tuple[bytes, list[str], list[int]]:
    """The reference as Jupyter or Colab save it: content, sources, and where each cell ends."""
    whole = json.loads(REFERENCE.read_text("utf-8"))
    if style == "colab":  # compact, cells last, source before outputs
        order = ("cell_type", "source", "metadata", "execution_count", "outputs")
        cells = [{k: cell[k] for k in order if k in cell} for cell in whole["cells"]]
        rest = {key: whole[key] for key in ("nbformat", "nbformat_minor", "metadata")}
        text = json.dumps(rest | {"cells": cells}, ensure_ascii=False)
        ends = [json.dumps(cell, ensure_ascii=False) for cell in cells]
    else:
        text = json.dumps(whole, indent=1, ensure_ascii=False)
        ends = [
            json.dumps(cell, indent=1, ensure_ascii=False).replace("\n", "\n  ")
            for cell in whole["cells"]
        ]
    position, offsets = text.index('"cells"'), []
    for end in ends:
        position = text.index(end, position) + len(end)
        offsets.append(len(text[:position].encode()))
    return text.encode(), ["".join(cell["source"]) for cell in whole["cells"]], offsets


@pytest.mark.parametrize("style", ["jupyter", "colab"])
def test_whole_cells_before_a_cut_are_recovered(style: str) -> None:
    content, expected, ends = saved_as(style)
    draw = random.Random(7)
    for cut in [draw.randrange(len(content)) for _ in range(200)]:
        whole = sum(end <= cut for end in ends)
        if whole == 0:
            with suppress(SubmissionError):
                sources(content[:cut])
            continue
        found = sources(content[:cut])
        # The cell that was cut counts if its source had been written whole.
        assert len(found) in (whole, whole + 1)
        assert found == expected[: len(found)]


def test_a_cell_counts_when_only_its_outputs_were_cut_off() -> None:
    text = '{"nbformat": 4, "metadata": {}, "cells": [{"cell_type": "code", "source": ["x = 1"], '
    assert sources(f'{text}"metadata": {{}}, "outputs": [{{"data": "iVBOR'.encode()) == ["x = 1"]
    assert "first cell" in reason(b'{"cells": [{"cell_type": "code", "source": ["x = 1",')


def test_a_cut_is_said_with_the_number_of_cells() -> None:
    content = notebook("x = 1", "y = 2", "z = 3")
    _, repairs = notebook_that_runs(content[: content.index(b"z = 3")], MOST)
    assert repairs == (
        "The file was cut off: the 2 cells before the cut were graded; the rest is missing.",
    )


def test_a_cut_in_the_middle_of_a_letter_or_filled_with_zeros() -> None:
    content = notebook("x = 1", "y = 'ø'").replace(b"\\u00f8", "ø".encode())
    cut = content.index("ø".encode()) + 1
    assert sources(content[:cut]) == ["x = 1"]
    assert sources(content[: cut - 1] + bytes(5_000)) == ["x = 1"]


def test_the_worksheets_of_format_3_are_recovered() -> None:
    cells = [{"cell_type": "code", "input": f"x = {n}", "language": "python"} for n in range(3)]
    whole = json.dumps({"nbformat": 3, "metadata": {}, "worksheets": [{"cells": cells}]})
    assert sources(whole[: whole.index("x = 2")].encode()) == ["x = 0", "x = 1"]


HOSTILE = {
    "deep": b'{"cells": ' + b"[" * 300_000,
    "deep_cells": b'{"cells": [' + b'{"a": ' * 300_000,
    "many_keys": b'{"cells": [],' * 100_000,
    "many_empty": b'{"cells": [' + b"{}," * 600_000,
    "many_strings": b'{"cells": ["' + b'","' * 600_000,
    "commas": b'{"cells": [' + b"," * 2_000_000,
    "spaces": b'{"cells": [1,' + b" " * 2_000_000 + b"x",
    "backslashes": b'{"cells": ["' + b"\\" * 2_000_001,
    "long_number": b'{"cells": [' + b"9" * 300_000,
    "markers": b"{\n" + b"<<<<<<< a\n" * 100_000,
    "brackets": b"[" * 300_000,
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_hostile_files_take_no_time(content: bytes) -> None:
    start = time.process_time()
    assert reason(content)
    assert time.process_time() - start < 10


# --- git, commas, encodings -----------------------------------------------------------------------


def conflict(ours: str, theirs: str) -> bytes:
    """A notebook in which git could not merge one line."""
    text = notebook("a = 1", "LINE").decode()
    line = next(line for line in text.split("\n") if "LINE" in line)
    sides = [line.replace("LINE", side) for side in (ours, theirs)]
    return text.replace(
        line, f"<<<<<<< HEAD\n{sides[0]}\n=======\n{sides[1]}\n>>>>>>> other"
    ).encode()


def test_the_first_version_of_a_merge_is_graded() -> None:
    content = conflict("b = 1", "b = 2")
    assert sources(content) == ["a = 1", "b = 1"]
    (said,) = notebook_that_runs(content, MOST)[1]
    assert "IMPORTANT" in said
    assert "different code" in said


def test_a_merge_without_two_whole_versions_is_refused() -> None:
    assert "unfinished git merge" in reason(conflict("b = 1", 'b = "'))
    assert "unfinished git merge" in reason(conflict("b = 1", "b = 2").replace(b">>>>>>>", b""))


def test_markers_in_a_string_are_no_conflict() -> None:
    source = 'text = """\n<<<<<<< a\n=======\n>>>>>>> b\n"""'
    assert after(source) == source


def test_stray_commas_are_taken_out_and_strings_kept() -> None:
    content = notebook("x = [1,]  # ,}").replace(b'"outputs": []', b'"outputs": [ , ]', 1)
    assert "broken" in reason(content.replace(b'"id"', b"id"))
    assert sources(content) == ["x = [1,]  # ,}"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "latin-1"])
def test_other_encodings_are_read(encoding: str) -> None:
    text = notebook("name = 'Søren'").decode().replace("\\u00f8", "ø")
    assert sources(text.encode(encoding)) == ["name = 'Søren'"]


def test_what_follows_the_notebook_is_left_out() -> None:
    assert sources(notebook("x = 1") + b'\n  "nbformat_minor": 5\n}') == ["x = 1"]


# --- archives and scripts -------------------------------------------------------------------------


def zipped(**files: bytes) -> bytes:
    """A zip archive of files, whose names stand without `.ipynb`."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in files.items():
            file.writestr(f"{name}.ipynb", content)
    return archive.getvalue()


def test_the_one_notebook_in_an_archive_is_taken_within_the_limit() -> None:
    assert sources(zipped(a=notebook("x = 1"))) == ["x = 1"]
    assert "2 notebooks" in reason(zipped(a=notebook("x = 1"), b=notebook("x = 2")))
    assert "no notebook" in reason(zipped(**{".hidden/a": notebook("x = 1")}))
    assert "more than" in reason(zipped(a=b" " * (MOST + 1)))
    assert "broken zip" in reason(zipped(a=notebook("x = 1"))[:-30])
    assert reason(zipped(a=zipped(a=notebook("x = 1"))))


def test_scripts_become_cells() -> None:
    script = "# %% [markdown]\n# Text\n\n# %%\nx = 1\n\n# %% a title\ny = 2\n"
    read, repairs = notebook_that_runs(script.encode(), MOST)
    assert [(c.kind, c.source) for c in read.cells] == [
        ("markdown", "Text"),
        ("code", "x = 1"),
        ("code", "y = 2"),
    ]
    assert "Python script" in repairs[0]


REFUSED = {
    "web page": b"<!DOCTYPE html><html><body>" + notebook("x = 1") + b"</body></html>",
    "code block": b"```json\n" + notebook("x = 1") + b"\n```",
    "PDF": b"%PDF-1.7\n",
    "archive": b"\x1f\x8b\x08\x00",
    "no JSON": b"import numpy as np\n",
    "has no cells": b'{"a": 1}',
    "none of its cells": b'{"cells": [1, 2], "nbformat": 4}',
    "for R": notebook("x <- c(1, 2)", metadata={"language_info": {"name": "R"}}),
    "for julia": notebook(
        "function f(x)\n  x\nend",
        metadata={"kernelspec": {"language": "julia", "name": "julia", "display_name": "Julia"}},
    ),
}


@pytest.mark.parametrize("part", REFUSED)
def test_what_is_refused_is_named(part: str) -> None:
    assert part in reason(REFUSED[part])


def test_python_in_a_notebook_for_another_language_is_run_and_said() -> None:
    content = notebook("x = 1", metadata={"language_info": {"name": "R"}})
    assert "for R" in notebook_that_runs(content, MOST)[1][0]


# --- where the data lie, and Colab ----------------------------------------------------------------

PATHS = [
    "'/content/drive/MyDrive/Colab Notebooks/mnist.npz'",
    '"~/lab/mnist.npz"',
    "'../data/mnist.npz'",
    "'data/mnist.npz'",
    r"'C:\\Users\\ana\\mnist.npz'",
    r'r"C:\Users\ana\mnist.npz"',
    '"D:/lab/mnist.npz"',
    "'''/home/ana/mnist.npz'''",
]


@pytest.mark.parametrize("path", PATHS)
def test_paths_to_the_data_lead_to_the_data(path: str) -> None:
    before, behind = "x = [1]; data = np.load(", ", mmap_mode=None)  # mine"
    got = after(before + path + behind)
    assert got.startswith(before)
    assert got.endswith(behind)
    namespace: dict[str, Any] = {}
    exec("path = " + got.removeprefix(before).removesuffix(behind), namespace)
    assert namespace["path"] == "mnist.npz"


UNTOUCHED = [
    "data = np.load('mnist.npz')",
    "data = np.load('./mnist.npz')",
    "data = np.load(os.path.join(path, 'mnist.npz'))",
    "data = np.load(f'{path}/mnist.npz')",
    "urlretrieve('https://example.org/mnist.npz', 'mnist.npz')",
    "path = 'https://example.org/mnist.npz'",
    "print('I loaded /content/mnist.npz')",
    "# np.load('/content/mnist.npz')",
    "np.savez('/tmp/mnist.npz', x=1)\nnp.load('/tmp/mnist.npz')",
    "!mkdir data\n!cp mnist.npz data\nnp.load('data/mnist.npz')",
    "%%bash\nls /content/drive/mnist.npz",
    "'/content/mnist.npz.zip'",
    "b'/content/mnist.npz'",
    "try:\n    from google.colab import drive\n    a = 1\nexcept ImportError:\n    a = 2",
    "drive.mount('/content/drive')",
    "class Files: ...\nfiles = Files()\nfiles.upload('google')",
    "os.chdir('data')",
    "os.chdir(path)",
    "text = 'from google.colab import drive'",
    "if 'google.colab' in sys.modules:\n    %pip install -q cnn-autograder",
    "x = (1, 'google.colab'\n'unfinished",
]


@pytest.mark.parametrize("source", UNTOUCHED)
def test_other_code_is_not_touched(source: str) -> None:
    assert after(source) == source


COLAB = {
    "from google.colab import drive": "pass  # left out: from google.colab import drive",
    "import google.colab as g": "pass  # left out: import google.colab as g",
    "if x:\n    drive.mount('/d')  # a\ny = 1": (
        "if x:\n    pass  # left out: drive.mount('/d')  # a\ny = 1"
    ),
    "drive.mount('/d'); y = 1": "pass; y = 1",
    "drive.mount(\n  '/d'\n)\ny = 1": "(None\n\n)\ny = 1",
    "done = drive.mount(\n  '/d'\n)": "done = (None\n\n)",
    "up = files.upload()": 'up = {"mnist.npz": open("mnist.npz", "rb").read()}',
    "google.colab.drive.mount('/d')": "pass  # left out: google.colab.drive.mount('/d')",
    "%cd /content/drive": "pass  # left out: %cd /content/drive",
    "os.chdir('/content/drive')": "pass  # left out: os.chdir('/content/drive')",
    "shutil.copy('/content/drive/MyDrive/mnist.npz', '.')": (
        "pass  # left out: shutil.copy('/content/drive/MyDrive/mnist.npz', '.')"
    ),
    "files.upload().keys()": "files.upload().keys()",
}


@pytest.mark.parametrize("source", COLAB)
def test_calls_for_colab_do_nothing_and_lines_keep_their_numbers(source: str) -> None:
    got = after(source, "from google.colab import drive, files", "import google.colab")
    assert got == COLAB[source]
    assert got.count("\n") == source.count("\n")


def test_few_paths_are_said_of_many() -> None:
    cells = [f"np.load('/a{n}/mnist.npz')" for n in range(500)]
    _, repairs = notebook_that_runs(notebook(*cells), MOST, files=["mnist.npz"])
    assert len(repairs) == 4
    assert "497 more paths" in repairs[-1]


ENDLESS = {
    "quotes": "google = " + '\\"""' * 50_000 + "\\",
    "brackets": "import google.colab" + "(" * 100_000,
    "minus": "'/mnist.npz'" + "-" * 100_000,
    "paths": "; ".join(f"'/a/{n}/mnist.npz'; np.save('/b/{n}')" for n in range(12_000)),
    "slashes": "'" + "/" * 100_000 + "mnist.npz'",
    "words": "from google.colab import " + "a " * 100_000 + "!",
    "spaces": "%cd" + " " * 100_000 + "x",
}


@pytest.mark.parametrize("source", ENDLESS.values(), ids=ENDLESS)
def test_hostile_code_takes_no_time(source: str) -> None:
    start = time.process_time()
    after(source)
    assert time.process_time() - start < 10
