"""Serves a desk until somebody ends it."""

import socket
import threading
import webbrowser
from collections.abc import Callable
from pathlib import Path

import uvicorn

from autograder.desk.app import application
from autograder.desk.classroom import Classroom
from autograder.desk.guard import Door
from autograder.desk.visit import Desk
from autograder.errors import UsageError


def serve(
    folder: Path,
    host: str,
    port: int,
    address: str,
    opened: Callable[[str], None],
    *,
    browser: bool,
) -> None:
    """Tell `opened` the address, secret included, and serve until the process is ended.

    Raises UsageError and LedgerError where there is nothing to serve, or nowhere.
    """
    room = Classroom(folder)
    listening = listener(host, port)
    with listening:
        door = Door(host, listening.getsockname()[1], address)
        opened(door.link())
        if browser:
            threading.Thread(target=webbrowser.open, args=(door.link(),), daemon=True).start()
        settings = uvicorn.Config(
            application(Desk(room, door)),
            log_level="warning",
            access_log=False,  # addresses hold the secret at the first visit
            server_header=False,
            lifespan="off",
            timeout_graceful_shutdown=2,
        )
        uvicorn.Server(settings).run(sockets=[listening])


def listener(host: str, port: int) -> socket.socket:
    """A socket that listens there; raises UsageError."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        # With its protocol named: only then does asyncio switch Nagle's algorithm off, which else
        # holds a page's second packet back until the first is acknowledged, 40 ms on Linux.
        made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    except OSError as error:
        raise UsageError(f"--host {host}: {error.strerror}") from None
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, port))
        made.listen(128)
    except OSError as error:
        made.close()
        raise UsageError(f"{host}:{port}: cannot be used: {error.strerror}") from None
    return made
