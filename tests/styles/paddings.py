"""Padding that keeps height and width, in all its ways of writing."""

import torch.nn.functional as F
from torch import nn


def _net(*layers):
    dense = nn.LazyLinear(50), nn.ReLU(), nn.LazyLinear(10)
    return nn.Sequential(*layers, nn.ReLU(), nn.Flatten(), *dense)


class Padded(nn.Module):
    """`F.pad` and the convolution as two calls."""

    def __init__(self):
        super().__init__()
        self.convolution = nn.Conv2d(1, 4, 5)

    def forward(self, x):
        return self.convolution(F.pad(x, (2, 2, 2, 2)))


def build():
    """The networks by the way in which they pad."""
    return {
        "padding=2": _net(nn.Conv2d(1, 4, 5, padding=2)),
        "padding='same'": _net(nn.Conv2d(1, 4, 5, padding="same")),
        "padding='same', even kernel": _net(nn.Conv2d(1, 4, 4, padding="same")),
        "padding=(2, 2)": _net(nn.Conv2d(1, 4, 5, padding=(2, 2))),
        "oblong kernel": _net(nn.Conv2d(1, 4, (3, 5), padding=(1, 2))),
        "dilated": _net(nn.Conv2d(1, 4, 3, padding=2, dilation=2)),
        "F.pad": _net(Padded()),
        "nn.ZeroPad2d": _net(nn.ZeroPad2d(2), nn.Conv2d(1, 4, 5)),
        "nn.ReflectionPad2d": _net(nn.ReflectionPad2d(2), nn.Conv2d(1, 4, 5)),
        "nn.ReplicationPad2d": _net(nn.ReplicationPad2d(2), nn.Conv2d(1, 4, 5)),
        "circular": _net(nn.Conv2d(1, 4, 5, padding=2, padding_mode="circular")),
        "reflect": _net(nn.Conv2d(1, 4, 5, padding=2, padding_mode="reflect")),
        "replicate": _net(nn.Conv2d(1, 4, 5, padding=2, padding_mode="replicate")),
        "second convolution": _net(nn.Conv2d(1, 4, 5), nn.ReLU(), nn.Conv2d(4, 4, 3, padding=1)),
        "depthwise": _net(nn.Conv2d(1, 4, 3), nn.Conv2d(4, 4, 3, padding=1, groups=4)),
    }


def not_kept():
    """Networks whose convolutions do not keep the size, and what is said of them."""
    return {
        "none": (_net(nn.Conv2d(1, 4, 5)), "padding 0: 28x28 becomes 24x24"),
        "too little": (_net(nn.Conv2d(1, 4, 5, padding=1)), "padding 1: 28x28 becomes 26x26"),
        "too much": (_net(nn.Conv2d(1, 4, 3, padding=2)), "padding 2: 28x28 becomes 30x30"),
        "one side only": (_net(nn.Conv2d(1, 4, 5, padding=(2, 0))), "28x28 becomes 28x24"),
        "1x1": (_net(nn.Conv2d(1, 4, 1)), "only convolutions of 1x1"),
        "pooling alone": (_net(nn.MaxPool2d(3, 1, padding=1)), "no 2D convolution"),
        "put back afterwards": (_net(nn.Conv2d(1, 4, 5), nn.ZeroPad2d(2)), "becomes 24x24"),
        "pad, then cut": (_net(nn.ZeroPad2d(2), Cut(), nn.Conv2d(1, 4, 5)), "becomes 24x24"),
        "resized before": (_net(nn.Upsample(size=32), nn.Conv2d(1, 4, 5)), "32x32 becomes 28x28"),
    }


class Cut(nn.Module):
    def forward(self, x):
        return x[:, :, 2:-2, 2:-2]
