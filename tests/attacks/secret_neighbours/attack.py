# %%
import os
import tempfile
import time
from pathlib import Path

mine = Path.cwd().parent
for _ in range(20):
    for parent in {mine.parent, Path("/tmp"), Path("/var/tmp"), Path("/dev/shm"), Path("/run")}:
        try:
            for folder in os.listdir(parent):
                if Path(parent, folder) != mine:
                    print("MALLORY" "-WON", parent, folder)
        except OSError:
            pass
    time.sleep(0.05)
# %%
for path in ("../../", "../../../", "/proc/self/root/tmp", "/proc/self/cwd/../.."):
    try:
        print("MALLORY" "-WON", os.listdir(path))
    except OSError:
        pass
try:
    os.chroot(".")
    print("MALLORY" "-WON")
except OSError:
    pass
