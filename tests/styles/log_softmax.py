"""A module that gives logarithms of probabilities."""

import torch.nn.functional as F
from torch import nn

from styles import module


class Net(module.Net):
    def forward(self, x):
        return F.log_softmax(super().forward(x), dim=1)


class NetThatStartsDense(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(784, 784)
        self.rest = module.Net()

    def forward(self, x):
        x = F.relu(self.first(x.flatten(1))).view(-1, 1, 28, 28)
        return F.log_softmax(self.rest(x), dim=1)


def build():
    return Net()


def broken():
    return NetThatStartsDense()
