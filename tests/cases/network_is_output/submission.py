# %%
import torch
import torch.nn as nn

# %%
net = nn.Sequential(nn.Conv2d(1, 4, 5, padding=2), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 784, 10))
net_conv = net(torch.zeros(5, 1, 28, 28))
net_padded = net.state_dict()
