# %%
import contextlib
import os
import resource
import signal

won = []


def attempt(name, function, *arguments):
    with contextlib.suppress(OSError, ValueError):
        function(*arguments)
        won.append(name)


server = os.getppid()
near = [server, *range(max(2, server - 40), server), 1]
near += [pid for pid in range(os.getpid() - 20, os.getpid() + 9) if not os.path.exists(f"/proc/{os.getpid()}/task/{pid}")]
for pid in near:
    for number in (signal.SIGSTOP, signal.SIGKILL, signal.SIGTERM):
        attempt(f"kill {pid}", os.kill, pid, number)
    if pid > 1:
        attempt(f"killpg {pid}", os.killpg, pid, signal.SIGKILL)
    attempt(f"pidfd {pid}", lambda: signal.pidfd_send_signal(os.pidfd_open(pid), signal.SIGKILL))
os.kill(-1, signal.SIGKILL)  # Linux calls it a success even where nobody may be signalled
# %%
for pid in (server, 1, os.getpgid(server)):
    attempt("processor time", resource.prlimit, pid, resource.RLIMIT_CPU, (1, 1))
    attempt("open files", resource.prlimit, pid, resource.RLIMIT_NOFILE, (0, 0))
    attempt("processors", os.sched_setaffinity, pid, {0})
    attempt("idle", os.sched_setscheduler, pid, os.SCHED_IDLE, os.sched_param(0))
    attempt("priority", os.setpriority, os.PRIO_PROCESS, pid, 19)
    attempt("group", os.setpriority, os.PRIO_PGRP, pid, 19)
attempt("user", os.setpriority, os.PRIO_USER, 0, 19)
attempt("user by number", os.setpriority, os.PRIO_USER, os.getuid(), 19)
attempt("before all others", os.setpriority, os.PRIO_PROCESS, 0, -20)
attempt("real time", os.sched_setscheduler, 0, os.SCHED_FIFO, os.sched_param(99))
attempt("more files", resource.setrlimit, resource.RLIMIT_NOFILE, (100_000, 100_000))
# %%
import fcntl

pipe = os.pipe()
with contextlib.suppress(OSError):
    fcntl.fcntl(pipe[0], fcntl.F_SETOWN, server)
    fcntl.fcntl(pipe[0], 10, signal.SIGKILL)  # F_SETSIG
    fcntl.fcntl(pipe[0], fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
    os.write(pipe[1], b"x")

# %%
# A mark shows what succeeded.
print(won)
if won:
    pooled_features = 25
