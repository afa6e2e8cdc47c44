"""Whatever bytes a stranger hands in: one sentence or a result, never another error.

Hypothesis makes the inputs. The test suite tries a few of each kind; `make fuzz` tries many, as
many as FUZZ_EXAMPLES says.
"""

import contextlib
import io
import json
import math
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder import expect
from autograder.errors import SubmissionError, UsageError
from autograder.expect.guard import guarded
from autograder.model import Limits
from autograder.notebooks.cells import notebook_of
from autograder.notebooks.read import notebook_that_runs, runnable
from autograder.notebooks.slim import slim
from autograder.platforms.collect import collect
from autograder.platforms.registry import read_roster
from autograder.running.observations import read_observations

LIMITS = Limits(notebook_bytes=200_000, zip_members=50, zip_bytes=1_000_000)
FUZZ = settings(
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "40")),
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)

NAMES = ("cells", "cell_type", "source", "metadata", "outputs", "nbformat", "worksheets", "input",
         "attachments", "tags", "otter", "kernelspec", "language_info", "name", "level", "id",
         "output_type", "text", "data", "assignment_name", "execution_count")  # fmt: skip
WORDS = (
    "code",
    "markdown",
    "Code",
    "heading",
    "import google.colab\n",
    "<<<<<<< a\n",
    "R",
    "\ud800",
    "np.load('/content/mnist.npz')",
    "from google.colab import drive\n",
    "q1_1",
    '"""',
    "\\",
)
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(WORDS) | st.text()
)
VALUES = st.recursive(
    SCALARS,
    lambda inside: (
        st.lists(inside, max_size=4)
        | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=3), inside, max_size=5)
    ),
    max_leaves=25,
)
CELLS = st.lists(st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=6) | VALUES, max_size=5)
NOTEBOOKS = st.builds(
    lambda cells, more: {**more, "cells": cells},
    CELLS,
    st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=5),
)


@st.composite
def damaged(draw: st.DrawFn, whole: st.SearchStrategy[bytes]) -> bytes:
    """Bytes that were cut, or that have other bytes in their midst."""
    content = draw(whole)
    start = draw(st.integers(0, len(content)))
    end = draw(st.integers(start, len(content)))
    return draw(
        st.sampled_from([content, content[:start], content[:start] + content[end:]])
        | st.builds(lambda more: content[:start] + more + content[end:], st.binary(max_size=20))
    )


def says_one_line(error: Exception) -> None:
    assert "\n" not in str(error)


def encoded(notebook: Any) -> bytes:
    return json.dumps(notebook, indent=1).encode()


FILES = damaged(NOTEBOOKS.map(encoded) | VALUES.map(encoded) | st.binary(max_size=400))


@FUZZ
@given(FILES)
def test_a_file_is_a_notebook_or_a_sentence(content: bytes) -> None:
    try:
        notebook, said = notebook_that_runs(content, 200_000, 100, ["mnist.npz"])
    except SubmissionError as error:
        says_one_line(error)
        return
    assert notebook.cells
    assert all(isinstance(one, str) for one in said)
    made = runnable(notebook)
    assert json.loads(json.dumps(made).encode())["cells"]


@FUZZ
@given(NOTEBOOKS, st.integers(1, 50))
def test_what_is_left_out_is_nothing_that_is_read(notebook: Any, size: int) -> None:
    content = encoded(notebook)
    pieces = [content[start : start + size] for start in range(0, len(content), size)]
    left = slim(pieces, 10_000_000)
    assert left == slim([content], 10_000_000) == slim([left], 10_000_000)
    read = [notebook_of(json.loads(text)) for text in (content, left)]
    assert [one.lost for one in read] == [read[0].lost] * 2
    told = [[(c.kind, c.source, c.tags, c.was_run) for c in one.cells] for one in read]
    assert told[0] == told[1]


def zipped(members: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name or "x", content)
    return made.getvalue()


PATHS = st.builds(
    lambda parts, end: "/".join(parts) + end,
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
        min_size=1,
        max_size=5,
    ),
    st.sampled_from(["", ".ipynb", ".zip", "_1_assignsubmission_file/a.ipynb", "_12_34_x.ipynb"]),
)
ARCHIVES = damaged(st.dictionaries(PATHS, FILES, max_size=5).map(zipped))


@FUZZ
@given(ARCHIVES)
def test_an_archive_is_entries_or_a_sentence(tmp_path_factory: Any, content: bytes) -> None:
    file = Path(tmp_path_factory.mktemp("zip"), "class.zip")
    file.write_bytes(zipped({"ana/work.zip": content, "ben/assignment1.ipynb": b"{}"}))
    for entry in collect([file], "assignment1", LIMITS).entries:
        try:
            entry.read()
        except SubmissionError as error:
            says_one_line(error)
    file.write_bytes(content)
    try:
        collect([file], "assignment1", LIMITS)
    except UsageError as error:
        says_one_line(error)


