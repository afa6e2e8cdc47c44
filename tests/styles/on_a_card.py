"""Networks that are right, as they are written for a GPU; building one needs it."""

import torch
from torch import nn
from torch.nn.functional import relu

from styles import module

CARD = "cuda"


class MovesItsInput(module.Net):
    def forward(self, x):
        return super().forward(x.cuda())


class MovesItsInputByName(module.Net):
    def forward(self, x):
        return super().forward(x.to(torch.device("cuda:0"), non_blocking=True))


class MakesTensors(module.Net):
    def forward(self, x):
        x = x + torch.zeros(x.shape, device=CARD)
        return super().forward(x * torch.ones(1, 1, 28, 28).to(CARD))


class NormalisesItself(module.Net):
    """Its constants are plain tensors, which `to` leaves where they are."""

    def __init__(self):
        super().__init__()
        self.mean, self.deviation = torch.tensor(0.13).cuda(), torch.tensor([0.31]).cuda()

    def forward(self, x):
        return super().forward((x - self.mean) / self.deviation)


class MixedPrecision(module.Net):
    def forward(self, x):
        with torch.autocast(CARD):
            return super().forward(x)


class BrainFloat(module.Net):
    def forward(self, x):
        with torch.autocast(device_type=CARD, dtype=torch.bfloat16):
            return super().forward(x).float()


class Half(module.Net):
    def forward(self, x):
        return super().forward(x.half()).float()


class ChannelsLast(module.Net):
    def forward(self, x):
        x = x.to(memory_format=torch.channels_last)
        x = self.dropout_conv(self.pool(relu(self.norm_1(self.conv_1(x)))))
        return self.l_out(self.dropout_dense(relu(self.l_1(x.flatten(1)))))


class OverTwoDevices(module.Net):
    """The convolution on the card and the dense layers on the CPU."""

    def __init__(self):
        super().__init__()
        self.to(CARD)
        self.l_1.cpu(), self.l_out.cpu()

    def forward(self, x):
        x = self.dropout_conv(self.pool(relu(self.norm_1(self.conv_1(x.to(CARD))))))
        return self.l_out(self.dropout_dense(relu(self.l_1(x.flatten(1).cpu()))))


class GivesBackToTheCpu(module.Net):
    def forward(self, x):
        return super().forward(x).cpu()


class ThroughNumpy(module.Net):
    """Looks at its scores on the way; nothing comes of it."""

    def forward(self, x):
        scores = super().forward(x)
        self.last = scores.detach().cpu().numpy().argmax(1)
        return scores


_PLAIN = (
    MovesItsInput, MovesItsInputByName, MakesTensors, NormalisesItself, MixedPrecision, BrainFloat,
    GivesBackToTheCpu, ThroughNumpy,
)  # fmt: skip
_BUILDERS = {kind.__name__: lambda kind=kind: kind().to(CARD) for kind in _PLAIN} | {
    "half": lambda: Half().to(CARD).half(),
    "over_two_devices": OverTwoDevices,
    "on_the_cpu_again": lambda: module.Net().to(CARD).cpu(),
    "channels_last": lambda: ChannelsLast().to(CARD, memory_format=torch.channels_last),
    "data_parallel": lambda: nn.DataParallel(module.Net().to(CARD)),
    "compiled": lambda: torch.compile(module.Net().to(CARD), backend="eager"),
    "scripted": lambda: torch.jit.script(module.Net()).to(CARD),
}
NAMES = tuple(_BUILDERS)


def build(name):
    return _BUILDERS[name]()
