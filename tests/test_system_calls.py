"""Which system calls student code can make: what is refused, by number, and what goes on working.

The numbers are those of this machine's architecture, as libseccomp knows them.
"""

import json
import platform
import signal
import subprocess
import sys
from importlib.util import find_spec

import pytest
from conftest import ROOT, assignment, chosen_layers, fork_server, notebook_of

from autograder.grading.pipeline import job_of
from autograder.kernel import system_calls
from autograder.kernel.isolation import available
from autograder.kernel.system_calls import CallGroup, Calls
from autograder.model import Layer, Settings, Submission

pytestmark = pytest.mark.skipif(
    not available().seccomp or Layer.SECCOMP not in chosen_layers(),
    reason="the filter is no layer of this run",
)

LISTS = {
    "notebook": system_calls.NOTEBOOK,
    "notebook with a GPU": system_calls.NOTEBOOK_WITH_GPU,
    "evaluation": system_calls.EVALUATION,
    "evaluation's server": system_calls.EVALUATION_SERVER,
}
ANSWERS = (*system_calls.REFUSED, system_calls.WITHOUT_SUPPORT, system_calls.WITHOUT_EFFECT)
BEYOND_ALL = range(480, 1200)  # no kernel has them yet
AARCH64 = 0xC00000B7
X86_64 = 0xC000003E


def names(groups: tuple[CallGroup, ...]) -> list[str]:
    """The calls of some groups."""
    return [name for group in groups for name in group.calls]


def number(name: str, architecture: int = 0) -> int:
    """A call's number, negative where the architecture has no such call; 0 is this machine's."""
    import pyseccomp

    return int(pyseccomp.resolve_syscall(architecture, name))


def printed_by(*cells: str) -> list[str]:
    """The lines that a notebook prints in a real kernel, which has to finish."""
    script = "".join(f"# %%\n{cell}\n" for cell in cells)
    handed_in = Submission(path="ana.ipynb", student="ana", content=notebook_of(script))
    settings = Settings(layers=chosen_layers())
    ended = job_of(handed_in.content, assignment("assignment1"), settings).run(fork_server())
    assert ended.outcome == "finished", ended.detail
    outputs = [o for c in json.loads(ended.notebook)["cells"] for o in c.get("outputs", ())]
    assert not [o for o in outputs if o["output_type"] == "error"], outputs
    text = "".join("".join(o["text"]) for o in outputs if o.get("name") == "stdout")
    return text.splitlines()


CALL = """
import ctypes, errno
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments):
    ctypes.set_errno(0)
    result = libc.syscall(ctypes.c_long(number), *map(ctypes.c_long, arguments))
    return errno.errorcode[ctypes.get_errno()] if result == -1 else str(result)
"""


@pytest.mark.parametrize("architecture", [X86_64, AARCH64], ids=["x86_64", "aarch64"])
def test_names_are_real_and_what_a_process_needs_is_on_every_machine(architecture: int) -> None:
    every = names((*system_calls.NOTEBOOK_WITH_GPU.allowed, *ANSWERS))
    unknown = [name for name in every if number(name, architecture) == -1]
    assert unknown == [], "libseccomp knows no such call on any machine"
    for needed in ("read", "openat", "newfstatat", "clone", "execve", "ppoll", "epoll_pwait"):
        assert needed in every
        assert number(needed, architecture) >= 0


@pytest.mark.parametrize("calls", LISTS.values(), ids=LISTS)
def test_no_call_has_two_answers(calls: Calls) -> None:
    listed = [*names((*calls.allowed, *ANSWERS)), *{choice.call for choice in calls.choices}]
    assert len(listed) == len(set(listed))


def test_workers_may_do_less_than_kernels() -> None:
    kernels = {*names(system_calls.NOTEBOOK.allowed)}
    workers = {*names(system_calls.EVALUATION.allowed)}
    assert workers < kernels
    assert not workers & {"clone", "fork", "execve", "kill", "socket", "unlink", "rename", "mkdir"}


