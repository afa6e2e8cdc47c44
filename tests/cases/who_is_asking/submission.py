# %%
%%writefile helper.py
answer = 25

# %%
import getpass
from pathlib import Path

import helper
from helper import answer
name, home = getpass.getuser(), Path.home()

# %%
assert name == "student" and home.is_dir()
pooled_features = answer
