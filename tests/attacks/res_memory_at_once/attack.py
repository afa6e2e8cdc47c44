# %%
convolved_features = [[8, 20], [14, 25]]

# %%
import numpy as np

hoard = np.ones(400_000_000)

# %%
pooled_features = 25