def test_every_other_number_is_refused_in_a_kernel() -> None:
    open_to_it = {*names(system_calls.NOTEBOOK.allowed)}
    open_to_it |= {choice.call for choice in system_calls.NOTEBOOK.choices}
    allowed = {number(name) for name in open_to_it}
    # The ends of probes: no filter is asked, and whoever calls them elsewhere gains an error.
    skipped = allowed | {335, 336} if platform.machine() == "x86_64" else allowed
    tried = [n for n in (*range(480), *BEYOND_ALL, 4242, 2**31 - 1, -1, -7) if n not in skipped]
    answers = dict(
        line.split()
        for line in printed_by(CALL, f"for n in {tried}:\n    print(n, call(n, *6 * [-1]))")
    )
    expected = {str(n): "ENOSYS" for n in tried}
    expected |= {str(number(name)): "EPERM" for name in names(system_calls.REFUSED)}
    expected |= {str(number(n)): "ENOTSUP" for n in system_calls.WITHOUT_SUPPORT.calls}
    expected |= {str(number(name)): "0" for name in system_calls.WITHOUT_EFFECT.calls}
    assert len(answers) > 900
    assert {n: a for n, a in answers.items() if a != expected[n]} == {}


@pytest.mark.skipif(platform.machine() != "x86_64", reason="these calls are x86's")
def test_calls_of_other_architectures_are_refused_in_a_kernel() -> None:
    x32 = printed_by(CALL, "for n in range(600):\n    print(call((1 << 30) + n, *6 * [-1]))")
    assert set(x32) == {"ENOSYS"}
    # getpid of i386 is 20: mov eax, 20; int 0x80; ret. Where the system's kernel lacks i386, the
    # process dies of it.
    i386 = """
import ctypes, mmap, os
page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(bytes.fromhex("b814000000cd80c3"))
old = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
child = os.fork()
if child == 0:
    os._exit(0 if old() == os.getpid() else 38 if old() == -38 else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    (status,) = printed_by(i386)
    assert int(status) in {38, -signal.SIGSEGV}


# What must be refused, and what one would do with it. `parent` is the fork server.
ARGUMENTS = {
    "signals to another owner of a file": "fcntl(pipe, fcntl_.F_SETOWN, parent)",
    "signals to an owner, by structure": "fcntl(pipe, 15, (ctypes.c_int * 2)(1, parent))",
    "another signal than SIGIO": "fcntl(pipe, 10, 9)",
    "lease of a file": "fcntl(own, fcntl_.F_SETLEASE, fcntl_.F_WRLCK)",
    "news of a folder": "fcntl(folder, fcntl_.F_NOTIFY, 2)",
    "larger pipe": "fcntl(pipe, 1031, 1 << 20)",
    "owner of a socket": "libc.ioctl(pair, 0x8901, ctypes.byref(ctypes.c_int(parent)))",
    "owner of a socket, older": "libc.ioctl(pair, 0x8902, ctypes.byref(ctypes.c_int(parent)))",
    "input to a terminal": "libc.ioctl(0, 0x5412, b'x')",
    "selection of a terminal": "libc.ioctl(0, 0x541C, b'x')",
    "flags of a file": "libc.ioctl(own, 0x80086601, space)",
    "hidden from others": "libc.prctl(4, 0, 0, 0, 0)",
    "parent of orphans": "libc.prctl(36, 1, 0, 0, 0)",
    "name of a mapping": "libc.prctl(0x53564D41, 0, here, 4096, b'x' * 70)",
    "seccomp by prctl": "libc.prctl(22, 1, 0, 0, 0)",
    "new user": "libc.syscall(CLONE, 0x10000000 | 17, 0, 0, 0, 0)",
    "sibling": "libc.syscall(CLONE, 0x8000 | 17, 0, 0, 0, 0)",
    "internet": "libc.socket(2, 1, 0)",
    "internet, upper half": "libc.socket(ctypes.c_long((1 << 32) | 2), 1, 0)",
    "netlink": "libc.socket(16, 3, 0)",
    "VM sockets": "libc.socket(40, 1, 0)",
    "encryption in the kernel": "libc.socket(38, 5, 0)",
    "datagrams": "libc.socketpair(1, 2, 0, space)",
    "limits of another process": "libc.prlimit(parent, 0, (ctypes.c_long * 2)(1, 1), None)",
    "processors of another process": "libc.sched_setaffinity(parent, 8, b'\\\\1' + bytes(7))",
    "priority of another process": "libc.setpriority(0, parent, 19)",
    "priority of a user": "libc.setpriority(2, 0, 19)",
    "batch policy for another": "libc.sched_setscheduler(parent, 3, bytes(4))",
}


def test_arguments_are_refused_in_a_kernel() -> None:
    before = f"""
