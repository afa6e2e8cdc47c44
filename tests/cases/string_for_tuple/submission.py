# %%
output_dim_1 = "16x24x24"

# %%
output_dim_2 = "(24, 30, 30)"

# %%
output_dim_3 = ["3", "16", "16"]

# %%
pooled_features = "25"
