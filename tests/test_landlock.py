"""Landlock in each of its versions: a newer kernel takes what older ones know, from 5.13 on."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.kernel import landlock_calls

SCRIPT = """
import os, sys
from autograder.kernel import landlock, landlock_calls

landlock_calls.version = lambda: int(sys.argv[1])
inside, outside = sys.argv[2:]
landlock.close_files([inside], gpu=False)

def refused(act, *args):
    try:
        act(*args)
    except PermissionError:
        return True
    return False

os.chdir(inside)
with open("new", "w") as file:
    file.write("text")
os.truncate("new", 2)
os.mkdir("folder")
os.symlink("new", "link")
assert open("link").read() == "te"
os.rename("new", "newer")
os.remove("newer")
os.rmdir("folder")
open("/dev/null", "w").write("x")
assert open("/proc/self/status").read(4) == "Name"
import colorsys
assert os.spawnv(os.P_WAIT, "/bin/true", ["true"]) == 0
assert refused(open, outside + "/secret")
assert refused(open, outside + "/secret", "w")
assert refused(open, outside + "/new", "w")
assert refused(os.listdir, outside)
assert refused(os.mkdir, outside + "/folder")
assert refused(os.remove, outside + "/secret")
print("held")
"""


@pytest.mark.skipif(landlock_calls.version() == 0, reason="no Landlock here")
@pytest.mark.parametrize("version", range(1, 8))
def test_files_are_closed_with_any_version(tmp_path: Path, version: int) -> None:
    if version > landlock_calls.version():
        pytest.skip("this kernel's Landlock is older")
    for name in ("inside", "outside"):
        (tmp_path / name).mkdir()
    (tmp_path / "outside" / "secret").write_text("42")
    command = [sys.executable, "-P", "-c", SCRIPT, str(version)]
    done = subprocess.run(
        [*command, str(tmp_path / "inside"), str(tmp_path / "outside")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "held\n", "")
    assert (tmp_path / "outside" / "secret").read_text() == "42"


WITH_GPU = """
import os, threading
from autograder.kernel import landlock

landlock.close_files([], gpu=True)
own = f"/proc/{os.getpid()}/task/{threading.get_native_id()}"
with open(f"{own}/comm", "w") as file:
    file.write("cuda-thread")
print(open(f"/proc/{os.getpid()}/comm").read().strip())
for name in ("net/unix", "environ", "mem", "root/etc/hostname"):
    try:
        open(f"{own}/{name}", "rb")
    except PermissionError:
        print("refused")
for name in ("root/tmp/new", "cwd/new"):
    try:
        open(f"{own}/{name}", "w")
    except PermissionError:
        print("refused")
"""


@pytest.mark.skipif(landlock_calls.version() == 0, reason="no Landlock here")
def test_with_a_gpu_threads_can_be_named_and_nothing_more_is_read(tmp_path: Path) -> None:
    """CUDA names its threads by writing to `/proc/PID/task`, and does not start where it can't."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", WITH_GPU],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.split() == ["cuda-thread", *["refused"] * 6]


FORGETFUL = """
import os, sys
from autograder.kernel import landlock

landlock.close_files([], gpu=True)
print("closed", flush=True)
sys.stdin.readline()
own = ("status", "stat", "statm", "maps", "cmdline", "environ", "limits", "io", "smaps_rollup")
for name in (*(f"self/{one}" for one in own), "meminfo", "cpuinfo", "stat", "filesystems"):
    open(f"/proc/{name}", "rb").read()
os.listdir("/proc/self/fd")
open(f"/proc/self/task/{os.getpid()}/comm", "w").write("named")
try:
    open("/proc/self/net/unix")
except PermissionError:
    print("held")
"""


@pytest.mark.skipif(landlock_calls.version() == 0, reason="no Landlock here")
def test_what_the_system_forgets_for_want_of_memory_stays_open() -> None:
    if not os.access("/proc/sys/vm/drop_caches", os.W_OK):
        pytest.skip("only root can make the system forget")
    with subprocess.Popen(
        [sys.executable, "-P", "-c", FORGETFUL],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == "closed\n"
        for _ in range(3):
            Path("/proc/sys/vm/drop_caches").write_text("2")
        out, err = process.communicate("go on\n")
    assert (process.returncode, out, err) == (0, "held\n", "")
