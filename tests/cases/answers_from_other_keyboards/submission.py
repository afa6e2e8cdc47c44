# %%
# Digits and signs of other scripts, rows below each other, and numbers with names.
from dataclasses import dataclass

convolved_features = """
8 20
14 25
"""


@dataclass
class Size:
    channels: int
    height: int
    width: int


# %%
pooled_features = {"max": "２５"}

# %%
output_dim_1 = "（16，24，24）"

# %%
output_dim_2 = "24、30、30"

# %%
output_dim_3 = "٣،١٦،١٦"

# %%
output_dim_4 = Size(7, 4, 8)

# %%
output_dim_5 = "112,\n256,\n256²"
