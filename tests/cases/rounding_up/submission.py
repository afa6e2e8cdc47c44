# %%
from math import ceil

# %%
output_dim_3 = (3, ceil((32 - 2) / 2) + 1, ceil((32 - 2) / 2) + 1)
output_dim_4 = (7, ceil((8 + 2 - 3) / 2) + 1, ceil((16 + 2 - 3) / 2) + 1)
