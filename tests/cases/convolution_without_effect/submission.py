# %%
import torch.nn as nn
import torch.nn.functional as F

# %%
class ConvNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 1, 5, padding=2)
        self.l_1 = nn.Linear(784, 100)
        self.l_out = nn.Linear(100, 10)

    def forward(self, x):
        x = x + 0 * self.conv(x)
        return self.l_out(F.relu(self.l_1(x.flatten(1))))


net_conv = ConvNet()
net_padded = ConvNet()
