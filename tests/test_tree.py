"""What a kernel's processes take is seen where they hide it, and looking takes no longer for it."""

import gc
import itertools
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from autograder.kernel.disk import Disk
from autograder.kernel.groups import ControlGroup, ControlGroups, end
from autograder.kernel.processes import ProcessTree, TreeLimits

LIMITS = TreeLimits(memory_bytes=300_000_000, disk_bytes=10_000_000, files=1_000, processes=64)
MAP = """
import ctypes, mmap, os, sys, time
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
"""
TASKS = 60
# Each process forks for ever, and is nobody's child.
BOMB = """
import os, sys
sys.stdin.readline()
while True:
    try:
        if os.fork() == 0:
            os.setsid()
    except OSError:
        pass
"""
# 120,000 tables of 4 kB, and next to no page of the process's own.
TABLES = (
    MAP
    + """
libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
for _ in range(4):
    area = libc.mmap(None, 2**36, 1, 0x4022, -1, 0)
    libc.madvise(area, 2**36, 15)
    for start in range(area, area + 2**36, 2**21):
        ctypes.string_at(start, 1)
"""
)
# The first thread ends, another takes 400 MB.
LEADERLESS = """
import ctypes, threading, time
def take():
    global kept
    time.sleep(0.3)
    kept = bytearray(b"x") * 400_000_000
    print("there", flush=True)
    time.sleep(60)
threading.Thread(target=take).start()
ctypes.CDLL(None).syscall(60, 0)
"""
# 30,000 mappings of a file whose path has some 3,600 characters.
MAPPINGS = (
    MAP
    + """
for _ in range(15):
    os.mkdir("x" * 240)
    os.chdir("x" * 240)
handle = os.open("file", os.O_RDWR | os.O_CREAT)
os.truncate(handle, 8192)
for number in range(30_000):
    assert libc.mmap(None, 4096, 1 | number % 2 * 2, 2, handle, 0) != 2**64 - 1
"""
)
REMOVED = """
import mmap, os
handle = os.open("file", os.O_RDWR | os.O_CREAT)
os.write(handle, b"x" * 20_000_000)
kept = mmap.mmap(handle, 20_000_000)
os.unlink("file")
os.close(handle)
"""


@contextmanager
def process(script: str, folder: Path) -> Iterator[int]:
    """A process that has run the script and now waits; it is killed afterwards."""
    waiting = (
        "" if "there" in script else "\nprint('there', flush=True)\nimport time; time.sleep(60)"
    )
    command = [sys.executable, "-c", script + waiting]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=folder) as started:
        assert started.stdout is not None
        assert started.stdout.readline() == b"there\n"
        yield started.pid
        started.kill()


@contextmanager
def tree_of(script: str, folder: Path) -> Iterator[ProcessTree]:
    """That process as the tree of a kernel without a control group."""
    with process(script, folder) as pid:
        yield ProcessTree(pid, LIMITS, os.open(folder, os.O_RDONLY))


@pytest.mark.parametrize("script", [TABLES, LEADERLESS], ids=["tables", "leaderless"])
def test_memory_that_the_process_does_not_show_counts(script: str, tmp_path: Path) -> None:
    with tree_of(script, tmp_path) as tree:
        assert tree.over_limit() == "memory"


def test_a_small_process_is_within_its_limits(tmp_path: Path) -> None:
    with tree_of("x = bytearray(100_000_000)", tmp_path) as tree:
        assert [tree.over_limit() for _ in range(20)] == [None] * 20


def test_removed_files_count_as_long_as_they_are_mapped(tmp_path: Path) -> None:
    with tree_of(REMOVED, tmp_path) as tree:
        assert "disk" in [tree.over_limit() for _ in range(50)]


def test_a_look_takes_no_longer_where_much_is_mapped(tmp_path: Path) -> None:
    """The time of this process, not of the machine; looks go on until they have a verdict."""
    with tree_of(MAPPINGS, tmp_path) as tree:
        times, verdict = [], None
        while verdict is None:
            before = sum(os.times()[:2])
            verdict = tree.over_limit()
            times.append(sum(os.times()[:2]) - before)
        assert verdict == "mappings"
        assert len(times) > 1
        assert max(times) <= 0.05


def test_a_large_folder_is_looked_at_in_pieces(tmp_path: Path) -> None:
    for number in range(900):
        (tmp_path / str(number)).touch()
    now = [0.0]

    def used() -> float:
        now[0] += 0.002
        return now[0]

    disk = Disk(os.open(tmp_path, os.O_RDONLY), 10_000_000, 800, used)
    looks: list[None] = []
    while (verdict := disk.over_limit([])) is None:
        looks.append(verdict)
    assert verdict == "files"
    assert len(looks) > 100


