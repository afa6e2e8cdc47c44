"""Makes the pictures in `docs/images/` from real runs: a class graded, a check in a notebook.

    python docs/make_pictures.py

The second one is photographed by Chromium, which has to be installed (Debian: `chromium`).
"""

import io
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode
from PIL import Image, ImageChops
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from rich.console import Console
from rich.terminal_theme import TerminalTheme

from autograder.grading.ledger import Ledger
from autograder.results.table import remarks, summary_table

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "images"

# Colours that are legible on white; a terminal's own yellow and green are not.
LIGHT = TerminalTheme(
    (255, 255, 255),
    (36, 41, 47),
    [(36, 41, 47), (207, 34, 46), (17, 99, 41), (154, 103, 0),
     (9, 105, 218), (130, 80, 223), (27, 124, 131), (110, 119, 129)],
)  # fmt: skip

# What a student may write who overlooks that the question asks for padding.
ANSWER = """\
class PaddedNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv_1 = Conv2d(channels, 16, kernel_size=5)
        self.l_1 = Linear(16 * 24 * 24, num_l1)
        self.l_out = Linear(num_l1, num_classes)

    def forward(self, x):
        x = relu(self.conv_1(x))
        x = relu(self.l_1(x.flatten(1)))
        return self.l_out(x)

net_padded = PaddedNet()"""
TRAINING = 'train(net_padded, "net_padded", num_epochs=20)'
CHECK = 'grader.check("q2_2")'
SEED = "torch.manual_seed(0)"  # the same accuracy in each new picture
LAST_GIVEN_CELL = "train(net_ffn"

PAGE = """\
<!DOCTYPE html><meta charset="utf-8"><style>
body {{ margin: 24px; width: 860px; font: 15px/1.45 sans-serif; color: #24292f }}
.cell {{ display: flex; margin-bottom: 10px }}
.prompt {{ width: 44px; color: #57606a; font: 13px/1.45 monospace; padding-top: 9px }}
.code {{ flex: 1; background: #f6f8fa; border: 1px solid #d0d7de; padding: 0 10px }}
.output {{ flex: 1; padding: 0 10px }}
pre {{ font: 13px/1.45 monospace; margin: 8px 0 }}
{colours}
</style>{cells}"""


def class_svg() -> str:
    """What `autograder grade` shows for the class in `examples/`."""
    arguments = ["grade", "examples/class", "--assignment", "assignment1", "--out"]
    with tempfile.TemporaryDirectory() as out:
        # Exit code 1 is right: one upload of that class is broken.
        command = [sys.executable, "-m", "autograder", *arguments, out]
        subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
        with Ledger(Path(out)) as ledger:
            grades = [line.grade for line in ledger.lines() if line.grade is not None]
    questions = [question.name for question in grades[0].questions]
    console = Console(record=True, width=84, file=io.StringIO())
    console.print("assignment1", style="bold")
    console.print(summary_table(questions, grades, console.width))
    for line in remarks(grades):
        console.print(line)
    title = " ".join(["autograder", *arguments, "results"])
    svg = console.export_svg(title=title, theme=LIGHT, unique_id="class")
    # Rich names a font on a server; the picture shall need nothing from elsewhere. Its frame is
    # white, which is made for dark windows.
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    return svg.replace("rgba(255,255,255,0.35)", "#d0d7de")


def checked_cells() -> list[NotebookNode]:
    """The answer and its check in the handed-out notebook, after a run in a real kernel."""
    source = ROOT / "assignments" / "assignment2.ipynb"
    notebook = nbformat.read(source, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    given = next(i for i, cell in enumerate(code) if cell.source.startswith(LAST_GIVEN_CELL))
    added = [nbformat.v4.new_code_cell(text) for text in (SEED, ANSWER, TRAINING, CHECK)]
    notebook.cells = [*code[:given], *added]
    with tempfile.TemporaryDirectory() as folder:
        for file in (source, source.with_name("mnist.npz")):
            shutil.copy(file, folder)
        NotebookClient(notebook, timeout=300, resources={"metadata": {"path": folder}}).execute()
    answer, _, check = notebook.cells[-3:]
    return [answer, check]


def page(cells: list[NotebookNode]) -> str:
    """The cells as a page that looks like a notebook."""
    formatter = HtmlFormatter(style="default")
    shown = []
    for cell in cells:
        code = highlight(cell.source, PythonLexer(), formatter)
        shown.append(_row(f"[{cell.execution_count}]:", f'<div class="code">{code}</div>'))
        shown += [
            _row("", f'<div class="output">{output.data["text/html"]}</div>')
            for output in cell.outputs
            if "text/html" in output.get("data", {})
        ]
    colours = formatter.get_style_defs(".code").replace("background: #f8f8f8;", "")
    return PAGE.format(colours=colours, cells="".join(shown))


def _row(prompt: str, content: str) -> str:
    return f'<div class="cell"><div class="prompt">{prompt}</div>{content}</div>'


def photograph(markup: str) -> Image.Image:
    """The page as Chromium draws it, in twice the usual resolution, without its empty border."""
    with tempfile.TemporaryDirectory() as folder:
        file, shot = Path(folder, "page.html"), Path(folder, "page.png")
        file.write_text(markup, encoding="utf-8")
        # Without a sandbox it also runs as root in a container; the page is our own.
        options = ["--headless", "--no-sandbox", "--hide-scrollbars", "--window-size=920,1400"]
        options += ["--force-device-scale-factor=2", f"--screenshot={shot}", file.as_uri()]
        subprocess.run(["chromium", *options], check=True, capture_output=True, timeout=120)
        with Image.open(shot) as opened:
            picture = opened.convert("RGB")
    content = ImageChops.difference(picture, Image.new("RGB", picture.size, "white")).getbbox()
    left, top, right, bottom = content or (0, 0, *picture.size)
    margin = 24
    return picture.crop((left - margin, top - margin, right + margin, bottom + margin))


def main() -> None:
    """Write both pictures."""
    PICTURES.mkdir(exist_ok=True)
    (PICTURES / "class.svg").write_text(class_svg(), encoding="utf-8")
    picture = photograph(page(checked_cells()))
    # Dithering would blend small coloured marks into the greys around them.
    picture.quantize(256, dither=Image.Dither.NONE).save(PICTURES / "check.png", optimize=True)
    for file in sorted(PICTURES.iterdir()):
        print(f"{file}: {file.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
