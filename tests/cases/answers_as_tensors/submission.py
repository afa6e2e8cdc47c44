# %%
import torch

convolved_features = torch.tensor([[8., 20.], [14., 25.]], requires_grad=True)

# %%
pooled_features = convolved_features.max()

# %%
output_dim_1 = torch.Size([16, 24, 24])

# %%
output_dim_2 = torch.Size([24, 30, 30])

# %%
output_dim_3 = torch.Size([3, 16, 16])

# %%
output_dim_4 = torch.IntTensor([7, 4, 8])

# %%
output_dim_5 = torch.Size([112, 256, 256])
