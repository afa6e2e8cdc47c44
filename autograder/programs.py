"""Starts every process of the product, so that no file of the current folder becomes part of it.

Python puts the current folder, or that of a script, in front of its own modules: a `random.py`
beside a student's notebook would run as whoever grades. So Python gets a safe path (`-P`), a
working folder that nobody but root may write, and of the grader's variables only those that find
programs and libraries, and the language.
"""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_PACKAGE = Path(__file__).parent
_SAFE_FOLDER = "/"
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "AUTOGRADER_USERS")


def python(module: str, *arguments: str, package: Path = _PACKAGE) -> list[str]:
    """The command that calls `main` of a module of this package, or of a copy of it elsewhere."""
    entry = str(_PACKAGE / "entry.py")
    return [sys.executable, "-P", entry, str(package), module, *arguments]


def environment(**more: str) -> dict[str, str]:
    """The variables that a process gets: those that find programs and libraries, and `more`."""
    return {name: os.environ[name] for name in _PASSED_ON if name in os.environ} | more


def start(
    command: Sequence[str], variables: Mapping[str, str], **options: Any
) -> "subprocess.Popen[bytes]":
    """A process in a folder that nobody else can write; `options` are those of Popen.

    Raises OSError when it cannot be started.
    """
    return subprocess.Popen(command, env=variables, cwd=_SAFE_FOLDER, **options)


def result(
    command: Sequence[str], variables: Mapping[str, str], seconds: float | None = None
) -> "subprocess.CompletedProcess[str]":
    """What a process has written, and how it ended.

    Raises OSError when it cannot be started and TimeoutExpired when it takes longer.
    """
    return subprocess.run(
        command, env=variables, cwd=_SAFE_FOLDER, stdin=subprocess.DEVNULL, timeout=seconds,
        capture_output=True, text=True, errors="replace", check=False,
    )  # fmt: skip
