"""Whatever is handed in and whatever dies: each submission has its result, and files stay whole."""

import csv
import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, assignment, chosen_layers, fork_server, grades_of, notebook_of

from autograder.course.assignment import Assignment
from autograder.errors import SubmissionError
from autograder.grading.pipeline import Grader, entry_of, grade_one
from autograder.grading.pool import Watcher, in_threads
from autograder.judging.scoring import Scorer
from autograder.kernel import call_filter
from autograder.kernel.isolation import Layers, available, why_no_user
from autograder.kernel.privileges import (
    closed_to_others,
    drop_capabilities,
    kill_user,
    switch_user,
)
from autograder.kernel.system_calls import NOTEBOOK
from autograder.model import Entry, Grade, Graded, Layer, Settings, Submission
from autograder.notebooks.read import notebook_that_runs, runnable
from autograder.running.fork_client import ForkServer
from autograder.running.manager import base_environment

RIGHT = "# %%\nconvolved_features = [[8, 20], [14, 25]]\n"
SETTINGS = Settings(layers=chosen_layers())


def submission(student: str, content: bytes) -> Submission:
    """A submission of one student."""
    return Submission(path=f"{student}.ipynb", student=student, content=content)


def notebook(*cells: Any, **parts: Any) -> bytes:
    """A notebook of format 4 with whatever is given as cells and other parts."""
    whole = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": list(cells)} | parts
    return json.dumps(whole).encode()


def code(source: Any, **parts: Any) -> dict[str, Any]:
    """A code cell with whatever is given as its source and other parts."""
    cell: dict[str, Any] = {"cell_type": "code", "id": "a", "metadata": {}, "outputs": []}
    return cell | {"execution_count": None, "source": source} | parts


# --- notebooks that are none ----------------------------------------------------------------------

