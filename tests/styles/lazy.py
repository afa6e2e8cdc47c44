"""Lazy layers, which learn their sizes from the first batch."""

from torch import nn
from torch.nn.functional import relu


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.convolution = nn.LazyConv2d(16, 5)
        self.norm = nn.LazyBatchNorm2d()
        self.pool = nn.MaxPool2d(2)
        self.drop = nn.Dropout(0.3)
        self.hidden = nn.LazyLinear(100)
        self.out = nn.LazyLinear(10)

    def forward(self, x):
        x = self.drop(self.pool(relu(self.norm(self.convolution(x)))))
        return self.out(self.drop(relu(self.hidden(x.flatten(start_dim=1)))))


class NetWithoutNormalisation(Net):
    def forward(self, x):
        x = self.drop(self.pool(relu(self.convolution(x))))
        return self.out(self.drop(relu(self.hidden(x.flatten(start_dim=1)))))


def build():
    return Net()


def broken():
    return NetWithoutNormalisation()
