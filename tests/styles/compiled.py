"""A module behind `torch.compile`."""

import torch
from torch import nn

from styles import module


def build():
    return torch.compile(module.Net(), backend="eager")


def broken():
    """Batch normalisation keeps no running statistics."""
    net = module.Net()
    net.norm_1 = nn.BatchNorm2d(16, track_running_stats=False)
    net.compile(backend="eager")
    return net
