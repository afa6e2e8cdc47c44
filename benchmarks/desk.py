"""How quick the desk is on a class of 1,000 with five written questions.

    python benchmarks/desk.py

Says how long it takes to start, the memory of its process, and how long a browser takes from a key
to the next answer on the screen. Needs Chromium and the developers' tools.
"""

import os
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import numpy as np
from playwright.sync_api import Page

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from desk_browser import Opened, chromium, visitor  # noqa: E402
from desk_browser import desk as opened_desk  # noqa: E402
from desk_class import WRITTEN, results  # noqa: E402

STUDENTS, PRESSES = 1_000, 100
FIFTH = "q2_5_written"
_WORDS = [
    "filters",
    "share",
    "weights",
    "so",
    "the",
    "network",
    "sees",
    "edges",
    "anywhere",
    "and",
    "needs",
    "fewer",
    "numbers",
]
# From the key to the frame that shows the page, as the browser's own clock has it.
_WATCH = """() => {
  window.taken = [];
  let since = 0;
  addEventListener('keydown', (event) => { since = event.timeStamp; }, true);
  const shown = () => { window.taken.push(performance.now() - since); since = 0; };
  addEventListener('htmx:afterSettle', () => { if (since) requestAnimationFrame(shown); });
}"""


def answer(number: int, question: str) -> str:
    """About a hundred words, for each student others."""
    words = np.random.default_rng([number, len(question)]).choice(_WORDS, 100)
    return f"{' '.join(words)}."


def main() -> None:
    """Make the class, open the desk and press keys."""
    with tempfile.TemporaryDirectory() as folder:
        made = results(
            Path(folder), [f"Student {n:04}" for n in range(STUDENTS)], answer, more=(FIFTH,)
        )
        questions = (*WRITTEN, FIFTH)
        print(f"{STUDENTS} students, {len(questions)} written questions each")
        first = time.perf_counter()
        with opened_desk(made) as running:
            seconds = time.perf_counter() - first
            print(f"address printed after {seconds:.2f} s, {_computed(running):.2f} s of computing")
            request = urllib.request.Request(running.root, headers={"Cookie": running.cookie()})
            with urllib.request.urlopen(request) as response:
                size = len(response.read())
            print(f"first page ({size:,} bytes) after {time.perf_counter() - first:.2f} s")
            with chromium() as browser:
                _, page, _ = visitor(browser, running, "Ute")
                for question in questions:
                    page.goto(f"{running.root}/grade/{question}")
                    page.evaluate(_WATCH)
                    print(f"{question}: next answer {_pressed(page, 'j')}")
                page.goto(f"{running.root}/grade/{WRITTEN[0]}")
                page.keyboard.press("r")
                page.keyboard.type("1")
                page.keyboard.press("Tab")
                page.keyboard.type("Says why.")
                page.keyboard.press("Enter")
                page.wait_for_selector("text=Saved.")
                page.evaluate(_WATCH)
                print(f"an item put on or taken off {_pressed(page, '1')}")
            status = Path(f"/proc/{running.process.pid}/status").read_text("utf-8")
            peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
            print(f"memory of the desk at most {int(peak.split()[1]) / 1024:.0f} MB")


def _computed(running: Opened) -> float:
    """The processor time of the desk's process so far, in seconds."""
    fields = Path(f"/proc/{running.process.pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _pressed(page: Page, key: str) -> str:
    for number in range(PRESSES):
        page.keyboard.press(key)
        # Nobody reads faster. Asking the page in between would keep it from its work.
        time.sleep(0.2)
        while page.evaluate("window.taken.length") <= number:
            time.sleep(0.1)
    taken = page.evaluate("window.taken")
    middle, late = np.percentile(taken, (50, 95))
    return f"{middle:.0f} ms in the middle, {late:.0f} ms at the 95th percentile of {len(taken)}"


if __name__ == "__main__":
    main()
