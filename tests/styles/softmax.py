"""A module that gives probabilities."""

from torch import nn

from styles import module


class Net(module.Net):
    def __init__(self):
        super().__init__()
        self.probabilities = nn.Softmax(dim=1)

    def forward(self, x):
        return self.probabilities(super().forward(x))


def build():
    return Net()


def broken():
    """Layer normalisation stands where batch normalisation should."""
    net = Net()
    net.norm_1 = nn.LayerNorm([16, 24, 24])
    return net
