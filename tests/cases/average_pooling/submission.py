# %%
import numpy as np

convolved_features = np.array([[8, 20], [14, 25]])

# %%
pooled_features = convolved_features.mean()
