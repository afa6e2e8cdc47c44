# %%
import math
import a_package_of_my_laptop as laptop, numpy as np
from another_one.plots import *
if True:
    from a_package_of_my_laptop import things
import torch.nn as nn

# %%
kernel = np.array([[8, 20], [14, 25]])
convolved_features = kernel.tolist()
pooled_features = int(math.sqrt(kernel.max() ** 2))
layer = nn.Identity

# %%
output_dim_1 = (16, 24, 24)
output_dim_2 = (24, 30, 30)
output_dim_3 = (3, 16, 16)
output_dim_4 = (7, 4, 8)
output_dim_5 = (112, 256, 256)
