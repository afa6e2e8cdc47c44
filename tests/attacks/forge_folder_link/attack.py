# %%
import json
import os
from pathlib import Path

get_ipython().events.callbacks["post_run_cell"].clear()
folder = Path("../observations")

folder.rename("../kept")
Path("../observations").symlink_to("{COURSE}/tests/attacks/forge_folder_link/neighbour")
