"""The desk in a real Chromium: what a TA does, several at once, and who is refused."""

import csv
import http.client
import json
import os
import signal
import socket
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import ROOT, assignment, chosen_layers, fork_server, notebook_of
from desk_browser import Opened, chromium, desk, visitor
from desk_class import WRITTEN, results
from playwright.sync_api import Browser, Page

from autograder.desk.classroom import Classroom
from autograder.desk.guard import Door
from autograder.desk.queue import open_matters
from autograder.desk.requests import from_table
from autograder.errors import LedgerError, UsageError
from autograder.grading.decisions import Request
from autograder.grading.facts import ROSTER, ClassFacts, keep_facts
from autograder.grading.ledger import Ledger
from autograder.grading.pipeline import Grader
from autograder.grading.rescore import rescore
from autograder.judging.scoring import Scorer
from autograder.model import Entry, Feedback, Flag, FlagKind, Graded, Person, Settings

PEOPLE = [f"Student {number:02}" for number in range(15)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


def grading(page: Page, opened: Opened, question: str = WRITTEN[0]) -> None:
    page.goto(f"{opened.root}/grade/{question}")
    page.wait_for_selector("#rubric")


def saved(page: Page) -> None:
    page.wait_for_selector(".told:has-text('Saved.')")


# --- who may ask ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    """A desk on a class of three."""
    folder = results(tmp_path_factory.mktemp("desk"), ["ana", "bo", "caro"])
    with desk(folder) as running:
        yield running


def asked(opened: Opened, path: str = "/", method: str = "GET", body: str = "", **more: str) -> int:
    """The status of one request; underscores in names of headers stand for hyphens."""
    headers = {"Host": opened.host, "Cookie": opened.cookie()}
    headers |= {name.replace("_", "-"): value for name, value in more.items()}
    connection = http.client.HTTPConnection(opened.host, timeout=20)
    connection.putrequest(method, path, skip_host=True)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body.encode())
    response = connection.getresponse()
    said = response.read()
    if response.status == 403:
        assert b"ana" not in said
    assert "script-src 'self'" in (response.headers["Content-Security-Policy"] or "")
    connection.close()
    return response.status


def test_its_first_line_is_the_address_with_the_secret(opened: Opened) -> None:
    assert opened.link.startswith("http://127.0.0.1:")
    assert len(opened.secret) > 40
    assert asked(opened) == 200


@pytest.mark.parametrize("path", ["/", "/class", "/assets/desk.css", "/present", "/nowhere"])
def test_without_the_secret_nobody_sees_anything(opened: Opened, path: str) -> None:
    assert asked(opened, path, Cookie="") == 403
    assert asked(opened, path, Cookie=opened.cookie().replace(opened.secret, "x" * 43)) == 403
    assert asked(opened, f"{path}?secret=wrong", Cookie="") == 403


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1", ""])
def test_another_host_is_refused(opened: Opened, host: str) -> None:
    assert asked(opened, Host=host) == 403
    assert asked(opened, f"/?secret={opened.secret}", Host=host) == 403


def test_pages_of_others_are_refused(opened: Opened) -> None:
    token = Door("", 0, secret=opened.secret).token
    form = urlencode({"token": token, "name": "Mallory", "next": "//evil.example"})
    own = f"http://{opened.host}"
    for origin in (
        "http://evil.example",
        "null",
        "http://127.0.0.1:1",
        own.replace("http", "https"),
    ):
        assert asked(opened, Origin=origin) == 403
        assert asked(opened, "/name", "POST", form, Origin=origin) == 403
    assert asked(opened, "/name", "POST", form) == 403
    assert asked(opened, "/name", "POST", form.replace(token, "0" * 64), Origin=own) == 403
    assert asked(opened, "/hand-back", "POST", "", Origin=own) == 403
    assert asked(opened, "/name", "POST", form, Origin=own) == 303


