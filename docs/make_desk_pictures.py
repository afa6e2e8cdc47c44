"""Makes the pictures of the desk in `docs/images/`, of a class that is invented.

    python docs/make_desk_pictures.py

Needs Chromium (Debian: `chromium`) and the developers' tools.
"""

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from desk_browser import chromium, desk, visitor  # noqa: E402
from desk_class import WRITTEN, results  # noqa: E402

PICTURES = ROOT / "docs" / "images"
MOST_BYTES = 200_000
NAMES = ("Ana", "Chidi", "Elif", "Fatima", "Giulia", "Hiroshi", "Inés", "Jamal", "Linnea", "Kwame")


def photograph(page: Page, height: int, name: str) -> None:
    """Keep the upper part of a page, in few colours."""
    page.wait_for_timeout(1500)
    shot = page.screenshot(clip={"x": 0, "y": 0, "width": 1200, "height": height})
    with Image.open(io.BytesIO(shot)) as opened:
        few = opened.convert("RGB").quantize(
            64, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE
        )
    few.save(PICTURES / name, optimize=True)
    size = (PICTURES / name).stat().st_size
    if size > MOST_BYTES:
        raise SystemExit(f"{name}: {size:,} bytes are too many")
    print(f"{name}: {size:,} bytes")


def main() -> None:
    """Write the pictures."""
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:  # noqa: SIM117
        with desk(results(Path(folder), NAMES)) as opened:
            _, page, _ = visitor(browser, opened, "Ute")
            photograph(page, 800, "desk_queue.png")
            page.goto(f"{opened.root}/grade/{WRITTEN[0]}")
            items = (("2", "Says that weights are shared."), ("1", "Compares the accuracies."))
            for points, text in items:
                page.keyboard.press("r")
                page.keyboard.type(points)
                page.keyboard.press("Tab")
                page.keyboard.type(text)
                page.keyboard.press("Enter")
                page.wait_for_selector(f".item:has-text('{text}')")
                page.keyboard.press("Escape")
            page.keyboard.press("2")
            page.wait_for_selector(".item[aria-pressed=false]")
            photograph(page, 800, "desk_grade.png")


if __name__ == "__main__":
    main()
