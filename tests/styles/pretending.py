"""Networks that contain a layer of each kind asked for, and do not use it."""

import torch
import torch.nn.functional as F
from torch import nn

from styles import module


class Dense(nn.Module):
    """A dense network; subclasses add what does nothing."""

    def __init__(self):
        super().__init__()
        self.conv_1 = nn.Conv2d(1, 4, 5, padding=2)
        self.conv_2 = nn.Conv2d(4, 1, 3, padding=1)
        self.norm_1 = nn.BatchNorm2d(4)
        self.hidden = nn.Linear(784, 50)
        self.out = nn.Linear(50, 10)

    def convolve(self, x):
        x = F.max_pool2d(F.dropout(self.norm_1(self.conv_1(x)), 0.5, self.training), 2)
        return self.conv_2(F.interpolate(x, scale_factor=2.0))

    def dense(self, x):
        return self.out(torch.relu(self.hidden(x.flatten(1))))

    def forward(self, x):
        return self.dense(x)


class TimesZero(Dense):
    def forward(self, x):
        return self.dense(x + 0 * self.convolve(x))


class TimesNearlyNothing(Dense):
    def forward(self, x):
        return self.dense(x + 1e-20 * self.convolve(x))


class TimesParameterOfZero(Dense):
    def __init__(self):
        super().__init__()
        self.gate = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        return self.dense(x + self.gate * self.convolve(x))


class MinusItself(Dense):
    def forward(self, x):
        convolved = self.convolve(x)
        return self.dense(x + convolved - convolved)


class ThrownAway(Dense):
    def forward(self, x):
        self.convolve(x)
        return self.dense(x)


class OnConstant(Dense):
    def forward(self, x):
        return self.dense(x + self.convolve(torch.ones_like(x)))


class OnNoise(Dense):
    def forward(self, x):
        return self.dense(x + self.convolve(torch.rand_like(x)))


class OnDetachedNumbers(Dense):
    def forward(self, x):
        return self.dense(x + self.convolve(torch.tensor(x.tolist())))


class Clipped(Dense):
    def forward(self, x):
        return self.dense(x + torch.relu(self.convolve(x) - 1000))


class KernelOfZero(Dense):
    def __init__(self):
        super().__init__()
        nn.init.zeros_(self.conv_1.weight)

    def forward(self, x):
        return self.dense(x + self.convolve(x))


class NeverTaken(Dense):
    def forward(self, x):
        return self.dense(self.convolve(x) if x.max() > 1 else x)


class PartOfOutput(Dense):
    """The convolution's scores stand behind the ten that are returned."""

    def forward(self, x):
        scores = torch.cat([self.dense(x), self.convolve(x).flatten(1)], dim=1)
        return scores[:, :10]


def build():
    """The networks by what they do with their layers; none of these is used for the scores."""
    kinds = (
        TimesZero, TimesNearlyNothing, TimesParameterOfZero, MinusItself, ThrownAway, OnConstant,
        OnNoise, OnDetachedNumbers, Clipped, KernelOfZero, NeverTaken, PartOfOutput,
    )  # fmt: skip
    return {kind.__name__: kind() for kind in kinds}


class SecondUnused(module.Net):
    """The second convolution's result is multiplied by zero."""

    def __init__(self):
        super().__init__()
        self.conv_2 = nn.Conv2d(16, 16, 3, padding=1)

    def forward(self, x):
        x = torch.relu(self.conv_1(x))
        x = x + 0.0 * self.conv_2(x)
        return self.l_out(torch.relu(self.l_1(self.pool(x).flatten(1))))


class DropoutUnused(module.Net):
    """Dropout is called, and the result of the same without dropout used."""

    def forward(self, x):
        x = self.pool(torch.relu(self.norm_1(self.conv_1(x))))
        x = x + 0 * self.dropout_conv(x)
        x = torch.relu(self.l_1(x.flatten(1)))
        self.dropout_dense(x)
        return self.l_out(x)
