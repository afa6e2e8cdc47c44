# %%
%%writefile helper.py
answer = 1 / 0

# %%
import helper
pooled_features = 25

# %%
output_dim_1 = (16, 24, 24)
