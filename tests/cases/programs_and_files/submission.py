# %%
# What notebooks do besides computing: nothing of it may meet a refusal.
import subprocess

script = """
set -e
echo a > f; ls -la . ; cp f g; cp -a f h; cat g h | grep -c a; grep -q a < f; mv g i; chmod u+x h
ln -s f s; ln f l; readlink -f s; rm -r f h i s l
find . | sort | head -2; sed s/a/b/ /etc/passwd | wc -l; date; id; uname -a; nproc; du -sh .
mkdir -p d/e; touch d/t; rmdir d/e; tar cf t.tar d; tar xf t.tar; gzip -k t.tar; zcat t.tar.gz | wc -c
seq 9 | tee n | tail -2; dd if=/dev/zero of=z bs=1k count=9 2>&1; cmp z z; sleep 0.01 & wait
trap 'echo ended' EXIT; (exit 3) || true; test "$(echo x)" = x
"""
for out in (subprocess.DEVNULL, subprocess.PIPE):
    subprocess.run(["bash", "-c", f"rm -rf *.gz; {script}"], check=True, stdout=out)
# %%
import shutil
import sys

for command in ([sys.executable, "-m", "pip", "--version"], ["git", "--version"], ["perl", "-e1"]):
    if shutil.which(command[0]):
        subprocess.run(command, check=True, capture_output=True)
listing = !ls
assert listing
# %%
from concurrent.futures import ThreadPoolExecutor
import os

assert sum(ThreadPoolExecutor(4).map(abs, range(-9, 0))) == 45
child = os.fork()
if child == 0:
    os._exit(3)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
# %%
import mmap
import numpy as np

numbers = np.memmap("m", "f4", "w+", shape=9)
numbers[:] = 1
numbers.flush()
with open("m", "r+b") as file, mmap.mmap(file.fileno(), 0) as mapped:
    assert np.frombuffer(mapped[:], "f4").sum() == 9
# %%
import tempfile

os.mkdir("a")
open("x", "w").write("x")
shutil.copy2("x", "y")
shutil.move("y", "a")
shutil.copytree("a", "b")
shutil.make_archive("archive", "zip", "a")
with tempfile.NamedTemporaryFile("w") as file, tempfile.TemporaryFile() as other:
    file.write("x")
    other.write(b"x")
# %%
import sqlite3

base = sqlite3.connect("b.sqlite")
base.execute("pragma journal_mode=wal")
base.execute("create table t (x)")
base.execute("insert into t values (1)")
base.commit()
base.close()
# %%
import asyncio


async def shell():
    child = await asyncio.create_subprocess_shell("echo x", stdout=asyncio.subprocess.PIPE)
    return (await child.communicate())[0]


assert await shell() == b"x\n"
# %%
import signal
import time

rung = []
signal.signal(signal.SIGALRM, lambda *_: rung.append(1))
signal.setitimer(signal.ITIMER_REAL, 0.01)
time.sleep(0.05)
assert rung
# %%
import fcntl
import selectors
import socket

with open("lock", "w") as file:
    fcntl.flock(file, fcntl.LOCK_EX)
    fcntl.lockf(file, fcntl.LOCK_EX)
one, other = socket.socketpair()
for kind in (selectors.SelectSelector, selectors.PollSelector, selectors.EpollSelector):
    with kind() as selector:
        selector.register(other, selectors.EVENT_WRITE)
        assert selector.select(1)
# %%
import platform
import resource
import threading

platform.platform(), os.uname(), os.cpu_count(), os.sched_getaffinity(0), os.nice(0)
resource.getrusage(resource.RUSAGE_SELF), resource.getrlimit(resource.RLIMIT_NOFILE)
time.process_time(), time.thread_time(), os.getpgid(0), threading.get_native_id()
os.sched_setaffinity(0, os.sched_getaffinity(0))
# %%
import scipy.linalg
import scipy.signal
import matplotlib.pyplot as plt
from sklearn.linear_model import LogisticRegression

assert LogisticRegression().fit([[0], [1]], [0, 1]).predict([[1]])[0] == 1
scipy.linalg.svd(np.random.rand(60, 60))
scipy.signal.convolve2d(np.eye(9), np.eye(3))
plt.plot([0, 1])
plt.savefig("p.png")
# %%
pooled_features = 25
