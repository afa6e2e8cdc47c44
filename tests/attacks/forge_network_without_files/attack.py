# %%
import json
import os
from pathlib import Path

get_ipython().events.callbacks["post_run_cell"].clear()
folder = Path("../observations")

layers = ["Net", "Conv2d", "Conv2d", "MaxPool2d", "Linear", "Linear", "BatchNorm2d", "Dropout"]
for name in ("net_ffn", "net_conv", "net_padded", "net_stacked", "net_pooled"):
    seen = {"kind": "network", "name": name, "type_name": "Net", "declared": layers}
    (folder / f"{name}.json").write_text(json.dumps(seen))
(folder / "net_conv.evaluation.onnx").symlink_to("{COURSE}/solutions/hidden_images.npz")
(folder / "net_conv.training.onnx").symlink_to("{SECRET}")
(folder / "net_stacked.evaluation.onnx").mkdir()
(folder / "net_pooled.evaluation.onnx").symlink_to("/dev/zero")