DEEP = b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": ' + b"[" * 100_000
ODD = {
    "deep": DEEP,
    "deep_and_closed": DEEP + b"]" * 100_000 + b"}",
    "deep_metadata": notebook(code("x = 1", metadata={"a": json.loads("[" * 900 + "]" * 900)})),
    "huge_number": notebook(code("x = 1")).replace(
        b'"nbformat": 4', b'"nbformat": 4' + b"0" * 9000
    ),
    "infinite_format": notebook(code("x = 1")).replace(b'"nbformat": 4', b'"nbformat": 1e999'),
    "format_of_the_future": notebook(code("x = 1"), nbformat=99),
    "negative_format": notebook(code("x = 1"), nbformat=-4),
    "format_as_text": notebook(code("x = 1"), nbformat="4"),
    "cells_that_are_text": notebook("x = 1", 7, None),
    "cells_as_dict": notebook(cells={"a": code("x = 1")}),
    "cells_as_text": notebook(cells="x = 1"),
    "source_as_dict": notebook(code({"a": "x = 1"})),
    "source_as_number": notebook(code(7)),
    "source_as_odd_list": notebook(code(["x = 1", 7, None])),
    "outputs_as_text": notebook(code("x = 1", outputs="none")),
    "outputs_of_no_kind": notebook(code("x = 1", outputs=[{"output_type": "surprise"}, 7])),
    "metadata_as_list": notebook(code("x = 1"), metadata=[1, 2]),
    "cell_metadata_as_text": notebook(code("x = 1", metadata="none")),
    "tags_as_number": notebook(code("x = 1", metadata={"tags": 7})),
    "unknown_cell": notebook({"cell_type": "surprise", "source": "", "metadata": {}}),
    "no_cell_type": notebook({"source": "x = 1"}),
    "too_many_cells": notebook(*[code("x = 1")] * 2_000),
    "null_bytes": b"\0" * 5_000,
    "null_in_source": notebook(code("x = '\0'\n")),
    "utf_16": notebook(code("x = 1")).decode().encode("utf-16"),
    "latin_1": notebook(code("x = 1")) + b"\xff",
    "half_a_surrogate_pair": notebook(code("x = '\ud800'")),
    "worksheets": b'{"worksheets": [7], "nbformat": 3, "metadata": {}}',
    "otter_as_list": notebook(code("x = 1"), metadata={"otter": [1]}),
    "attachments": notebook({"cell_type": "markdown", "source": "", "attachments": 7, "id": 9}),
    "nothing_but_a_number": b"7",
}


@pytest.mark.parametrize("content", ODD.values(), ids=ODD)
def test_odd_notebooks_are_read_or_named(content: bytes) -> None:
    limits = assignment("assignment1").settings.limits
    reason = ""
    try:
        notebook, _ = notebook_that_runs(content, limits.notebook_bytes, limits.cells)
        read = runnable(notebook)
    except SubmissionError as error:
        reason = str(error)
    assert "\n" not in reason
    assert len(reason) <= 400
    for cell in () if reason else read.cells:
        assert isinstance(cell.source, str)
        assert isinstance(cell.metadata, dict)


@pytest.mark.parametrize("name", ["half_a_surrogate_pair", "null_in_source", "deep_metadata"])
def test_odd_notebooks_are_graded(name: str) -> None:
    grade = grade_one(
        submission("s", ODD[name]), assignment("assignment1"), SETTINGS, fork_server()
    )
    assert "fault of the autograder" not in (grade.reason or "")


def test_a_long_cell_is_run() -> None:
    long = notebook(code("# " + "x" * 5_000_000 + "\npooled_features = 25"))
    grade = grade_one(submission("s", long), assignment("assignment1"), SETTINGS, fork_server())
    assert isinstance(grade, Graded), grade.reason
    assert grade.score == 1.0


def test_the_kernelspec_of_a_notebook_starts_nothing(tmp_path: Path) -> None:
    mark = tmp_path / "started"
    spec = {"name": "evil", "argv": ["touch", str(mark)], "language": "bash", "display_name": "x"}
    metadata = {"kernelspec": spec, "language_info": {"name": "bash"}}
    content = notebook(code("pooled_features = 25"), metadata=metadata)
    grade = grade_one(submission("s", content), assignment("assignment1"), SETTINGS, fork_server())
    assert isinstance(grade, Graded), grade.reason
    assert grade.score == 1.0
    assert not mark.exists()


def test_hostile_file_names_leave_table_and_files_whole(tmp_path: Path) -> None:
    handed_in, out = tmp_path / "in", tmp_path / "out"
    names = (
        b"new\nline", b"\x1b[31mred\x1b]0;title\x07", b"n" * 249, b"-rf", b"--out",
        b"\xe2\x80\xaegnp", b"\xff\xfe", b"[red]markup", b"a;b,c\"d'e", b"%2e%2e%2fup",
        b"$(touch x)", b"{0}", b" ", b"=1+1", "\u0430na".encode(), "a\u0308".encode(),
    )  # fmt: skip
    for name in names:
        handed_in.mkdir(exist_ok=True)
        (Path(os.fsdecode(os.fsencode(handed_in) + b"/" + name + b".ipynb"))).write_bytes(b"{}")
    (handed_in / "ana.ipynb").write_bytes(notebook_of(RIGHT))
    (handed_in / "link.ipynb").symlink_to("/etc/passwd")
    (handed_in / "loop.ipynb").symlink_to("loop.ipynb")
    os.mkfifo(handed_in / "pipe.ipynb")
    command = [sys.executable, "-m", "autograder", "grade", str(handed_in), "--assignment"]
    command += ["assignment1", "--out", str(out), "--jobs", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert "\x1b" not in done.stdout
    assert "\u202e" not in done.stdout
    results = json.loads((out / "grades.json").read_text("utf-8"))["grades"]
    with (out / "grades.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(results) >= len(names) + 1
    assert [grade["student"] for grade in results if grade["score"]] == ["ana"]
    written = {"grades.json", "grades.csv", "left_out.csv", "ledger.sqlite", ".lock"}
    written |= {"report", "feedback"}
    assert {path.name for path in out.iterdir()} == written
    pages = [path.name for path in (out / "report" / "students").iterdir()]
    assert len(pages) == len(results)
    assert {path.name for path in tmp_path.iterdir()} == {"in", "out"}


# --- processes that die ---------------------------------------------------------------------------

SLOW = RIGHT + "# %%\nimport time\ntime.sleep(0.7)\n# %%\npooled_features = 25\n"


@pytest.fixture(scope="module")
def server() -> Iterator[ForkServer]:
    """A fork server of these tests' own, to be killed."""
    with ForkServer(base_environment(threads=1, device="cpu")) as own:
        yield own


def children(pid: int) -> list[int]:
    """The children of a process that has one thread."""
    return [int(n) for n in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def in_its_second_cell(pid: int) -> bool:
    """Whether a kernel has answered its first question; its current folder tells where."""
    try:
        return any((Path(f"/proc/{pid}/cwd").readlink().parent / "observations").glob("*.json"))
    except OSError:
        return False


def kill_a_kernel(server: ForkServer) -> None:
    """Kill the next kernel that has answered its first question."""
    assert server.pid is not None
    before = set(filter(in_its_second_cell, children(server.pid)))
    for _ in range(3_000):
        if begun := set(filter(in_its_second_cell, children(server.pid))) - before:
            os.kill(begun.pop(), signal.SIGKILL)
            return
        time.sleep(0.01)


def kill_the_server(server: ForkServer) -> None:
    """Kill the server alone."""
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)


def kill_all(server: ForkServer) -> None:
    """Kill the server and each kernel that it has forked."""
    assert server.pid is not None
    kernels = children(server.pid)
    for pid in (*kernels, server.pid):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def graded_batch(
    server: ForkServer, disturb: Callable[[], None], whole: Assignment | None = None
) -> list[Grade]:
    """Eight submissions, two at a time; `disturb` comes while the third and fourth run."""
    handed_in = [entry_of(submission(f"s{n}", notebook_of(SLOW))) for n in range(8)]
    whole = whole or assignment("assignment1")
    grader = Grader(whole, SETTINGS, Scorer(whole))
    done: list[Grade] = []

    class Disturbing(Watcher):
        def done(self, entry: Entry, grade: Grade) -> None:
            done.append(grade)
            if len(done) == 2:
                threading.Timer(0.6, disturb).start()

    with ThreadPoolExecutor(2) as executor:
        return grades_of(handed_in, grader, in_threads(executor, server), 2, Disturbing())


@pytest.mark.parametrize("disturb", [kill_the_server, kill_all])
def test_a_dead_server_costs_no_marks(
    server: ForkServer, disturb: Callable[[ForkServer], None]
) -> None:
    first: list[int | None] = []

    def strike() -> None:
        first.extend([server.pid, *children(server.pid or 0)])
        disturb(server)

    grades = graded_batch(server, strike)
    assert len(first) > 1, "no kernel was running"
    assert first[0] != server.pid, "the server was not started anew"
    assert [(g.status, g.outcome, g.score) for g in grades] == [("graded", "finished", 2.0)] * 8
    for pid in first:
        assert not Path(f"/proc/{pid}").exists(), "a kernel has outlived its server"


def test_a_killed_kernel_costs_one_submission_its_later_cells(server: ForkServer) -> None:
    # A machine that is short of anything would have the notebook run once more.
    whole = assignment("assignment1")
    limits = whole.settings.limits.model_copy(update={"busy_factor": 1})
    settings = whole.settings.model_copy(update={"limits": limits})
    grades = graded_batch(server, partial(kill_a_kernel, server), replace(whole, settings=settings))
    assert all(isinstance(grade, Graded) for grade in grades)
    died = [grade for grade in grades if grade.outcome == "kernel_died"]
    assert [grade.score for grade in died] == [1.0]
    assert [grade.score for grade in grades if grade.outcome == "finished"] == [2.0] * 7


def test_a_stopped_server_ends_when_it_is_closed() -> None:
    whole = assignment("assignment1")
    with ForkServer(base_environment(threads=1, device="cpu"), preload=()) as own:
        assert grade_one(submission("s", notebook_of(RIGHT)), whole, SETTINGS, own).score == 1.0
        pid = own.pid
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
        own.close()
        assert not Path(f"/proc/{pid}").exists()


# --- floods ---------------------------------------------------------------------------------------

FLOODS = {
    "prints": 'while True: print("x" * 1_000_000, flush=True)',
    "one_print": 'print("x" * 100_000_000)',
    "pictures": "from IPython.display import display, Image\n"
    'while True: display(Image(data=b"x" * 6_000_000, format="png"))',
    "lines": 'print("a\\n" * 4_000_000)\nwhile True: print("\\n" * 1_000_000, flush=True)',
} | {
    name: (ROOT / "tests/attacks" / name / "attack.py").read_text("utf-8").split("# %%")[1]
    for name in ("res_endless_frames", "res_many_values")
}


@pytest.mark.parametrize("source", FLOODS.values(), ids=FLOODS)
def test_a_flood_ends_soon_and_leaves_the_grader_small(source: str) -> None:
    script = RIGHT + "# %%\n" + source
    whole = assignment("assignment1")
    grade_one(submission("warm", notebook_of(RIGHT)), whole, SETTINGS, fork_server())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    grade = grade_one(submission("s", notebook_of(script)), whole, SETTINGS, fork_server())
    assert time.process_time() - start < 5
    assert (grade.outcome, grade.score) == ("output", 1.0)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown * 1024 < 100_000_000


# --- a user for each kernel -----------------------------------------------------------------------


def status_of_a_child(action: Callable[[], object]) -> dict[str, str]:
    """What /proc says of a forked process after `action`."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            action()
            os.write(writing, Path("/proc/self/status").read_bytes())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as file:
        lines = dict(line.split(":", 1) for line in file.read().splitlines())
    os.waitpid(child, 0)
    return {name: value.strip() for name, value in lines.items()}


def processes_of(user: int) -> list[str]:
    """The living processes of a user."""
    found = []
    for file in Path("/proc").glob("[0-9]*/status"):
        with suppress(OSError):
            status = file.read_text()
            if f"\nUid:\t{user}\t" in status and "\nState:\tZ" not in status:
                found.append(file.parent.name)
    return found


def test_dropped_capabilities_do_not_come_back() -> None:
    status = status_of_a_child(drop_capabilities)
    assert {int(status[name], 16) for name in ("CapPrm", "CapEff", "CapInh", "CapAmb")} == {0}
    assert status["NoNewPrivs"] == "1"


@pytest.mark.skipif(not available().seccomp, reason="no seccomp here")
def test_files_are_not_emptied_where_landlock_does_not_watch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = Layers(landlock=2, seccomp=True, user=False, reasons={})
    monkeypatch.setattr(call_filter, "available", lambda: old)
    marks = tmp_path / "marks"
    marks.write_text("7 points")

    def empty() -> None:
        call_filter.restrict_calls(NOTEBOOK)
        (tmp_path / "own").write_text("opened to write")
        with suppress(OSError):
            os.truncate(marks, 0)
        for mode in (os.O_RDONLY, os.O_WRONLY | os.O_RDWR):
            with suppress(OSError):
                os.open(marks, mode | os.O_TRUNC)

    assert status_of_a_child(empty)["Seccomp"] == "2"
    assert (tmp_path / "own").read_text() == "opened to write"
    assert marks.read_text() == "7 points"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_a_user_of_its_own_has_no_other_rights() -> None:
    def become() -> None:
        switch_user(60_700)
        drop_capabilities()

    status = status_of_a_child(become)
    assert status["Uid"].split() == ["60700"] * 4
    assert status["Gid"].split() == ["60700"] * 4
    assert status["Groups"] == ""
    assert int(status["CapEff"], 16) == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_all_processes_of_a_user_die_at_one_stroke() -> None:
    command = ["sh", "-c", "setsid sleep 60 & setsid sleep 60 & echo started; sleep 60"]
    with subprocess.Popen(command, user=60_701, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"started\n"
        kill_user(60_701)
        process.wait(10)
    deadline = time.monotonic() + 5
    while (left := processes_of(60_701)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not left


def test_a_closed_folder_is_found(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "closed" / "python").mkdir(parents=True)
    (tmp_path / "closed").chmod(0o700)
    closed = tmp_path / "closed"
    assert closed_to_others(closed / "python") in (closed, *tmp_path.parents)
    assert closed_to_others(Path("/usr/bin")) is None


@pytest.mark.skipif(
    Layer.USER not in SETTINGS.layers, reason=f"no user layer in this run: {why_no_user()}"
)
def test_a_kernel_runs_as_a_user_of_its_own() -> None:
    script = "# %%\nimport os\npooled_features = os.getuid()\nassert os.getgroups() == []\n"
    whole = assignment("assignment1")
    grade = grade_one(submission("s", notebook_of(script + RIGHT)), whole, SETTINGS, fork_server())
    assert isinstance(grade, Graded), grade.reason
    assert (grade.outcome, grade.score) == ("finished", 1.0)
