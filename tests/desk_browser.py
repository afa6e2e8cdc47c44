"""A desk as a process of its own, and a real Chromium that opens it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from conftest import ROOT
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright


@dataclass(frozen=True)
class Opened:
    """A desk that runs on `folder`; `link` is the address that it printed."""

    process: "subprocess.Popen[str]"
    link: str
    folder: Path

    @property
    def root(self) -> str:
        """The address without path and secret."""
        return self.link.partition("/?")[0]

    @property
    def host(self) -> str:
        """The host and port."""
        return self.root.removeprefix("http://")

    @property
    def secret(self) -> str:
        """The secret of the address."""
        return self.link.partition("secret=")[2]

    def cookie(self) -> str:
        """The cookies of somebody who has been here."""
        name = f"autograder-desk-{self.host.partition(':')[2]}"
        return f"{name}={self.secret}; {name}-who=Ute"


@contextmanager
def desk(folder: Path, *options: str) -> Iterator[Opened]:
    """A desk on a results folder, ended afterwards."""
    process = subprocess.Popen(
        [sys.executable, "-m", "autograder", "desk", str(folder), "--no-browser", *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield Opened(process, process.stdout.readline().strip(), folder)
    finally:
        process.kill()
        process.communicate()


@contextmanager
def chromium() -> Iterator[Browser]:
    """A real browser; the test is skipped where there is none."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("needs Chromium (Debian's package chromium)")
    options = ["--disable-gpu", "--no-first-run", "--disable-background-networking"]
    if os.geteuid() == 0:
        options.append("--no-sandbox")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=options)
        yield started
        started.close()


@dataclass
class Heard:
    """What a page did that nobody asked it to."""

    root: str
    requests: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)

    def listen(self, page: Page) -> None:
        """Hear whatever leaves for elsewhere, or is said."""
        page.on("request", lambda request: self._request(request.url))
        page.on("console", lambda message: self._said(message.text))
        page.on("pageerror", lambda error: self.messages.append(str(error)))
        page.on("dialog", lambda dialog: self.messages.append(dialog.message))

    def _request(self, address: str) -> None:
        if not address.startswith((self.root + "/", "data:image/")):
            self.requests.append(address)

    def _said(self, text: str) -> None:
        # Chromium says so of each refusal that a test provokes.
        if "Failed to load resource" not in text and "Response Status Error" not in text:
            self.messages.append(text)


def visitor(browser: Browser, opened: Opened, who: str) -> tuple[BrowserContext, Page, Heard]:
    """Somebody who has opened the desk and said who they are."""
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    page, heard = context.new_page(), Heard(opened.root)
    page.set_default_timeout(60_000)
    heard.listen(page)
    page.goto(opened.link)
    page.fill("input[name=name]", who)
    page.keyboard.press("Enter")
    page.wait_for_selector(f"footer:has-text('{who}')")
    return context, page, heard
