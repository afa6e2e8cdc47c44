# %%
import glob
import os
import shutil
import subprocess
from pathlib import Path

paths = ["{SECRET}", "{COURSE}/solutions/hidden_images.npz",
         "{COURSE}/solutions/tests/assignment1/q1_1_1.py",
         "{COURSE}/solutions/assignment2.toml", "{COURSE}/solutions/reference/assignment1.ipynb",
         "{COURSE}/tests/test_attacks.py"]
for path in paths:
    for read in (lambda: open(path, "rb").read(), lambda: os.open(path, os.O_RDONLY),
                 lambda: Path(path).read_text(), lambda: shutil.copy(path, "here"),
                 lambda: os.link(path, "hard"), lambda: os.rename(path, "moved"),
                 lambda: os.open(path, os.O_PATH) and open(f"/proc/self/fd/{os.open(path, os.O_PATH)}").read()):
        try:
            print("MALLORY" "-WON", read())
        except OSError:
            pass
    print(subprocess.run(["cat", path], capture_output=True).stdout)
print(glob.glob("{COURSE}/solutions/*"), glob.glob(os.path.dirname("{SECRET}") + "/*"))
# %%
!cat {SECRET}
!find {COURSE}/solutions -type f 2>/dev/null | head
os.symlink("{SECRET}", "link")
try:
    print("MALLORY" "-WON", open("link").read())
except OSError:
    pass
# %%
%load {SECRET}
