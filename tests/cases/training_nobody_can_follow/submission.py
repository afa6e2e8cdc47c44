# %%
import torch
from torch import nn


# %%
class Disturbed(nn.Module):
    """In training, a disturbance that no exporter knows; the layers are as they should be."""

    def __init__(self):
        super().__init__()
        self.see = nn.Sequential(nn.Conv2d(1, 6, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.2))
        self.hidden = nn.Sequential(nn.Linear(864, 40), nn.ReLU(), nn.Dropout(0.5))
        self.head = nn.Linear(40, 10)

    def forward(self, images):
        if self.training:
            images = images * torch.special.bessel_j0(images)
        return self.head(self.hidden(self.see(images).flatten(1)))


net_dropout = Disturbed()
