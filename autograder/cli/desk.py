"""The command of those who have the last word."""

from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.app import app, err, need, one_sentence
from autograder.errors import UsageError

_LOCAL = ("127.0.0.1", "localhost", "::1")
_LAST_PORT = 65_535
_WARNING = (
    "Others can reach this desk through the network, and the secret travels as it is: put a "
    "reverse proxy with https in front of it, and name its address by --address."
)


@app.command()
def desk(
    results: Annotated[Path, typer.Argument(help="The folder that `autograder grade` wrote.")],
    host: Annotated[
        str, typer.Option(help="Where to listen; others than this machine need a proxy.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port; any that is free.")] = 0,
    address: Annotated[
        str, typer.Option(help="The address that people use, behind a reverse proxy.")
    ] = "",
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Print the address and open nothing.")
    ] = False,
) -> None:
    """Open the desk, a web application in which a human corrects, comments and hands back."""
    need("desk", "desk")
    with one_sentence():
        if not 0 <= port <= _LAST_PORT:
            raise UsageError(f"--port {port}: a port is a number from 1 to {_LAST_PORT}")
        from autograder.desk.service import serve

        def opened(link: str) -> None:
            # A program that starts the desk reads this line.
            typer.echo(link)
            if host not in _LOCAL:
                err.print(_WARNING, soft_wrap=True, highlight=False)

        serve(results, host, port, address, opened, browser=not no_browser)
