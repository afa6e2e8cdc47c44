# %%
import torch.nn as nn
import torch.nn.functional as F

# %%
class StackedNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv_1 = nn.Conv2d(1, 8, 3, padding=1)
        self.conv_2 = nn.Conv2d(8, 8, 3, padding=1)
        self.out = nn.Linear(8 * 28 * 28, 10)

    def forward(self, x):
        y = F.relu(self.conv_1(x))
        z = F.relu(self.conv_2(y))
        return self.out(y.flatten(1))


net_stacked = StackedNet()
