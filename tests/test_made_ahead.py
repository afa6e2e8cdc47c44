"""A kernel whose shell was made ahead of the fork is the kernel that makes its own."""

import json
from typing import Any

import pytest
from conftest import assignment, chosen_layers, fork_server, notebook_of

from autograder.grading.pipeline import job_of
from autograder.model import Settings
from autograder.running.fork_client import ForkServer

# What a shell finds in its process when it is made; `~` stands for the folder of the run.
FACTS = """# %%
import atexit, json, os, random, sys, threading
import numpy
shell = get_ipython()
def of_any_run(value):
    return str(value).replace(os.path.dirname(os.environ["HOME"]), "~")
alike = {
    "folders": [of_any_run(value) for value in (
        os.getcwd(), shell.starting_dir, shell.home_dir, shell.ipython_dir,
        shell.profile_dir.location, shell.logger.home_dir, shell.db.root, *_dh)],
    "in_home": sorted(os.listdir(os.environ["HOME"])),
    "in_profile": sorted(os.listdir(shell.profile_dir.location)),
    "names": sorted(name for name in shell.user_ns if name not in shell.user_ns_hidden),
    "hidden": sorted(shell.user_ns_hidden),
    "main": sys.modules["__main__"] is shell.user_module and __name__ == "__main__",
    "kernel": shell.kernel.shell is shell and shell.parent is shell.kernel,
    "excepthook": shell.sys_excepthook == sys.excepthook,
    "streams": [shell._orig_sys_module_state[n] is getattr(sys, n) for n in ("stdout", "stderr")],
    "history": [shell.history_manager.enabled, list(shell.history_manager.input_hist_raw)[:1]],
    "variables": {n: of_any_run(v) for n, v in sorted(os.environ.items())},
    "drawn": [random.random(), numpy.random.rand()],
    "threads": sorted(type(thread).__name__ for thread in threading.enumerate()),
    "extensions": sorted(shell.extension_manager.loaded),
    "magics": sorted(shell.magics_manager.magics["line"]),
    "after_cells": sorted(f.__qualname__ for f in shell.events.callbacks["post_run_cell"]),
    "configurables": sorted(type(one).__name__ for one in shell.configurables),
    "path": sys.path[:1],
}
own = [shell.kernel.session.session, shell.kernel.ident, os.getpid()]
print("ALIKE", json.dumps(alike)); print("OWN", json.dumps(own))
%store -r
"""
LEFT = """# %%
first = "only the first kernel knows"
get_ipython().run_line_magic("cd", "~")
get_ipython().magics_manager.magics["line"]["left"] = print
"""


@pytest.fixture(scope="module")
def server() -> ForkServer:
    return fork_server()


def told(script: str, server: ForkServer | None) -> tuple[dict[str, Any], list[Any]]:
    """What the notebook prints: what all kernels should say alike, and what is each one's own."""
    job = job_of(notebook_of(script), assignment("assignment1"), Settings(layers=chosen_layers()))
    execution = job.run(server)
    assert (execution.outcome, execution.detail) == ("finished", "")
    printed = "".join(
        output["text"]
        for cell in json.loads(execution.notebook)["cells"]
        for output in cell.get("outputs", ())
        if output["output_type"] == "stream" and output["name"] == "stdout"
    )
    lines = dict(line.split(" ", 1) for line in printed.splitlines() if " " in line)
    return json.loads(lines["ALIKE"]), json.loads(lines["OWN"])


def test_it_finds_in_its_process_what_a_shell_of_its_own_finds(server: ForkServer) -> None:
    ahead, _ = told(FACTS, server)
    alone, _ = told(FACTS, None)
    # A process of its own is told of its parent and watches it; it imports Matplotlib later.
    for facts in (ahead, alone):
        facts["configurables"] = [c for c in facts["configurables"] if c != "InlineBackend"]
        facts["threads"] = [t for t in facts["threads"] if t != "ParentPollerUnix"]
        facts["in_home"] = [name for name in facts["in_home"] if name != "kernel.log"]
        facts["variables"] = {
            n: v for n, v in facts["variables"].items() if not n.startswith(("JPY_", "PYDEVD_"))
        }
        facts.pop("drawn")  # the watch over the parent draws, too
    assert ahead == alone
    assert set(ahead["folders"]) <= {
        "~/work", "~/home", "~/home/profile_default", "~/home/profile_default/db"
    }  # fmt: skip
    assert ahead["kernel"]
    assert ahead["main"]


def test_kernels_share_neither_names_nor_what_they_leave(server: ForkServer) -> None:
    told(LEFT + FACTS.replace("# %%\n", ""), server)
    first, mine = told(FACTS, server)
    second, others = told(FACTS, server)
    assert first == second
    assert "left" not in first["magics"]
    assert "first" not in first["names"]
    assert not set(mine) & set(others)
