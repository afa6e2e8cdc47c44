"""Commands that a grader's machine must not obey, such as `pip install`, in any form.

On Colab they are part of many notebooks. They are left out of what they stand in; the rest of the
cell, and of the command, runs.
"""

import os
import re
import shlex
import subprocess
import sys
from functools import wraps
from typing import Any

from autograder.kernel.remarks import skipped

_BLANK = r"[^\S\n]"
_FOLDER = r"(?:[^\s;&|(]*/)?"
_INSTALLER = re.compile(
    rf"(?P<before>^|[;&|(\n])(?P<command>{_BLANK}*+(?:sudo{_BLANK}++)?"
    rf"(?:{_FOLDER}python[\d.]*+{_BLANK}++-m{_BLANK}++|uv{_BLANK}++)?{_FOLDER}"
    r"(?:pip[\d.]*+|conda|mamba|apt|apt-get|brew|wget|curl|gdown|kaggle)\b[^;&|\n]*+)"
)
_SCRIPTS = ("bash", "sh", "script", "system", "sx", "!")
_MAGICS = ("pip", "conda", "mamba", "micromamba", "uv")


def skip_installers(shell: Any) -> None:
    """Leave out installers in magics, in shell commands and in processes that are started."""
    for magic in _MAGICS:
        shell.register_magic_function(
            lambda line, magic=magic: skipped(f"%{magic} {line}"), magic_name=magic
        )
    run_cell_magic = shell.run_cell_magic

    def run(magic_name: str, line: str, cell: str) -> Any:
        return run_cell_magic(
            magic_name, line, without_installers(cell) if magic_name in _SCRIPTS else cell
        )

    shell.run_cell_magic = run
    shell.system = lambda command: _run_command(shell, command)
    _skip_in_processes()


def without_installers(script: str) -> str:
    """A shell script whose installers do nothing; says so for each."""

    def say(match: re.Match[str]) -> str:
        skipped(match["command"].strip())
        return f"{match['before']} true "

    return _INSTALLER.sub(say, script)


def _skip_in_processes() -> None:
    """Let Python's own ways to start a process leave out installers."""
    start, system = subprocess.Popen.__init__, os.system

    @wraps(start)
    def start_without(self: Any, args: Any, *rest: Any, **options: Any) -> None:
        try:
            command = args if isinstance(args, str) else shlex.join(map(os.fspath, args))
            without = without_installers(command)
        except (TypeError, ValueError):  # bytes, or what no process could be started with
            without = command = ""
        if without == command:
            start(self, args, *rest, **options)
        elif options.get("shell") or isinstance(args, str):
            start(self, without, *rest, **options | {"shell": True})
        else:
            start(self, ["true"], *rest, **options | {"executable": None})

    subprocess.Popen.__init__ = start_without  # type: ignore[method-assign]

    @wraps(system)
    def system_without(command: Any) -> int:
        return system(without_installers(os.fsdecode(command)))

    # In both places: what pickles a function looks for it by its name.
    sys.modules[system.__module__].__dict__["system"] = os.system = system_without


def _run_command(shell: Any, command: str) -> None:
    """Run a shell command (`!ls`) and print what it prints.

    IPython would give it a terminal; here all terminals are out of reach.
    """
    pipes: dict[str, Any] = {
        "stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT
    }  # fmt: skip
    with subprocess.Popen(
        shell.var_expand(command, depth=2), shell=True, text=True, errors="replace", **pipes
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="")  # noqa: T201
    shell.user_ns["_exit_code"] = process.returncode
