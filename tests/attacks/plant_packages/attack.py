# %%
code = "import builtins; builtins.MALLORY = 1; print('MALLORY' '-WON')"

import importlib.util
import os
from pathlib import Path

for package in ("torch", "numpy", "autograder", "nbclient", "otter", "matplotlib", "IPython"):
    origin = Path(importlib.util.find_spec(package).origin)
    targets = [origin, origin.parent / "mallory.py", *origin.parent.glob("__pycache__/*.pyc")]
    for target in targets[:5]:
        before = target.stat() if target.exists() else None
        for change in (lambda: target.open("a").write(""), lambda: os.utime(target, (1, 1)),
                       lambda: target.chmod(0o777), lambda: target.rename("taken"),
                       lambda: os.truncate(target, 10**9), lambda: target.write_text(code)):
            try:
                change()
            except OSError:
                pass
        after = target.stat() if target.exists() else None
        if before and (after is None or after[:9] != before[:9]) or (after and not before):
            print("MALLORY" "-WON", target)
# %%
for path in ("{COURSE}/autograder/checks.py", "{COURSE}/solutions/assignment1.toml", "{SECRET}"):
    for change in (lambda: open(path, "a").write(code), lambda: os.remove(path),
                   lambda: os.replace("mnist.npz", path), lambda: os.truncate(path, 0)):
        try:
            change()
            print("MALLORY" "-WON", path)
        except OSError:
            pass
