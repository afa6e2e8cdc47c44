# %%
import numpy as np
import torch
from torch import nn


# %%
class Masked(nn.Module):
    """Dropout by hand: a mask of NumPy's for the feature maps, one of PyTorch's for the layer."""

    def __init__(self):
        super().__init__()
        self.convolution = nn.Conv2d(1, 6, 5, stride=2)
        self.hidden = nn.Linear(6 * 12 * 12, 40)
        self.head = nn.Linear(40, 10)

    def forward(self, images):
        maps = torch.relu(self.convolution(images))
        if self.training:
            kept = np.random.random(tuple(maps.shape)) < 0.8
            maps = maps * torch.from_numpy(kept.astype(np.float32)) / 0.8
        hidden = torch.relu(self.hidden(maps.flatten(1)))
        if self.training:
            hidden = hidden * (torch.empty(hidden.shape).uniform_() < 0.5) * 2
        return self.head(hidden)


net_dropout = Masked()
