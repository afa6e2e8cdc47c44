# %%
import torch
import torch.nn as nn
import torch.nn.functional as F

# %%
image = torch.tensor([[0, 0, 0, 1], [0, 0, 1, 2], [0, 0, 2, 3], [0, 1, 2, 3]]).float()
kernel = torch.tensor([[0, 0, 2], [0, 1, 2], [0, 2, 3]]).float()
convolved_features = F.conv2d(image[None, None], kernel[None, None])
convolved_features

# %%
pooled_features = F.max_pool2d(convolved_features, 2)

# %%
x = torch.randn(1, 1, 28, 28)
output_dim_1 = nn.Conv2d(1, 16, 5)(x).shape[1:]

# %%
x = torch.randn(1, 2, 32, 32)
output_dim_2 = nn.Conv2d(2, 24, 3)(x).shape[1:]

# %%
x = torch.randn(1, 10, 32, 32)
output_dim_3 = nn.Conv2d(10, 3, 2, stride=2)(x).shape[1:]

# %%
x = torch.randn(1, 11, 8, 16)
output_dim_4 = nn.Conv2d(11, 7, 3, stride=2, padding=1)(x).shape[1:]

# %%
x = torch.randn(128, 256, 256)
output_dim_5 = nn.Conv2d(128, 112, 3, padding=1)(x).shape
