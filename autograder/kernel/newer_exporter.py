"""PyTorch's newer exporter, for what the older one has no word for.

It takes seconds and some 200 MB where the older one takes hundredths, so that nothing of it is
loaded before it is needed.
"""

import importlib.util
import re
from typing import NoReturn

import torch
from torch import nn

from autograder.kernel.exportable import OPSET
from autograder.kernel.given import Given
from autograder.kernel.room import has_room
from autograder.kernel.undisturbed import silent_exporter

# What loading and running it takes on top of what there is, and some room.
_NEEDED_BYTES = 350_000_000


class CannotFollow(Exception):
    """Why there is no graph, in one clause."""


def newer_export(module: nn.Module, given: Given) -> bytes:
    """The network's ONNX file in the mode that it is in.

    Raises CannotFollow where the exporter is not installed, there is no memory for it or it fails.
    """
    if importlib.util.find_spec("onnxscript") is None:
        raise CannotFollow("the newer exporter is not installed")
    if not has_room(_NEEDED_BYTES):
        raise CannotFollow("there is too little memory for the newer exporter")
    try:
        with torch.no_grad(), silent_exporter():
            program = torch.onnx.export(
                module,
                given.tensors,
                dynamo=True,
                verbose=False,
                optimize=False,
                opset_version=OPSET,
                input_names=list(given.names),
                output_names=["scores"],
                dynamic_shapes=tuple({0: torch.export.Dim.AUTO} for _ in given.names),
            )
    except Exception as error:
        _refuse(error)
    if program is None:
        raise CannotFollow("the newer exporter gives nothing")
    return bytes(program.model_proto.SerializeToString())


# What its messages mean, by their beginnings; of the rest, its own first line is given.
_MEANING = (
    (r"No ONNX function found for .*?op='(?:aten|prims)\.(?:uniform|normal)", "it draws random "
     "numbers in `forward`, as a layer does that is made there anew for each batch"),
    (r"No ONNX function found for .*?op='(\w+[.:]+\w+)", "no ONNX operator does what `{}` does"),
    (r"Could not (?:guard on|extract specialized integer from) data-dependent",
     "its way depends on values, by an `if`, a `while` or `.item()`"),
    (r"Constant \w+ is mutated", "it changes a tensor in `forward` that is "
     "no buffer of the network"),
)  # fmt: skip


def _refuse(error: Exception) -> NoReturn:
    # The first cause names the operator; what is around it are hints for developers of exporters.
    cause: BaseException = error
    while cause.__cause__ is not None:
        cause = cause.__cause__
    plain = re.sub(r"\x1b\[[0-9;]*m", "", str(cause)).strip().partition("\n")[0][:1_000]
    for begins, means in _MEANING:
        if found := re.match(begins, plain):
            raise CannotFollow(means.format(*found.groups())) from error
    raise CannotFollow(f"{type(cause).__name__}: {plain}") from error
