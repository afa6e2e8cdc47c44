"""User ids of kernels: nobody's, one kernel's at a time; a full table is one request's problem."""

import os
import pwd
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT, assignment, chosen_layers, notebook_of

from autograder.errors import SandboxError
from autograder.grading.pipeline import job_of
from autograder.kernel.seats import RANGE, NoUserLeft, UserLeases, user_range
from autograder.model import Layer, Settings
from autograder.running import fork_client
from autograder.running.fork_client import ForkServer
from autograder.running.manager import base_environment

USERS = range(60_720, 60_723)
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
WITH_USERS = pytest.mark.skipif(
    Layer.USER not in chosen_layers(), reason="kernels have no users of their own in this run"
)


def names(seats: UserLeases) -> Iterator[int]:
    """The ids that can still be had, taken for good."""
    try:
        while True:
            yield seats.take().user
    except NoUserLeft:
        return


def test_no_two_kernels_share_a_user(tmp_path: Path) -> None:
    locks = str(tmp_path / "locks")
    first, second = UserLeases(USERS, locks), UserLeases(USERS, locks)
    taken = [first.take(), second.take(), first.take()]
    assert len({seat.user for seat in taken}) == 3
    with pytest.raises(NoUserLeft, match="60720 to 60722"):
        second.take()
    os.close(taken[1].lock)
    assert second.take().user == taken[1].user


def test_the_locks_are_where_nobody_else_writes(tmp_path: Path) -> None:
    open_to_all = tmp_path / "open"
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    with pytest.raises(PermissionError):
        UserLeases(USERS, str(open_to_all))
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(OSError, match="link"):
        UserLeases(USERS, str(tmp_path / "link"))
    UserLeases(USERS, str(tmp_path / "own")).take()
    assert (tmp_path / "own").stat().st_mode & 0o077 == 0


def test_an_id_with_an_account_is_left_alone(tmp_path: Path) -> None:
    accounts = sorted(entry.pw_uid for entry in pwd.getpwall() if entry.pw_uid > 0)
    there = accounts[0]
    free = names(UserLeases(range(there, there + 2), str(tmp_path / "locks")))
    assert there not in free


@AS_ROOT
def test_an_id_with_a_process_is_left_alone(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "60"], user=USERS[1]) as process:
        free = set(names(UserLeases(USERS, str(tmp_path / "locks"))))
        process.kill()
    assert free == {USERS[0], USERS[2]}


@pytest.mark.parametrize("text", ["60600", "0-5", "7-3", "a-b", "60600-61099 ", "-1-5"])
def test_a_bad_range_is_one_sentence(text: str) -> None:
    command = [sys.executable, "-m", "autograder", "grade", "nothing", "--assignment"]
    done = subprocess.run(
        [*command, "assignment1", "--out", "nowhere"], cwd=ROOT, capture_output=True, text=True,
        check=False, env=os.environ | {RANGE: text},
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.count(RANGE) == 1
    assert "Traceback" not in done.stderr


def test_the_range_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(RANGE, "70000-70009")
    assert user_range() == range(70_000, 70_010)


def server_with(users: str) -> ForkServer:
    """A fork server whose kernels have only these ids."""
    return ForkServer(base_environment(threads=1, device="cpu") | {RANGE: users})


def ran(server: ForkServer, script: str, layers: tuple[Layer, ...]) -> str:
    """How a notebook's run in a kernel of that server ended."""
    job = job_of(notebook_of(script), assignment("assignment1"), Settings(layers=layers))
    return job.run(server).outcome


@AS_ROOT
@WITH_USERS
def test_who_finds_all_seats_taken_waits() -> None:
    layers = chosen_layers()
    with server_with("60730-60730") as server:
        outcomes: list[str] = []

        def one() -> None:
            outcomes.append(ran(server, "# %%\nimport time\ntime.sleep(1)", layers))

        threads = [threading.Thread(target=one) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert outcomes == ["finished"] * 3


@AS_ROOT
def test_a_fork_that_fails_is_an_answer_and_ends_no_kernel(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fork_client, "_OTHERS_SECONDS", 0.3)
    monkeypatch.setattr(fork_client, "_OWN_KERNELS_SECONDS", 0.3)
    others = tuple(layer for layer in chosen_layers() if layer is not Layer.USER)
    with server_with("60731-60731") as server, subprocess.Popen(["sleep", "60"], user=60_731) as p:
        outcomes: list[str] = []
        script = "# %%\nimport time\ntime.sleep(2)\npooled_features = 25"
        running = threading.Thread(target=lambda: outcomes.append(ran(server, script, others)))
        running.start()
        while server.pid is None:
            time.sleep(0.05)
        pid = server.pid
        with pytest.raises(SandboxError, match="no user id is free for a kernel: all of 60731"):
            ran(server, "# %%\nx = 1", (*others, Layer.USER))
        running.join()
        p.kill()
        assert outcomes == ["finished"]
        assert server.pid == pid