@FUZZ
@given(damaged(st.lists(st.lists(st.text(max_size=8), max_size=6)).map(
    lambda rows: "\n".join(",".join(row) for row in [["Name", "Email", "ID"], *rows]).encode(
        "utf-8", "replace")
)))  # fmt: skip
def test_a_roster_is_a_class_or_a_sentence(tmp_path_factory: Any, content: bytes) -> None:
    file = Path(tmp_path_factory.mktemp("roster"), "class.csv")
    file.write_bytes(content)
    try:
        read_roster(file)
    except UsageError as error:
        says_one_line(error)


@FUZZ
@given(damaged(
    st.dictionaries(st.sampled_from(["kind", "name", "type_name", "value", "text", "problem"]),
                    VALUES | st.sampled_from(["numbers", "text", "network", "other", "x"]))
    .map(encoded) | st.binary(max_size=200)
))  # fmt: skip
def test_an_observation_is_data_or_nothing(tmp_path_factory: Any, content: bytes) -> None:
    folder = tmp_path_factory.mktemp("seen")
    (folder / "x.json").write_bytes(content)
    assert read_observations(folder, ["x"], 1_000_000)["x"].name == "x"


NESTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inside: (
        st.lists(inside, max_size=3)
        | st.lists(inside, max_size=3).map(lambda items: {"set": items})
        | st.lists(st.lists(inside, min_size=2, max_size=2), max_size=3).map(
            lambda pairs: {"pairs": pairs}
        )
        | st.sampled_from(["nan", "inf", "-inf", "x"]).map(lambda name: {"float": name})
    ),
    max_leaves=8,
)
PLOTS = st.fixed_dictionaries(
    {},
    optional={
        "title": st.text(max_size=3),
        "legend": st.lists(st.text(max_size=3), max_size=2),
        "lines": st.lists(
            st.fixed_dictionaries({"y": st.lists(st.floats() | st.text(max_size=2), max_size=3)}),
            max_size=2,
        ),
    },
)
FORGED = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(
            ["numbers", "structure", "table", "figure", "raised", "unfinished", "text", "missing"]
        ),
        "name": st.just("x"),
        "type_name": st.sampled_from(["list", "DataFrame", "bool", "ValueError"]),
    },
    optional={
        "value": NESTS,
        "columns": st.lists(NESTS, max_size=2),
        "index": st.lists(NESTS, max_size=2),
        "rows": st.lists(st.lists(NESTS, max_size=2), max_size=2),
        "types": st.lists(st.just("float64"), max_size=2),
        "is_series": st.booleans(),
        "axes": st.lists(PLOTS, max_size=2),
        "bases": st.lists(st.just("ValueError"), max_size=2),
        "text": st.text(max_size=5),
        "message": st.text(max_size=5),
        "lacks": st.sampled_from(["", "f"]),
    },
)
WORDS_OF_TESTS: tuple[Callable[[Any], object], ...] = (
    lambda seen: expect.equal(seen, {"a": [1, {2}]}),
    lambda seen: expect.close(seen, [1.0, math.nan]),
    lambda seen: expect.text(seen, "x"),
    lambda seen: expect.table(seen, {"a": [1, None]}, index=[0, 1], ordered=False),
    lambda seen: expect.table(seen, {"a": [1, None]}),
    lambda seen: expect.figure(seen, title="x", legend=True, lines=[[1, 2]]),
    lambda seen: expect.raises(seen, ValueError, saying="x"),
    lambda seen: expect.returns(seen, dict),
    lambda seen: expect.returns(seen, int),
    lambda seen: expect.shape(seen, (None, 2)),
    lambda seen: expect.error(seen, [1, 2], relative=0.1),
    lambda seen: expect.numbers(seen, right=[1, 2]),
    lambda seen: expect.number(seen, 3),
    lambda seen: expect.parameters(seen, ("a",)),
)


@FUZZ
@given(FORGED.filter(lambda seen: seen["kind"] in ("raised", "missing") or len(seen) > 3))
def test_a_forged_observation_is_judged_or_refused(
    tmp_path_factory: Any, forged: dict[str, Any]
) -> None:
    folder = tmp_path_factory.mktemp("seen")
    wanted = {
        "numbers": {"value"},
        "structure": {"value"},
        "table": {"columns", "index", "rows", "types", "is_series"},
        "figure": {"axes"},
        "raised": {"bases", "message"},
        "text": {"text"},
        "missing": {"lacks"},
    }.get(forged["kind"], set[str]())
    kept = {k: v for k, v in forged.items() if k in wanted | {"kind", "name", "type_name"}}
    (folder / "x.json").write_text(json.dumps(kept))
    seen = guarded(read_observations(folder, ["x"])["x"])
    for word in WORDS_OF_TESTS:
        with contextlib.suppress(expect.Failure):
            word(seen)
