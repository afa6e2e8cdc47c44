"""No page can grow, whatever is handed in: bytes are charged wherever they are shown."""

import base64
import io
import json
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from conftest import assignment
from matplotlib.figure import Figure

from autograder.model import Flag, FlagKind, Grade, Graded, Outcome, Person
from autograder.results.pages import ClassReport, site
from autograder.results.pages.budget import MOST_BYTES, PageBudget
from autograder.results.pages.drawings import Drawings
from autograder.results.pages.markdown import _rendered, markdown
from autograder.results.pages.notebook_page import ShownCell, cells_of
from autograder.results.pages.pictures import picture
from autograder.results.pages.sanitise import _coloured, code
from autograder.results.pages.shown import ShownNotebooks
from autograder.results.pages.site import PageFile
from autograder.results.similarity import Pair, Passage
from autograder.results.statistics import Cluster
from autograder.results.written import WrittenAnswer
from autograder.submissions.tree import LeftOut, Reason

LOUD = Flag(kind=FlagKind.RUN, text="f" * 10_000)
SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '


def png(size: int, width: int = 10, height: int = 10) -> str:
    """A picture whose file has so many bytes; they need not be more than a header."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    start = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + head
    return base64.b64encode(start.ljust(size, b"\0")).decode()


def notebook(*cells: dict[str, Any]) -> str:
    return json.dumps({"cells": list(cells)})


def text(source: str, **attachments: str) -> dict[str, Any]:
    kinds = {name: {"image/png": encoded} for name, encoded in attachments.items()}
    return {"cell_type": "markdown", "source": source, "attachments": kinds}


def output(**data: str) -> dict[str, Any]:
    kinds = {kind.replace("_", "/"): content for kind, content in data.items()}
    shown = {"output_type": "display_data", "data": kinds}
    return {"cell_type": "code", "source": "show()", "outputs": [shown]}


def size(cells: tuple[ShownCell, ...]) -> int:
    outputs = [output for cell in cells for output in cell.outputs]
    shown = [cell.source for cell in cells] + [output.body for output in outputs]
    addresses = [output.picture.address for output in outputs if output.picture]
    return sum(len(part.encode()) for part in (*shown, *addresses))


BOMBS: dict[str, Callable[[], str]] = {
    "one attached picture, shown again and again": lambda: notebook(
        text("![](attachment:a)" * 300, a=png(1_000_000))
    ),
    "one pasted picture, referred to again and again": lambda: notebook(
        text(f"{'![a]' * 300}\n\n[a]: data:image/png;base64,{png(1_000_000)}")
    ),
    "the same in many cells": lambda: notebook(
        *(text(f"{n} ![](attachment:a)", a=png(30_000)) for n in range(900))
    ),
    "the same in an output": lambda: notebook(
        output(text_html=f'<img src="data:image/png;base64,{png(500_000)}">' * 100)
    ),
    "outputs that are pictures": lambda: notebook(*[output(image_png=png(300_000))] * 100),
    "a long address with many references": lambda: notebook(
        text(f"{'[a]' * 8_000}\n\n[a]: https://example.org/{'x' * 20_000}")
    ),
    "signs that are written as several": lambda: notebook(
        *({"cell_type": "code", "source": "1 " * 24_000 + "<>&" * 500} for _ in range(300))
    ),
    "printed": lambda: notebook(
        *(
            {
                "cell_type": "code",
                "source": "",
                "outputs": [{"output_type": "stream", "text": "\x1b[1m<" * 4_000}] * 100,
            }
            for _ in range(50)
        )
    ),
    "markup": lambda: notebook(*[output(text_html="<b>&amp;</b>" * 4_000)] * 500),
}


def student(name: str, **more: Any) -> Graded:
    return Graded(
        submission=f"{name}/a.ipynb", student=name, outcome=Outcome.FINISHED, score=1.0,
        max_score=7, seconds=1, questions=(), **more,
    )  # fmt: skip


def report_on(*grades: Grade, **more: Any) -> ClassReport:
    questions = assignment("assignment1").questions
    return ClassReport("Title", "assignment1", "cpu", "now", grades, questions, **more)


def made(report: ClassReport, notebooks: dict[str, str]) -> dict[str, PageFile]:
    return {page.path: page.made() for page in site(report, ShownNotebooks(notebooks.get))}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_students_page_stays_within_its_budget(bomb: str) -> None:
    grade = student("mallory")
    pages = made(report_on(grade), {grade.submission: BOMBS[bomb]()})
    assert all(len(page.text.encode()) <= MOST_BYTES for page in pages.values())
    assert not any(page.problem for page in pages.values())
    assert size(cells_of(BOMBS[bomb](), PageBudget())) <= 18_000_000
    shown = pages["students/mallory.html"].text
    assert "the page is full" in shown or "characters left out" in shown


def test_empty_lines_are_charged() -> None:
    empty = {"cell_type": "code", "source": "x = 1\n" + " \n" * 20_000}
    cells = cells_of(notebook(*[empty] * 30, text("the last")), PageBudget())
    assert sum(cell.source.count("\n") for cell in cells) < 50_000
    usual = {"cell_type": "code", "source": "x = 1\n" * 200}
    cells = cells_of(notebook(*[usual] * 100, text("the last")), PageBudget())
    assert sum(cell.source.count("\n") for cell in cells) > 19_000
    assert "the last" in cells[-1].source


def test_what_unfolds_in_a_browser_is_charged() -> None:
    large = png(100, 5_000, 5_000)
    cells = cells_of(notebook(text("![](attachment:a)" * 50, a=large)), PageBudget())
    assert cells[0].source.count(large) == 4
    assert picture("image/png", png(100, 40_000, 40)) is None
    frames = base64.b64encode(base64.b64decode(png(100)) + b"fcTL" * 60).decode()
    found = picture("image/png", frames)
    assert found is not None
    assert found.pixels == 60 * 100
    gif = b"GIF89a" + struct.pack("<HHBBB", 500, 500, 0, 0, 0)
    frame = b"\x21\xf9\x04\0\0\0\0\0" + b"\x2c" + bytes(9) + b"\x02\x02\x44\x01\0"
    animated = picture("image/gif", base64.b64encode(gif + frame * 40 + b"\x3b").decode())
    assert animated is not None
    assert animated.pixels == 40 * 250_000
    assert picture("image/gif", base64.b64encode(gif + frame * 900 + b"\x3b").decode()) is None


@pytest.mark.parametrize("bomb", ["attached", "long", "markup"])
def test_one_written_answer_takes_no_room_from_others(bomb: str) -> None:
    answers = {
        "attached": f"{'![a]' * 300}\n\n[a]: data:image/png;base64,{png(140_000)}",
        "long": f"{'[a]' * 8_000}\n\n[a]: https://example.org/{'x' * 20_000}",
        "markup": "<b>&amp;</b>" * 4_000,
    }
    names = [f"m{number}" for number in range(40)]
    grades = [student(name) for name in (*names, "zoe")]
    given = dict.fromkeys(names, answers[bomb]) | {"zoe": "Because **weights** are shared."}
    written = tuple(
        WrittenAnswer(g.student, g.submission, "q1", given[g.student], 2) for g in grades
    )
    page = made(report_on(*grades, written=written), {})["written.html"]
    assert not page.problem
    assert len(page.text.encode()) <= MOST_BYTES
    assert "Because <strong>weights</strong> are shared." in page.text


def test_similar_code_fits_on_a_page() -> None:
    passage = Passage("1 " * 24_000, "2 " * 24_000)
    pairs = (*(Pair("a", "b", 1.0, (passage,) * 8) for _ in range(49)),)
    last = Pair("a", "b", 0.5, (Passage("x = 'the last'", "x = 'the last'"),))
    page = made(report_on(student("a"), student("b"), pairs=(*pairs, last)), {})["similarity.html"]
    assert not page.problem
    assert len(page.text.encode()) <= MOST_BYTES
    assert page.text.count("the last") == 2


def test_the_page_of_the_class_stays_small_and_names_everybody() -> None:
    people = tuple(Person(name="x" * 5_000, email="y" * 5_000) for _ in range(20))
    loud = student("loud", flags=(LOUD,) * 500, remarks=("r" * 100_000,) * 400)
    report = report_on(
        loud,
        student("zoe"),
        clusters=(Cluster("q1", "c", "found" * 100_000, ("loud", "zoe")),),
        left_out=tuple(
            LeftOut("p" * 4_000, Reason.NO_NOTEBOOK, "w" * 4_000) for _ in range(20_000)
        ),
        missing=people,
        twice=tuple((person, ("z" * 4_000,) * 100) for person in people),
        unknown=("u" * 4_000,),
    )
    pages = made(report, {})
    assert not pages["index.html"].problem
    assert len(pages["index.html"].text.encode()) < 5_000_000
    assert "and 17,000 more" in pages["index.html"].text
    assert "zoe" in pages["index.html"].text
    problem = pages["students/loud.html"].problem
    assert problem == "it would be larger than 25 MB"
    assert problem in pages["students/loud.html"].text
    assert not pages["students/zoe.html"].problem


def test_a_page_that_fails_costs_that_page() -> None:
    def notebook_of(path: str) -> str | None:
        if path.startswith("mallory"):
            raise MemoryError("too much")
        return notebook(text("**fine**"))

    report = report_on(student("mallory"), student("zoe"))
    pages = [page.made() for page in site(report, ShownNotebooks(notebook_of))]
    assert [(page.path, page.problem) for page in pages] == [
        ("index.html", ""),
        ("students/mallory.html", "MemoryError: too much"),
        ("students/zoe.html", ""),
    ]
    assert "could not be made" in pages[1].text
    assert "<strong>fine</strong>" in pages[2].text


def test_caches_are_bounded_by_bytes() -> None:
    caches: list[Any] = [_rendered, _coloured]
    for number in range(30):
        markdown(f"[{number}]: <{'x' * 40_000}>", PageBudget())
        markdown(f"{number} " + "'" * 49_000, PageBudget())
        code(f"{number} = " + "0 " * 20_000)
    for cached in caches:
        assert 1_000_000 < cached.cache.currsize <= cached.cache.maxsize == 8_000_000
        assert all(len(key) == 32 for key in cached.cache)
    assert len(caches[1].cache) < 30


# --- drawings -----------------------------------------------------------------------------------


@pytest.fixture
def drawings() -> Iterator[Drawings]:
    with Drawings() as drawings:
        yield drawings


def nested(depth: int) -> str:
    """A drawing of some hundred bytes a level, which shows ten times as many squares at each."""
    levels = "".join(
        f'<g id="l{n}">' + f'<use xlink:href="#l{n - 1}"/>' * 10 + "</g>" for n in range(1, depth)
    )
    square = '<g id="l0"><rect width="5" height="5"/></g>'
    shown = f'<use xlink:href="#l{depth - 1}"/>'
    return f'{SVG}width="100" height="100"><defs>{square}{levels}</defs>{shown}</svg>'


def blurred(number: int) -> str:
    blur = '<filter id="f"><feGaussianBlur stdDeviation="300"/></filter>'
    layers = '<g filter="url(#f)">' * number
    square = '<rect width="2000" height="2000"/>'
    return f'{SVG}width="2000" height="2000">{blur}{layers}{square}{"</g>" * number}</svg>'


def test_drawings_of_matplotlib_are_shown_as_they_are(drawings: Drawings) -> None:
    figure = Figure(figsize=(4, 3))
    figure.patch.set_facecolor("#ffffff")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.imshow(np.kron([[0, 1], [1, 0]], np.ones((14, 14))), cmap="gray", aspect="auto")
    axes.scatter([7], [7], s=900, c="red")
    file = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "path"}):
        figure.savefig(file, format="svg")
    shown = drawings.picture(file.getvalue())
    assert shown is not None
    assert (shown.width, shown.height) == (384, 288), "in the drawing's size, four by three inches"
    pixels = unpacked(base64.b64decode(shown.address.partition(",")[2]))
    assert pixels.shape[:2] == (2 * 288, 2 * 384)
    height, width = pixels.shape[:2]
    quarters = {(y, x): tuple(pixels[height * y // 8, width * x // 8][:3])
                for y in (1, 7) for x in (1, 7)}  # fmt: skip
    assert quarters == {(1, 1): (0, 0, 0), (1, 7): (255, 255, 255),
                        (7, 1): (255, 255, 255), (7, 7): (0, 0, 0)}  # fmt: skip
    assert (pixels[..., 0] > 250).sum() > (pixels[..., 1] > 250).sum(), "the red dot"


def unpacked(content: bytes) -> Any:
    """The pixels of a PNG, by the library that Matplotlib reads pictures with."""
    from PIL import Image

    return np.asarray(Image.open(io.BytesIO(content)).convert("RGBA"))


@pytest.mark.parametrize(
    "bomb",
    [
        nested(6),
        nested(30),
        blurred(500),
        f'{SVG}width="99999" height="99999"><rect width="5" height="5"/></svg>',
        SVG * 50_000,
        "<g>" * 300_000,
        "x" * 2_000_000,
        "",
        '<!DOCTYPE svg [<!ENTITY a "' + "a" * 1_000 + '"><!ENTITY b "' + "&a;" * 1_000
        + f'">]>{SVG}width="9" height="9"><text>{"&b;" * 1_000}</text></svg>',
    ],
    ids=["wide", "deep", "blurred", "huge", "unclosed", "elements", "large", "none", "entities"],
)  # fmt: skip
def test_a_drawing_that_is_too_much_costs_that_drawing(drawings: Drawings, bomb: str) -> None:
    shown = drawings.picture(bomb)
    assert shown is None or len(shown.address) < 100_000
    fine = drawings.picture(f'{SVG}width="20" height="20"><rect width="9" height="9"/></svg>')
    assert fine is not None
    assert (fine.width, fine.height) == (20, 20)


def test_drawings_end_after_two_processes(drawings: Drawings) -> None:
    huge = f'{SVG}width="99999" height="99999"><rect width="5" height="5"/></svg>'
    fine = f'{SVG}width="20" height="20"></svg>'
    assert [drawings.picture(huge) for _ in range(3)] == [None] * 3
    assert drawings.picture(fine) is None, "all that this page may take is used up"


def test_a_drawing_shows_no_file_of_others(drawings: Drawings, tmp_path: Path) -> None:
    def chunk(kind: bytes, content: bytes) -> bytes:
        body = kind + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    row = zlib.compress(b"\0\xff\0\0")
    red = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", row) + chunk(b"IEND", b"")
    secret = tmp_path / "secret.png"
    secret.write_bytes(red)

    def colour(href: str) -> tuple[int, ...] | None:
        picture = drawings.picture(
            f'{SVG}width="20" height="20"><image xlink:href="{href}" width="20" height="20"/></svg>'
        )
        if picture is None:
            return None
        return tuple(unpacked(base64.b64decode(picture.address.partition(",")[2]))[20, 20])

    address = f"data:image/png;base64,{base64.b64encode(red).decode()}"
    assert colour(address) == (255, 0, 0, 255), "what it holds itself is shown"
    for href in (str(secret), secret.as_uri()):
        assert colour(href) in (None, (0, 0, 0, 0))
