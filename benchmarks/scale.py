"""A class of 1,000: how long it takes, how much memory, how it survives, how fast it is rescored.

    python benchmarks/scale.py [--submissions 1000] [--few 100] [--jobs 2] [--kills 20]

Everything goes through the command line, as a TA would do it, on generated submissions of
assignment 1 with right and wrong answers. `--kills` ends a batch of 60 that often with SIGKILL at
random moments, goes on each time and compares the table with that of an undisturbed run.
"""

import argparse
import json
import os
import random
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from conftest import table  # noqa: E402
from desk_browser import chromium  # noqa: E402

from autograder.grading.ledger import Ledger  # noqa: E402
from autograder.model import Grade, Graded  # noqa: E402

AUTOGRADER = [sys.executable, "-m", "autograder"]
NAMES = ("Ana", "Søren", "Inés", "Chidi", "Mei", "Fatima", "Jörg", "Oluwaseun", "Zoë", "Łukasz")
# For each answer of the reference solution what students write instead.
WRONG = {
    "[[8, 20], [14, 25]]": ("[[25, 14], [20, 8]]", "[[8, 14], [20, 25]]", "...", "[8, 20, 14, 25]"),
    "25": ("8", "16.75", "'25'", "[[25]]", "..."),
    "(16, 24, 24)": ("(16, 28, 28)", "(24, 24, 16)", "(16, 23, 23)", "..."),
    "(24, 30, 30)": ("(24, 28, 28)", "(24, 32, 32)", "(24, 29, 29)"),
    "(3, 16, 16)": ("(3, 32, 32)", "(1, 16, 16)", "(3, 15, 15)"),
    "(7, 4, 8)": ("(7, 8, 4)", "(3, 4, 8)", "(7, 4, 7)"),
    "(112, 256, 256)": ("(112, 254, 254)", "(112, 255, 255)", "1/0"),
}


def make_class(folder: Path, count: int) -> None:
    """A folder for each student with a notebook; one answer in four is wrong."""
    chance = random.Random(1)
    reference = (ROOT / "solutions" / "reference" / "assignment1.ipynb").read_text("utf-8")
    for number in range(count):
        text = reference
        for right, wrong in WRONG.items():
            if chance.random() < 0.25:
                written = re.compile(rf"(= ){re.escape(right)}")
                text = written.sub(rf"\g<1>{chance.choice(wrong)}", text, count=1)
        # No two files are the same, as among students.
        notebook = json.loads(text)
        note: dict[str, object] = {"cell_type": "code", "id": "note", "metadata": {}, "outputs": [],
                "execution_count": None, "source": f"# student {number}"}  # fmt: skip
        notebook["cells"].append(note)
        student = folder / f"{chance.choice(NAMES)} {number:04}"
        student.mkdir(parents=True)
        (student / "assignment1.ipynb").write_text(json.dumps(notebook), "utf-8")


def grade(handed_in: Path, out: Path, jobs: int, course: Path = ROOT) -> subprocess.Popen[bytes]:
    """The command, running."""
    return subprocess.Popen(
        [*AUTOGRADER, "grade", str(handed_in), "--assignment", "assignment1", "--out", str(out),
         "--course", str(course), "--jobs", str(jobs), "--device", "cpu", "--quiet"],
        stdout=subprocess.DEVNULL,
    )  # fmt: skip


