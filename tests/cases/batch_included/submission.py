# %%
import torch
from torch import nn

x = torch.zeros(1, 1, 28, 28)
output_dim_1 = nn.Conv2d(1, 16, 5)(x).shape

# %%
output_dim_2 = (64, 24, 30, 30)
