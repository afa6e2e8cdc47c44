# %%
import torch.nn as nn
import torch.nn.functional as F

# %%
class ConvNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 16, 5)
        self.out = nn.Linear(16 * 24 * 24, 10)

    def forward(self, x):
        return self.out(F.relu(self.conv(x)).flatten(1))


net_conv = ConvNet
