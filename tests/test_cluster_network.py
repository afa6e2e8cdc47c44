"""Two hosts on one machine: a class over workers in two network namespaces, whose link is cut."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import table
from dask_machines import DaskMachines, wait_until
from test_cluster_losses import RIGHT, WRONG, command, handed_in, how_many_graded, slow

pytest.importorskip("distributed", reason="Dask is not installed: pip install '.[cluster]'")

HOST, OTHER = "10.213.77.1", "10.213.77.2"


def ip(*words: str) -> None:
    """One command of iproute2. Raises CalledProcessError."""
    subprocess.run(["ip", *words], check=True, capture_output=True)


@pytest.fixture
def namespaces() -> Iterator[tuple[str, str]]:
    """Two networks with a cable between them: the first is HOST, the second OTHER."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("network namespaces take root and iproute2")
    names = (f"ag{os.getpid()}a", f"ag{os.getpid()}b")
    try:
        for name in names:
            ip("netns", "add", name)
        ip("link", "add", "cable", "netns", names[0], "type", "veth",
           "peer", "name", "cable", "netns", names[1])  # fmt: skip
        for name, address in zip(names, (HOST, OTHER), strict=True):
            ip("-n", name, "addr", "add", f"{address}/24", "dev", "cable")
            for device in ("lo", "cable"):
                ip("-n", name, "link", "set", device, "up")
    except subprocess.CalledProcessError as error:
        remove(names)
        pytest.skip(f"no network namespaces here: {error.stderr.decode()}")
    yield names
    remove(names)


def remove(names: tuple[str, str]) -> None:
    """Remove the namespaces, and with them the cable."""
    for name in names:
        subprocess.run(["ip", "netns", "delete", name], check=False, capture_output=True)


def test_a_class_over_two_hosts_whose_link_is_cut_and_restored(
    namespaces: tuple[str, str], tmp_path: Path
) -> None:
    here, there = (["ip", "netns", "exec", name] for name in namespaces)
    class_ = handed_in(tmp_path / "class", *[slow(RIGHT), slow(WRONG)] * 4)
    out = tmp_path / "out"
    with DaskMachines(tmp_path, host=HOST, before=[here, here, there]) as running:
        with command(class_, out, "--cluster", running.address, before=here) as process:

            def graded(count: int) -> None:
                wait_until(
                    lambda: process.poll() is not None or how_many_graded(out) >= count,
                    f"{count} are graded",
                )

            graded(1)
            ip("-n", namespaces[1], "link", "set", "cable", "down")
            graded(3)  # by the worker that is not cut off
            ip("-n", namespaces[1], "link", "set", "cable", "up")
            os.kill(running.pid_of(running.nannies[0]) or 0, signal.SIGKILL)
            _, said = process.communicate(timeout=400)
        assert process.returncode == 0, said
        wait_until(lambda: not running.begun(), "nothing is left at the workers")
    with command(class_, tmp_path / "here", "--jobs", "2") as process:
        _, said = process.communicate(timeout=300)
    assert process.returncode == 0, said
    assert table(out) == table(tmp_path / "here")
    assert [float(row["score"]) for row in table(out)] == [1.0, 0.0] * 4
