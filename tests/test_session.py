"""Checks in a session that goes on: after a restart of its kernel, and from any other folder."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager
from test_small_install import NETWORKS, handed_out

_SECONDS = 60


class Session:
    """A kernel that runs where a handed-out notebook lies, without a server that names the file."""

    def __init__(self, folder: Path, assignment: str) -> None:
        for name in (f"{assignment}.ipynb", "mnist.npz"):
            shutil.copy(ROOT / "assignments" / name, folder)
        cells = handed_out(assignment)["cells"]
        self.first = next(
            "".join(cell["source"]) for cell in cells if "Notebook(" in "".join(cell["source"])
        )
        self._manager = KernelManager(kernel_name="python3")
        self._manager.start_kernel(cwd=str(folder))
        self._client: BlockingKernelClient = self._manager.client()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=_SECONDS)

    def run(self, source: str) -> str:
        """Run a cell; what it shows as text, or the error that ends it."""
        shown: list[str] = []

        def keep(message: dict[str, Any]) -> None:
            content = message["content"]
            if message["msg_type"] == "stream":
                shown.append(content["text"])
            elif message["msg_type"] == "execute_result":
                shown.append(content["data"]["text/plain"])
            elif message["msg_type"] == "error":
                shown.append(f"{content['ename']}: {content['evalue']}")

        self._client.execute_interactive(source, timeout=_SECONDS, output_hook=keep)
        return "\n".join(shown)

    def restart(self) -> None:
        """Restart the kernel, as the notebook's menu does."""
        self._manager.restart_kernel(now=True)
        self._client.wait_for_ready(timeout=_SECONDS)

    def end(self) -> None:
        """End the kernel and close what talked to it."""
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)
        self._manager.context.destroy()


@pytest.fixture
def session(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Session]:
    started = Session(tmp_path, getattr(request, "param", "assignment1"))
    yield started
    started.end()


def test_after_a_restart_checks_begin_anew(session: Session) -> None:
    session.run(session.first)
    session.run("convolved_features = [[1, 2], [3, 4]]")
    assert "the form is right" in session.run("grader.check('q1_1_1')")
    session.restart()
    assert "NameError: name 'grader'" in session.run("grader.check('q1_1_1')")
    session.run(session.first)
    said = session.run("grader.check('q1_1_1')")
    assert "no variable `convolved_features` yet" in said
    assert "After a restart run the cells above it, too." in said
    session.run("convolved_features = [[1, 2], [3, 4]]")
    assert "the form is right" in session.run("grader.check('q1_1_1')")


@pytest.mark.parametrize("session", ["assignment2"], indirect=True)
def test_the_notebook_and_its_data_are_found_from_another_folder(
    session: Session, tmp_path: Path
) -> None:
    """Whether the folder is changed before the checks are loaded or after, or is gone."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    session.run(NETWORKS + "net_conv = network()")
    session.run(f"import os; os.chdir({str(elsewhere)!r})")
    for gone in (False, True):
        if gone:
            elsewhere.rmdir()
        assert session.run(session.first) == ""
        said = session.run("grader.check('q2_1')")
        assert "of 1,000 test images of mnist.npz" in said
        assert "could not" not in said


def test_a_notebook_that_is_nowhere_is_named(session: Session, tmp_path: Path) -> None:
    session.run(session.first)
    (tmp_path / "assignment1.ipynb").unlink()
    (tmp_path / "another.ipynb").write_text(json.dumps({"cells": []}), "utf-8")
    said = session.run("grader.check('q1_1_1')")
    assert said.startswith("q1_1_1 could not be checked: assignment1.ipynb was not found in ")
    assert "Save the notebook there under its own name" in said
