# %%
import torch.nn as nn
import torch.nn.functional as F

# %
class PooledNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 8, 5)
        self.l_1 = nn.Linear(8 * 12 * 12, 50)
        self.l_out = nn.Linear(50, 10)

    def forward(self, x):
        x = F.relu(self.conv(x))
        x = x[:, :, ::2, ::2]
        return self.l_out(F.relu(self.l_1(x.flatten(1))))


net_pooled = PooledNet()
