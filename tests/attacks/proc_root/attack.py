# %%
import contextlib
import os
import shutil
import subprocess

won = []
for command in (["sudo", "-n", "id"], ["su", "-c", "id"], ["pkexec", "id"], ["mount", "-t", "tmpfs",
                "none", "work"], ["crontab", "-l"], ["chattr", "+i", "."]):
    if shutil.which(command[0]):
        done = subprocess.run(command, capture_output=True, timeout=10, stdin=subprocess.DEVNULL)
        if done.returncode == 0 and command[0] not in ("su", "sudo"):
            won.append(command[0])
status = subprocess.run(["cat", "/proc/self/status"], capture_output=True, text=True).stdout
own = dict(line.split(":\t", 1) for line in open(f"/proc/{os.getpid()}/status").read().splitlines()
           if ":\t" in line)
if any(int(own[name], 16) for name in ("CapPrm", "CapEff", "CapAmb", "CapInh")):
    won.append("capabilities")
if own["NoNewPrivs"] != "1":
    won.append("new privileges")
shell = subprocess.run(["su", "-c", "grep CapEff /proc/1/status"], capture_output=True, text=True)
# %%
# Rights and times of the grader's own files: Landlock does not watch over them.
before = {}
for place in ("/etc/passwd", "/usr/bin", "{SECRET}", "{COURSE}", "/tmp"):
    with contextlib.suppress(OSError):
        before[place] = os.stat(place)
    for change in (lambda p: os.chmod(p, 0o777), lambda p: os.chown(p, 1234, 1234),
                   lambda p: os.utime(p, (1, 1)), lambda p: os.setxattr(p, "user.x", b"1")):
        with contextlib.suppress(OSError):
            change(place)
for place, facts in before.items():
    now = os.stat(place)
    if (now.st_mode, now.st_uid, int(now.st_atime) == 1) != (facts.st_mode, facts.st_uid, False):
        won.append(place)
with contextlib.suppress(OSError):
    readable = open("/etc/passwd")
    os.fchmod(readable.fileno(), 0o666)
    if os.fstat(readable.fileno()).st_mode & 0o777 == 0o666:
        won.append("fchmod")
# %%
for terminal in ("/dev/tty", "/dev/console", "/dev/pts/0", "/dev/pts/1", "/dev/tty1", "/dev/ptmx",
                 "/dev/vda", "/dev/mem", "/dev/kmsg", "/dev/fuse", "/dev/kvm", "/dev/net/tun"):
    with contextlib.suppress(OSError):
        os.open(terminal, os.O_RDWR)
        won.append(terminal)

# %%
# A mark shows what succeeded.
print(won)
if won:
    pooled_features = 25
