"""How much of a grading run is the student's own computation, and how `otter run` compares.

    python benchmarks/against_otter.py [--submissions 200] [--otter 12] [--jobs 2]

In one run on one machine: answers only (assignment 1) against `otter run`, the time around a
notebook's cells, and training (assignment 2) against the same script run bare. Otter-grader gets
the same answers in notebooks whose first cell loads otter, and its own zip from `otter generate`.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import nbformat

from autograder.course.assignment import Assignment, Course
from autograder.grading.pipeline import grade_one, job_of, score
from autograder.kernel.isolation import best_layers
from autograder.model import Graded, Settings, Submission
from autograder.running.fork_client import ForkServer
from autograder.running.manager import base_environment
from autograder.running.preload import imports_of

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "solutions" / "reference"
OTTER = Path(sys.executable).with_name("otter")
# The seven answers as an instructor would test them in Otter-grader itself.
OTTER_TEST = """from otter.test_files import test_case
OK_FORMAT = False
name = {name!r}
points = 1
@test_case(points=1, hidden=False)
def test_value({variable}):
    assert {variable} == {value!r}
"""
ANSWERS: dict[str, tuple[str, object]] = {
    "q1_1_1": ("convolved_features", [[8, 20], [14, 25]]),
    "q1_1_2": ("pooled_features", 25),
    "q1_2_1": ("output_dim_1", (16, 24, 24)),
    "q1_2_2": ("output_dim_2", (24, 30, 30)),
    "q1_2_3": ("output_dim_3", (3, 16, 16)),
    "q1_2_4": ("output_dim_4", (7, 4, 8)),
    "q1_2_5": ("output_dim_5", (112, 256, 256)),
}


def otter_rate(folder: Path, runs: int, jobs: int) -> float:
    """Submissions a second of `otter run`, `jobs` at a time."""
    tests = folder / "tests"
    tests.mkdir()
    for name, (variable, value) in ANSWERS.items():
        source = OTTER_TEST.format(name=name, variable=variable, value=value)
        (tests / f"{name}.py").write_text(source)
    grader = folder / "autograder.zip"
    command = [str(OTTER), "generate", "-t", str(tests), "-o", str(grader)]
    subprocess.run(command, check=True, capture_output=True)
    notebook = nbformat.read(REFERENCE / "assignment1.ipynb", as_version=4)
    notebook.metadata.pop("otter", None)
    for cell in notebook.cells:
        if "from autograder import Notebook" in cell.source:
            cell.source = "import otter\ngrader = otter.Notebook()"
    submission = folder / "submission.ipynb"
    nbformat.write(notebook, submission)

    def once(number: int) -> None:
        out = folder / f"out{number}"
        out.mkdir()
        command = [str(OTTER), "run", str(submission), "-a", str(grader), "-o", str(out)]
        subprocess.run(command, check=True, capture_output=True, cwd=out)
        points = json.loads((out / "results.json").read_text())["tests"]
        assert sum(test.get("score", 0) for test in points) == len(ANSWERS)

    start = time.monotonic()
    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(once, range(runs)))
    return runs / (time.monotonic() - start)


def our_rate(assignment: Assignment, count: int, jobs: int) -> float:
    """Submissions a second of a whole batch, the start of the fork server included."""
    settings = Settings(layers=best_layers())
    content = (REFERENCE / "assignment1.ipynb").read_bytes()
    handed_in = [Submission(path=str(i), student=str(i), content=content) for i in range(count)]
    start = time.monotonic()
    shared = base_environment(threads=1, device="cpu")
    with (
        ForkServer(shared, imports_of(assignment.handed_out)) as server,
        ThreadPoolExecutor(jobs) as pool,
    ):
        work = partial(grade_one, assignment=assignment, settings=settings, server=server)
        grades = list(pool.map(work, handed_in))
    assert all(isinstance(g, Graded) and g.score == g.max_score for g in grades)
    return count / (time.monotonic() - start)


def around_the_cells(assignment: Assignment, times: int) -> tuple[float, float]:
    """Median seconds of a run with one empty cell, and of judging what it left."""
    settings = Settings(layers=best_layers())
    content = nbformat.writes(
        nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("pooled_features = 25")])
    ).encode()
    submission = Submission(path="one", student="one", content=content)
    runs, judgements = [], []
    with ForkServer(base_environment(threads=1, device="cpu")) as server:
        job_of(submission.content, assignment, settings).run(server)
        for _ in range(times):
            start = time.monotonic()
            execution = job_of(submission.content, assignment, settings).run(server)
            middle = time.monotonic()
            score(submission, assignment, execution)
            runs.append(middle - start)
            judgements.append(time.monotonic() - middle)
    return statistics.median(runs), statistics.median(judgements)


def training_share(assignment: Assignment, jobs: int, folder: Path) -> float:
    """CPU seconds of the notebooks' code run bare / (jobs x wall seconds of the batch).

    The bare scripts, too, run `jobs` at a time: busy neighbours make a core slower.
    """
    notebook = nbformat.read(REFERENCE / "assignment2.ipynb", as_version=4)
    code = [c.source for c in notebook.cells if c.cell_type == "code" and "grader" not in c.source]
    script = folder / "bare.py"
    lines = "\n".join(code).replace("%matplotlib inline", "")
    script.write_text(f"import torch\ntorch.set_num_threads(1)\n{lines}\n")
    shared = base_environment(threads=1, device="cpu") | {"MPLBACKEND": "agg"}
    for file in assignment.files:
        (folder / file.name).symlink_to(file.resolve())
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    running = [
        subprocess.Popen(
            [sys.executable, script], cwd=folder, env=shared, stdout=subprocess.DEVNULL
        )
        for _ in range(jobs)
    ]
    assert [process.wait() for process in running] == [0] * jobs
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    bare = (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / jobs
    content = (REFERENCE / "assignment2.ipynb").read_bytes()
    handed_in = [Submission(path=str(i), student=str(i), content=content) for i in range(2 * jobs)]
    settings = Settings(layers=best_layers())
    start = time.monotonic()
    shared = base_environment(threads=1, device="cpu")
    with (
        ForkServer(shared, imports_of(assignment.handed_out)) as server,
        ThreadPoolExecutor(jobs) as pool,
    ):
        work = partial(grade_one, assignment=assignment, settings=settings, server=server)
        grades = list(pool.map(work, handed_in))
    assert all(isinstance(grade, Graded) for grade in grades)
    return bare * len(handed_in) / (jobs * (time.monotonic() - start))


def _open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def main() -> None:
    """Print the table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--submissions", type=int, default=200)
    arguments.add_argument("--otter", type=int, default=12)
    arguments.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = arguments.parse_args()
    course = Course.at(ROOT)
    answers, training = course.assignment("assignment1"), course.assignment("assignment2")
    # What is made once a process (list of fonts, worker) is there after this.
    around, judging = around_the_cells(answers, 40)
    before, files = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, _open_files()
    ours = our_rate(answers, options.submissions, options.jobs)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    left = _open_files() - files
    with tempfile.TemporaryDirectory() as folder:
        theirs = otter_rate(Path(folder), options.otter, options.jobs)
    print(f"Answers only, {options.jobs} at a time, submissions a second")
    print(f"  otter run ({options.otter} submissions)      {theirs:8.2f}")
    count, times = options.submissions, ours / theirs
    print(f"  autograder ({count} submissions)    {ours:8.2f}   {times:.1f} times")
    print(f"  the grader's memory grew by {grown:.0f} MB, open files by {left}")
    print(f"Median of 40 runs of one cell: {around:.3f} s, of judging it: {judging:.4f} s")
    with tempfile.TemporaryDirectory() as folder:
        share = training_share(training, options.jobs, Path(folder))
    print(f"Training: {share:.2f} of the cores' time is the students' own computation")


if __name__ == "__main__":
    main()
