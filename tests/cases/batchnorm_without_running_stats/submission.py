# %%
import torch
import torch.nn as nn
import torch.nn.functional as F

# %
class BatchNormNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv_1 = nn.Conv2d(1, 8, 9)
        self.norm = nn.BatchNorm2d(8, track_running_stats=False)
        self.l_1 = nn.Linear(8 * 20 * 20, 50)
        self.l_out = nn.Linear(50, 10)

    def forward(self, x):
        x = self.norm(self.conv_1(x))
        return self.l_out(F.relu(self.l_1(F.relu(x).flatten(1))))


net_batchnorm = BatchNormNet()

# %%
net_batchnorm.train()
for _ in range(3):
    net_batchnorm(torch.rand(20, 1, 28, 28))
