# %%
import numpy as np

image = np.array([[0, 0, 0, 1], [0, 0, 1, 2], [0, 0, 2, 3], [0, 1, 2, 3]])
kernel = np.array([[0, 0, 0], [0, 1, 2], [2, 2, 3]])  # typed in by columns

convolved_features = np.zeros((2, 2))
for i in range(2):
    for j in range(2):
        convolved_features[i, j] = (image[i:i + 3, j:j + 3] * kernel).sum()

# %%
pooled_features = convolved_features.max()
