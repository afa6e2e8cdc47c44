# %%
import torch.nn as nn
import torch.nn.functional as F

# %%
# The flattening is missing: ten scores for each of the 24 rows.
class ConvNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 16, 5)
        self.out = nn.Linear(24, 10)

    def forward(self, x):
        return self.out(F.relu(self.conv(x)))


net_conv = ConvNet()
