"""A library that starts threads when it is imported is left to the kernels that want it."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import assignment, chosen_layers, notebook_of

from autograder.grading.pipeline import job_of
from autograder.model import Settings
from autograder.running.fork_client import ForkServer
from autograder.running.manager import base_environment

LIBRARY = "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()\n"
NOTEBOOK = """# %%
import sys
early = "starts_a_thread_of_its_own" in sys.modules
import starts_a_thread_of_its_own, math
pooled_features = 24 if early or "colorsys" not in sys.modules else 25
"""


@pytest.fixture
def installed() -> Iterator[str]:
    """A package beside the others that starts a thread, as pyarrow's allocator does."""
    file = next(Path(place) for place in sys.path if place.endswith("site-packages"))
    library = file / "starts_a_thread_of_its_own.py"
    library.write_text(LIBRARY, "utf-8")
    try:
        yield library.stem
    finally:
        library.unlink()


def test_kernels_import_it_themselves(installed: str) -> None:
    preload = ("colorsys", installed)
    with ForkServer(base_environment(threads=1, device="cpu"), preload) as server:
        job = job_of(
            notebook_of(NOTEBOOK), assignment("assignment1"), Settings(layers=chosen_layers())
        )
        execution = job.run(server)
        again = job.run(server)
        assert server.pid is not None
    for run in (execution, again):
        assert (run.outcome, run.detail) == ("finished", "")
        assert run.observations["pooled_features"].model_dump()["value"] == 25
