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



def chain(length):
    names = ["images", *(f"t{i}" for i in range(length - 1)), "scores"]
    return [helper.make_node("Relu", [a], [b]) for a, b in zip(names, names[1:])]


hand_in("net_ffn", file(chain(100_000)).SerializeToString())
hand_in("net_conv", file(chain(4_900)).SerializeToString())
sizes = helper.make_node("MaxPool", ["images"], ["scores"], kernel_shape=[2] * 1_000_000)
hand_in("net_padded", file([sizes]).SerializeToString())
nested = chain(1)
for level in range(19):
    inner = helper.make_graph(nested, "inner", [], [helper.make_empty_tensor_value_info("scores")])
    branches = {"then_branch": inner} | ({"else_branch": inner} if level < 9 else {})
    nested = [helper.make_node("If", ["true"], ["scores"], **branches)]
hand_in("net_stacked", file(nested, [numbers("true", True, bool)]).SerializeToString())
diamond = [helper.make_node("Add", [a, a], [b]) for a, b in zip(
    ["images", *(f"t{i}" for i in range(3_000))], [*(f"t{i}" for i in range(3_000)), "scores"])]
hand_in("net_pooled", file(diamond).SerializeToString())
