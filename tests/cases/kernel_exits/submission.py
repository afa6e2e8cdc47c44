# %%
convolved_features = [[8, 20], [14, 25]]

# %%
pooled_features = 25

# %%
import os
os._exit(1)

# %%
output_dim_1 = (16, 24, 24)
