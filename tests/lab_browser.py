"""JupyterLab as a student has it: a server, kernels of an environment of their own, a browser."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError

from playwright.sync_api import Browser, Page

_SECONDS = 120
_TOKEN = "for-tests"
_MILLISECONDS = 120_000


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab: where it is, the folder with notebooks, and that of its settings."""

    address: str
    folder: Path
    settings: Path

    def in_theme(self, name: str) -> None:
        """Choose a theme for pages that are opened from now on: Light or Dark."""
        place = self.settings / "@jupyterlab" / "apputils-extension"
        place.mkdir(parents=True, exist_ok=True)
        theme = json.dumps({"theme": f"JupyterLab {name}"})
        (place / "themes.jupyterlab-settings").write_text(theme, "utf-8")

    def opened(self, browser: Browser, notebook: str, *, width: int = 1100) -> Page:
        """A page with a notebook, ready to run."""
        page = browser.new_page(viewport={"width": width, "height": 1000})
        page.set_default_timeout(_MILLISECONDS)
        page.goto(f"{self.address}/lab/tree/{notebook}?token={_TOKEN}")
        page.wait_for_selector(".jp-Notebook .jp-Cell")
        page.wait_for_function("() => window.jupyterapp !== undefined")
        return page


def run_all(page: Page) -> None:
    """Run the notebook's cells and wait until the last of them has ended."""
    # Without a kernel, the command would ask which one is meant.
    page.wait_for_function(
        """() => window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel
                 ?.connectionStatus === 'connected'"""
    )
    # Its promise is kept when the last cell has ended, which nobody waits for without a limit.
    page.evaluate("() => void window.jupyterapp.commands.execute('notebook:run-all-cells')")
    page.wait_for_function(
        """() => [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')]
               .every(prompt => /\\[\\d+\\]/.test(prompt.textContent))"""
    )


@contextmanager
def jupyter_lab(folder: Path, python: Path, own: Path, **variables: str) -> Iterator[Lab]:
    """JupyterLab in `folder`, whose kernels are those of `python`; `own` is for what it writes."""
    spec = own / "data" / "kernels" / "python3"
    spec.mkdir(parents=True)
    argv = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (spec / "kernel.json").write_text(
        json.dumps({"argv": argv, "display_name": "Python 3", "language": "python"}), "utf-8"
    )
    settings = own / "settings"
    tracker = settings / "@jupyterlab" / "notebook-extension"
    tracker.mkdir(parents=True)
    # Else only the cells in sight are in the page.
    (tracker / "tracker.jupyterlab-settings").write_text('{"windowingMode": "none"}', "utf-8")
    news = settings / "@jupyterlab" / "apputils-extension"
    news.mkdir()
    (news / "notification.jupyterlab-settings").write_text(
        '{"fetchNews": "false", "checkForUpdates": false}', "utf-8"
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    known = {n: os.environ[n] for n in ("PATH", "LANG", "TMPDIR") if n in os.environ}
    places = {
        "HOME": str(own),
        "JUPYTER_CONFIG_DIR": str(own / "config"),
        "JUPYTER_DATA_DIR": str(own / "data"),
        "JUPYTER_RUNTIME_DIR": str(own / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(settings),
        "IPYTHONDIR": str(own / "ipython"),
    }
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root",
        "--expose-app-in-browser", f"--ServerApp.root_dir={folder}",
        f"--IdentityProvider.token={_TOKEN}", f"--ServerApp.port={port}",
    ]  # fmt: skip
    with (own / "lab.log").open("w") as log:
        server = subprocess.Popen(
            command, cwd=folder, env=known | places | variables, stdout=log, stderr=log
        )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(f"{address}/api", server, own / "lab.log")
        yield Lab(address, folder, settings)
    finally:
        server.terminate()
        server.wait(30)


def _wait_for(address: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    end = time.monotonic() + _SECONDS
    while time.monotonic() < end and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError(f"JupyterLab did not start: {log.read_text()[-2000:]}")
