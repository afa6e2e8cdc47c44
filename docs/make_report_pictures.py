"""Makes the pictures of the report in `docs/images/` from the example class, graded anew.

    python docs/make_report_pictures.py

Needs Chromium (Debian: `chromium`) and the developers' tools.
"""

import io
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "images"
MOST_BYTES = 200_000


def graded(assignment: str, results: Path) -> Path:
    """The report of the example class for an assignment."""
    command = [sys.executable, "-m", "autograder", "grade", "examples/class"]
    # Exit code 1 is right: one upload of that class is broken.
    subprocess.run(
        [*command, "--assignment", assignment, "--out", str(results)],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    return results / "report"


def photograph(page: Page, address: str, height: int, name: str) -> None:
    """Keep the upper part of a page, in as many colours as fit into the size allowed."""
    page.goto(address)
    shot = page.screenshot(clip={"x": 0, "y": 0, "width": 1000, "height": height}, full_page=True)
    with Image.open(io.BytesIO(shot)) as opened:
        picture = opened.convert("RGB")
    for colours in (256, 128, 64, 32):
        # Small coloured marks keep their colour only without dithering and with this method.
        few = picture.quantize(colours, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        few.save(PICTURES / name, optimize=True)
        size = (PICTURES / name).stat().st_size
        if size <= MOST_BYTES:
            print(f"{name}: {size:,} bytes")
            return
    raise SystemExit(f"{name}: {size:,} bytes are too many; photograph less of the page")


def main() -> None:
    """Write both pictures."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        # Without a sandbox it also runs as root in a container; the pages are our own.
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(
            viewport={"width": 1000, "height": 900}, device_scale_factor=1.5, color_scheme="light"
        )
        report = graded("assignment1", Path(folder, "1"))
        photograph(page, (report / "index.html").as_uri(), 1150, "report_class.png")
        report = graded("assignment2", Path(folder, "2"))
        students = report / "students"
        photograph(page, (students / "giulia.html").as_uri(), 1150, "report_student.png")
        browser.close()


if __name__ == "__main__":
    main()
