# %%
convolved_features = {(row, column): 0 for row in range(2) for column in range(2)}
convolved_features.update({(0, 1): 20, (1, 1): 25, (0, 0): 8, (1, 0): 14})

# %%
pooled_features = {25}

# %%
output_dim_1 = {1: 16, 2: 24, 3: 24}

# %%
output_dim_2 = {"height": 30, "width": 30, "channels": 24}

# %%
output_dim_3 = {3, 16, 16}

# %%
import torch
from torch import nn

output_dim_4 = nn.Conv2d(11, 7, 3, stride=2, padding=1)(torch.rand(11, 8, 16))

# %%
output_dim_5 = dict(c=112, h=256, w=256).values()