def watched(process: subprocess.Popen[bytes]) -> tuple[float, int]:
    """Seconds until it ended, and the most memory that the process itself ever held, in MB."""
    start, most = time.monotonic(), 0
    while process.poll() is None:
        try:
            status = Path(f"/proc/{process.pid}/status").read_text()
            most = max(most, int(re.findall(r"VmHWM:\s+(\d+)", status)[0]) // 1024)
        except (OSError, IndexError):
            pass
        time.sleep(0.05)
    assert process.returncode in (0, 1), process.returncode
    return time.monotonic() - start, most


def timed(*command: str) -> tuple[float, str]:
    """Seconds that a command takes, and what it prints."""
    start = time.monotonic()
    done = subprocess.run([*AUTOGRADER, *command], check=True, capture_output=True, text=True)
    return time.monotonic() - start, done.stdout


def page_seconds(page: Path) -> dict[str, float]:
    """Seconds that Chromium takes to load the class page, to sort it and to search in it."""
    acts = {
        "sort": "document.querySelector('#everyone th.number button').click()",
        "search": "const field = document.querySelector('#filter input'); field.value = '00';"
        "field.dispatchEvent(new Event('input'))",
    }
    drawn = """() => new Promise((done) => { const start = performance.now(); ACT;
        requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - start)));
    })"""
    seconds = {}
    with chromium() as browser:
        shown = browser.new_page()
        shown.goto(page.as_uri())
        load = "performance.getEntriesByType('navigation')[0].loadEventEnd"
        seconds = {"load": shown.evaluate(load) / 1000}
        for act, script in acts.items():
            seconds[act] = shown.evaluate(drawn.replace("ACT", script)) / 1000
    return seconds


def course_with_another_test(folder: Path) -> Path:
    """A copy of the course in which one test case gives other points."""
    shutil.copytree(ROOT / "solutions", folder / "solutions")
    (folder / "assignments").symlink_to(ROOT / "assignments")
    test = folder / "solutions" / "tests" / "assignment1" / "q1_1_1.py"
    source = test.read_text("utf-8")
    test.write_text(source.replace("points=1, hidden=True", "points=2, hidden=True"), "utf-8")
    assert test.read_text("utf-8") != source
    return folder


def remembered(out: Path) -> None:
    """Print what it costs to write a report again as it is, and with one mark changed."""
    for what, change in (("nothing", False), ("one mark", True)):
        if change:
            with Ledger(out) as ledger:
                line = next(line for line in ledger.lines() if line.grade is not None)
                ledger.record(line.position, _another_mark(line.grade), line.execution)
        before = {file: file.stat().st_mtime_ns for file in made_of_grades(out)}
        used = _processor_seconds()
        wall, _ = timed("report", str(out), "--course", str(ROOT))
        written = sum(before.get(f) != f.stat().st_mtime_ns for f in made_of_grades(out))
        print(f"A report with {what} changed: {wall:.1f} s, {_processor_seconds() - used:.1f} s of "
              f"the processor, {written} of {len(before)} files written")  # fmt: skip


def _another_mark(grade: Grade | None) -> Grade:
    assert isinstance(grade, Graded)
    return grade.model_copy(update={"score": grade.score / 2 + 0.5})


def _processor_seconds() -> float:
    """Of all commands so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def made_of_grades(out: Path) -> list[Path]:
    """The files of a results folder but the ledger's own."""
    files = (file for file in out.rglob("*") if file.is_file())
    return [file for file in files if not file.name.startswith(("ledger.", ".lock"))]


def graded(out: Path) -> int:
    """How many submissions of a batch have a grade that nothing can lose any more."""
    try:
        with closing(sqlite3.connect(out / "ledger.sqlite", timeout=10)) as base:
            query = "SELECT count(*) FROM submissions WHERE grade IS NOT NULL"
            return int(base.execute(query).fetchone()[0])
    except sqlite3.OperationalError:  # the folder or the table is not there yet
        return 0


def killed_and_resumed(folder: Path, jobs: int, kills: int) -> tuple[bool, int]:
    """Whether the table of a batch that was killed often is that of one left alone, and how many
    of the kills struck. They come at random numbers of graded submissions, and a little later."""
    make_class(folder / "class", 60)
    watched(grade(folder / "class", folder / "undisturbed", jobs))
    chance, struck = random.Random(2), 0
    for count in sorted(chance.sample(range(59), kills)):
        process = grade(folder / "class", folder / "disturbed", jobs)
        while process.poll() is None and graded(folder / "disturbed") < count:
            time.sleep(0.01)
        time.sleep(chance.uniform(0, 0.2))
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            struck += 1
        process.wait()
    watched(grade(folder / "class", folder / "disturbed", jobs))
    return table(folder / "undisturbed") == table(folder / "disturbed"), struck


def main() -> None:
    """Print the table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--submissions", type=int, default=1000)
    arguments.add_argument("--few", type=int, default=100)
    arguments.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    arguments.add_argument("--kills", type=int, default=20)
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder, many = Path(name), options.submissions
        rates = {}
        for count in (options.few, many):
            make_class(folder / f"class{count}", count)
            process = grade(folder / f"class{count}", folder / f"out{count}", options.jobs)
            seconds, memory = watched(process)
            rates[count] = count / seconds
            print(f"{count} submissions: {seconds:.1f} s, {rates[count]:.1f} a second, "
                  f"the grader held {memory} MB at most", flush=True)  # fmt: skip
        in_browser = page_seconds(folder / f"out{many}" / "report" / "index.html")
        said_of = ", ".join(f"{act} {taken:.2f} s" for act, taken in in_browser.items())
        print(f"  its class page in Chromium: {said_of}")
        print(f"  rate at {many} / rate at {options.few}: {rates[many] / rates[options.few]:.2f}")
        out = folder / f"out{many}"
        again, _ = watched(grade(folder / f"class{many}", out, options.jobs))
        print(f"The same command again, nothing to execute: {again:.1f} s")
        remembered(out)
        executing = many / rates[many]
        course = course_with_another_test(folder / "course")
        whole, printed = timed("rescore", str(out), "--course", str(course))
        said = re.findall(r"graded anew in ([\d.]+) s, (\d+) with", printed)[0]
        print(f"A test changed: {said[1]} marks differ, {many} graded anew in {said[0]} s: "
              f"{executing / float(said[0]):.0f} times faster than executing; the command "
              f"with its start and all pages {whole:.1f} s")  # fmt: skip
        if options.kills:
            same, struck = killed_and_resumed(folder / "kills", options.jobs, options.kills)
            print(f"Killed {struck} times and resumed: the table is "
                  f"{'the same' if same else 'DIFFERENT'}")  # fmt: skip


if __name__ == "__main__":
    main()
