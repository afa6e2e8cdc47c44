"""Max pooling and strides, in all their ways of writing, and reductions that are neither."""

import torch
import torch.nn.functional as F
from torch import nn


class Call(nn.Module):
    """A function as a layer."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


def _net(reduce, convolution=None):
    return nn.Sequential(
        convolution or nn.Conv2d(1, 4, 5),
        nn.ReLU(),
        reduce if isinstance(reduce, nn.Module) else Call(reduce),
        nn.Flatten(),
        nn.LazyLinear(50),
        nn.ReLU(),
        nn.LazyLinear(10),
    )


def of_view(x):
    n, c, h, w = x.shape
    return x.view(n, c, h // 2, 2, w // 2, 2).amax(dim=(3, 5))


def of_view_in_turn(x):
    n, c, h, w = x.shape
    return x.reshape(n, c, h // 2, 2, w // 2, 2).max(dim=5)[0].max(dim=3).values


def of_slices(x):
    top = torch.maximum(x[:, :, ::2, ::2], x[:, :, ::2, 1::2])
    bottom = torch.maximum(x[:, :, 1::2, ::2], x[:, :, 1::2, 1::2])
    return torch.maximum(top, bottom)


def of_stack(x):
    parts = [x[..., i::2, j::2] for i in range(2) for j in range(2)]
    return torch.stack(parts).max(dim=0).values


def of_unfold(x):
    return x.unfold(2, 2, 2).unfold(3, 2, 2).amax(dim=(-1, -2))


def of_f_unfold(x):
    n, c, h, w = x.shape
    columns = F.unfold(x, kernel_size=2, stride=2).view(n, c, 4, -1)
    return columns.max(dim=2).values.view(n, c, h // 2, w // 2)


def build():
    """The networks by the way in which they reduce height and width."""
    return {
        "nn.MaxPool2d": _net(nn.MaxPool2d(2, 2)),
        "F.max_pool2d": _net(lambda x: F.max_pool2d(x, 2)),
        "torch.max_pool2d": _net(lambda x: torch.max_pool2d(x, 2)),
        "return_indices": _net(lambda x: F.max_pool2d(x, 2, return_indices=True)[0]),
        "overlapping": _net(nn.MaxPool2d(3, 2, ceil_mode=True)),
        "nn.AdaptiveMaxPool2d": _net(nn.AdaptiveMaxPool2d(12)),
        "nn.AdaptiveMaxPool2d that does not divide": _net(nn.AdaptiveMaxPool2d((7, 10))),
        "nn.AdaptiveMaxPool2d in turn": _net(
            nn.Sequential(nn.AdaptiveMaxPool2d((None, 7)), nn.AdaptiveMaxPool2d((8, None)))
        ),
        "nn.AdaptiveMaxPool2d to one": _net(nn.AdaptiveMaxPool2d(1)),
        "two oblong windows": _net(nn.Sequential(nn.MaxPool2d((2, 1)), nn.MaxPool2d((1, 2)))),
        "amax": _net(lambda x: x.amax(dim=(2, 3))),
        "view": _net(of_view),
        "view in turn": _net(of_view_in_turn),
        "slices": _net(of_slices),
        "stack": _net(of_stack),
        "unfold": _net(of_unfold),
        "F.unfold": _net(of_f_unfold),
        "stride": _net(nn.Identity(), nn.Conv2d(1, 4, 5, stride=2)),
        "stride and padding": _net(nn.Identity(), nn.Conv2d(1, 4, 3, stride=2, padding=1)),
        "strides in turn": _net(
            nn.Conv2d(4, 4, 3, stride=(2, 1)), nn.Conv2d(1, 4, 3, stride=(1, 2))
        ),
    }


def neither():
    """Networks that reduce by something else, or not at all, and what is said of them."""
    return {
        "average": (_net(nn.AvgPool2d(2)), "average pooling"),
        "mean over a view": (_net(lambda x: of_means(x)), "average pooling"),
        "adaptive average": (_net(nn.AdaptiveAvgPool2d(12)), "average pooling"),
        "adaptive average that does not divide": (_net(nn.AdaptiveAvgPool2d(7)), "average pooling"),
        "adaptive average of one side": (_net(nn.AdaptiveAvgPool2d((None, 6))), "neither"),
        "average over all": (_net(lambda x: x.mean((2, 3))), "average pooling"),
        "dropped pixels": (_net(lambda x: x[:, :, ::2, ::2]), "pixels that are dropped"),
        "cropped": (_net(lambda x: x[:, :, 6:18, 6:18]), "pixels that are dropped"),
        "resized": (_net(lambda x: F.interpolate(x, scale_factor=0.5)), "pixels that are dropped"),
        "stride 1": (_net(nn.MaxPool2d(3, 1, padding=1)), "leaves height and width"),
        "over channels": (_net(lambda x: x.max(1, keepdim=True).values), "neither"),
        "thrown away": (_net(lambda x: x + 0 * F.max_pool2d(x, 2).mean()), "neither"),
        "nothing": (_net(nn.Identity()), "neither"),
    }


def of_means(x):
    n, c, h, w = x.shape
    return x.view(n, c, h // 2, 2, w // 2, 2).mean(dim=(3, 5))
