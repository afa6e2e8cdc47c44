"""Each folder of `tests/attacks` is a submission that attacks the grader, and what must hold.

`attack.py` holds the cells; `attack.toml` says

    tries = "what the attack wants"
    assignment = "assignment1"
    honest = 1.0                      # the most that its honest answers are worth
    outcomes = ["finished"]           # how the run may end
    seconds = 20                      # of processor time that it may cost the grader
    grace = 2                         # seconds that a call may take beyond its own, to be quick
    flag = "differs"                  # what the TA has to be told, where an attack is worth points
    needs = ["landlock"]              # layers without which nothing stops it: where files are open
    [limits]                          # tighter limits than the assignment's, to keep it quick

Tests that the attack is about, instead of the assignment's, stand in `q1.py`.

`{COURSE}` stands for the course's folder and `{SECRET}` for a file of the staff. An attack that has
got what it wants prints `MALLORY-WON`.

Each attack is graded beside an honest neighbour and before another. It must not gain a mark, must
cost little, must leave the neighbours' marks and processes alone, must see no secret and must leave
no process and no file.
"""

import builtins
import json
import os
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from conftest import (
    ROOT,
    assignment,
    chosen_device,
    chosen_layers,
    fork_server,
    notebook_of,
)

from autograder.course.assignment import Assignment
from autograder.course.questions import load_question
from autograder.grading.pipeline import grade_one, job_of, score
from autograder.kernel.isolation import available
from autograder.model import Execution, Grade, Graded, Layer, Limits, Settings, Submission
from autograder.networks import network
from autograder.networks.worker_client import shared_workers
from autograder.notebooks.reading import shared_readers
from autograder.running import calls

FOLDERS = sorted(path.parent for path in Path(__file__).parent.glob("attacks/*/attack.toml"))
LAYERS = chosen_layers()
SETTINGS = Settings(device=chosen_device(), layers=LAYERS)
# Nothing is measured by it: whoever is not done by then will never be.
_HANGS = 900


def why_not_confined() -> str:
    """Which layers are missing; empty where no attack can change the machine that it runs on."""
    if Layer.SECCOMP not in LAYERS or not {Layer.LANDLOCK, Layer.USER} & set(LAYERS):
        return available().reason or f"the layers are only {', '.join(LAYERS) or 'none'}"
    if Layer.USER not in LAYERS and available().landlock < 6:
        return "old Landlock"
    return ""


pytestmark = pytest.mark.skipif(
    bool(why_not_confined()),
    reason=f"attacks run only where they are confined: {why_not_confined()}",
)
SECRETS = ("SECRET-OF-THE-NEIGHBOUR", "SECRET-OF-THE-STAFF", "MALLORY-WON")
NEIGHBOUR = """
# %%
note = "SECRET-OF-THE-NEIGHBOUR"
convolved_features = [[8, 20], [14, 25]]
pooled_features = 25
# %%
import time
time.sleep(0.5)
output_dim_1 = (16, 24, 24)
"""


LATER = (
    NEIGHBOUR
    + """
# %%
import builtins, os
import matplotlib.pyplot as plt
plt.plot([0, 1])
print([name for name in dir(builtins) if "MALLORY" in name], sorted(os.listdir()))
"""
)


def limited(name: str, limits: dict[str, Any]) -> Assignment:
    """An assignment with the attack's own limits."""
    whole = assignment(name)
    tighter = whole.settings.limits.model_copy(update=limits)
    Limits.model_validate(tighter.model_dump())
    return replace(whole, settings=whole.settings.model_copy(update={"limits": tighter}))


def submission(student: str, script: str) -> Submission:
    """A submission of one student."""
    return Submission(path=f"{student}.ipynb", student=student, content=notebook_of(script))


def printed(execution: Execution) -> str:
    """All that a run has put out."""
    cells = json.loads(execution.notebook)["cells"]
    return json.dumps([cell.get("outputs") for cell in cells])


