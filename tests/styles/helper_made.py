"""Blocks from helper functions, kept in a `ModuleList` and called in a loop."""

from itertools import pairwise

from torch import nn


def convolution_block(inputs, filters, pooling, p):
    return nn.Sequential(
        nn.Conv2d(inputs, filters, 5),
        nn.BatchNorm2d(filters),
        nn.ReLU(),
        pooling(2),
        nn.Dropout2d(p),
    )


def dense_block(inputs, units, p):
    return nn.Sequential(nn.Linear(inputs, units), nn.ReLU(), nn.Dropout(p))


class Net(nn.Module):
    def __init__(self, pooling=nn.MaxPool2d):
        super().__init__()
        self.blocks = nn.ModuleList([convolution_block(1, 16, pooling, 0.2), nn.Flatten()])
        sizes = [2304, 100]
        for inputs, units in pairwise(sizes):
            self.blocks.append(dense_block(inputs, units, 0.5))
        self.blocks.append(nn.Linear(sizes[-1], 10))

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return x


def build():
    return Net()


def broken():
    return Net(pooling=nn.AvgPool2d)
