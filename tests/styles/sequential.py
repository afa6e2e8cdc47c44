"""`nn.Sequential` from end to end."""

from torch import nn


def build():
    return nn.Sequential(
        nn.Conv2d(1, 16, kernel_size=5),
        nn.BatchNorm2d(16),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2, 2),
        nn.Dropout(0.2),
        nn.Flatten(),
        nn.Linear(2304, 100),
        nn.ReLU(inplace=True),
        nn.Dropout(0.5),
        nn.Linear(100, 10),
    )


def broken():
    """The second dropout stands behind the output layer."""
    layers = list(build())
    return nn.Sequential(*layers[:8], layers[9], layers[8])
