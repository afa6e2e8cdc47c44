"""Ctrl-C and a polite `kill` end a command in one line, and nothing that it began goes on."""

import asyncio
import gc
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from dask_machines import descendants, has_file, is_gone, wait_until

from autograder.course.assignment import Course
from autograder.gradescope.bundle import build_zip
from autograder.gradescope.places import Places
from autograder.running.event_loop import run_alone

SIGNALS = [signal.SIGINT, signal.SIGTERM]
MARK = "begun.txt"


def endless(answer: str = "") -> bytes:
    """A notebook whose second cell says that it runs, and then never ends."""
    notebook = json.loads((ROOT / "assignments" / "assignment1.ipynb").read_text("utf-8"))
    cell: dict[str, Any] = {"cell_type": "code", "id": "stuck", "metadata": {}, "outputs": [],
            "execution_count": None}  # fmt: skip
    stuck = f"open('{MARK}', 'w').close()\nimport time\nwhile True:\n    time.sleep(1)"
    first = {**cell, "id": "first", "source": answer or "pass"}
    notebook["cells"][1:1] = [first, {**cell, "source": stuck}]
    return json.dumps(notebook).encode()


def wait_for_cell(process: "subprocess.Popen[str]") -> set[int]:
    """Wait until the endless cell runs; the processes of the command then."""
    while process.poll() is None:
        found = descendants(process.pid)
        if any(has_file(pid, MARK) for pid in found):
            return found
        time.sleep(0.1)
    raise AssertionError(f"it ended before: {process.communicate()}")


def assert_nothing_goes_on(started: set[int]) -> None:
    """On a busy machine what was killed takes a while to end, after the command has."""
    wait_until(lambda: all(map(is_gone, started)), "the processes of the command end")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A student's folder with a notebook that does not end."""
    shutil.copy(ROOT / "assignments" / "mnist.npz", tmp_path)
    (tmp_path / "assignment1.ipynb").write_bytes(endless())
    return tmp_path


@pytest.mark.parametrize("number", SIGNALS)
def test_check_is_stopped_while_a_cell_runs(folder: Path, number: int) -> None:
    command = [sys.executable, "-m", "autograder", "check", str(folder / "assignment1.ipynb")]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        started = wait_for_cell(process)
        process.send_signal(number)
        out, said = process.communicate(timeout=60)
    assert (process.returncode, said, out) == (130, "Stopped.\n", "")
    assert_nothing_goes_on(started)


def test_check_is_stopped_before_its_kernel_runs(folder: Path) -> None:
    command = [sys.executable, "-m", "autograder", "check", str(folder / "assignment1.ipynb")]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        started: set[int] = set()
        while process.poll() is None and not (started := descendants(process.pid)):
            time.sleep(0.01)
        assert started, process.communicate()
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (130, "Stopped.\n")
    assert_nothing_goes_on(started)


@pytest.mark.parametrize("number", SIGNALS)
def test_gradescope_keeps_what_was_earned(tmp_path: Path, number: int) -> None:
    places = Places(tmp_path / "autograder")
    with zipfile.ZipFile(io.BytesIO(build_zip(Course.at(ROOT), "assignment1"))) as content:
        content.extractall(places.source)
    places.submission.mkdir()
    (places.submission / "assignment1.ipynb").write_bytes(
        endless("convolved_features = [[8, 20], [14, 25]]")
    )
    environment = {**os.environ, "AUTOGRADER_GRADESCOPE_ROOT": str(places.root)}
    with subprocess.Popen(
        [sys.executable, "-m", "autograder.gradescope"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=environment,
    ) as process:  # fmt: skip
        started = wait_for_cell(process)
        results = places.results
        while process.poll() is None and json.loads(results.read_text("utf-8"))["score"] < 1:
            time.sleep(0.1)
        process.send_signal(number)
        out, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (130, "")
    assert out.splitlines()[-1].startswith("For staff: stopped from outside")
    assert json.loads(results.read_text("utf-8"))["score"] == 1
    assert_nothing_goes_on(started)


def test_what_nobody_waits_for_is_said_to_nobody(capfd: pytest.CaptureFixture[str]) -> None:
    async def fail() -> None:
        raise RuntimeError("the kernel has died")

    async def work() -> str:
        asyncio.ensure_future(fail())  # noqa: RUF006
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return "done"

    thread = threading.Thread(target=lambda: run_alone(work()))
    thread.start()
    thread.join()
    assert run_alone(work()) == "done"
    gc.collect()
    assert capfd.readouterr().err == ""
