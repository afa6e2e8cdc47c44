# %%
pooled_features = print(25)

# %%
dims = [24, 24]
output_dim_1 = dims.insert(0, 16)
