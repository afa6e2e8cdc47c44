# %%
from bars_of_my_laptop import bar
import torch.nn as nn

# %%
def train(rounds):
    for _ in bar(range(rounds)):
        pass
    return 25

# %%
net_conv = nn.Sequential(nn.Conv2d(1, 4, 5, stride=2), nn.ReLU(), nn.Flatten(), nn.Linear(576, 10))
net_ffn = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))

# %%
train(net_conv)

# %%
net_padded = nn.Sequential(nn.Conv2d(1, 4, 5, padding=2), nn.Flatten(), nn.Linear(3136, 10))
train(net_padded)

# %%
net_stacked = train(5)
