"""Weights as parameters, statistics as buffers, layers as calls."""

import torch
import torch.nn.functional as F
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.kernels = nn.Parameter(torch.randn(16, 1, 5, 5) * 0.2)
        self.kernel_bias = nn.Parameter(torch.zeros(16))
        self.scale = nn.Parameter(torch.ones(16))
        self.shift = nn.Parameter(torch.zeros(16))
        self.register_buffer("mean", torch.zeros(16))
        self.register_buffer("variance", torch.ones(16))
        self.hidden = nn.Parameter(torch.randn(100, 2304) * 0.02)
        self.hidden_bias = nn.Parameter(torch.zeros(100))
        self.out = nn.Parameter(torch.randn(100, 10) * 0.1)

    def forward(self, x):
        x = F.conv2d(x, self.kernels, self.kernel_bias)
        x = F.batch_norm(
            x, self.mean, self.variance, self.scale, self.shift, training=self.training
        )
        x = F.dropout2d(F.max_pool2d(F.relu(x), 2), 0.2, training=self.training)
        x = F.relu(F.linear(x.flatten(1), self.hidden, self.hidden_bias))
        return F.dropout(x, 0.5, training=self.training) @ self.out


class NetThatAlwaysDrops(Net):
    def forward(self, x):
        x = F.conv2d(x, self.kernels, self.kernel_bias)
        x = F.batch_norm(
            x, self.mean, self.variance, self.scale, self.shift, training=self.training
        )
        x = F.dropout(F.max_pool2d(F.relu(x), 2), 0.2)
        x = F.relu(F.linear(x.flatten(1), self.hidden, self.hidden_bias))
        return torch.mm(F.dropout(x, 0.5), self.out)


def build():
    return Net()


def broken():
    return NetThatAlwaysDrops()
