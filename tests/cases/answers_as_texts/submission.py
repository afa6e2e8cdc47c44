# %%
# What plainly holds the numbers is read as these.
convolved_features = "[[ 8 20]\n [14 25]]"

# %%
pooled_features = "25"

# %%
output_dim_1 = "16x24x24"

# %%
output_dim_2 = "(24, 30, 30)"

# %%
output_dim_3 = ["3", "16", "16"]

# %%
output_dim_4 = "7 channels, 4 x 8"

# %%
output_dim_5 = "112 × 256 × 256"
