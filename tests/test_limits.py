"""Runs without end stop at the assignment's limits, and what was earned by then stays."""

import json
from dataclasses import replace

import pytest
from conftest import assignment, chosen_layers, fork_server, notebook_of

from autograder.grading.pipeline import grade_one, job_of
from autograder.model import Graded, Limits, Settings, Submission

ANSWER = """
# %%
convolved_features = [[8, 20], [14, 25]]
"""

ENDLESS = """
# %%
while True:
    pass
"""

STUBBORN = """
# %%
while True:
    try:
        while True:
            pass
    except BaseException:
        print("once more")
"""

SLEEPING = """
# %%
import time
time.sleep(10_000)
"""

MANY_SLOW_CELLS = "\n# %%\nimport time; time.sleep(1)\n" * 20

NEVER_REACHED = """
# %%
pooled_features = 25
"""


def graded(script: str, limits: Limits) -> Graded:
    """The grade of a script for assignment 1, with limits of its own."""
    whole = assignment("assignment1")
    limited = replace(whole, settings=whole.settings.model_copy(update={"limits": limits}))
    submission = Submission(path="s.ipynb", student="s", content=notebook_of(script))
    grade = grade_one(submission, limited, Settings())
    assert isinstance(grade, Graded), grade.reason
    return grade


@pytest.mark.parametrize(
    ("slow", "limits", "cell"),
    [
        pytest.param(ENDLESS, Limits(cell_seconds=1), "cell 2 of 3", id="endless_loop"),
        pytest.param(STUBBORN, Limits(cell_seconds=1), "cell 2 of 3", id="catches_interrupts"),
        pytest.param(SLEEPING, Limits(cell_seconds=1), "cell 2 of 3", id="sleeping"),
        pytest.param(MANY_SLOW_CELLS, Limits(total_seconds=2), "of 22", id="many_slow_cells"),
    ],
)
def test_earned_points_survive_a_run_without_end(slow: str, limits: Limits, cell: str) -> None:
    grade = graded(ANSWER + slow + NEVER_REACHED, limits)
    cases = {f"{q.name} {case.name}": case for q in grade.questions for case in q.cases}
    assert grade.outcome == "timeout"
    assert cell in grade.flags[0].text
    assert cases["q1_1_1 test_value"].status == "passed"
    assert cases["q1_1_2 test_value"].status == "not_run"
    assert "since it took too long" in (cases["q1_1_2 test_value"].message or "")
    assert grade.score == pytest.approx(1)
    assert grade.seconds < 30


LATE = """
# %%
import time
get_ipython().kernel.iopub_thread.schedule(lambda: time.sleep(6))
display("late")
# %%
display("the next")
"""


def test_what_a_busy_machine_brings_late_is_kept() -> None:
    settings = Settings(layers=chosen_layers())
    execution = job_of(notebook_of(LATE), assignment("assignment1"), settings).run(fork_server())
    assert execution.outcome == "finished"
    shown = [cell["outputs"] for cell in json.loads(execution.notebook)["cells"]]
    assert [out["data"]["text/plain"] for (out,) in shown] == ["'late'", "'the next'"]
