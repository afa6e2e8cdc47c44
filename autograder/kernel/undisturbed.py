"""Looking at a student's network leaves no trace: no random number drawn, nothing printed."""

import contextlib
import io
import logging
import random
import sys
import warnings
from collections.abc import Iterator

import numpy as np
import torch
from torch import nn

from autograder.kernel.copies import FunctionNetwork


@contextlib.contextmanager
def undisturbed(module: nn.Module) -> Iterator[None]:
    """Leave random generators and printed output as they would be unobserved."""
    python, numpy = random.getstate(), np.random.get_state()
    devices = {p.device for p in module.parameters() if p.device.type == "cuda"}
    quiet = io.StringIO()
    with (
        torch.random.fork_rng(devices=sorted(d.index for d in devices)),
        _uncompiled(),
        contextlib.redirect_stdout(quiet),
        contextlib.redirect_stderr(quiet),
        warnings.catch_warnings(),
        module.restored() if isinstance(module, FunctionNetwork) else contextlib.nullcontext(),
    ):
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(numpy)


@contextlib.contextmanager
def silent_exporter() -> Iterator[None]:
    """Keep exporters from printing and logging into the student's notebook.

    On an error the older one prints its whole graph from C++, past `sys.stdout`, and its switch for
    that has no effect.
    """
    log = getattr(torch._C, "_jit_onnx_log", None)
    logged = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    if log is not None:
        torch._C._jit_onnx_log = lambda *_: None
    try:
        yield
    finally:
        logging.disable(logged)
        if log is not None:
            torch._C._jit_onnx_log = log


@contextlib.contextmanager
def _uncompiled() -> Iterator[None]:
    """Let what a student has compiled run as plain Python."""
    # Loading the compiler takes seconds, and there is nothing to switch off before it is loaded.
    if "torch._dynamo" not in sys.modules:
        yield
        return
    with torch.compiler.set_stance("force_eager"):
        yield