def open_handles() -> int:
    """How many files this process has open."""
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_a_look_that_is_not_ended_leaves_nothing_open(tmp_path: Path) -> None:
    for number in range(50):
        (tmp_path / str(number)).touch()
    clock = itertools.count()
    gc.disable()  # whoever waits for it waits for long
    try:
        before = open_handles()
        disk = Disk(os.open(tmp_path, os.O_RDONLY), 10_000_000, 800, lambda: next(clock))
        assert disk.over_limit([]) is None
        assert open_handles() == before + 2  # the folder, and the look at it
        disk.close()
        assert open_handles() == before + 1
    finally:
        gc.enable()


def test_a_fork_closes_no_number_of_the_servers_twice() -> None:
    script = """
import gc, os
from autograder.kernel.forkserver import leave_the_server
gc.disable()
class Looking:
    def __init__(self):
        self.look, self.number = self.looked(), os.dup(0)
        next(self.look)
    def looked(self):
        try:
            yield self
        finally:
            os.close(self.number)
number = Looking().number
gc.enable()
leave_the_server()
reader, _ = os.pipe()
os.dup2(reader, number)
gc.collect()
os.fstat(number)
"""
    subprocess.run([sys.executable, "-c", script], check=True, stdin=subprocess.DEVNULL)


@contextmanager
def groups() -> Iterator[ControlGroups]:
    """Control groups as the fork server makes them; skips where there are none."""
    made = ControlGroups.opened()
    if made is None:
        pytest.skip("no control group can be had here")
    try:
        yield made
    finally:
        made.close()


def put(groups: ControlGroups, pid: int, most: int) -> ControlGroup:
    """A group with that process."""
    group = groups.put(pid, most, TASKS)
    assert group is not None
    return group


def test_a_group_counts_what_its_processes_take_from_then_on(tmp_path: Path) -> None:
    script = "import sys\nprint('there', flush=True)\nsys.stdin.readline()\n" + TABLES
    script += "\nprint('done', flush=True)\nsys.stdin.readline()"
    command = [sys.executable, "-c", script]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with groups() as made, subprocess.Popen(command, **pipes) as started:  # type: ignore[call-overload]
        started.stdout.readline()
        group = put(made, started.pid, 2_000_000_000)
        assert (group.used_bytes() or 0) < 50_000_000
        started.stdin.write(b"\n")
        started.stdin.flush()
        started.stdout.readline()
        tree = ProcessTree(started.pid, LIMITS, os.open(tmp_path, os.O_RDONLY), group)
        assert tree.over_limit() == "memory"
        assert group.times_out_of_memory() == 0
        started.kill()
        started.wait()
        tree.close()


def test_the_system_itself_ends_what_takes_too_much_at_once() -> None:
    script = "import sys\nsys.stdin.readline()\nx = bytearray(b'x') * 900_000_000\nprint('got it')"
    command = [sys.executable, "-c", script]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with groups() as made, subprocess.Popen(command, **pipes) as started:  # type: ignore[call-overload]
        group = put(made, started.pid, 100_000_000)
        out, _ = started.communicate(b"\n")
        assert started.returncode == -signal.SIGKILL
        assert out == b""
        assert group.times_out_of_memory() > 0


def test_groups_go_away_with_their_server() -> None:
    with groups() as made, tempfile.TemporaryDirectory() as folder:
        with process("", Path(folder)) as pid:
            group = put(made, pid, 100_000_000)
            assert group.folder.is_dir()
        where = group.folder
    assert not where.exists()
    assert not where.parent.exists()


def test_a_bomb_is_held_and_ended() -> None:
    with groups() as made, bomb(made) as group:
        assert tasks_in(group) == TASKS
        end(group, seconds=60)
        assert group.is_empty()


def test_what_a_server_leaves_behind_ends_with_its_groups() -> None:
    with groups() as made:
        with bomb(made) as group:
            made.close()
        assert group.is_empty()
        assert not group.folder.exists()


@contextmanager
def bomb(groups: ControlGroups) -> Iterator[ControlGroup]:
    """A bomb in a group, when it is as large as it may be."""
    command = [sys.executable, "-c", BOMB]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as started:
        group = put(groups, started.pid, 2_000_000_000)
        if group.tasks is None:
            started.kill()
            pytest.skip("tasks cannot be limited here")
        assert started.stdin is not None
        started.stdin.write(b"\n")
        started.stdin.flush()
        try:
            while tasks_in(group) < TASKS:
                pass
            yield group
        finally:
            end(group, seconds=60)


def tasks_in(group: ControlGroup) -> int:
    """How many processes and threads are in it."""
    assert group.tasks is not None
    return int((group.tasks / "pids.current").read_text())