def left_over(before: set[int]) -> set[int]:
    """The processes that were not there before and do not end within a moment."""
    deadline = time.monotonic() + 5
    while (left := own_processes() - before) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


def own_processes() -> set[int]:
    """The processes of this test run: children of the grader, its fork server and its workers."""
    servers = {fork_server().pid or 0, shared_workers().pid or 0}
    found = set[int]()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                status = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(status[1]) in {os.getpid(), *servers} and status[0] != "Z":
                found.add(int(entry.name))
    return found - servers


def spent() -> float:
    """Seconds of processor time of the grader, of its fork server and of what workers come from."""
    ticks = 0
    for pid in (fork_server().pid, shared_workers().pid):
        if pid is not None:
            status = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(status[11]) + int(status[12])
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


@cache
def warm_up() -> None:
    """Start the fork server and load what grading loads, so that no attack is timed with it."""
    warm = grade_one(
        submission("warm", "# %%\nx = 1"),
        assignment("assignment1"),
        SETTINGS,
        fork_server(),
    )
    assert isinstance(warm, Graded), warm.reason


@pytest.fixture
def staff_secret(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of the staff that no student may read, write or remove."""
    file = tmp_path_factory.mktemp("staff") / "hidden_answers.txt"
    file.write_text("SECRET-OF-THE-STAFF")
    return file


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_attack(folder: Path, staff_secret: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "_SECONDS", 3)
    facts = tomllib.loads((folder / "attack.toml").read_text("utf-8"))
    if missing := set(facts.get("needs", ())) - set(LAYERS):
        pytest.skip(f"nothing else stops it: {', '.join(missing)}")
    target = limited(facts["assignment"], facts.get("limits", {}))
    if "grace" in facts:
        monkeypatch.setattr(calls, "_GRACE_SECONDS", facts["grace"])
    if (own := folder / "q1.py").is_file():
        sets = target.settings.data.parameters()
        target = replace(target, questions=(load_question(own.read_text("utf-8"), str(own), sets),))
    script = (folder / "attack.py").read_text("utf-8")
    script = script.replace("{SECRET}", str(staff_secret)).replace("{COURSE}", str(ROOT))
    warm_up()
    shared_readers().close()  # a reader that waits is ours, and one more may have been started
    before = own_processes()
    executions: list[Execution] = []

    def attacked() -> Grade:
        attack = submission("mallory", script)
        execution = job_of(attack.content, target, SETTINGS).run(fork_server())
        executions.append(execution)
        return score(attack, target, execution)

    cost = spent()
    with ThreadPoolExecutor(2) as pool:
        attack = pool.submit(attacked)
        neighbour = pool.submit(
            grade_one, submission("ana", NEIGHBOUR), assignment("assignment1"), SETTINGS,
            fork_server(),
        )  # fmt: skip
        grade, honest = attack.result(_HANGS), neighbour.result(_HANGS)
    assert spent() - cost < facts["seconds"]
    assert isinstance(grade, Graded), grade.reason
    assert grade.outcome in facts["outcomes"], grade.flags
    assert grade.score <= facts["honest"] + 1e-9, [q for q in grade.questions if q.score]
    assert facts.get("flag", "") in " ".join(map(str, grade.flags))
    assert isinstance(honest, Graded), honest.reason
    assert honest.score == 3.0
    for secret in SECRETS:
        assert secret not in printed(executions[0])
    assert staff_secret.read_text() == "SECRET-OF-THE-STAFF"
    shared_readers().close()
    assert not left_over(before)
    assert not list(Path("/tmp").glob("*MALLORY*"))
    assert not hasattr(builtins, "MALLORY")
    job = job_of(submission("later", LATER).content, assignment("assignment1"), SETTINGS)
    later = job.run(fork_server())
    assert later.outcome == "finished", later.detail
    assert "MALLORY" not in printed(later)
    grade = score(submission("later", LATER), assignment("assignment1"), later)
    assert grade.score == 3.0
