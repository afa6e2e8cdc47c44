# %%
import torch.nn as nn
import torch.nn.functional as F

# %%
class ConvNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.l_1 = nn.Linear(784, 196)
        self.conv_1 = nn.Conv2d(1, 16, 5)
        self.l_out = nn.Linear(16 * 10 * 10, 10)

    def forward(self, x):
        x = F.relu(self.l_1(x.view(-1, 784)))
        x = F.relu(self.conv_1(x.view(-1, 1, 14, 14)))
        return self.l_out(x.flatten(1))


net_conv = ConvNet()
