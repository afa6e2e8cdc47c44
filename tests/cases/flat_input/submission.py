# %%
import torch
import torch.nn as nn
import torch.nn.functional as F

# %%
class ConvNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(1, 16, 5)
        self.l_1 = nn.Linear(16 * 780, 100)
        self.l_out = nn.Linear(100, 10)

    def forward(self, x):  # x: (batch, 784)
        x = F.relu(self.conv(x.unsqueeze(1)))
        return self.l_out(F.relu(self.l_1(x.view(x.shape[0], 16 * 780))))


net_conv = ConvNet()
net_conv(torch.zeros(3, 784)).shape
