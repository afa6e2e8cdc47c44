# %%
import numpy as np

convolved_features = np.array([[8, 20],
                               [14, 25]])

# %%
pooled_features = np.max(convolved_features)

# %%
output_dim_1 = np.array([16, 24, 24])

# %%
output_dim_2 = np.array([24, 30, 30])

# %%
output_dim_3 = np.array([3, 16, 16])

# %%
output_dim_4 = np.array([7, 4, 8])

# %%
output_dim_5 = np.array([112, 256, 256])