import ctypes, fcntl as fcntl_, os, socket
libc = ctypes.CDLL(None, use_errno=True)
parent, CLONE = os.getppid(), {number("clone")}
space = ctypes.create_string_buffer(8192)
here = (ctypes.addressof(space) + 4095) & ~4095
fcntl = libc.fcntl
pipe = os.pipe()[0]
kept = socket.socketpair()
pair = kept[0].fileno()
own = os.open("own", os.O_CREAT | os.O_RDONLY)
folder = os.open(".", os.O_RDONLY)
def attempt(name, action):
    if action() != -1:
        print(name)
"""
    attempts = "\n".join(f"attempt({name!r}, lambda: {do})" for name, do in ARGUMENTS.items())
    assert printed_by(before, attempts) == []


@pytest.mark.skipif(available().landlock == 0, reason="no Landlock here")
def test_a_filter_that_is_there_already_is_no_hindrance() -> None:
    command = [sys.executable, str(ROOT / "tests" / "under_a_filter.py")]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert ended.stdout.split() == ["2.0", "Seccomp_filters:", "3"], ended.stderr


# Not everybody has them, and notebooks import them.
LIBRARIES = {
    "pandas": """
import pandas as pd
frame = pd.DataFrame({"a": [1, 2], "b": list("xy")})
frame.to_csv("f.csv")
assert pd.read_csv("f.csv").groupby("b").a.sum()["y"] == 2
""",
    "cv2": """
import cv2, numpy as np
image = np.zeros((64, 64, 3), np.uint8)
cv2.imwrite("i.png", cv2.resize(cv2.GaussianBlur(image, (5, 5), 0), (640, 640)))
cv2.setNumThreads(4)
assert cv2.filter2D(cv2.imread("i.png"), -1, np.ones((9, 9))).shape == (640, 640, 3)
""",
    "PIL": """
from PIL import Image
Image.new("L", (28, 28)).rotate(5).save("i.jpg")
Image.open("i.jpg").load()
""",
    "torch": """
import torch
from torch.utils.data import DataLoader
torch.set_num_threads(2)
net = torch.nn.Sequential(torch.nn.Conv2d(1, 4, 3), torch.nn.Flatten(), torch.nn.LazyLinear(2))
for batch in DataLoader(torch.rand(64, 1, 8, 8), 16, num_workers=2):
    net(batch).sum().backward()
pairs = DataLoader(range(5), 2, False, None, None, 2, tuple, True, True, 60)
assert list(pairs) == [(0, 1), (2, 3)]
list(DataLoader(range(5), num_workers=1, multiprocessing_context="spawn", timeout=9))
torch.save(net.state_dict(), "w.pt")
torch.load("w.pt", weights_only=True)
torch.linalg.svd(torch.randn(300, 300))
with torch.profiler.profile() as profile:
    torch.fft.fft2(torch.rand(64, 64))
""",
}


@pytest.mark.parametrize("name", LIBRARIES)
def test_libraries_work(name: str) -> None:
    if find_spec(name) is None:
        pytest.skip(f"{name} is not installed here")
    assert printed_by(LIBRARIES[name], "print('done')") == ["done"]
