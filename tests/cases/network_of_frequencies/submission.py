# %%
import torch
from torch import nn


# %%
class Spectral(nn.Module):
    """Looks at how strong each frequency of the image is, then at the neighbourhoods of those."""

    def __init__(self):
        super().__init__()
        self.near = nn.Sequential(nn.Conv2d(1, 6, 3), nn.ReLU(), nn.Conv2d(6, 6, 3), nn.ReLU())
        self.head = nn.Linear(6 * 24 * 24, 10)

    def forward(self, images):
        strength = torch.log1p(torch.fft.fft2(images).abs())
        return self.head(self.near(strength).flatten(1))


net_stacked = Spectral()