def test_damaged_forms_are_one_sentence(opened: Opened) -> None:
    """Numbers that no row has: neither an error of the server's nor a decision."""
    own, token = f"http://{opened.host}", Door("", 0, secret=opened.secret).token
    room = Classroom(opened.folder)
    key, before = next(iter(room.members)), room.book.last
    for number in ("9" * 19, "9" * 5_000):
        for fields in (
            {"act": "points", "points": "1", "seen": number},
            {"act": "applied", "item": number, "on": "1"},
            {"act": "item", "item": number, "text": "x", "points": "1"},
            {"act": "undo", "of": number},
            {"act": "answer", "request": number, "text": "x"},
        ):
            form = urlencode({"token": token, "question": WRITTEN[0], **fields})
            assert asked(opened, f"/decide/{key}", "POST", form, Origin=own) == 400, fields
        form = urlencode({"token": token, "member": key, "item": number})
        assert asked(opened, f"/groups/{WRITTEN[0]}", "POST", form, Origin=own) == 400
    room.refresh()
    assert room.book.last == before


def test_the_secret_leads_to_the_desk_only(opened: Opened) -> None:
    connection = http.client.HTTPConnection(opened.host, timeout=20)
    connection.request("GET", f"//evil.example/a?secret={opened.secret}")
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Location"]) == (303, "/evil.example/a")
    connection.close()


def test_a_proxy_has_its_own_address() -> None:
    door = Door("0.0.0.0", 8000, "https://desk.example.org")
    assert "desk.example.org" in door.hosts
    assert "https://desk.example.org" in door.origins
    assert "http://desk.example.org" not in door.origins - {"http://desk.example.org"}
    assert door.link().startswith("https://desk.example.org/?secret=")
    assert Door("127.0.0.1", 8000).hosts == {"127.0.0.1:8000", "localhost:8000", "[::1]:8000"}


