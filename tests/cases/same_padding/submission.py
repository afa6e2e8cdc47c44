# %%
convolved_features = [
    [0, 3, 10, 5],
    [0, 8, 20, 8],
    [3, 14, 25, 9],
    [2, 9, 14, 3],
]

# %%
pooled_features = max(max(row) for row in convolved_features)

# %% [markdown]
# I padded so that the image keeps its size.

# %%
output_dim_1 = (16, 28, 28)
output_dim_2 = (24, 32, 32)
