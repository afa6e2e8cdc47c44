"""What `docs/cluster.md` has people type is understood: by the shell, as YAML and by Dask."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT

DOCUMENT = (ROOT / "docs" / "cluster.md").read_text(encoding="utf-8")
CODE = [line.removeprefix("    ") for line in DOCUMENT.splitlines() if line.startswith("    ")]
BIN = Path(sys.executable).parent


def manifest() -> dict[str, Any]:
    """What a shell hands to `kubectl apply -f -`."""
    first = next(n for n, line in enumerate(CODE) if line.startswith("kubectl apply"))
    script = "\n".join(CODE[first : CODE.index("EOF") + 1])
    shown = subprocess.run(
        ["bash", "-euc", f"kubectl() {{ cat; }}\n{script}"], capture_output=True, text=True
    )
    assert (shown.returncode, shown.stderr) == (0, "")
    read: dict[str, Any] = yaml.safe_load(shown.stdout)
    return read


def typed() -> list[list[str]]:
    """The commands of Dask: those that stand alone, those in the text, those in containers."""
    alone = [line.split() for line in CODE if line.startswith("dask ")]
    named = [words.split() for words in re.findall(r"`(dask [^`]+)`", DOCUMENT)]
    return alone + named + [container["args"] for container in containers()]


def containers() -> list[dict[str, Any]]:
    """The containers of the pods."""
    parts = manifest()["spec"]
    return [c for part in ("worker", "scheduler") for c in parts[part]["spec"]["containers"]]


def test_the_operator_names_the_workers() -> None:
    # Kubernetes puts the name in; a shell would look for such a command.
    assert "$(DASK_WORKER_NAME)" in containers()[0]["args"]


@pytest.mark.parametrize("command", typed(), ids=" ".join)
def test_dask_knows_what_is_typed(command: list[str]) -> None:
    program, *words = command
    ran = subprocess.run([BIN / program, *words, "--help"], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert "Usage: dask" in ran.stdout
