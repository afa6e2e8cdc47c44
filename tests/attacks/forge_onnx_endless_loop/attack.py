# %%
import json
import os
from pathlib import Path

get_ipython().events.callbacks["post_run_cell"].clear()
folder = Path("../observations")

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

NETS = ("net_ffn", "net_conv", "net_padded", "net_stacked", "net_pooled")


def hand_in(name, content, training=None):
    seen = {"kind": "network", "name": name, "type_name": "Net", "declared": ["Conv2d"]}
    (folder / f"{name}.json").write_text(json.dumps(seen))
    (folder / f"{name}.evaluation.onnx").write_bytes(content)
    (folder / f"{name}.training.onnx").write_bytes(content if training is None else training)


def file(nodes, weights=(), domain="", **more):
    images = helper.make_tensor_value_info("images", TensorProto.FLOAT, ["N", 1, 28, 28])
    scores = helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["N", 10])
    graph = helper.make_graph(nodes, "net", [images], [scores], list(weights), **more)
    opsets = [helper.make_opsetid("", 17)] + ([helper.make_opsetid(domain, 1)] if domain else [])
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def numbers(name, value, kind=np.float32):
    return numpy_helper.from_array(np.asarray(value, kind), name)



boolean = TensorProto.BOOL
body = helper.make_graph(
    [helper.make_node("Identity", ["go_on"], ["again"]),
     helper.make_node("Sin", ["value"], ["next"])],
    "body",
    [helper.make_tensor_value_info("step", TensorProto.INT64, []),
     helper.make_tensor_value_info("go_on", boolean, []),
     helper.make_tensor_value_info("value", TensorProto.FLOAT, None)],
    [helper.make_tensor_value_info("again", boolean, []),
     helper.make_tensor_value_info("next", TensorProto.FLOAT, None)],
)
nodes = [helper.make_node("Loop", ["", "true", "images"], ["scores"], body=body)]
endless = file(nodes, [numbers("true", True, bool)]).SerializeToString()
for name in NETS[:2]:
    hand_in(name, endless)
