# %%
import torch.nn as nn
import torch.nn.functional as F

# %
class DropoutNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv_1 = nn.Conv2d(1, 8, 9)
        self.pool = nn.MaxPool2d(2)
        self.l_1 = nn.Linear(8 * 10 * 10, 50)
        self.l_out = nn.Linear(50, 10)
        self.dropout = nn.Dropout(0.5)

    def forward(self, x):
        x = self.pool(F.relu(self.conv_1(x)))
        x = F.relu(self.l_1(x.flatten(1)))
        return self.l_out(x)


net_dropout = DropoutNet()
