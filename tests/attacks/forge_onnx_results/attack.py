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



flat = helper.make_node("Flatten", ["images"], ["flat"])
dense = helper.make_node("MatMul", ["flat", "w"], ["plain"])
weights = [numbers("w", np.random.default_rng(0).normal(size=(784, 10)))]
hand_in("net_ffn", file(
    [flat, dense, helper.make_node("Cast", ["plain"], ["scores"], to=TensorProto.STRING)],
    weights).SerializeToString())
hand_in("net_conv", file(
    [flat, dense, helper.make_node("SequenceConstruct", ["plain", "plain"], ["scores"])],
    weights).SerializeToString())
hand_in("net_padded", file(
    [helper.make_node("NonZero", ["images"], ["scores"])]).SerializeToString())
hand_in("net_stacked", file(
    [flat, dense, helper.make_node("ReduceSum", ["plain"], ["scores"], keepdims=0)],
    weights).SerializeToString())
hand_in("net_pooled", file(
    [flat, dense, helper.make_node("Cast", ["plain"], ["scores"], to=TensorProto.BOOL)],
    weights).SerializeToString())
