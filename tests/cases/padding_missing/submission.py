# %%
import torch.nn as nn
import torch.nn.functional as F

# %%
class PaddedNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv_1 = nn.Conv2d(in_channels=1, out_channels=16, kernel_size=5, padding=0)
        self.l_1 = nn.Linear(16 * 24 * 24, 100)
        self.l_out = nn.Linear(100, 10, bias=False)

    def forward(self, x):
        x = F.relu(self.conv_1(x)).view(-1, 16 * 24 * 24)
        return self.l_out(F.relu(self.l_1(x)))


net_padded = PaddedNet()
