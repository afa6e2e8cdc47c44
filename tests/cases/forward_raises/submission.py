# %%
import torch.nn as nn
import torch.nn.functional as F

# %%
class ConvNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 16, 5)
        self.l_1 = nn.Linear(784, 100)
        self.l_out = nn.Linear(100, 10)

    def forward(self, x):
        x = F.relu(self.conv(x)).flatten(1)
        return self.l_out(F.relu(self.l_1(x)))


net_conv = ConvNet()
