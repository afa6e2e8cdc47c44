# %%
# Half precision, closures, averaged weights, a saved network, a module of the notebook's own.
from collections import OrderedDict

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

data = np.load("mnist.npz")
x = torch.from_numpy(data["X_train"][:1000].astype("float32")).view(-1, 1, 28, 28)
y = torch.from_numpy(data["y_train"][:1000].astype("int64"))
batches = [slice(start, start + 50) for start in range(0, 1000, 50)]


# %%
%%writefile parts.py
from torch import nn


class Net(nn.Module):
    def __init__(self, *, padding: int = 0, pool: bool = False) -> None:
        super().__init__()
        self.conv = nn.utils.parametrizations.weight_norm(nn.Conv2d(1, 8, 5, padding=padding))
        self.pool, self.out = nn.MaxPool2d(2) if pool else nn.Identity(), nn.LazyLinear(10)

    def forward(self, images):
        return self.out(self.pool(self.conv(images).relu()).flatten(1))


# %%
from parts import Net

net_padded = Net(padding=2)
net_padded(x[:1])
optimizer = torch.optim.AdamW(net_padded.parameters(), lr=0.003)
for _ in range(6):
    for batch in batches:
        optimizer.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = F.cross_entropy(net_padded(x[batch]), y[batch])
        loss.backward()
        optimizer.step()

# %%
named = [("see", nn.Conv2d(1, 4, 3)), ("again", nn.Conv2d(4, 8, 3)), ("act", nn.ReLU())]
rest = [("pool", nn.MaxPool2d(2)), ("flat", nn.Flatten()), ("out", nn.Linear(8 * 144, 10))]
raw = nn.Sequential(OrderedDict(named + rest))
net_stacked = torch.optim.swa_utils.AveragedModel(raw)
optimizer = torch.optim.Adam(raw.parameters(), lr=0.003)
for epoch in range(6):
    for batch in batches:
        optimizer.zero_grad()
        F.cross_entropy(raw(x[batch]), y[batch]).backward()
        optimizer.step()
    if epoch > 2:
        net_stacked.update_parameters(raw)

# %%
net_pooled = Net(pool=True)
net_pooled(x[:1])
optimizer = torch.optim.LBFGS(net_pooled.parameters(), lr=0.5, max_iter=12)


def closure():
    optimizer.zero_grad()
    loss = F.cross_entropy(net_pooled(x), y)
    loss.backward()
    return loss


for _ in range(3):
    optimizer.step(closure)
torch.save(net_pooled.state_dict(), "net.pt")
net_pooled.load_state_dict(torch.load("net.pt"))