def test_behind_https_every_cookie_is_for_https_only(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    folder, address = results(tmp_path, ["ana"]), "https://desk.example.org"
    with desk(folder, "--port", str(port), "--address", address) as running:
        secret, token = running.secret, Door("", 0, secret=running.secret).token
        connection = http.client.HTTPConnection(f"127.0.0.1:{port}", timeout=20)
        headers = {"Host": "desk.example.org", "Origin": address}
        connection.request("GET", f"/?secret={secret}", headers=headers)
        kept = connection.getresponse()
        kept.read()
        headers["Cookie"] = f"autograder-desk-{port}={secret}"
        form = urlencode({"token": token, "name": "Ute", "next": "/"})
        connection.request("POST", "/name", form, headers)
        named = connection.getresponse()
        cookies = kept.msg.get_all("Set-Cookie", []) + named.msg.get_all("Set-Cookie", [])
        connection.close()
    assert len(cookies) == 3
    assert all("; Secure" in cookie and "; HttpOnly" in cookie for cookie in cookies)


# --- a TA's day -----------------------------------------------------------------------------------


def test_a_queue_is_emptied_and_a_class_handed_back(browser: Browser, tmp_path: Path) -> None:
    """Sixty answers with at most two keys each, one item changed, one mark corrected."""
    folder = results(tmp_path, PEOPLE, kind="canvas")
    with Ledger(folder) as ledger:
        _with_people(ledger)
    with desk(folder) as opened:
        _, page, heard = visitor(browser, opened, "Ute")
        page.keyboard.press("n")
        page.wait_for_selector(".seen")
        for left in range(3, -1, -1):  # one that was not graded, three that are borderline
            page.keyboard.press("s")
            page.wait_for_selector(f"header .tag:has-text('{56 + left}')")
        assert "/grade/" in page.url
        keys = _grade_all(page)
        assert keys <= 2 * 56
        page.wait_for_selector("text=Nothing: all that needed a human")
        _change_the_item(page, opened)
        _correct_a_mark(page, opened)
        _hand_back(page, opened)
        assert (heard.requests, heard.messages) == ([], [])
    _check_the_files(folder)
    _check_rescore(folder)


def _with_people(ledger: Ledger) -> None:
    """Give everybody a number, as Canvas does."""
    lines = list(ledger.lines())
    ledger.begin([
        Entry(line.path, line.student, read=lambda: b"",
              people=(Person(name=line.student, id=str(100 + line.position)),))
        for line in lines
    ])  # fmt: skip
    for line in lines:
        assert line.grade is not None
        people = (Person(name=line.student, id=str(100 + line.position)),)
        grade = line.grade.model_copy(update={"people": people})
        ledger.record(line.position, grade, line.execution)


def _grade_all(page: Page) -> int:
    """Grade all that is open by keys; how many were pressed for the answers."""
    keys = 0
    for question in WRITTEN:
        page.wait_for_selector(f"form input[value='{question}']", state="attached")
        page.keyboard.press("r")
        page.keyboard.type("2")
        page.keyboard.press("Tab")
        page.keyboard.type("Says why.")
        page.keyboard.press("Enter")
        saved(page)
        page.keyboard.press("Escape")
        # As fast as they come: what is pressed while a page is on its way counts on the next one.
        for _ in range(13):
            page.keyboard.press("n")
            page.keyboard.press("1")
            keys += 2
        page.wait_for_selector("text=14 of 14, 0 left to read")
        saved(page)
        page.wait_for_selector("text=All are read: the queue")
        page.keyboard.press("n")
        keys += 1
        page.wait_for_selector("h1:has-text('Assignment')")
        if question != WRITTEN[-1]:
            page.keyboard.press("n")
    return keys


def _change_the_item(page: Page, opened: Opened) -> None:
    grading(page, opened)
    page.click(".rubric summary")
    page.fill(".rubric details input[name=points]", "1.5")
    page.click("text=Change every mark that has it")
    saved(page)
    assert page.inner_text(".total") == "1.5 of 2"


def _correct_a_mark(page: Page, opened: Opened) -> None:
    page.goto(f"{opened.root}/class")
    page.click("#all ~ div a:has-text('Student 03')")
    page.wait_for_selector("#again")
    page.click(".correct summary >> nth=0")
    page.fill(".correct input[name=reason] >> nth=0", "Your map is smaller, we looked.")
    page.click("text=Full points >> nth=0")
    saved(page)
    page.wait_for_selector("text=Changed by your teachers to 2 points.")


def _hand_back(page: Page, opened: Opened) -> None:
    page.goto(f"{opened.root}/hand-back")
    page.wait_for_selector("text=14 marks not yet in the files")
    page.keyboard.press("w")
    page.wait_for_selector("text=The files are written.")
    page.wait_for_selector("text=0 marks not yet in the files")


def _check_the_files(folder: Path) -> None:
    told = json.loads((folder / "grades.json").read_text("utf-8"))["grades"]
    third = told[3]
    by_name = {question["name"]: question for question in third["questions"]}
    assert [by_name[name]["score"] for name in WRITTEN] == [1.5, 2, 2, 2]
    assert by_name["q2_1"]["score"] == 2
    assert by_name["q2_1"]["decisions"][0]["who"] == "Ute"
    assert third["score"] == sum(question["score"] for question in third["questions"])
    rows = list(csv.DictReader((folder / "grades.csv").read_text("utf-8-sig").splitlines()))
    assert float(rows[3]["score"]) == third["score"]
    marks = list(csv.DictReader((folder / "canvas.csv").read_text("utf-8-sig").splitlines()))
    of_third = next(row for row in marks if row["ID"] == "103")
    assert str(third["score"]).removesuffix(".0") in of_third.values()
    feedback = (folder / "feedback" / "student-03.md").read_text("utf-8")
    assert "Your map is smaller, we looked." in feedback
    assert "+1.5: Says why." in feedback
    assert "Ute" not in feedback


def test_points_by_hand_reach_the_files_for_moodle(browser: Browser, tmp_path: Path) -> None:
    """A work that could not be read is given points at the desk, and the class is handed back."""
    folder = results(tmp_path, PEOPLE[:3], kind="moodle")
    with Ledger(folder) as ledger:
        _with_people(ledger)
    sheet = ["Identifier,Full name,Grade,Maximum grade,Last modified (grade)"]
    sheet += [f"Participant {100 + at},{name},,16.00,-" for at, name in enumerate(PEOPLE[:3])]
    (folder / ROSTER).write_text("\n".join(sheet), "utf-8")
    with desk(folder) as opened:
        _, page, heard = visitor(browser, opened, "Ute")
        page.goto(f"{opened.root}/class")
        page.click("#all ~ div a:has-text('Student 02')")
        page.wait_for_selector(".total:has-text('not graded')")
        page.fill("input[name=points-q2_1]", "2")
        page.fill("input[name=points-q2_1_written]", "1,5")
        page.fill(".by-hand input[name=reason]", "You showed it to us.")
        page.click("text=Give these points")
        saved(page)
        assert page.inner_text(".total") == "3.5 of 16"
        page.goto(f"{opened.root}/")
        assert "Not graded" not in page.inner_text("main")
        page.goto(f"{opened.root}/hand-back")
        page.keyboard.press("w")
        page.wait_for_selector("text=The files are written.")
        assert (heard.requests, heard.messages) == ([], [])
    marks = list(csv.DictReader((folder / "moodle.csv").read_text("utf-8-sig").splitlines()))
    given = [float(row["Grade"]) for row in marks]
    told = json.loads((folder / "grades.json").read_text("utf-8"))["grades"]
    assert given == [grade["score"] for grade in told]
    assert given[2] == 3.5
    feedback = next((folder / "feedback").glob("student-02*.md")).read_text("utf-8")
    assert "You showed it to us." in feedback


def test_the_notebook_is_folded_at_its_questions(browser: Browser, opened: Opened) -> None:
    _, page, _ = visitor(browser, opened, "Ute")
    page.goto(f"{opened.root}/class")
    page.click("#all ~ div a:has-text('bo')")
    page.click("text=The notebook, as it ran here")
    page.wait_for_selector(".fold")
    titles = [fold.inner_text() for fold in page.query_selector_all(".fold > summary")]
    assert [title.split()[0] for title in titles[:4]] == ["2.1", "2.2", "2.3", "2.4"]
    assert titles[-1] == "The rest"
    # Folded is what is right: what lacks points is to be read.
    is_open = [fold.get_attribute("open") is not None for fold in page.query_selector_all(".fold")]
    assert is_open[:4] == ["0 of" in title or "0.5 of" in title for title in titles[:4]]
    assert is_open[:4] == [False, False, True, False]
    assert "[checked by the grader]" in page.inner_text(".fold >> nth=2")


def _check_rescore(folder: Path) -> None:
    """A test that has changed its mind keeps the decision, and the desk says so."""
    with Ledger(folder) as ledger:
        line = list(ledger.lines())[3]
        assert line.grade is not None
        before = [grade.score for grade in ledger.grades()]
        (question, *others) = line.grade.questions
        cases = tuple(c.model_copy(update={"status": "passed"}) for c in question.cases[:-1])
        now = question.model_copy(update={"cases": (*cases, question.cases[-1]), "score": 1.5})
        changed = line.grade.model_copy(update={"questions": (now, *others)})
        ledger.record(3, changed, line.execution)
        assert [grade.score for grade in ledger.grades()] == before
    room = Classroom(folder)
    (matter,) = open_matters(room)
    assert matter.kind == "disagreement"
    assert "gave 0 and give 1.5 now; Ute gave 2" in matter.text
    room.ledger.close()


# --- several at once, and accidents ---------------------------------------------------------------


def test_two_people_grade_the_same_answer(browser: Browser, tmp_path: Path) -> None:
    folder = results(tmp_path, ["ana", "bo", "caro"])
    with desk(folder) as first, desk(folder) as second:
        _, ute, _ = visitor(browser, first, "Ute")
        _, vic, _ = visitor(browser, second, "Vic")
        for page, opened in ((ute, first), (vic, second)):
            grading(page, opened)
        ute.keyboard.press("f")
        saved(ute)
        vic.keyboard.press("0")
        vic.wait_for_selector("text=Ute has decided about this meanwhile")
        vic.keyboard.press("n")
        grading(vic, second)
        assert "bo" in vic.inner_text("h1")
        vic.keyboard.press("k")
        vic.wait_for_selector("h1:has-text('ana')")
        assert vic.inner_text(".total") == "2 of 2"
        vic.keyboard.press("0")
        saved(vic)
        assert vic.inner_text(".total") == "0 of 2"


def test_people_at_one_desk_see_each_other(browser: Browser, tmp_path: Path) -> None:
    folder = results(tmp_path, ["ana", "bo", "caro"])
    with desk(folder) as opened:
        _, ute, _ = visitor(browser, opened, "Ute")
        _, vic, _ = visitor(browser, opened, "Vic")
        grading(ute, opened)
        grading(vic, opened)
        assert "Ute looks at this answer, too." in vic.inner_text("main")
        assert "Ute" in vic.inner_text("#present")


def test_a_kill_loses_nothing_that_was_shown_as_saved(browser: Browser, tmp_path: Path) -> None:
    folder = results(tmp_path, ["ana", "bo", "caro"])
    with desk(folder) as opened:
        _, page, _ = visitor(browser, opened, "Ute")
        grading(page, opened)
        page.keyboard.press("f")
        saved(page)
        os.kill(opened.process.pid, signal.SIGKILL)
        opened.process.wait()
        page.keyboard.press("0")
        page.wait_for_selector("text=The desk does not answer.")
    with desk(folder) as again:
        _, page, _ = visitor(browser, again, "Ute")
        page.goto(f"{again.root}/class")
        page.click("#all ~ div a:has-text('ana')")
        page.wait_for_selector("#again")
        assert "2 of 2" in page.inner_text("section.question >> nth=4")


def test_a_ledger_that_is_gone_or_busy_is_one_sentence(browser: Browser, tmp_path: Path) -> None:
    folder = results(tmp_path, ["ana", "bo", "caro"])
    with desk(folder) as opened:
        _, page, _ = visitor(browser, opened, "Ute")
        with Ledger(folder):
            page.goto(f"{opened.root}/hand-back")
            page.keyboard.press("w")
            page.wait_for_selector("text=another autograder is at work in this folder")
        folder.rename(tmp_path / "moved")
        page.goto(f"{opened.root}/class")
        assert "is no longer there" in page.inner_text("main")
        (tmp_path / "moved").rename(folder)
        page.goto(f"{opened.root}/class")
        assert "Everyone" in page.inner_text("main")


def test_a_ledger_of_another_version_is_one_sentence(tmp_path: Path) -> None:
    folder = results(tmp_path, ["ana"])
    base = sqlite3.connect(folder / "ledger.sqlite")
    base.execute("PRAGMA user_version = 999")
    base.commit()
    base.close()
    with pytest.raises(LedgerError, match="made by a newer version"):
        Classroom(folder)


# --- run again ------------------------------------------------------------------------------------


def test_one_submission_is_run_again(browser: Browser, tmp_path: Path) -> None:
    """The confined way, with a real kernel: the mark that tests give is what the run is worth."""
    whole = assignment("assignment1")
    content = notebook_of("# %%\nconvolved_features = [[8, 20], [14, 25]]\n")
    with Ledger(tmp_path) as ledger:
        keep_facts(ledger, ClassFacts(assignment="assignment1", course=str(ROOT), device="cpu"))
        one = Entry("ana.ipynb", "ana", read=lambda: content)
        ledger.begin([one])
        grader = Grader(whole, Settings(layers=chosen_layers()), Scorer(whole, ledger), ledger)
        prepared = grader.prepare(one)
        # Playwright keeps an event loop running in the thread of the tests.
        with ThreadPoolExecutor(1) as thread:
            execution = thread.submit(prepared.job.run, fork_server()).result()
        grader.judge(0, one, prepared, execution)
        line = next(ledger.lines())
        assert line.grade is not None
        unlucky = line.grade.model_copy(update={"score": 0.0, "questions": ()})
        ledger.record(0, unlucky, line.execution)
    with desk(tmp_path) as opened:
        _, page, _ = visitor(browser, opened, "Ute")
        page.goto(f"{opened.root}/class")
        assert "ana" in page.inner_text("main"), page.content()
        page.click("#all ~ div a:has-text('ana')")
        page.fill("input[name=factor]", "2")
        page.click("button:has-text('Run again')")
        page.wait_for_selector("text=Running, confined")
        page.wait_for_selector("text=It has run again.", timeout=120_000)
        page.click("text=See the new mark")
        page.wait_for_selector(".total:has-text('1 of 7')")
        page.click(".history summary")
        assert "run again: tests gave 0, now 1. With 2 times the limits." in page.inner_text("main")
    with Ledger(tmp_path) as ledger:
        grades, _ = rescore(ledger, whole, {})
    assert grades[0].score == 1


# --- how it is to be used -------------------------------------------------------------------------


def test_every_page_is_accessible(browser: Browser, opened: Opened) -> None:
    for scheme in ("light", "dark"):
        context, page, heard = visitor(browser, opened, "Ute")
        page.emulate_media(color_scheme=scheme)
        for path in _paths(page, opened):
            page.goto(f"{opened.root}{path}")
            page.wait_for_selector("main h1")
            # What comes later belongs to the page, too.
            page.wait_for_function("() => !document.querySelector('[hx-trigger^=load] > .hint')")
            page.evaluate(
                "document.querySelectorAll('main details').forEach(d => { d.open = true })"
            )
            found = Axe().run(page)
            assert found.violations_count == 0, f"{path} {scheme}: {found.generate_report()}"
        assert (heard.requests, heard.messages) == ([], [])
        context.close()


def _paths(page: Page, opened: Opened) -> list[str]:
    """An address of each kind of page."""
    page.goto(f"{opened.root}/")
    matter = page.locator("a[href^='/matter/']").first.get_attribute("href")
    page.goto(f"{opened.root}/class")
    student = page.locator("a[href^='/student/']").first.get_attribute("href")
    assert matter is not None
    assert student is not None
    answer = f"/grade/{WRITTEN[0]}"
    others = ["/", "/class", "/requests", "/hand-back", f"/groups/{WRITTEN[0]}", "/grade/q2_1"]
    return [*others, matter, student, answer, "/grade/none"]


def test_it_can_be_read_on_a_phone(browser: Browser, opened: Opened) -> None:
    context, page, _ = visitor(browser, opened, "Ute")
    page.set_viewport_size({"width": 360, "height": 700})
    for path in _paths(page, opened):
        page.goto(f"{opened.root}{path}")
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 360, path
    context.close()


def test_questions_of_students_come_into_the_queue(browser: Browser, tmp_path: Path) -> None:
    folder = results(tmp_path, ["ana", "bo", "caro"])
    with desk(folder) as opened:
        _, page, _ = visitor(browser, opened, "Ute")
        page.goto(f"{opened.root}/requests")
        page.fill("#table", 'student,question,text\nana,q2_1,"Why no <b>points</b>?"\nzoe,,Hm?')
        page.click("text=All into the queue")
        page.wait_for_selector("text=Row 3: nobody is called 'zoe'")
        page.goto(f"{opened.root}/requests")
        page.fill("#table", "Student;Question;Text\nana;q2_1;Why no <b>points</b>?\nBO;;And me?")
        page.click("text=All into the queue")
        page.wait_for_selector("text=Open questions of students")
        # All at once over a slow line: what is pressed while a page is on its way counts on it.
        page.context.new_cdp_session(page).send(
            "Network.emulateNetworkConditions",
            {"offline": False, "latency": 400, "downloadThroughput": -1, "uploadThroughput": -1},
        )
        page.keyboard.press("n")
        page.keyboard.press("c")
        page.keyboard.type("The map is as large as before.")
        page.keyboard.press("Control+Enter")
        page.wait_for_selector(".cause:has-text('And me?')")
        page.goto(f"{opened.root}/hand-back")
        page.click("text=Write all files")
        page.wait_for_selector("text=The files are written.")
    feedback = (folder / "feedback" / "ana.md").read_text("utf-8")
    assert "You asked: Why no <b>points</b>?" in feedback
    assert "Answer: The map is as large as before." in feedback


def test_a_question_of_any_length_and_line_ends_is_one_sentence(opened: Opened) -> None:
    room = Classroom(opened.folder)
    someone = next(iter(room.members.values())).line.path
    with pytest.raises(UsageError, match="line 2 cannot be read as a row"):
        from_table(room, f"student,text\n{someone},{'x' * 200_000}")
    ((_, _, act),) = from_table(room, f"student,text\r{someone},Why\r")
    assert act == Request(text="Why")


def test_equal_answers_are_graded_at_once(browser: Browser, tmp_path: Path) -> None:
    folder = results(tmp_path, PEOPLE)
    with desk(folder) as opened:
        _, page, _ = visitor(browser, opened, "Ute")
        page.goto(f"{opened.root}/groups/{WRITTEN[0]}")
        first = page.locator(".group").first
        assert "nearly equal" in first.inner_text() or "all equal" in first.inner_text()
        first.locator("input[name=member]").first.uncheck()
        first.locator("input[name=points]").fill("1,5")
        first.get_by_text("Give to all chosen").click()
        page.wait_for_selector("text=read")
        tags = page.locator(".group").first.locator("fieldset .tag")
        boxes = page.locator(".group").first.locator("input[name=member]")
        assert tags.count() == boxes.count() - 1 >= 2


def test_a_batch_that_runs_is_followed(browser: Browser, tmp_path: Path) -> None:
    folder = results(tmp_path, ["ana", "bo", "caro"])
    with Ledger(folder) as ledger:
        lines = list(ledger.lines())
        ledger.begin([Entry(line.path, line.student, read=lambda: b"") for line in lines])
        with desk(folder) as opened:
            _, page, _ = visitor(browser, opened, "Ute")
            page.wait_for_selector("text=0 of 3 graded")
            for line in lines:
                assert line.grade is not None
                ledger.record(line.position, line.grade, line.execution)
            page.wait_for_selector("text=3 of 3 graded")


def test_what_was_undone_is_told(browser: Browser, tmp_path: Path) -> None:
    folder = results(tmp_path, ["ana", "bo"])
    with desk(folder) as opened:
        _, page, _ = visitor(browser, opened, "Ute")
        grading(page, opened)
        page.keyboard.press("f")
        saved(page)
        page.click(".history summary")
        page.click(".history button")
        page.wait_for_selector(".total:has-text('0 of 2')")
        page.click(".history summary")
        told = page.inner_text(".history")
        assert "2 points, 0 before (undone)" in told
        assert "undid q2_1_written: 2 points" in told
    with Ledger(folder) as ledger:
        assert [d.act.kind for d in ledger.decisions()] == ["points", "undo"]


def test_hidden_names_are_hidden(browser: Browser, opened: Opened) -> None:
    context, page, _ = visitor(browser, opened, "Ute")
    page.keyboard.press("a")
    page.wait_for_selector("text=Show names")
    for path in _paths(page, opened):
        page.goto(f"{opened.root}{path}")
        said = page.inner_text("main")
        assert not {"ana", "bo", "caro"} & set(said.split()), path
    context.close()


# --- hostile work -------------------------------------------------------------------------------

ATTACK = (
    "<script>window.pwned = 1</script><img src=x onerror='window.pwned = 2'>"
    "<svg onload='window.pwned = 3'></svg></textarea></title></style></script></pre>-->"
    "<iframe srcdoc='<script>parent.pwned = 4</script>'></iframe>"
    "<form action=/hand-back method=post><button data-key=n>go</button></form>"
    "<a href='javascript:window.pwned = 5' data-key=s>one</a>"
    "<div hx-get='/hand-back' hx-trigger=load hx-on:click='window.pwned = 6' data-focus=c>two</div>"
    "<base href='https://evil.example/'><link rel=stylesheet href='https://evil.example/c.css'>"
    "<div style='position:fixed;inset:0' id=main class=decide>over</div>"
    "<meta http-equiv=refresh content='0;https://evil.example'>{{ 7 * 7 }}{% raw %}"
)


def test_hostile_work_runs_nothing_and_loads_nothing(browser: Browser, tmp_path: Path) -> None:
    """Names, answers, messages, flags, notebooks, requests, comments and items, on every page."""
    names = [f"{ATTACK}\n=1+1\u202e\x1b[31m {number}" for number in range(3)]
    markdown = f"[a](javascript:window.pwned=7) ![b](https://evil.example/b.png)\n\n{ATTACK}"
    folder = results(tmp_path, names, lambda number, question: markdown)
    with Ledger(folder) as ledger:
        for line in ledger.lines():
            if isinstance(line.grade, Graded):
                flags = tuple(Flag(kind=kind, text=ATTACK) for kind in FlagKind)
                question = line.grade.questions[0]
                said = Feedback(expected=ATTACK, found=ATTACK, advice=ATTACK, detail=ATTACK,
                                notes=(ATTACK,), mistake=ATTACK)  # fmt: skip
                cases = tuple(
                    case.model_copy(update={"status": "failed", "feedback": said})
                    for case in question.cases
                )
                hostile = question.model_copy(update={"cases": cases})
                grade = line.grade.model_copy(
                    update={"flags": flags, "questions": (hostile, *line.grade.questions[1:])}
                )
                ledger.record(line.position, grade, line.execution)
    with desk(folder) as opened:
        context, page, heard = visitor(browser, opened, "<b>Ute</b>")
        grading(page, opened)
        for field, text in (("r", "1"), ("c", ATTACK)):
            page.keyboard.press(field)
            page.keyboard.type(text)
            if field == "r":
                page.keyboard.press("Tab")
                page.keyboard.insert_text(ATTACK)
            page.keyboard.press("Control+Enter")
            saved(page)
            page.keyboard.press("Escape")
        page.goto(f"{opened.root}/requests")
        page.select_option("select[name=member]", index=1)
        page.fill("#text", ATTACK)
        page.click("text=Into the queue >> nth=0")
        page.wait_for_selector("text=Open questions of students")
        visited = [*_paths(page, opened), *_further_paths(page, opened)]
        for path in visited:
            page.goto(f"{opened.root}{path}")
            page.wait_for_selector("main h1")
            # What comes later belongs to the page, too.
            page.wait_for_function("() => !document.querySelector('[hx-trigger^=load] > .hint')")
            page.evaluate(
                "document.querySelectorAll('main details').forEach(d => { d.open = true })"
            )
            page.wait_for_timeout(600)
            assert page.evaluate("window.pwned") is None, path
            assert page.locator("main form[action='/hand-back'] button").count() == (
                path == "/hand-back"
            )
            assert page.locator("main [hx-trigger=load], main iframe, main base").count() == 0
        page.goto(f"{opened.root}/hand-back")
        page.keyboard.press("w")
        page.wait_for_selector("text=The files are written.")
        assert (heard.requests, heard.messages) == ([], [])
        context.close()


def _further_paths(page: Page, opened: Opened) -> list[str]:
    page.goto(f"{opened.root}/")
    found = [a.get_attribute("href") or "" for a in page.locator("a[href^='/matter/']").all()]
    assert len(found) > 4
    return found
