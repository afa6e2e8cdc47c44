"""Landlock in each of its versions: a newer kernel takes what older ones know, from 5.13 on."""

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
